"""The source with every backward line annotated by what it really computes.

::

     47 |     dC_dw2 = …   # = −∂C/∂z2   (4×1)

A line that is wrong carries ✗; a value that nobody knows, or that an earlier line spoils, ``?``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradlint.report._excerpt import shown_row, source_lines
from gradlint.report._lines import Line, length, paint, prose, wrap
from gradlint.report._words import assumed, loss_line, verdict_line

if TYPE_CHECKING:
    from gradlint.findings import Annotation, Explanation

_SIGNS = {"right": "# ", "wrong": "# ✗ ", "unknown": "# ? "}
_GAP = 3  # blanks between code and annotation
_LEAST = 24  # columns an annotation is given, however long the code is


def render(explanation: Explanation, *, width: int = 80, color: bool = False) -> str:
    """Render the whole source, cell by cell if it has cells, and the verdict on it."""
    texts: dict[int | None, str] = {None: explanation.source}
    if explanation.cells:
        texts = dict(explanation.cells.items())
    lines: list[Line] = []
    for cell, source in texts.items():
        notes: dict[int, list[Annotation]] = {}
        for annotation in explanation.annotations:
            if annotation.cell == cell:
                notes.setdefault(annotation.row, []).append(annotation)
        if cell is not None:
            lines += [*([[]] if lines else []), [(f"cell {cell}", "strong")]]
        lines += _text(source_lines(source.removesuffix("\n")), notes, width)
    if explanation.report is not None:
        lines += [[], *prose(verdict_line(explanation.report), "strong", width)]
        said = filter(None, [loss_line(explanation.report), *assumed(explanation.report)])
        lines += [[("    ", ""), *row] for text in said for row in prose(text, "quiet", width - 4)]
    return paint(lines, color=color)


def _text(rows: list[str], notes: dict[int, list[Annotation]], width: int) -> list[Line]:
    """Write one text, its annotations aligned in one column where the code leaves room."""
    digits = len(str(len(rows)))
    room = width - digits - 4
    ends = {length(shown_row(rows[row - 1])) + _GAP for row in notes if row <= len(rows)}
    columns = sorted(end for end in ends if end <= room - _LEAST) or [0]
    # The column that costs the fewest lines: few annotations below their row, few broken ones.
    return min((_listing(rows, notes, digits, column, room) for column in columns), key=len)


def _listing(
    rows: list[str], notes: dict[int, list[Annotation]], digits: int, column: int, room: int
) -> list[Line]:
    """Write all rows with their numbers, and their annotations from ``column`` on."""
    lines: list[Line] = []
    for number, text in enumerate(rows, start=1):
        row: Line = [(f" {number:>{digits}} | ", "gutter"), (shown_row(text), "")]
        lines += _annotated(row, notes.get(number, []), digits, column, room)
    return lines


def _annotated(
    row: Line, notes: list[Annotation], digits: int, column: int, room: int
) -> list[Line]:
    """Put the first annotation behind the code if it ends early enough, all others below."""
    used = length(row[1][0])
    lines = [row]
    for index, note in enumerate(notes):
        sign = _SIGNS[note.verdict]
        texts = wrap(note.text, room - column - len(sign), room - column - len(sign))
        texts = [sign + texts[0], *("#" + " " * (len(sign) - 1) + text for text in texts[1:])]
        if index == 0 and used + 2 <= column:
            row.append((" " * (column - used) + texts.pop(0), note.verdict))
        blank = (f" {'':>{digits}} | ", "gutter")
        lines += [[blank, (" " * column + text, note.verdict)] for text in texts]
    return lines
