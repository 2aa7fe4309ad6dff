"""A replay with nothing changed reproduces every recorded value bit for bit, in any style."""

# ruff: noqa: E501  (whole programs stand in a table)

from __future__ import annotations

import contextlib
import io
import textwrap
import warnings
from pathlib import Path

import numpy as np
import pytest

from gradlint.reading.enough import Enough
from gradlint.source.spots import SourceFile, read
from gradlint.trace.primitives import leaf
from gradlint.trace.record import record
from gradlint.trace.replay import Route, Unrepeatable, ancestors, replay, replay_along
from gradlint.trace.stage import perform

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted(
    path
    for folder in ("examples/buggy", "examples/fixed", "tests/quality/right")
    for path in (ROOT / folder).glob("*.py")
)
STYLES = {
    "views of views, written through": """
        x = np.arange(24.0).reshape(2, 3, 4)
        v = x[1].T; w = v[::2, ::-1]; w *= 3; v[0] += w[1]; x[:, 1] = v[1, :2, None]
        r = x + 1, v.sum(), w.ravel() * 2, x.reshape(-1)[3:9] - v[0, 0]
    """,
    "a view made before a write sees what was written": """
        W = np.ones((3, 3)); first = W[0]; before = first * 2; W -= np.arange(3.0)
        after = first * 2; W[0, 1] = 7; r = before, after, first + 0, W.diagonal() * 1
    """,
    "a shape that is set, and what was made before": """
        x = np.arange(6.0); y = x * 2; row = x[:3]; x.shape = 2, 3; z = x @ x.T
        x -= 1; x.shape = (3, 2); x[0] = 9; y.resize(3, 2); y.flat = 4.0; x.T.flat = y.T
        r = z, x + 0, row * 1, y @ x.T, x.reshape(-1)[:2]
    """,
    "entries through the buffer's own door": """
        x = np.arange(4.0); b = x.data; b[1] = 7.0; s = b[1] * 2.0
        r = np.sqrt(np.asarray(b)), [t * 2.0 for t in b], s, np.frombuffer(x.tobytes()) * 3
    """,
    "a mask written through a view of it that nobody keeps": """
        x = np.sin(np.arange(12.0)).reshape(3, 4); best = x.argmax(axis=1); m = np.zeros((3, 2, 2))
        m.reshape(3, 4)[np.arange(3), best] = 1; m.ravel()[0] += 2; m.T[1, 1] = 5; r = x * m.reshape(3, 4)
    """,
    "NumPy integers as indices": """
        x = np.arange(12.0).reshape(3, 4); s = np.zeros(3)
        for t in np.arange(3)[::-1]: s[t] = x[t, t + 1] * 2; s[[0, np.int64(1)]] -= x[t - 1, 0]
        k = np.argmax(x[0]); r = s, x[:, k], x[:, [k, 0]], x[1, np.int64(2)]
    """,
    "in-place versions of one buffer": """
        W = np.arange(4.0); total = 0.0
        for k in range(3):
            total = total + (W ** 2).sum(); W *= 0.5; W += k; W /= 3; W **= 2
        r = total, W * 1
    """,
    "integer arrays keep their type in place": """
        k = np.arange(5); k += 2; k *= 3; k //= 2; m = k > 3; m &= k < 9; m |= k == 3
        r = k + 0, m.astype(float), k[m] * 1.5
    """,
    "out=, positional and by keyword": """
        a, b, c = np.arange(4.0).reshape(2, 2), np.ones((2, 2)), np.zeros((2, 2))
        np.dot(a, b, c); d = c * 1; np.add(a, b, out=c); np.exp(a, a); np.multiply(a, c[0], out=c)
        np.sum(a, axis=0, out=b[1]); np.divmod(a, 2.0, out=(c, b)); a.clip(1, 4, out=a)
        np.subtract(a, b, out=a[::-1]); r = a + b, c - d, a.mean(axis=1, out=np.empty(2)) * 1
    """,
    "fancy indexing, masks, add.at": """
        E = np.arange(12.0).reshape(4, 3); i = np.array([0, 2, 2]); g = np.zeros_like(E)
        p = E[i]; p[np.arange(3), [0, 1, 2]] -= 1; np.add.at(g, i, p); g[i] += p
        E[E > 7] = 0; E[i, 1] *= 2; np.subtract.at(g, (i, 0), 1.5); g[[0, 1]] = g[[1, 0]]
        q = np.maximum.reduce(E, axis=1); np.put(E, [0, 5], [9.5, 8.5]); np.fill_diagonal(g, 1.25)
        np.copyto(p, E[1]); r = E * 1, g + 0, q, p + 0, E.take([1, 3]), np.where(E > 1, E, g)
    """,
    "zip, enumerate, reversed, map, unpacking over arrays": """
        X = np.arange(6.0).reshape(3, 2); y = np.array([1.5, 2.5, 3.5]); total = 0.0
        for i, (row, t) in enumerate(zip(X, y)):
            a, b = row; total += a * b - t + row @ row + i
        for v in reversed(y): total = total * 0.5 + v
        for i, (a, b) in enumerate(X): total += a / (1 + b)
        (a, b), c = X[:2], y[0]; s = [*y]; m = list(map(np.exp, y)) + list(map(float, y))
        for (i, j), v in np.ndenumerate(X): total += v * i - j
        for v in X.flat: total -= v / 7
        r = total, a * b * c, np.array(s) * 2, np.array(m), sum(v * v for v in y), sum(X), max(y) * 2
        r += (np.hypot(*y[:2]), sorted(y, reverse=True)[0] * 3, sum(y, start=y[0]))
    """,
    "pure Python numbers": """
        import math, operator, functools, statistics
        w = np.linspace(-1, 1, 4).tolist(); x = np.ones(2).item(0) * 3; f = float(np.array([2.5])[0])
        z = [math.exp(v) / (1 + math.exp(v)) for v in w]; z[1] -= 0.5 * x; z[2] = z[2] * f
        s = math.fsum(z) + math.hypot(z[0], z[1]) + operator.mul(z[0], f) + math.prod(z)
        q = functools.reduce(lambda a, b: a * b, z) + statistics.mean(z) + math.sqrt(abs(-f)) ** 3
        r = s, np.array(z) * 2, q, round(s, 3) + 1, divmod(s, 2)[1] * 1.5, pow(s, 2), -s, z[0] // 0.1
    """,
    "copies": """
        import copy
        class Layer: pass
        net = {"W": [np.ones(3), np.zeros((2, 2))], "l": Layer()}; net["l"].b = np.arange(2.0)
        net["l"].net = net; old = copy.deepcopy(net); net["W"][0] += 5; net["l"].b *= 2
        c, d = net["W"][0].copy(), np.array(net["W"][0]); e = np.copy(c); c += 1; f = copy.copy(e)
        e += 1; r = old["W"][0] + net["W"][0], old["l"].b - net["l"].b, c * d * e, f * 1
    """,
    "np.vectorize": """
        @np.vectorize
        def relu(v): return v if v > 0 else 0.1 * v
        whole = np.vectorize(lambda v: 0 if v < 0 else v)
        two = np.vectorize(lambda a, b: a * b + 1.0, otypes=[float])
        x = np.linspace(-1, 1, 6).reshape(2, 3)
        r = relu(x) * 2, whole(x), two(x, x[0]) - 1, two(2.0, x), np.vectorize(np.tanh)(x) * 1
    """,
    "functions that take functions": """
        x = np.arange(1.0, 7.0).reshape(2, 3)
        r = (np.apply_along_axis(lambda v: v / v.sum(), 1, x) * 2,
             np.frompyfunc(lambda v: v * 1.5, 1, 1)(x).astype(float) + 1,
             np.piecewise(x, [x < 3, x >= 3], [lambda v: v * 2, lambda v: v + 1]) - 1)
    """,
    "np.matrix": """
        M = np.matrix([[1.0, 2.0], [3.0, 4.0]]); v = np.matrix([[0.5], [0.25]]); a = M * v
        a += v; b = a.T * M; c = np.multiply(M, M) + M.A; d = M.sum(axis=1) + M.mean() + M.I * v
        M *= 2; row = M[0]; e = b.A1 * 2; f = M.flatten() + 0; g = M ** 2; h = M.tolist()[0][1] * 3
        r = a, b * 1, c, d, row * 1, e, f, g, h, M.reshape(1, -1) + 1, M.max() * 2
    """,
    "np.c_, np.r_, stacking, splitting": """
        a, b = np.arange(3.0), np.ones(3)
        c = np.c_[a, b, np.zeros(3)]; d = np.r_[a, 5.0, b]; e = np.c_[np.ones((3, 2)), a[:, None]]
        p, q = np.split(np.hstack([c, e]), 2, axis=1); s, t = np.vsplit(np.vstack((p, q)), 2)
        w, V = np.linalg.eigh(c @ c.T); u = np.unique(d, return_counts=True)[0]
        r = c.T @ e, d * 2, p - q, s * t, V @ w, np.stack([a, b]) + 1, u * 1, np.concatenate([a, [1, 2.5]])
    """,
    "shuffles and other writes nobody announces": """
        import random
        x = np.arange(8.0); y = x * 2; np.random.shuffle(x); z = x * 3; random.shuffle(y); w = y + 1
        g = np.random.default_rng(1); g.shuffle(x); v = x - 1; p = g.permutation(x) + 0
        l = [np.ones(2) * k for k in range(4)]; random.shuffle(l); x.sort(); u = x + 0; x.fill(2.5)
        a = x.flat; a[2] = 9.0; a[4:6] = 1.0; x.partition(3); g.random(out=z)
        r = z + 0, w, v, p, sum(l), u, x * 1, x.flat[1:3] * 2
    """,
    "methods by name and attributes": """
        x = np.arange(1.0, 7.0).reshape(2, 3)
        r = (x.dot(x.T), x.T.dot(x), x.reshape(3, -1) + 1, x.transpose(1, 0) * 2, x.swapaxes(0, 1) + 0,
             x.mean(axis=0, keepdims=True), x.std(), x.astype(np.float32) * 2, x.repeat(2, axis=0),
             x.__matmul__(x.T), x.squeeze() - 1, x.argmax(axis=1), x.cumsum() * 1, x.prod(), x.real * 2,
             x.mT + 1, np.float64(2.5).item() * 3, x.round(1), x.sum().astype(int), x.view() + 1)
    """,
    "narrow floats": """
        x = np.linspace(0, 1, 5, dtype=np.float32); w = np.float32(0.1); h = x.astype(np.float16)
        y = x * w + 1; y -= 0.3; z = np.float64(y[0]) * 3; y *= np.float64(2.5); y[1:] += np.ones(4)
        r = y * 1, z, h * 2, np.sum(y, dtype=np.float64), float(y[1]) * 2
    """,
    "reductions, einsum, padding, windows": """
        x = np.arange(16.0).reshape(4, 4)
        win = np.lib.stride_tricks.sliding_window_view(x, (2, 2))
        s = np.lib.stride_tricks.as_strided(x, (3, 2), (32, 8)); x[0, 0] = 50.0
        r = (np.einsum("ij,jk->ik", x, x), np.pad(x, 1) * 2, win.sum(axis=(2, 3)), s * 2,
             np.tensordot(x, x, 1), np.linalg.norm(x), np.outer(x[0], x[1]), np.roll(x, 1) + 0,
             np.broadcast_to(x[0], (2, 4)) * 2, np.nan_to_num(x / x), np.logaddexp.reduce(x[1]))
    """,
}


