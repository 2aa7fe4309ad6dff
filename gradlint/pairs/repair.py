"""A wrong pair, mended by trial: the one small change of its source that makes gradients right.

The changes that undo people's slips are tried out one by one: compiled, put in the place of the
function's own code for one call, and judged by the pair's own forward function.  What is left is
proven at two points; it names the line, the cause and the fix at once.  The number of trials
depends on how much work one call is, never on the clock: same arguments, same answer.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import types
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.findings import Edit, Fix, Site
from gradlint.fix import apply
from gradlint.pairs.compare import Point, Projected
from gradlint.pairs.probe import Probe
from gradlint.pairs.sites import code_of, shown
from gradlint.pairs.slips import Shapes, Slip, Slips
from gradlint.pairs.trees import is_object
from gradlint.source.spots import SourceFile, Unreadable
from gradlint.source.twins import is_user_code

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from gradlint.pairs.check import Check
    from gradlint.pairs.conventions import Run
    from gradlint.pairs.guards import Guarded

WORK = 500_000  # operations that all trials together may cost
MOST = 4_000  # trials
_SEEN = "__gradlint_seen__"
_FEW = 3  # rows that are things of their own: the gradients of a hidden state and of a cell
_MANY = 8  # items of a cache that are worth a look each
_ROUNDS = 3  # slips in one pair that are looked for one after the other


@dataclass(frozen=True)
class Repair:
    """A slip that was made: undoing it makes the gradients of ``mended`` right."""

    slip: Slip
    site: Site
    fix: Fix
    mended: tuple[int, ...]


class Place:
    """One function of the pair whose source is known, and can be exchanged."""

    def __init__(self, function: types.FunctionType, file: SourceFile, path: list[ast.AST]) -> None:
        self.function, self.file, self.path = function, file, path
        self.node: Any = path[-1]
        self.original = function.__code__
        self.module = ast.fix_missing_locations(_alone(file, path, function.__code__))
        self.parents = _parents(self.node)

    def code(self) -> types.CodeType | None:
        """Compile the definition as it stands; None if it is not the function's any more."""
        compiled = compile(self.module, self.original.co_filename, "exec", dont_inherit=True)
        for code in _codes(compiled):
            same = code.co_freevars == self.original.co_freevars
            if same and code.co_name == self.original.co_name:
                return code
        return None

    def code_with(self, slip: Slip) -> types.CodeType | None:
        """Compile the definition without the slip."""
        with self.changed(slip):
            return self.code()

    @contextlib.contextmanager
    def running(self, code: types.CodeType) -> Iterator[None]:
        """Let the function run other code for a while."""
        self.function.__code__ = code
        try:
            yield
        finally:
            self.function.__code__ = self.original

    def telling(self, name: str) -> types.CodeType | None:
        """Compile the definition so that it hands its variables to a built-in at its end."""
        if isinstance(self.node, ast.Lambda):
            return None
        body = self.node.body
        told = ast.parse(f"{name}(locals())").body
        self.node.body = [ast.copy_location(ast.Try(body, [], [], told), body[0])]
        try:
            return self.code()
        finally:
            self.node.body = body

    @contextlib.contextmanager
    def changed(self, slip: Slip) -> Iterator[None]:
        """Hold the slip's new text in the syntax tree for a while."""
        owner, name, index = self.parents[slip.target]
        new: Any = ast.parse(slip.new, mode="exec").body[0]
        if isinstance(slip.target, ast.expr):
            new = new.value
        _put(owner, name, index, new)
        try:
            yield
        finally:
            _put(owner, name, index, slip.target)


