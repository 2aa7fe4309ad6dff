"""One function of a pair whose source is known: its definition alone, changed and compiled.

What runs is exchanged by its code object, so that closures, defaults and methods stay what they
are.  Nothing here decides which change is a good one.
"""

from __future__ import annotations

import ast
import contextlib
import linecache
import types
import warnings
from typing import TYPE_CHECKING, Any

from gradlint.pairs.sites import code_of, shown
from gradlint.source.edits import apply
from gradlint.source.spots import SourceFile, Unreadable
from gradlint.source.twins import codes_in, is_user_code

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from gradlint.findings import Edit, Site
    from gradlint.pairs.checked import Checked
    from gradlint.pairs.slips import Slip


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
        for code in codes_in(compiled):
            same = code.co_freevars == self.original.co_freevars
            if same and code.co_name == self.original.co_name:
                return code
        return None

    @property
    def rows(self) -> set[tuple[str, int]]:
        """The rows of the definition, with the name of its file."""
        name = shown(self.file.filename)
        return {(name, row) for row in range(self.node.lineno, self.node.end_lineno + 1)}

    def edited(self, edits: Sequence[Edit]) -> types.CodeType | None:
        """Compile the definition as it is in the edited file."""
        file = SourceFile(self.file.filename, apply(self.file.text, edits))
        before, after = (list(_definitions(f.tree, [])) for f in (self.file, file))
        paths = [path for old, path in zip(before, after, strict=True) if old[-1] is self.node]
        return Place(self.function, file, paths[0]).code() if paths else None

    def statement(self, slip: Slip) -> str:
        """Give the text of the statement that a slip stands in."""
        node: Any = slip.target
        while not isinstance(node, ast.stmt) and node in self.parents:
            node = self.parents[node][0]
        return ast.unparse(node)

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


def stands(place: Place, slip: Slip, edit: Edit) -> bool:
    """Whether the new text means in its place what it means alone."""
    with place.changed(slip):
        meant = ast.dump(_body(place.node))
    tree = attempt(lambda: ast.parse(apply(place.file.text, [edit])))
    for path in _definitions(tree, []) if tree is not None else ():
        node: Any = path[-1]
        if (node.lineno, node.col_offset) == (place.node.lineno, place.node.col_offset):
            return ast.dump(_body(node)) == meant
    return False


def _body(node: Any) -> ast.Module:
    return ast.Module(node.body if isinstance(node.body, list) else [ast.Expr(node.body)], [])


def attempt(call: Callable[[], Any]) -> Any:
    """Give what a call returns, or None if it raises; warnings of an altered program are ours."""
    try:
        with warnings.catch_warnings(action="ignore"):
            return call()
    except Exception:  # noqa: BLE001 - an altered program may raise anything
        return None


def plain_function(function: Any) -> types.FunctionType | None:
    """Give the function behind a method or a partial."""
    for _ in range(5):
        if isinstance(function, types.FunctionType):
            return function
        function = getattr(function, "__func__", None) or getattr(function, "func", None)
    return None


def with_helpers(functions: Iterable[types.FunctionType]) -> Iterator[types.FunctionType]:
    """Give functions, then those of the user's that they call by name, then what these call."""
    level, seen = list(functions), set[types.FunctionType]()
    while level:
        fresh = [f for f in dict.fromkeys(level) if f not in seen]
        yield from fresh
        seen |= set(fresh)
        named = (value for f in fresh for value in _named(f))
        closed = (_content(cell) for f in fresh for cell in f.__closure__ or ())
        level = [f for f in (*named, *closed) if isinstance(f, types.FunctionType) and _own(f)]


def _named(function: types.FunctionType) -> Iterator[Any]:
    """Give what a function may mean by a name: its own globals, or those of a module it names."""
    names = function.__code__.co_names
    known = [function.__globals__[name] for name in names if name in function.__globals__]
    yield from known
    for module in known:
        if isinstance(module, types.ModuleType):
            yield from (vars(module)[name] for name in names if name in vars(module))


def _content(cell: types.CellType) -> Any:
    return attempt(lambda: cell.cell_contents)  # one that is empty yet raises


def _own(function: types.FunctionType) -> bool:
    return is_user_code(function.__code__.co_filename)


def place_of(function: types.FunctionType) -> Place | None:
    """The definition of a function in its file; None if that is not certain.

    Nor is a function with a ``while`` any use: a change could make it run for ever.
    """
    code = code_of(function)
    if code is None or code is not function.__code__ or not is_user_code(code.co_filename):
        return None
    try:
        file = SourceFile(code.co_filename, "".join(linecache.getlines(code.co_filename)))
    except Unreadable:
        return None
    for path in _definitions(file.tree, []):
        name = getattr(path[-1], "name", "<lambda>")
        if name != code.co_name or _first_row(path[-1]) != code.co_firstlineno:
            continue
        if any(isinstance(node, ast.While) for node in ast.walk(path[-1])):
            return None
        place = Place(function, file, path)
        plain = attempt(place.code)
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


def set_in(check: Checked, i: int) -> Site | None:
    """Give the statement in which backward moves its object's parameter, or leaves its gradient."""
    match = check.guarded.run.plan.match
    source, path = match.places.get(i, ("", ())) if match is not None else ("", ())
    function = plain_function(check.subject.given_backward or check.subject.backward)
    if function is None or source not in ("moved", "owner"):
        return None
    place = place_of(function)
    if place is None:
        return None
    name = str(path[0]).lstrip(".")
    moves = [
        node
        for node in ast.walk(place.node)
        if isinstance(node, ast.Assign | ast.AugAssign)
        for part in ast.walk(node.targets[0] if isinstance(node, ast.Assign) else node.target)
        if isinstance(part, ast.Attribute) and part.attr == name
    ]
    file = SourceFile(shown(place.file.filename), place.file.text)
    return file.site(moves[-1]) if moves else None
