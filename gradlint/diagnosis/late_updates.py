"""Edits that make an update wait until nothing in the step reads the old value any more.

The update statement is taken out where it is and put behind the last statement of the same block
that reads its parameter for a gradient.  Where a name it uses has another meaning by then, its
right-hand side stays in its place under a name of its own; where that last statement is a
``return``, its value gets a name and is returned afterwards.

This module knows the tape and the syntax.  It does not know whether the edit helps: the whole check
on the edited text decides.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from gradlint.findings import Edit, Fix, Site
from gradlint.structs import struct

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gradlint.reading.step import Step
    from gradlint.source.spots import SourceFile
    from gradlint.trace.tape import Node

_BLOCKS = ("body", "orelse", "finalbody")


@struct(eq=False)
class _Move:
    """One statement and the later one of its block that it has to follow."""

    file: SourceFile
    statement: ast.stmt
    behind: ast.stmt
    block: list[ast.stmt]


def postponed(step: Step, news: Iterable[Node]) -> Fix | None:
    """The fix that makes the updates which made these values wait; None if one cannot."""
    used = step.graph.ancestors(step.gradient_nodes)
    readers = {new: [r for r in _readers(step, new) if r.index in used] for new in news}
    return _fix(step, readers, "the last line that needs the old value")


def behind(step: Step, new: Node, gradient: Node) -> Fix | None:
    """The fix that makes an update wait until its gradient is complete; None if it cannot."""
    return _fix(step, {new: [gradient]}, "the line that completes its gradient", as_it_is=True)


def _fix(
    step: Step, later: dict[Node, list[Node]], where: str, *, as_it_is: bool = False
) -> Fix | None:
    """Move the updates that made these values behind what was computed later."""
    edits: list[Edit] = []
    names: list[str] = []
    for new, nodes in later.items():
        move = _move(step, new, nodes)
        made = None if move is None else _edits(move, as_it_is=as_it_is)
        if move is None or made is None:
            return None
        edits += [edit for edit in made if edit not in edits]
        names.append(" ".join(move.file.text_of(move.statement).split("\n")[0].split()))
    if not edits:
        return None
    told = ", ".join(f"`{name}`" for name in dict.fromkeys(names))
    return Fix(f"move {told} down, below {where}", tuple(edits))


# -- where to -----------------------------------------------------------------------------------


def _move(step: Step, new: Node, later: list[Node]) -> _Move | None:
    """The update of a value, and the last statement beside it in which these were computed."""
    found: _Move | None = None
    for node in later:
        other = _beside(step, new, node)
        if other is None:
            return None
        found = other if found is None else _later(found, other)
    return found


def _readers(step: Step, new: Node) -> Iterator[Node]:
    """The operations of the program that read a value, itself or through views of it."""
    stack = [new]
    while stack:
        for reader in step.graph.readers[stack.pop().index]:
            if reader.spot is None:
                stack.append(reader)
            else:
                yield reader


def _beside(step: Step, new: Node, reader: Node) -> _Move | None:
    """The two statements of one block in which an update and a later value were worked out."""
    ours = dict(_calls(step, new))
    shared = next(((ours[f], theirs) for f, theirs in _calls(step, reader) if f in ours), None)
    if shared is None:
        return None
    (file, update), (_, reading) = shared
    parents = {id(block): (block, s) for s, block in _enclosing(file, update)}
    for statement, block in _enclosing(file, reading):
        if id(block) in parents:
            mine = parents[id(block)][1]
            if block.index(mine) < block.index(statement):
                return _Move(file, mine, statement, block)
            return None  # the next round of a loop reads it: no place in this block is late enough
    return None


def _calls(step: Step, node: Node) -> Iterator[tuple[int, tuple[SourceFile, ast.stmt]]]:
    """The statement of an operation, and those of the calls around it, by their frames."""
    callers = {call.frame: call for call in step.tape.invocations}
    frame, spot = node.frame, node.spot
    while spot is not None:
        yield frame, (spot.file, spot.statement)
        call = callers.get(frame)
        if call is None:
            return
        frame, spot = call.caller, call.spot


def _enclosing(file: SourceFile, statement: ast.stmt) -> Iterator[tuple[ast.stmt, list[ast.stmt]]]:
    """A statement and the compound ones around it, each with the block it stands in."""
    node: ast.AST = statement
    while node in file.parents:
        parent = file.parents[node]
        for name in _BLOCKS:
            block = getattr(parent, name, None)
            if isinstance(block, list) and isinstance(node, ast.stmt) and node in block:
                yield node, block
        if isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            return
        node = parent


def _later(one: _Move, other: _Move) -> _Move:
    """The move that satisfies both: in the outer block, behind the later statement."""
    if one.block is other.block:
        return max(one, other, key=lambda move: move.behind.lineno)
    inside = any(part is one.statement for part in ast.walk(other.statement))
    return other if inside else one


# -- the edits ----------------------------------------------------------------------------------


def _edits(move: _Move, *, as_it_is: bool) -> list[Edit] | None:
    """The edits of one move; None if the statement does not stand in rows of its own.

    ``as_it_is`` moves the whole of it even where what it reads is changed on the way.
    """
    file, statement, behind = move.file, move.statement, move.behind
    own, there = file.site(statement), file.site(behind)
    indent = file.lines[own.row - 1][: own.column - 1]
    if indent.strip() or not _alone(move, statement) or not _alone(move, behind):
        return None
    rows = file.lines[own.row - 1 : own.end_row]
    removed = Edit(Site(own.filename, own.row, 1, own.end_row + 1, 1), "")
    if not as_it_is and _renamed_between(move):
        halves = _halves(file, statement)
        if halves is None:
            return None
        removed, rows = halves[0], [indent + halves[1]]
    edits = [removed]
    if isinstance(behind, ast.Return):
        name = _fresh(file, "result")
        keyword = Site(there.filename, there.row, there.column, there.row, there.column + 6)
        edits.append(Edit(keyword, f"{name} ="))
        rows = [*rows, f"{indent}return {name}"]
    end = len(file.lines[there.end_row - 1]) + 1
    place = Site(there.filename, there.end_row, end, there.end_row, end)
    edits.append(Edit(place, "".join(f"\n{row}" for row in rows)))
    return edits


def _alone(move: _Move, statement: ast.stmt) -> bool:
    """Whether no other statement stands in the rows of this one."""
    rows = {statement.lineno, statement.end_lineno}
    return not any(s is not statement and rows & {s.lineno, s.end_lineno} for s in move.block)


def _renamed_between(move: _Move) -> bool:
    """Whether something the statement uses means something else where it goes."""
    begin, end = move.block.index(move.statement), move.block.index(move.behind)
    changed = {name for s in move.block[begin + 1 : end + 1] for name in _set_by(s)}
    return bool(changed & _read_by(move.statement))


def _set_by(statement: ast.stmt) -> Iterator[str]:
    """The names, attributes and containers that a statement binds or writes into."""
    for node in ast.walk(statement):
        if isinstance(node, ast.Name | ast.Attribute | ast.Subscript):
            if isinstance(node.ctx, ast.Load):
                continue
            target: ast.expr = node
            while isinstance(target, ast.Subscript):
                target = target.value
            yield ast.unparse(target)


def _read_by(statement: ast.stmt) -> set[str]:
    """The names and attributes that a statement reads, besides what it updates."""
    return {
        ast.unparse(node)
        for node in ast.walk(statement)
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load)
    } - set(_set_by(statement))


def _halves(file: SourceFile, statement: ast.stmt) -> tuple[Edit, str] | None:
    """An update as two: the edit that gives its right-hand side a name, and what comes later."""
    if isinstance(statement, ast.AugAssign):
        target = statement.target
    elif isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]  # type: ignore[assignment]
    else:
        return None
    begin, value = file.site(target), file.site(statement.value)
    if begin.row != value.row or begin.end_row != value.row:
        return None
    sign = file.lines[value.row - 1][begin.end_column - 1 : value.column - 1]
    operator, _, opening = sign.partition("=")
    base: ast.expr = target
    while isinstance(base, ast.Subscript):
        base = base.value
    called = base.attr if isinstance(base, ast.Attribute) else ast.unparse(base)
    change = isinstance(statement, ast.AugAssign)
    name = _fresh(file, f"{called}_change" if change else f"new_{called}")
    site = Site(begin.filename, begin.row, begin.column, value.row, value.column)
    later = f"{file.text_of(target)}{operator}= {name}"
    return Edit(site, f"{name} = {opening.lstrip()}"), later


def _fresh(file: SourceFile, name: str) -> str:
    """A name that the file does not use yet."""
    taken = {n.id for n in ast.walk(file.tree) if isinstance(n, ast.Name)}
    taken |= {n.arg for n in ast.walk(file.tree) if isinstance(n, ast.arg)}
    while name in taken:
        name += "_"
    return name
