"""The instrumented program does what the program does, to the last bit and in the same order."""

# ruff: noqa: E501  (whole programs stand in a table)

from __future__ import annotations

import contextlib
import io
import textwrap
import types
import warnings

import numpy as np
import pytest

from gradlint.source.spots import SourceFile
from gradlint.trace.record import record

PROGRAMS = {
    "private names are mangled": """
        class __Cell_:
            __slots__ = ("__w", "seen")
            def __init__(self): self.__w, self.seen = 1.0, []
            def grow(self):
                self.__w += 2; self.__w *= 3; self.seen.append(self.__w)
                return self.__w
        c = __Cell_(); r = c.grow(), c._Cell___w, c.seen
    """,
    "a class of underscores mangles nothing": """
        class __:
            def __init__(self): self.__a = 1.0
            def f(self): self.__a += 1; return self.__a
        r = __().f(), sorted(vars(__()))
    """,
    "super without arguments": """
        class A:
            def __init__(self, x): self.x = x
            def f(self): return self.x * 2
        class B(A):
            def __init__(self, x): super().__init__(x + 1); self.kind = __class__.__name__
            def f(self): return super().f() + super(B, self).f()
        b = B(3.5); r = b.f(), b.kind
    """,
    "walrus": """
        total = [y := 1.5, y ** 2, (z := y + 1)]
        kept = [last := v for v in range(4)]
        r = total, y, z, kept, last
        if (n := len(total)) > 2: r += (n,)
    """,
    "comprehensions and their scopes": """
        x = 10.0
        rows = [[i * j for j in range(i)] for i in range(4) if i % 2]
        table = {k: v for k, v in zip("abc", [1.5, 2.5, 3.5])}
        odd = {i for i in range(9) if i & 1}
        lazy = sum(x * i for i in range(5))
        class C:
            scale = 2.0
            values = [s for s in (scale, x)]
        r = rows, table, odd, lazy, C.values, x
    """,
    "match": """
        def kind(v):
            match v:
                case {"w": w, **rest} if w > 0.5: return "dict", w, rest
                case [1.5, *tail]: return "list", tail
                case (-1 | 0) as low: return "low", low
                case str() | None: return "text"
                case complex(real=a, imag=b): return a, b
                case _: return "other"
        r = [kind(v) for v in ({"w": 1.5, "b": 2}, [1.5, 2, 3], -1, "x", 3 + 4j, 9.25)]
    """,
    "f-strings": """
        w, name = 3.14159, "w"
        r = f"{w:.2f} {name!r:>5} {w * 2 = :{4 + 3}.1f} {'a' if w > 3 else 'b'} {{}}", f"{w=}"
    """,
    "decorators run from below, their arguments from above": """
        log = []
        def say(x):
            log.append(("made", x))
            def wrap(f): log.append(("put on", x)); return lambda *a: (x, f(*a))
            return wrap
        @say(1.5)
        @say(2 * 2.5)
        def f(a, b=say(9) and 0.5): return a * b
        class P:
            @property
            def v(self): return 2.5
            @v.setter
            def v(self, x): log.append(x)
            @staticmethod
            def s(x): return -x
            @classmethod
            def c(cls): return cls.__name__
        p = P(); p.v = 3.5; p.v += 1
        r = f(2), log, p.v, P.s(1.0), P.c()
    """,
    "chained assignment evaluates once and assigns from left to right": """
        log = []
        class Box(dict):
            def __setitem__(self, k, v): log.append((k, v)); super().__setitem__(k, v)
        box = Box()
        def val(): log.append("value"); return 1.5
        box["a"] = box["b"] = c = val()
        a, b = d = [1.5, 2.5]
        (p, q), s = t = np.arange(4.0).reshape(2, 2)
        i = v = 0
        i, box[i] = 1, 2
        r = log, dict(box), c, a, b, d, d is not None, type(t), t, p, q, s, i, v
    """,
    "tuple targets with subscripts, stars and attributes": """
        class O: pass
        o, d, l = O(), {}, [0.0] * 4
        o.x, d["k"], l[1:3], *rest, (e, f) = 1.5, 2.5, [7.0, 8.0], 3, 4, np.array([5.0, 6.0])
        x = np.arange(6.0); x[0], x[1] = x[1], x[0]
        first, *others = np.arange(4.0)
        ((g, h), k) = np.array([1.0, 2.0]), 3
        r = o.x, d, l, rest, e, f, x, first, others, type(others), g, h, k
    """,
    "the target of an augmented assignment is read before its value": """
        class Net:
            def __init__(self): self.w, self.d, self.log = 1.0, {"k": 1.0}, []
            def grow(self): self.w = 100.0; self.d["k"] = 100.0; return 1.0
            def me(self): self.log.append("owner"); return self
            def key(self): self.log.append("key"); return "k"
            def val(self): self.log.append("value"); return 2.0
        n = Net(); n.w += n.grow(); n.d["k"] += n.grow()
        m = Net(); m.me().d[m.key()] += m.val(); m.me().w -= m.val()
        x = 1.0
        def g():
            global x
            x = 50.0
            return 1.0
        x += g()
        r = n.w, n.d, m.w, m.d, m.log, x
    """,
    "augmented assignment to globals and nonlocals, in place and not": """
        count, W = 0.0, np.ones(3)
        same = W
        def f():
            global count, W
            count += 1.5; W -= 0.25
            total = 1.0
            def g():
                nonlocal total
                total *= 3; total -= 0.5
            g(); g()
            return total
        r = f(), f(), count, W, same is W
        items = [1]; alias = items; items += [2.5]; items *= 2
        s = "a"; s += "b"; n = 7; n //= 2; n <<= 3; n |= 1; n **= 2; n %= 100; m = 5; m ^= 1; m &= 6
        r += items, alias is items, s, n, m
    """,
    "in-place operations refuse what they refuse": """
        r = []
        for case in range(6):
            k = np.arange(6).reshape(2, 3)
            try:
                if case == 0: k += 0.5
                if case == 1: k[0] += 0.5
                if case == 2: k[0, 1] += 0.75
                if case == 3: k[0] /= 2
                if case == 4: k[:, :2] += np.ones((3, 2, 2), int)
                if case == 5: k[0] += np.ones(4, int)
            except Exception as e: r.append((type(e).__name__, str(e)))
            r.append(k)
    """,
    "a user's own operators": """
        class V:
            def __init__(s, v): s.v = v
            def __add__(s, o): return V(s.v + getattr(o, "v", o))
            def __iadd__(s, o): s.v += getattr(o, "v", o) * 10; return s
            def __matmul__(s, o): return s.v * o.v
            def __lt__(s, o): return s.v < o.v
            def __getitem__(s, i): return s.v * i if not isinstance(i, slice) else (i.start, i.step)
            def __setitem__(s, i, v): s.v = (i, v)
            def __call__(s, x, *, k=1.0): return s.v * x * k
            def __neg__(s): return V(-s.v)
        a, b = V(2.0), V(3.0)
        c = a; c += b
        r = (a + b).v, a @ b, a < b, a[3], a[1:2:3], c is a, a.v, a(2.0, k=0.5), (-b).v
        b[1, ...] = 5.0; r += (b.v,)
    """,
    "generators": """
        def batches(x, n):
            for i in range(0, len(x), n):
                got = yield x[i:i + n]
                if got: yield got * 2
            return "end"
        def outer(): r = yield from batches(np.arange(5.0), 2); yield r
        g = outer(); r = [next(g), g.send(4.5), *g]
        it = iter([1.0, 2.0, 3.0, 4.0])
        for a in it:
            if a == 2.0: break
        r.append(list(it)); r.append(next((v for v in r if isinstance(v, str)), None))
    """,
    "loops meet a container as it changes": """
        seen, l = [], [1.0, 2.0]
        for v in l:
            seen.append(v)
            if len(l) < 5: l.append(v * 2)
        x = np.arange(5.0)
        for i, v in enumerate(x):
            seen.append(v)
            if i < 4: x[i + 1] += v
        y = np.ones(4)
        for a, b in zip(y, x[:4]):
            y[3] = 9.0; seen.append(a + b)
        for row in (M := np.ones((2, 2))): row *= 3
        for x[2] in [5.5, 6.5]: pass
        else: seen.append("else")
        r = seen, l, x, y, M, list(reversed(x)), [v for v in y.flat], max(y), min(np.array([2.5]), 3)
    """,
    "lambdas, defaults and closures": """
        fs = [lambda x, i=i: x * i for i in range(3)]
        late = [lambda x: x * i for i in range(3)]
        def d(x, acc=[]): acc.append(x); return acc
        def kw(a, /, b=2.5, *c, d, e=4.5, **f): return a, b, c, d, e, f
        r = [f(2.5) for f in fs], [f(2.5) for f in late], d(1), d(2)
        r += kw(1, *[2, 3], *np.arange(2.0), d=5, **{"z": 6}), kw(*(1,), **dict(d=1))
        r += ([*np.arange(2.0), *"ab"], {**{"a": 1}, "b": 2}, (lambda *a, **k: (a, k))(1, z=2))
    """,
    "try, finally, else, with and raise from": """
        import contextlib
        log = []
        @contextlib.contextmanager
        def ctx(n):
            log.append(n)
            try: yield n * 2
            finally: log.append(-n)
        def f(x):
            try:
                with ctx(1.5) as a, ctx(2.5) as b:
                    if x: raise ValueError(a + b)
            except (ValueError, KeyError) as e: return e.args
            else: return "else"
            finally: log.append("finally")
        def g():
            try: {}["k"]
            except KeyError as e: raise RuntimeError("no") from e
        r = f(1), f(0), log
        try: g()
        except RuntimeError as e: r += (repr(e.__cause__),)
        try: assert 1 > 2, f"{1 + 1}"
        except AssertionError as e: r += (str(e),)
    """,
    "del, global names, chained comparison, conditional, boolean": """
        x = [1.0, 2.0, 3.0]; d = {"a": 1, "b": 2}; a = np.arange(3.0)
        class O: y = 1
        o = O(); o.z = 2
        del x[0], d["a"], o.z, x[0:1]
        lo = 1 < a[2] <= 2 != 3
        r = x, d, hasattr(o, "z"), lo, 0.0 or a[1], a[0] and 5, not a[1], 3 if a[2] > 1 else 4
        r += (1 in [1, 2], None is None, "a" "b", -1.5, +2, ~5, 2 ** -1, 1 / 3, 7 // 2, 0.1 + 0.2)
        n: int = 3
        m: "list[float]"
        r += (n, "m" in dir())
    """,
    "async code": """
        import asyncio
        async def rows():
            for i in range(3): yield i * 1.5
        async def main():
            out = [v async for v in rows()]
            async for v in rows(): out.append(await asyncio.sleep(0, v + 1))
            return out
        r = asyncio.run(main())
    """,
    "locals, globals, eval and exec see the program's own names": """
        def f(a):
            b = a * 2.5
            exec("c = 1")
            return sorted(locals()), eval("b + a"), "f" in globals()
        r = f(2.0), eval("[1.5 * 2]"), sorted(n for n in vars() if not n.startswith("_"))
    """,
    "numbers keep their types": """
        r = [type(v).__name__ for v in (
            1.5, -1.5, 1 / 2, np.float32(1) * 2, np.arange(3)[0] * 1.0, float(np.ones(1)[0]),
            round(2.5), round(np.float64(2.5), 1), abs(-2), sum([1, 2]), sum([1.5]), max(1, 2.5),
            np.ones(2).tolist()[0], np.ones(2).item(0), int(3.7), divmod(7.5, 2)[0], pow(2.0, 3),
            np.ones((2, 2)).T, np.matrix([[1.0]]) * 2, np.float64(3).T, True + 1.5, 3 + 4j)]
        r.append(hash(np.ones(1)[0])); r.append({np.ones(1)[0]: 1}[1.0]); r.append(f"{np.pi:.3}")
    """,
    "__name__ and docstrings": '''
        """The module."""
        def f():
            """The function."""
        class C:
            """The class."""
        r = __name__, __doc__, f.__doc__, C.__doc__, C.__module__, f.__qualname__
    ''',
}

