"""Whether an edit says more than what happened to be so in this run.

An edit in a line that serves several layers must not name one of them, no edit may hold a number
that only this run shows, and one that names a size is tried at other sizes.  Looks at texts only.
"""

from __future__ import annotations

import ast
import io
import re
from typing import TYPE_CHECKING

from gradlint.source.edits import expression_of, replaced

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from gradlint.findings import Edit, Site
    from gradlint.source.spots import SourceFile

_SIZES = {"T", "shape", "size", "len", "axis", "ndim", "transpose", "swapaxes"}
_PLAIN = {"0", "1", "0.0", "1.0", "0.", "1."}
_SEEDED = {"seed", "default_rng", "RandomState", "manual_seed"}
_LARGEST = 4096  # a size that is one, not a number of rounds that takes minutes
_LONG = re.compile(r"\d*\.\d{4,}|\d{5,}\.\d*")  # more digits than anybody writes
_POWER = re.compile(r"\*\*\s*\d+\b")
_FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def words(text: str) -> set[str]:
    """The names and numbers of a piece of source."""
    return set(re.findall(r"(?<![\w.])\d[\w.]*|\.\d\w*|[^\W\d]\w*", text))


def numbers(text: str) -> list[str]:
    """The numbers of a piece of source, 0 and 1 aside, as often as they stand there."""
    text = _POWER.sub("", text)
    found = re.findall(r"(?<![\w.\]])(?:\d[\w.]*|\.\d\w*)(?![\w\]])", text)
    return [n for n in found if n not in _PLAIN]


def bound_to_this_run(file: SourceFile, edits: Sequence[Edit]) -> str:
    """Say what in an edit is so in this run or for this caller only; empty if nothing is."""
    for edit in edits:
        old = replaced(file.text, edit)
        long = [n for n in _LONG.findall(edit.content) if n not in file.text]
        if long:
            return f"{long[0]} is so in this run only"
        foreign = _foreign(file, edit, old)
        if foreign:
            return f"`{foreign}` is one of several that the line serves"
    return ""


def _foreign(file: SourceFile, edit: Edit, old: str) -> str:
    """A part of one layer, by its number, that an edit brings into a line that serves them all."""
    inside = _function_at(file, edit.site.row, edit.site.column)
    around = _around(file, edit)
    if inside is None and not around:
        return ""
    known = _bound_in(inside) if inside is not None else set()
    try:
        tree = ast.parse(f"({edit.content}\n)", mode="eval")
    except SyntaxError:
        return ""
    had = words(old)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Subscript) or not isinstance(node.value, ast.Name):
            continue
        fixed = isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, int)
        name, text = node.value.id, ast.unparse(node)
        if text in old or not fixed:
            continue
        if name not in had | known and (inside is not None or name in around):
            return text
    return ""


def _function_at(file: SourceFile, row: int, column: int) -> ast.AST | None:
    """The innermost function around a place."""
    best: ast.AST | None = None
    for node in ast.walk(file.tree):
        if isinstance(node, _FUNCTION):
            site = file.site(node)
            begin, end = (site.row, site.column), (site.end_row, site.end_column)
            if begin <= (row, column) < end and (
                best is None or begin >= (file.site(best).row, file.site(best).column)
            ):
                best = node
    return best


def _around(file: SourceFile, edit: Edit) -> set[str]:
    """Names of which a loop around an edit takes one after the other, by an index of its own."""
    found: set[str] = set()
    for loop in ast.walk(file.tree):
        if not isinstance(loop, ast.For) or not _holds(file, loop, edit):
            continue
        counted = {n.id for n in ast.walk(loop.target) if isinstance(n, ast.Name)}
        for node in ast.walk(loop):
            if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
                read = {n.id for n in ast.walk(node.slice) if isinstance(n, ast.Name)}
                if read & counted:
                    found.add(node.value.id)
    return found


def _holds(file: SourceFile, loop: ast.For, edit: Edit) -> bool:
    site = file.site(loop)
    return site.row < edit.site.row <= site.end_row


def _bound_in(function: ast.AST) -> set[str]:
    """The names that are a function's own."""
    own = {node.arg for node in ast.walk(function) if isinstance(node, ast.arg)}
    return own | {
        node.id
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }


def takes_away(file: SourceFile, edit: Edit) -> bool:
    """Whether an edit brings nothing: what it leaves is a part of what was there."""
    old, new = ("".join(t.split()) for t in (replaced(file.text, edit), edit.content))
    if new.startswith("(") and new.endswith(")"):
        new = new[1:-1]
    return bool(new) and new != old.strip("()") and new in old


def updated(file: SourceFile, edits: Sequence[Edit], names: Collection[str]) -> set[str]:
    """Which of some ``names`` the statements replace that some edits are made in.

    ``self.W`` is that of any object, ``params[key]`` any of those in ``params``.
    """
    found = set[str]()
    for target in _targets(file, edits):
        container, mark, _ = target.partition("[")
        part = f"{container}{mark}" if mark else ""
        own = {n for n in names if f".{n}".endswith(f".{target}")}
        found |= own or {n for n in names if part and f".{part}" in f".{n}"}
    return found


def forgets(file: SourceFile, edits: Sequence[Edit]) -> str:
    """What a statement was made of before and is not with some edits: a state of its own."""
    for edit in edits:
        for node in _statements(file, [edit]):
            target = _named(node.targets[0]) if isinstance(node, ast.Assign) else ""
            parts = [part for part in ast.walk(node.value) if target and _named(part) == target]
            own = [file.site(part) for part in parts if isinstance(part, ast.expr)]
            gone = bool(own) and all(_is_inside(site, edit.site) for site in own)
            if gone and target not in _names_in(edit.content):
                return target
    return ""