def recorded(path, text, until=None):
    """Record a program quietly."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return record(SourceFile(str(path), text), until or (lambda _tape: False), timeout=60)


def equal(one, other):
    """Whether two values are the same bit for bit (NaN patterns too), types and shapes too."""
    if isinstance(one, (tuple, list)):
        return len(one) == len(other) and all(map(equal, one, other))
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        kinds = type(one) is type(other)
        return kinds and one.dtype == other.dtype and one.shape == other.shape and (
            (one == other).all() if one.dtype.hasobject else one.tobytes() == other.tobytes()
        )  # fmt: skip
    return type(one) is type(other) and np.asarray(one).tobytes() == np.asarray(other).tobytes()


def differing(tape):
    """Perform every operation of a tape again and return those whose value comes out differently."""
    leaves = {node: node.value for node in tape.nodes if node.is_leaf and node.run is leaf}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        values = replay(tape.nodes, leaves)
    return [n for n in tape.nodes if n.value is not None and not equal(n.value, values[n.index])]


@pytest.mark.parametrize("title", STYLES)
def test_traced_run_equals_untraced_run(title, tmp_path):
    """Tracing changes no result: same bits, same types, arrays stay plain arrays."""
    text = "import numpy as np\n" + textwrap.dedent(STYLES[title])
    path = tmp_path / "program.py"
    plain: dict[str, object] = {}

    def program(namespace):
        exec(compile(text, str(path), "exec", dont_inherit=True), namespace)
        plain.update(namespace)

    assert perform(program, path=path).how == "finished"
    recording = recorded(path, text)
    assert recording.ending.how == "finished", recording.ending
    pairs = zip(recording.namespace["r"], plain["r"], strict=True)
    assert [i for i, (got, expected) in enumerate(pairs) if not equal(got, expected)] == []
    kinds = {
        type(node.value) for node in recording.tape.nodes if isinstance(node.value, np.ndarray)
    }
    assert kinds <= {np.ndarray, np.matrix}


@pytest.mark.parametrize("title", STYLES)
def test_replay_of_a_style(title, tmp_path):
    """Every value of these styles comes out of a replay as it was recorded."""
    text = "import numpy as np\n" + textwrap.dedent(STYLES[title])
    assert differing(recorded(tmp_path / "program.py", text).tape) == []


@pytest.mark.parametrize("title", STYLES)
def test_results_hang_on_what_they_were_computed_from(title, tmp_path):
    """No result of these styles is a value from nowhere: each has operations behind it."""
    text = "import numpy as np\n" + textwrap.dedent(STYLES[title])
    recording = recorded(tmp_path / "program.py", text)
    for position, value in enumerate(recording.namespace["r"]):
        known = recording.tape.known.get(id(value))
        if known is not None:
            assert not known[1].is_leaf, (position, value)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_replay_of_a_script(path):
    """Every value of two training steps of a script comes out as it was recorded."""
    enough = Enough()
    tape = recorded(path, read(path), lambda tape: len(tape) > 5000 or enough(tape)).tape
    assert len(tape) > 20
    assert differing(tape) == []


def test_replay_at_other_values_keeps_the_recorded_ones(tmp_path):
    """Changed values flow through in-place updates; recorded values stay untouched."""
    text = "import numpy as np\nW = np.ones(3)\nx = W * 2\nW -= x\nW[1] = x[0]\ny = W.sum()\n"
    tape = recorded(tmp_path / "p.py", text).tape
    first, last = tape.nodes[0], tape.nodes[-1]
    assert replay([last], {first: np.array([10.0, 20.0, 30.0])})[last.index] == -10 + 20 - 30
    assert replay([last])[last.index] == last.value == 0.0
    assert first.value.tolist() == [1, 1, 1]


def test_a_route_is_gone_again_at_other_values(tmp_path):
    """What writes in place gives the same on a route that is known, and spoils no value on it."""
    text = (
        "import numpy as np\nW = np.ones((2, 3))\nB = np.zeros((3, 3))\nfor k in range(2):\n"
        "    B[k] = W[k] * 2\n    B[k] += B[k - 1]\nrow = B[1]\nB[1] = 5\ny = row * B.T + B.sum()\n"
    )
    tape = recorded(tmp_path / "p.py", text).tape
    first, last = tape.nodes[0], tape.nodes[-1]
    route = Route([last], [first])
    for value in (np.full((2, 3), 3.0), np.arange(6.0).reshape(2, 3), first.value):
        given = value.copy()
        once, again = replay([last], {first: given}), replay_along(route, {first: given})
        assert once.keys() == again.keys()
        assert all(np.array_equal(once[index], again[index]) for index in once)
        assert np.array_equal(given, value)
    assert differing(tape) == []


def test_precise_replay_widens_narrow_floats(tmp_path):
    """In float64 a float32 program gives what it meant, not what it rounded."""
    text = (
        "import numpy as np\nx = np.float32([1/3, 2/3])\ny = (x * x).sum()\nz = np.float32(y) * 3\n"
    )
    tape = recorded(tmp_path / "p.py", text).tape
    z = tape.nodes[-1]
    assert z.value.dtype == np.float32
    again = replay([z], precise=True)[z.index]
    assert again.dtype == np.float64
    third, two = np.float64(np.float32(1 / 3)), np.float64(np.float32(2 / 3))
    assert again == (third * third + two * two) * 3


def test_failing_operation_is_named(tmp_path):
    """An operation that cannot be performed at other values says which one it is."""
    text = "import numpy as np\nx = np.eye(2)\ny = np.linalg.inv(x)\nz = y + 1\n"
    tape = recorded(tmp_path / "p.py", text).tape
    with pytest.raises(Unrepeatable) as caught:
        replay(tape.nodes, {tape.nodes[0]: np.zeros((2, 2))})
    assert caught.value.node.function is np.linalg.inv


def test_ancestors_stop_where_they_are_told(tmp_path):
    """The history of a value ends at given values, which belong to it."""
    text = "import numpy as np\na = np.ones(2)\nb = a * 2\nc = b + 1\nd = c * b\n"
    tape = recorded(tmp_path / "p.py", text).tape
    by_name = {node.names[0]: node for node in tape.nodes if node.names}
    found = ancestors([by_name["d"]], stop=[by_name["b"]])
    assert by_name["b"] in found
    assert by_name["a"] not in found