SHOWN = "import numpy as np\n"


def run_plain(text):
    """Run a program as it is."""
    main = types.ModuleType("__main__")
    np.random.seed(0)
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(compile(text, "program.py", "exec", dont_inherit=True), vars(main))
    return vars(main)


def same(one, other):
    """Whether two values are equal bit for bit, types and all."""
    if type(one) is not type(other):
        return False
    if isinstance(one, (np.ndarray, np.generic)):
        return one.dtype == other.dtype and one.shape == other.shape and (
            one.tobytes() == other.tobytes()
        )  # fmt: skip
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[k], other[k]) for k in one)
    return one == other


@pytest.mark.parametrize("title", PROGRAMS)
def test_meaning_is_preserved(title, tmp_path):
    """The instrumented program ends with the very values of the program."""
    text = SHOWN + textwrap.dedent(PROGRAMS[title])
    if title == "__name__ and docstrings":
        text = textwrap.dedent(PROGRAMS[title]).lstrip()
    expected = run_plain(text)
    recording = record(SourceFile(str(tmp_path / "program.py"), text), lambda _tape: False)
    assert recording.ending.how == "finished", recording.ending
    assert same(recording.namespace["r"], expected["r"]), (recording.namespace["r"], expected["r"])


def test_future_imports_and_star_imports_work(tmp_path):
    """``from __future__`` stays first, ``import *`` brings names that hooks then see."""
    text = "'doc'\nfrom __future__ import annotations\nfrom numpy import *\nr = exp(array([0.0]))\n"
    recording = record(SourceFile(str(tmp_path / "program.py"), text), lambda _tape: False)
    assert recording.ending.how == "finished"
    assert [n.function for n in recording.tape.nodes][-1] is np.exp