def _names_in(text: str) -> set[str]:
    """The names, attributes and entries in a text, as far as it is an expression."""
    tree = expression_of(text.strip())
    return {_named(part) for part in ast.walk(tree)} - {""} if tree is not None else set()


def _named(node: ast.AST) -> str:
    """What a value is called, in any object; empty where it has no name."""
    kinds = (ast.Name, ast.Attribute, ast.Subscript)
    return ast.unparse(node).removeprefix("self.") if isinstance(node, kinds) else ""


def _targets(file: SourceFile, edits: Sequence[Edit]) -> set[str]:
    """What is replaced by the statements that some edits are made in."""
    found = set[str]()
    for node in _statements(file, edits):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        found |= {_named(target) for target in targets} - {""}
    return found


def _statements(file: SourceFile, edits: Sequence[Edit]) -> Iterator[ast.Assign | ast.AugAssign]:
    """The assignments that some edits are made in."""
    for node in ast.walk(file.tree):
        if isinstance(node, (ast.Assign, ast.AugAssign)):
            site = file.site(node)
            if any(_is_inside(edit.site, site) for edit in edits):
                yield node


def _is_inside(part: Site, whole: Site) -> bool:
    began = (whole.row, whole.column) <= (part.row, part.column)
    return began and (part.end_row, part.end_column) <= (whole.end_row, whole.end_column)


def turned_elsewhere(file: SourceFile, edits: Sequence[Edit]) -> bool:
    """Whether edits turn the sign of a step that another line adds to the same value.

    That line looks ahead to where the step leads, and still goes the way it went before.
    """
    rows = {edit.site.row for edit in edits if edit.content in ("+", "-")}
    settings = {name for name, _ in _plain_constants(file.tree)}
    here: list[tuple[str, set[str]]] = []
    elsewhere: list[tuple[str, set[str]]] = []
    for node in ast.walk(file.tree) if rows else ():
        value, names = _stepped(node)
        if value:
            turned = getattr(node, "lineno", 0) in rows
            (here if turned else elsewhere).append((value, names - settings))
    return any(value == v and names & n for value, names in here for v, n in elsewhere)


def _stepped(node: ast.AST) -> tuple[str, set[str]]:
    """What a sum or a difference starts from, and the names of what is added to it."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        value, step = node.left, node.right
    elif isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add | ast.Sub):
        value, step = node.target, node.value
    else:
        return "", set()
    return ast.unparse(value), {n.id for n in ast.walk(step) if isinstance(n, ast.Name)}


def depends_on_sizes(file: SourceFile, edits: Sequence[Edit]) -> bool:
    """Whether edits bring in what other sizes could make untrue: a size, a number, an axis."""
    sizes = {name for name, _ in _plain_constants(file.tree)}
    for edit in edits:
        said = _POWER.sub("", edit.content)
        new = words(said) - words(replaced(file.text, edit))
        if new & (_SIZES | sizes) or any(w[0] in ".0123456789" for w in new - _PLAIN):
            return True
    return False


def varied(text: str) -> Iterator[tuple[str, str]]:
    """Yield a program with other sizes and seeds, then with other seeds only, and what is other."""
    tree = ast.parse(text)
    sizes = list(_plain_constants(tree))
    seeds = [("the seed", node) for node in _seeds(tree)]
    for chosen in ([*sizes, *seeds] if sizes else [], seeds):
        if chosen:
            said = [f"`{name} = {_other(node)}`" for name, node in chosen if name != "the seed"]
            yield _with_others(text, [n for _, n in chosen]), _listed(said) or "another seed"


def _listed(said: list[str]) -> str:
    return ", ".join(said[:3]) + (" …" if len(said) > 3 else "")


def _plain_constants(tree: ast.AST) -> Iterator[tuple[str, ast.Constant]]:
    """Names that a program sets once, to a number that stands there."""
    set_to: dict[str, list[ast.expr | None]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                for name, value in _pairs(target, node.value):
                    set_to.setdefault(name, []).append(value)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            set_to.setdefault(node.target.id, []).append(None)
    for name, (first, *more) in set_to.items():
        if not more and isinstance(first, ast.Constant) and _is_a_setting(first.value):
            yield name, first


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for one, other in zip(target.elts, value.elts, strict=False):
            yield from _pairs(one, other)


def _is_a_setting(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return 2 <= value <= _LARGEST if isinstance(value, int) else 0 < value < 1


def _seeds(tree: ast.AST) -> Iterator[ast.Constant]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and len(node.args) == 1:
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            value = node.args[0]
            if name in _SEEDED and isinstance(value, ast.Constant) and isinstance(value.value, int):
                yield value


def _other(node: ast.Constant) -> str:
    value = node.value
    return repr(value + 1 if isinstance(value, int) else float(f"{0.8 * value:.3g}"))  # type: ignore[operator]


def _with_others(text: str, nodes: list[ast.Constant]) -> str:
    rows = [row.encode() for row in io.StringIO(text)]
    for node in sorted(nodes, key=lambda n: (n.lineno, n.col_offset), reverse=True):
        row, end = rows[node.lineno - 1], node.end_col_offset or 0
        rows[node.lineno - 1] = row[: node.col_offset] + _other(node).encode() + row[end:]
    return b"".join(rows).decode()
