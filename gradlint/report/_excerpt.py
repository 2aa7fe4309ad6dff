"""A piece of source text with its spans underlined, in the layout of rustc and ruff.

::

     30 |     m = Y.shape[1]
        |         ---------- m is the batch size
    ...
     47 |     grads["dW1"] = np.dot(dZ1, X.T)
        |                    ^^^^^^^^^^^^^^^^

A source line is never wrapped: one that is too long is cut around its span, with … at the cuts.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gradlint.report._lines import Line, cells, clean, length, shorten
from gradlint.structs import struct

if TYPE_CHECKING:
    from gradlint.findings import Label, Site

_TAB = 4
_MOST_ROWS = 3  # of a span over several rows; the middle of a longer one is left out


@struct
class _Mark:
    """One underline: characters ``start`` to ``end`` (from 0) of a row."""

    start: int
    end: int
    sign: str
    style: str
    text: str = ""


def source_lines(source: str) -> list[str]:
    """Split a text where Python does: a form feed or U+2028 is no line break."""
    return re.split(r"\r\n|\r|\n", source)


def excerpt(
    source: str, site: Site, labels: tuple[Label, ...], style: str, width: int, room: int
) -> tuple[int, list[Line]]:
    """Show ``site`` and as many of ``labels`` as fit into ``room`` lines and ``width`` columns.

    Returns the width of the row numbers, so that lines above and below can align, and the lines;
    no lines where the text of ``site`` is not at hand, or where ``site`` is empty and at the very
    beginning, which stands for the file as a whole.
    """
    lines = source_lines(source)
    whole_file = (site.row, site.column, site.end_row, site.end_column) == (1, 1, 1, 1)
    if whole_file or not source or not 1 <= site.row <= len(lines):
        return len(str(site.row)), []
    labels = tuple(
        label
        for label in labels
        if (label.site.filename, label.site.cell) == (site.filename, site.cell)
        and 1 <= label.site.row <= len(lines)
    )
    chosen: tuple[Label, ...] = ()
    best = _layout(lines, site, chosen, style, width)
    for label in labels:
        shown = _layout(lines, site, (*chosen, label), style, width)
        if len(shown[1]) <= room:
            chosen, best = (*chosen, label), shown
    return best


def _layout(
    lines: list[str], site: Site, labels: tuple[Label, ...], style: str, width: int
) -> tuple[int, list[Line]]:
    digits = len(str(max([site.end_row, *(label.site.row for label in labels)])))
    end_row = min(site.end_row, len(lines))
    bracket = end_row > site.row
    marks: dict[int, list[_Mark]] = {}
    if not bracket:
        marks[site.row] = [_Mark(*_columns(site, lines), "^", style)]
    for label in labels:
        if not (bracket and site.row <= label.site.row <= end_row):
            mark = _Mark(*_columns(label.site, lines), "-", "gutter", label.text)
            marks.setdefault(label.site.row, []).append(mark)
    shown: list[Line] = []
    last = 0
    for row in sorted({*marks, site.row}):
        if last and row > last + 1:
            shown.append([("...", "gutter")])
        if row in marks:
            indent = "  " if bracket else ""
            shown += _marked(lines[row - 1], row, marks[row], digits, width, indent)
        else:
            shown += _bracketed(lines, site, end_row, digits, style, width)
        last = row if row in marks else end_row
    return digits, shown


def _columns(site: Site, lines: list[str]) -> tuple[int, int]:
    """Clip a span to its first row, as character offsets from 0; never empty."""
    text = lines[site.row - 1]
    end = site.end_column - 1 if site.end_row == site.row else len(text.rstrip())
    start = min(site.column - 1, len(text))
    return start, max(start + 1, min(end, max(len(text), start + 1)))


def _marked(
    text: str, row: int, marks: list[_Mark], digits: int, width: int, indent: str
) -> list[Line]:
    """One source row, its underlines, and the texts of its labels."""
    room = width - digits - 4 - len(indent)
    shown, places = _fit(text, marks[0].start, marks[0].end, room)
    signs = [(" ", "")] * (places[-1] + 2)
    seen = []
    for mark in marks:
        start, end = places[min(mark.start, len(text))], places[min(mark.end, len(text))]
        if mark is marks[0] or start < end:  # a label may lie in what was cut away
            signs[start : max(end, start + 1)] = [(mark.sign, mark.style)] * max(end - start, 1)
            seen.append(mark)
    under = _joined(signs)
    result = [
        [(f" {row:>{digits}} | ", "gutter"), (indent + shown, "")],
        [(f" {'':>{digits}} | ", "gutter"), (indent, ""), *under],
    ]
    texts = sorted((mark for mark in seen if mark.text), key=lambda mark: -mark.start)
    used = len("".join(sign for sign, _ in under).rstrip())
    for mark in texts:
        words = clean(mark.text)
        place = places[min(mark.start, len(text))]
        beside = mark is texts[0] and used + 1 + length(words) <= room
        if beside:
            result[1] += [(" " + words, mark.style)]
        else:
            place = max(0, min(place, room - length(words)))
            words = " " * place + shorten(words, room - place)
            result.append([(f" {'':>{digits}} | ", "gutter"), (indent + words, mark.style)])
    return result


def _joined(signs: list[tuple[str, str]]) -> Line:
    """Merge neighbouring signs of one style; drop the blanks at the end."""
    while signs and signs[-1][0] == " ":
        signs.pop()
    line: Line = []
    for sign, style in signs:
        if line and line[-1][1] == style:
            line[-1] = (line[-1][0] + sign, style)
        else:
            line.append((sign, style))
    return line


def _bracketed(
    lines: list[str], site: Site, end_row: int, digits: int, style: str, width: int
) -> list[Line]:
    """Draw a span over several rows: a bracket in the margin, closed under its last character."""
    rows = list(range(site.row, end_row + 1))
    dots = len(rows) > _MOST_ROWS
    if dots:
        rows = [rows[0], rows[-1]]
    room = width - digits - 6
    result: list[Line] = []
    for row in rows:
        shown, places = _fit(lines[row - 1], 0, 1, room)
        margin = "/ " if row == site.row else "| "
        if dots and row == end_row:
            result.append([(f"{'...':<{digits + 2}} ", "gutter"), ("  |", style)])
        result.append([(f" {row:>{digits}} | ", "gutter"), (margin, style), (shown, "")])
    last = min(site.end_column - 1, len(lines[end_row - 1]))
    tail = "|" + "_" * max(places[last], 1) + "^"
    return [*result, [(f" {'':>{digits}} | ", "gutter"), (tail, style)]]


def _fit(text: str, start: int, end: int, room: int) -> tuple[str, list[int]]:
    """Show a source row in ``room`` columns, keeping ``start``..``end`` in sight.

    Returns the text shown and, for every character offset, the column where it is shown (those
    cut away share the column of the …).
    """
    pieces = _pieces(text)
    widths = [length(piece) for piece in pieces]
    left, right = _window(widths, start, min(end, len(text)), room)
    head, tail = "…" * (left > 0), "…" * (right < len(text))
    places: list[int] = []
    column = 0
    for index in range(len(text) + 1):
        if index == left and left > 0:
            column = 1
        places.append(column)
        if left <= index < right:
            column += widths[index]
    return head + "".join(pieces[left:right]) + tail, places


def shown_row(text: str) -> str:
    """Show a whole source row as the terminal will: no tab, no control character."""
    return "".join(_pieces(text)).rstrip()


def _pieces(text: str) -> list[str]:
    """Show each character as the terminal will: tabs as blanks, control characters as signs."""
    pieces = []
    column = 0
    for character in text:
        piece = " " * (_TAB - column % _TAB) if character == "\t" else clean(character)
        column += cells(character) if character != "\t" else len(piece)
        pieces.append(piece)
    return pieces


def _window(widths: list[int], start: int, end: int, room: int) -> tuple[int, int]:
    """Choose which characters to show: the span first, then more of its left than of its right."""
    if sum(widths) <= room:
        return 0, len(widths)
    room -= 2  # an … at each side
    left = right = min(start, len(widths))

    def grow_right(limit: int, room: int) -> tuple[int, int]:
        at = right
        while at < limit and widths[at] <= room:
            room -= widths[at]
            at += 1
        return at, room

    right, room = grow_right(end, room)
    kept = room // 4
    right, rest = grow_right(len(widths), kept)
    room -= kept - rest
    while left > 0 and widths[left - 1] <= room:
        left -= 1
        room -= widths[left]
    right, room = grow_right(len(widths), room)
    return left, right
