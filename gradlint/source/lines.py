"""Rows of code cut out of a document, each character with the column it came from.

Everything that is done to the code of a post (taken out of its margin, restored) is done through
:meth:`Line.replaced`, so that no character forgets its place.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from gradlint.structs import struct

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_MOST_ROWS = 120  # of one statement: a table of data, a docstring
_PIECE = re.compile(
    r"'''|\"\"\"|'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\"|#|[()\[\]{}]|\\.|.", re.S
)
_JOINS = re.compile(r"\s*(else|elif|except|finally)\b")


@struct
class Line:
    """A row of code, the row of the document it stands in, and the column of each character.

    ``columns`` counts from 0 and has one entry more than the text has characters.
    """

    text: str
    row: int
    columns: tuple[int, ...]

    def replaced(self, start: int, end: int, new: str) -> Line:
        """The line with other text in a place; what is new is seen where the old text began."""
        columns = self.columns
        return Line(
            self.text[:start] + new + self.text[end:],
            self.row,
            columns[:start] + (columns[start],) * len(new) + columns[end:],
        )

    @property
    def indent(self) -> int:
        """How many columns the code is set in."""
        return len(self.text) - len(self.text.lstrip())

    @property
    def is_blank(self) -> bool:
        """Whether there is nothing in it."""
        return not self.text.strip()

    @property
    def is_comment(self) -> bool:
        """Whether there is nothing but a comment in it."""
        return self.text.lstrip().startswith("#")


def line(text: str, row: int) -> Line:
    """A row of a document as it stands, tabs as blanks."""
    columns: list[int] = []
    shown = ""
    for column, character in enumerate(text):
        piece = " " * (8 - len(shown) % 8) if character == "\t" else character
        shown += piece
        columns += [column] * len(piece)
    return Line(shown, row, (*columns, len(text)))


def statements(lines: Sequence[Line]) -> Iterator[tuple[int, int]]:
    """The first and one past the last index of every statement's rows; blanks are left out."""
    at = 0
    while at < len(lines):
        if lines[at].is_blank:
            at += 1
            continue
        end = _end(lines, at)
        yield at, end
        at = end


def _end(lines: Sequence[Line], start: int) -> int:
    """One past the last row of the statement that begins in a row."""
    depth, quote = 0, ""
    for at in range(start, min(len(lines), start + _MOST_ROWS)):
        depth, quote, goes_on = _scan(lines[at].text, depth, quote)
        if not quote and depth <= 0 and not goes_on:
            return at + 1
    return start + 1  # it never ends: no statement at all


def _scan(text: str, depth: int, quote: str) -> tuple[int, str, bool]:
    for match in _PIECE.finditer(text):
        piece = match[0]
        if quote:
            quote = "" if piece == quote else quote
        elif piece in ("'''", '"""'):
            quote = piece
        elif piece == "#":
            return depth, quote, False
        elif piece in "([{":
            depth += 1
        elif piece in ")]}":
            depth -= 1
    return depth, quote, text.rstrip().endswith("\\") and not quote


def text_of(lines: Sequence[Line]) -> str:
    """The text of rows."""
    return "\n".join(each.text for each in lines)


def node_of(text: str) -> ast.stmt | None:
    """The statement that a text is, a header with a body to come included; None if it is none."""
    text = _dedented(text)
    if text.lstrip().startswith("@"):
        text += "\ndef f(): pass"
    elif _without_comment(text).endswith(":"):
        text = _without_comment(text) + " pass"
        word = _JOINS.match(text)
        if word is not None:
            head = "try: pass\n" if word[1] in ("except", "finally") else "if 1: pass\n"
            text = head + text.lstrip()
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return None
    return tree.body[0] if len(tree.body) >= 1 else None


def parses(lines: Sequence[Line]) -> SyntaxError | None:
    """Why rows are no Python program; None if they are one."""
    try:
        ast.parse(text_of(lines) + "\n")
    except SyntaxError as error:
        return error
    except ValueError as error:
        return SyntaxError(str(error))
    return None


def _dedented(text: str) -> str:
    first = len(text) - len(text.lstrip())
    rows = text.split("\n")
    return "\n".join([rows[0][first:], *rows[1:]])


def _without_comment(text: str) -> str:
    for match in _PIECE.finditer(text):
        if match[0] == "#" and "\n" not in text[match.start() :]:
            return text[: match.start()].rstrip()
    return text.rstrip()