class Repairs:
    """Looks for the repairs of one pair."""

    def __init__(self, check: Check, guarded: Guarded, work: int) -> None:
        """``work`` is how many operations one call of the pair performs."""
        self.check, self.run = check, guarded.run
        self.points = check.points or [Point({}, guarded.run, {})]
        self.trials = min(MOST, WORK // max(work, 1))
        self.right = [i for i, j in check.verdicts.items() if j.verdict == "right"]
        self.kinds: dict[float, set[str]] = {}  # of each number: a constant, an axis it counts
        self.probes: dict[tuple[int, int], Probe] = {}

    def found(self, wrong: Sequence[int]) -> Iterator[Repair]:
        """Yield repairs until nothing is wrong or nothing helps."""
        left = list(wrong)
        for place in self._places():
            for _ in range(_ROUNDS):
                best = self._best(place, left) if left else None
                if best is None:
                    break
                slip, mended = best
                yield self._repair(place, slip, mended)
                left = [i for i in left if i not in mended]

    def _places(self) -> Iterator[Place]:
        subject = self.check.subject
        functions = [subject.given_backward or subject.backward or subject.given_forward]
        if subject.stages:
            functions = [type(s).backward for s in subject.stages if hasattr(s, "backward")]
        for function in dict.fromkeys(map(_plain, functions)):
            place = None if function is None else _place(function)
            if place is not None:
                yield place

    def _best(self, place: Place, left: Sequence[int]) -> tuple[Slip, list[int]] | None:
        shapes, sizes = self._variables(place)
        slips = list(Slips(place.file, place.node, shapes, sizes).all())
        order = {id(slip): k for k, slip in enumerate(slips)}
        slips.sort(key=lambda s: (s.cost, order[id(s)]))
        best: tuple[Slip, list[int]] | None = None
        seen: set[bytes] = set()
        for slip in slips[: self.trials]:
            code = _attempt(lambda: place.code_with(slip))  # noqa: B023 - it is called at once
            if code is None or code.co_code + repr(code.co_consts).encode() in seen:
                continue
            mended = self._mended(place, code, left)
            if mended and (best is None or len(mended) > len(best[1])):
                best = slip, mended
                if len(mended) == len(left):
                    break
        return best

    # -- trying -----------------------------------------------------------------------------

    def _mended(self, place: Place, code: types.CodeType, left: Sequence[int]) -> list[int]:
        """The wrong gradients that other code gets right, if it leaves the right ones alone."""
        mended = list(left)
        for k, point in enumerate(self.points):
            there = self._called(place, code, point.values)
            if there is None or not self._same(there, point.run):
                return []
            mended = [i for i in mended if self._fits(k, i, there.gradients.get(i))]
            if not mended:
                return []
        return mended

    def _called(self, place: Place, code: types.CodeType, values: dict[int, Any]) -> Run | None:
        check = self.check
        plan, subject = self.run.plan, check.subject
        with place.running(code), np.errstate(all="ignore"):
            found: Run | None = _attempt(
                lambda: check.conventions.carry_out(plan, subject.run_forward(values))
            )
        return found

    def _same(self, there: Run, before: Run) -> bool:
        """Whether the function itself and all right gradients are what they were."""
        if not np.isclose(there.value, before.value, rtol=1e-12, atol=0.0):
            return False
        for i in self.right:
            one, other = np.asarray(there.gradients.get(i)), before.gradients[i]
            if np.shape(one) != np.shape(other) or not np.allclose(one, other, rtol=1e-9, atol=0):
                return False
        return True

    def _fits(self, k: int, i: int, gradient: Any) -> bool:
        if gradient is None:
            return False
        if (k, i) not in self.probes:
            point, leaves = self.points[k], self.check.subject.leaves
            wanted = sorted({i, *point.values})
            f = Projected(self.check.subject, self.run.plan, point.run, wanted)
            arrays = [point.values.get(w, leaves[w].value) for w in wanted]
            seed = self.check.settings.seed
            self.probes[k, i] = Probe(f, arrays, wanted.index(i), point.run.value, seed)
        return self.probes[k, i].fits(gradient)

    # -- what is known in the function ------------------------------------------------------

    def _variables(self, place: Place) -> tuple[Shapes, dict[str, float]]:
        """Shapes of what can be written in a function, and the sizes among it, from one call."""
        seen: dict[str, Any] = {}
        code = _attempt(lambda: place.telling(_SEEN))
        if code is not None:
            setattr(builtins, _SEEN, seen.update)
            try:
                self._called(place, code, {})
            finally:
                delattr(builtins, _SEEN)
        quote = "'" if "['" in place.file.text else '"'
        shapes: Shapes = {}
        sizes = {"2": 2.0}
        for text, value in _expressions(seen, quote):
            if isinstance(value, np.ndarray) and value.dtype.kind in "fiu":
                shapes[text] = value.shape
            elif isinstance(value, int | float | np.number) and not isinstance(value, bool):
                sizes[text] = float(value)
        for text, value in list(sizes.items()):
            if 0.0 < value < 1.0:
                sizes[f"(1 - {text})"] = 1.0 - value
            elif value > 2.0 and value.is_integer():
                sizes[f"np.sqrt({text})"] = value**0.5
        for text, value in sizes.items():
            if not text.isidentifier():
                self.kinds.setdefault(value, set()).add(text[-2:])
        # Each number once, by the plainest of its names.
        plain = sorted(sizes.items(), key=lambda item: not item[0].isidentifier())
        named = {value: text for text, value in reversed(plain)}
        return shapes, {text: value for value, text in named.items() if value not in (0.0, 1.0)}

    # -- saying -----------------------------------------------------------------------------

    def _repair(self, place: Place, slip: Slip, mended: list[int]) -> Repair:
        file = SourceFile(shown(place.file.filename), place.file.text)
        site = file.site(slip.target)
        edit = Edit(site, slip.new)
        if not _stands(place, slip, edit):
            edit = Edit(site, f"({slip.new})")
        old = " ".join(place.file.text_of(slip.target).split())
        message = f"write `{edit.content}` instead of `{old}`"
        # A constant that is an array's length as well may mean the one or the other.
        doubtful = slip.number is not None and len(self.kinds.get(slip.number, ())) > 1
        fix = Fix(message, (edit,), "unsafe" if doubtful else "safe")
        return Repair(slip, site, fix, tuple(mended))


def _stands(place: Place, slip: Slip, edit: Edit) -> bool:
    """Whether the new text means in its place what it means alone."""
    with place.changed(slip):
        meant = ast.dump(_body(place.node))
    tree = _attempt(lambda: ast.parse(apply(place.file.text, [edit])))
    for path in _definitions(tree, []) if tree is not None else ():
        node: Any = path[-1]
        if (node.lineno, node.col_offset) == (place.node.lineno, place.node.col_offset):
            return ast.dump(_body(node)) == meant
    return False


def _body(node: Any) -> ast.Module:
    return ast.Module(node.body if isinstance(node.body, list) else [ast.Expr(node.body)], [])


def _attempt(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except Exception:  # noqa: BLE001 - an altered program may raise anything
        return None


def _expressions(names: dict[str, Any], quote: str) -> Iterator[tuple[str, Any]]:
    """Everything that can be written with some names: themselves, their items and attributes."""
    for name, value in names.items():
        if isinstance(value, dict):
            for key, item in value.items():
                if isinstance(key, str):
                    yield f"{name}[{quote}{key}{quote}]", item
        elif isinstance(value, list | tuple):
            yield from ((f"{name}[{k}]", item) for k, item in enumerate(value[:_MANY]))
        elif is_object(value):
            yield from ((f"{name}.{key}", item) for key, item in vars(value).items())
        elif isinstance(value, np.ndarray):
            yield name, value
            yield from ((f"{name}.shape[{k}]", n) for k, n in enumerate(value.shape))
            if value.ndim > 1 and len(value) <= _FEW:
                yield from ((f"{name}[{k}]", row) for k, row in enumerate(value))
        else:
            yield name, value


# -- functions and their definitions ----------------------------------------------------------


def _plain(function: Any) -> types.FunctionType | None:
    for _ in range(5):
        if isinstance(function, types.FunctionType):
            return function
        function = getattr(function, "__func__", None) or getattr(function, "func", None)
    return None


def _place(function: types.FunctionType) -> Place | None:
    """The definition of a function in its file; None if that is not certain."""
    code = code_of(function)
    if code is None or code is not function.__code__ or not is_user_code(code.co_filename):
        return None
    import linecache

    try:
        file = SourceFile(code.co_filename, "".join(linecache.getlines(code.co_filename)))
    except Unreadable:
        return None
    for path in _definitions(file.tree, []):
        name = getattr(path[-1], "name", "<lambda>")
        if name != code.co_name or _first_row(path[-1]) != code.co_firstlineno:
            continue
        place = Place(function, file, path)
        plain = _attempt(place.code)
        if plain is not None and _contents(plain) == _contents(code):
            return place
    return None


def _contents(code: types.CodeType) -> tuple[Any, ...]:
    return code.co_code, code.co_names, code.co_varnames, repr(code.co_consts).split(" at 0x")[0]


def _definitions(node: ast.AST, above: list[ast.AST]) -> Iterator[list[ast.AST]]:
    for child in ast.iter_child_nodes(node):
        scope = isinstance(child, ast.FunctionDef | ast.ClassDef | ast.Lambda)
        path = [*above, child] if scope else above
        if isinstance(child, ast.FunctionDef | ast.Lambda):
            yield path
        yield from _definitions(child, path)


def _first_row(node: Any) -> int:
    rows = [node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))]
    return int(min(rows))


