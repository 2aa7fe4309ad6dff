"""Edits that let a sum start from zeros in every step: its buffer is made inside the loop.

The statement that makes the buffer before the training loop is taken to the start of the innermost
loop that holds both the summing and the update.  Whether that helps is not decided here.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from gradlint.findings import Edit, Fix, Site

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.source.spots import SourceFile, Spot
    from gradlint.trace.tape import Node

_ZEROS = {"zeros", "zeros_like"}
_SIZES = {"len", "range", "zip", "enumerate"}


def restarted(adding: Spot, update: Spot, origins: list[Node], kept: list[str]) -> Fix | None:
    """The fix that makes these buffers anew in each step; None where no such place is seen.

    The statements that make them must make nothing but buffers that are ``kept`` by mistake: a
    weight that is drawn anew in each step has right gradients too.
    """
    file = adding.file
    loop = _shared_loop(file, adding.statement, update.statement)
    if loop is None or update.file is not file:
        return None
    statements: dict[int, ast.stmt] = {}
    for origin in origins:
        spot = origin.spot
        if spot is None or spot.file is not file or not _only_makes(spot.statement, kept):
            return None
        if any(part is spot.statement for part in ast.walk(loop)):
            return None
        statements[id(spot.statement)] = spot.statement
    if not statements:
        return None
    ordered = sorted(statements.values(), key=lambda statement: statement.lineno)
    edits = _edits(file, loop, ordered)
    told = ", ".join(f"`{' '.join(file.text_of(s).split())}`" for s in ordered)
    return None if edits is None else Fix(f"move {told} to the start of the loop", edits)


def _shared_loop(file: SourceFile, one: ast.stmt, other: ast.stmt) -> ast.For | ast.While | None:
    """The innermost loop around both statements, if they stand in one function."""
    if file.function(one) is not file.function(other):
        return None
    around = {id(loop) for loop in _loops(file, other)}
    return next((loop for loop in _loops(file, one) if id(loop) in around), None)


def _loops(file: SourceFile, statement: ast.AST) -> Iterator[ast.For | ast.While]:
    while statement in file.parents:
        statement = file.parents[statement]
        if isinstance(statement, ast.For | ast.While):
            yield statement


def _only_makes(statement: ast.stmt, names: list[str]) -> bool:
    """Whether a statement makes zeros for these names, single or in one container, and no more."""
    if not isinstance(statement, ast.Assign):
        return False
    calls = [n.func for n in ast.walk(statement.value) if isinstance(n, ast.Call)]
    made = {f.attr if isinstance(f, ast.Attribute) else ast.unparse(f) for f in calls}
    targets = [
        target
        for one in statement.targets
        for target in (one.elts if isinstance(one, ast.Tuple | ast.List) else [one])
    ]
    return (
        bool(made & _ZEROS)
        and made <= _ZEROS | _SIZES
        and all(
            any(name == text or name.startswith(f"{text}[") for name in names)
            for text in map(ast.unparse, targets)
        )
    )


def _edits(
    file: SourceFile, loop: ast.For | ast.While, statements: list[ast.stmt]
) -> tuple[Edit, ...] | None:
    """The rows of these statements taken out and put before the loop's first statement."""
    first = file.site(loop.body[0])
    indent = file.lines[first.row - 1][: first.column - 1]
    edits: list[Edit] = []
    rows: list[str] = []
    for statement in statements:
        site = file.site(statement)
        before = file.lines[site.row - 1][: site.column - 1]
        after = file.lines[site.end_row - 1][site.end_column - 1 :].strip()
        if indent.strip() or before.strip() or (after and not after.startswith("#")):
            return None
        own = file.lines[site.row - 1 : site.end_row]
        rows += [f"{indent}{row.removeprefix(before)}\n" for row in own]
        edits.append(Edit(Site(site.filename, site.row, 1, site.end_row + 1, 1), ""))
    place = Site(first.filename, first.row, 1, first.row, 1)
    return (*edits, Edit(place, "".join(rows)))
