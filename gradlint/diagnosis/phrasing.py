"""Edits in the author's way of writing: no doubled parentheses, the quotes of the source."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from gradlint.diagnosis.aliases import definition, edits_there
from gradlint.findings import Edit, Fix
from gradlint.source.edits import fitted

if TYPE_CHECKING:
    from gradlint.diagnosis.case import Case


def fix_of(case: Case, mistake: Any, edits: tuple[tuple[ast.expr, str], ...]) -> Fix | None:
    """The fix that makes these edits, on the line that only gives a name where there is one."""
    if not edits or case.node.spot is None:
        return None
    file = case.node.spot.file
    edits = edits_there(case, edits) or edits_before(case, edits) or edits
    edits = tuple((old, phrased(case, old, new)) for old, new in edits)
    changes = tuple(Edit(file.site(old), new) for old, new in edits)
    if len(edits) == 1:
        old, new = edits[0]
        message = f"write `{new}` instead of `{case.text(old)}`"
    else:
        pairs = {(case.text(old), new) for old, new in edits}
        told = [f"`{new}` instead of `{old}`" for old, new in sorted(pairs)]
        message = f"write {' and '.join(told)}" + " wherever it stands here" * (len(pairs) == 1)
    return Fix(message, changes, getattr(mistake, "applicability", "safe"))


def edits_before(
    case: Case, edits: tuple[tuple[ast.expr, str], ...]
) -> tuple[tuple[ast.expr, str], ...] | None:
    """The one edit of a name, where the line that gives it what it stands for is to be changed."""
    if len(edits) != 1:
        return None
    ((name, new),) = edits
    value = definition(case, name, new)
    return None if value is None else ((value, new),)


def phrased(case: Case, old: ast.expr, new: str) -> str:
    """The new text of a part of the line, as it is to stand in the source."""
    assert case.node.spot is not None
    file = case.node.spot.file
    return fitted(file.text, file.site(old), _in_own_words(case, new))


def _in_own_words(case: Case, new: str) -> str:
    """Every part that stands in the line already, as it is written there."""
    if not new.isascii() or "\n" in new or case.node.spot is None:
        return new
    spans: list[tuple[int, int, str]] = []
    stack: list[ast.AST] = [ast.parse(new, mode="eval").body]
    while stack:
        node = stack.pop()
        own = case.by_text.get(ast.unparse(node)) if isinstance(node, ast.expr) else None
        written = "" if own is None else case.node.spot.file.text_of(own)
        if own is not None and isinstance(node, ast.expr) and "\n" not in written:
            spans.append((node.col_offset, node.end_col_offset or 0, written))
        else:
            stack += ast.iter_child_nodes(node)
    for begin, end, written in sorted(spans, reverse=True):
        new = new[:begin] + written + new[end:]
    return new
