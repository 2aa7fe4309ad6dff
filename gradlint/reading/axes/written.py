"""Expressions written otherwise, as text, and the values that plain ones have in a frame.

It knows syntax and looks values up; it runs nothing and proposes nothing.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.source.edits import bracketed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.source.spots import SourceFile


def atom(file: SourceFile, expression: ast.AST) -> str:
    """The text of an expression that may stand beside any operator."""
    return bracketed(file.text_of(expression))


def within(file: SourceFile, whole: ast.AST, *pairs: Any) -> str:
    """The text of an expression in which parts are written otherwise: part, text, part, text."""
    text, start = file.text_of(whole), file.site(whole)
    lines = text.split("\n")
    olds = list(zip(pairs[::2], pairs[1::2], strict=True))
    for part, new in sorted(olds, key=lambda p: file.site(p[0]), reverse=True):
        site = file.site(part)
        row, last = site.row - start.row, site.end_row - start.row
        shift = start.column if row == 0 else 1
        end_shift = start.column if last == 0 else 1
        if not 0 <= row <= last < len(lines):
            return str(new)
        head = lines[row][: site.column - shift]
        tail = lines[last][site.end_column - end_shift :]
        lines[row : last + 1] = [head + new + tail]
    return re.sub(r"\s+", " ", "\n".join(lines))


def plain_value(expression: ast.AST, values: dict[str, Any]) -> Any:
    """The value of a name, an attribute, an item or a transpose, by looking only."""
    if isinstance(expression, ast.Name):
        return values.get(expression.id)
    if isinstance(expression, ast.Attribute):
        owner = plain_value(expression.value, values)
        if isinstance(owner, np.ndarray):
            return owner.T if expression.attr == "T" else None
        return getattr(owner, "__dict__", {}).get(expression.attr)
    if isinstance(expression, ast.Subscript):
        return _item(plain_value(expression.value, values), expression.slice, values)
    return None


def _item(owner: Any, key: ast.expr, values: dict[str, Any]) -> Any:
    index: Any = key.value if isinstance(key, ast.Constant) else plain_value(key, values)
    if type(owner) is dict and isinstance(index, str | int):
        return owner.get(index)
    numbered = isinstance(index, int | np.integer) and isinstance(owner, list | tuple | np.ndarray)
    if not numbered or not np.ndim(owner if isinstance(owner, np.ndarray) else [0]):
        return None
    return owner[index] if -len(owner) <= index < len(owner) else None


def plus(text: str, number: int) -> str:
    """A sum with a number more, the constants at its end put together."""
    written = re.fullmatch(r"(.+?) ([+-]) (\d+)", text.strip())
    if re.fullmatch(r"-?\d+", text.strip()):
        return str(int(text) + number)
    rest, known = (written[1], int(written[2] + written[3])) if written else (text.strip(), 0)
    total = known + number
    return rest if total == 0 else f"{rest} {'+' if total > 0 else '-'} {abs(total)}"


def beside(index: str) -> list[str]:
    """The indices next to one."""
    return [plus(index, 1), plus(index, -1)]


def shifted(part: ast.Slice) -> Iterator[tuple[str, str]]:
    """The slices that begin, or end, one element earlier or later."""
    first = "" if part.lower is None else ast.unparse(part.lower)
    last = "" if part.upper is None else ast.unparse(part.upper)
    if part.step is not None:
        return
    for new in ("1", "", "2") if first in ("", "0", "1") else beside(first):
        if new != first:
            yield new, last
    for new in ("-1", "", "-2") if last in ("", "-1") else beside(last):
        if new != last:
            yield first, new
