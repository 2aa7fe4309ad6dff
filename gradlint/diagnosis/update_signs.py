"""Edits that make an update go the other way: the one sign between a parameter and its change."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from gradlint.findings import Edit, Fix, Site

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gradlint.source.spots import Spot

_OTHER = {"+": "-", "-": "+"}
_CALLS = {"add": "subtract", "subtract": "add"}


def opposite_updates(spots: Iterable[Spot | None]) -> Fix | None:
    """The fix that turns all these updates round; None if one of them shows no sign to turn."""
    edits: list[Edit] = []
    for spot in spots:
        edit = None if spot is None else _turn(spot)
        if edit is None:
            return None
        if edit not in edits:
            edits.append(edit)
    if not edits:
        return None
    sign = edits[0].content
    where = "update" if len(edits) == 1 else "updates"
    word = "subtract" if sign == "-" else "add"
    return Fix(
        f"{word} the change in the {where}: `{sign}` instead of `{_OTHER[sign]}`", tuple(edits)
    )


def opposite_call(spot: Spot) -> Fix | None:
    """The fix that makes ``np.add`` of ``np.subtract``, or the other way round, in an update."""
    node = spot.node
    called = node.func if isinstance(node, ast.Call) else None
    if not isinstance(called, ast.Attribute) or called.attr not in _CALLS:
        return None
    other = f"{spot.file.text_of(called.value)}.{_CALLS[called.attr]}"
    return Fix(f"write `{other}` in this update", (Edit(spot.file.site(called), other),))


def _turn(spot: Spot) -> Edit | None:
    node = spot.node
    if isinstance(node, ast.AugAssign):
        left, right = node.target, node.value
    elif isinstance(node, ast.BinOp):
        left, right = node.left, node.right  # type: ignore[assignment]
    else:
        return None
    begin, end = spot.file.site(left), spot.file.site(right)
    if not isinstance(node.op, ast.Add | ast.Sub) or begin.end_row != end.row:
        return None
    sign = "+" if isinstance(node.op, ast.Add) else "-"
    between = spot.file.lines[end.row - 1][begin.end_column - 1 : end.column - 1]
    column = begin.end_column + between.find(sign)
    if sign not in between:
        return None
    return Edit(Site(begin.filename, end.row, column, end.row, column + 1), _OTHER[sign])
