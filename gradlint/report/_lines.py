"""Styled lines of text: built once, painted with or without colour.

Every string that comes from a program passes :func:`clean`, so that no escape sequence hidden in
a source text reaches the terminal.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

Line = list[tuple[str, str]]
"""Pieces of one line, each with the name of its style (empty: none)."""

_STYLES = {
    "error": "bold red",
    "warning": "bold yellow",
    "note": "cyan",
    "gutter": "bright_blue",
    "strong": "bold",
    "quiet": "dim",
    "right": "green",
    "wrong": "red",
    "unknown": "yellow",
}

# A word is anything between blanks, except that `code in backticks` stays in one piece.
_WORD = re.compile(r"(?:`[^`]*`|\S)+")


def paint(lines: Iterable[Line], *, color: bool) -> str:
    """Join lines to a text, each ended by a newline; with ``color``, as ANSI escapes."""
    if not color:
        return "".join("".join(text for text, _ in line).rstrip() + "\n" for line in lines)
    from rich.color import ColorSystem
    from rich.style import Style

    styles = {name: Style.parse(value) for name, value in _STYLES.items()}

    def piece(text: str, style: str) -> str:
        if not style or not text.strip():
            return text
        return styles[style].render(text, color_system=ColorSystem.STANDARD)

    return "".join("".join(piece(*part) for part in line) + "\n" for line in lines)


def clean(text: str) -> str:
    """Replace control characters (escape sequences, backspaces, newlines) by visible signs."""
    if text.isprintable():
        return text
    return "".join(_visible(c) if unicodedata.category(c) in ("Cc", "Cs") else c for c in text)


def cells(character: str) -> int:
    """Count the terminal columns one character takes: 0, 1 or 2."""
    if character.isascii():
        return 1
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def length(text: str) -> int:
    """Count the terminal columns a text takes."""
    return len(text) if text.isascii() else sum(cells(c) for c in text)


def wrap(text: str, width: int, first: int) -> list[str]:
    """Break prose at blanks outside backticks: ``first`` columns in the first line, then ``width``.

    A word longer than a line stays whole: a broken piece of code cannot be copied.
    """
    text = clean(text.replace("\n", " "))
    if length(text) <= first:
        return [text]
    rows: list[str] = []
    current, room, taken = "", first, 0
    for word in _WORD.findall(text):
        columns = length(word)
        if current and taken + 1 + columns > room:
            rows.append(current)
            current, room, taken = word, width, columns
        else:
            taken += columns + bool(current)
            current = f"{current} {word}" if current else word
    return [*rows, current]


def prose(text: str, style: str, width: int) -> list[Line]:
    """Lay out a sentence; the rows after its first are indented."""
    if not text:
        return []
    rows = wrap(text, width - 4, width)
    return [[("    " * (index > 0) + row, style)] for index, row in enumerate(rows)]


def shorten(text: str, width: int) -> str:
    """Cut a text to ``width`` columns, ending in … if anything was lost."""
    if length(text) <= width:
        return text
    while text and length(text) > width - 1:
        text = text[:-1]
    return text.rstrip() + "…"


def _visible(character: str) -> str:
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else "�"