def _alone(file: SourceFile, path: list[ast.AST], code: types.CodeType) -> ast.Module:
    """A module of nothing but one definition, in the scopes it stands in, and the imports."""
    inner: Any = path[-1]
    if isinstance(inner, ast.Lambda):
        inner = ast.copy_location(ast.Expr(inner), inner)
    else:
        inner.decorator_list = []
    for scope in reversed(path[:-1]):
        if isinstance(scope, ast.ClassDef):
            inner = ast.ClassDef(scope.name, [], [], [inner], [])
        else:
            known = [n for n in code.co_freevars if n != "__class__"]
            given = [ast.parse(f"{name} = None").body[0] for name in known]
            arguments = ast.arguments([], [], None, [], [], None, [])
            inner = ast.FunctionDef("scope", arguments, [*given, inner], [])
        ast.copy_location(inner, path[-1])
    imports = [n for n in file.tree.body if isinstance(n, ast.Import | ast.ImportFrom)]
    return ast.Module([*imports, inner], [])  # imported names are compiled in a way of their own


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield constant
            yield from _codes(constant)


def _parents(root: ast.AST) -> dict[ast.AST, tuple[ast.AST, str, int | None]]:
    """Where in a tree each node hangs: its parent, the field, its place in it if that is a list."""
    found: dict[ast.AST, tuple[ast.AST, str, int | None]] = {}
    for node in ast.walk(root):
        for name, value in ast.iter_fields(node):
            if isinstance(value, ast.AST):
                found[value] = node, name, None
            elif isinstance(value, list):
                items = [(k, v) for k, v in enumerate(value) if isinstance(v, ast.AST)]
                found |= {item: (node, name, k) for k, item in items}
    return found


def _put(owner: ast.AST, name: str, index: int | None, node: ast.AST) -> None:
    if index is None:
        setattr(owner, name, node)
    else:
        getattr(owner, name)[index] = node