def test_modules_beside_the_script_are_instrumented(tmp_path):
    """What a module beside the script computes is on the tape, with the place in its own file."""
    (tmp_path / "layers.py").write_text("import numpy as np\ndef act(z):\n    return np.tanh(z)\n")
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "__init__.py").write_text("from .inner import double\n")
    (tmp_path / "pack" / "inner.py").write_text("def double(x):\n    return x * 2\n")
    text = "import numpy as np\nfrom layers import act\nimport pack\nr = pack.double(act(np.ones(3)))\n"
    recording = record(SourceFile(str(tmp_path / "main.py"), text), lambda _tape: False)
    assert recording.ending.how == "finished"
    last, before = recording.tape.nodes[-1], recording.tape.nodes[-2]
    assert (last.function, before.function) == (np.multiply, np.tanh)
    assert last.spot.site.filename.endswith("inner.py")
    assert str(before.spot.site).endswith("layers.py:3:12")


def test_traceback_of_the_program_shows_its_own_line(tmp_path):
    """A crash is reported where the user wrote it."""
    text = "import numpy as np\n\ndef f(x):\n    return (x +\n            x @ x.T)\n\nf(np.ones((2, 3)))\n"
    recording = record(SourceFile(str(tmp_path / "main.py"), text), lambda _tape: False)
    assert recording.ending.how == "raised"
    assert recording.ending.site.row in (4, 5)
    assert recording.failure is not None
    assert recording.failure.spot.text == "(x +\n            x @ x.T)"[1:-1]
