"""Source text and the places in it: where an operation was written, in characters, not bytes.

A ``Spot`` is one expression or statement of the user's file.  Instrumented code carries the number
of its spot into every hook, so that a traced value knows exactly where it was written without any
look at interpreter frames.  This module knows syntax only: nothing is run here.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gradlint.findings import Site

if TYPE_CHECKING:
    from pathlib import Path

# A form feed ends no line for the parser, though it does for str.splitlines.
_ROW = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$")


class Unreadable(Exception):
    """The text cannot be parsed as Python 3; ``row`` and ``column`` count from 1."""

    def __init__(self, message: str, row: int, column: int) -> None:
        super().__init__(message)
        self.message, self.row, self.column = message, row, column


class SourceFile:
    """One file of the user's: its text, its syntax tree, and the parent of every node."""

    def __init__(self, filename: str, text: str) -> None:
        self.filename = filename
        self.text = text
        self._rows = _ROW.findall(text)
        self.lines = [row.rstrip("\r\n") for row in self._rows]
        try:
            self.tree = ast.parse(text, filename)
        except SyntaxError as error:
            raise Unreadable(_syntax_message(error), error.lineno or 1, error.offset or 1) from None
        except ValueError as error:  # null bytes
            raise Unreadable(str(error), 1, 1) from None
        except RecursionError:
            raise Unreadable("an expression is nested too deeply for Python", 1, 1) from None
        self.parents: dict[ast.AST, ast.AST] = {}
        self._by_position: dict[tuple[Any, ...], ast.AST] = {}
        for node in ast.walk(self.tree):
            for child in ast.iter_child_nodes(node):
                self.parents[child] = node
            if hasattr(node, "lineno"):
                self._by_position.setdefault(position(node), node)

    def original(self, node: ast.AST) -> ast.AST:
        """The untouched node at the position of a node from a second parse of the same text."""
        return self._by_position.get(position(node), node)

    def statement(self, node: ast.AST) -> ast.AST:
        """The statement that a node stands in."""
        while not isinstance(node, ast.stmt) and node in self.parents:
            node = self.parents[node]
        return node

    def function(self, node: ast.AST) -> ast.AST | None:
        """The innermost function definition around a node, or None at module level."""
        while node in self.parents:
            node = self.parents[node]
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
                return node
        return None

    def text_of(self, node: ast.AST) -> str:
        """The source text of a node, as the user wrote it."""
        return self._segment(node) or ast.unparse(node)

    def _segment(self, node: Any) -> str:
        """Cut out a node's text; ``ast.get_source_segment`` splits the whole file at every call."""
        if getattr(node, "end_lineno", None) is None or node.end_lineno > len(self._rows):
            return ""
        rows = [row.encode() for row in self._rows[node.lineno - 1 : node.end_lineno]]
        rows[-1] = rows[-1][: node.end_col_offset]
        rows[0] = rows[0][node.col_offset :]
        return b"".join(rows).decode(errors="replace")

    def site(self, node: Any) -> Site:
        """The span of a node: rows and columns from 1, in characters."""
        return Site(
            self.filename,
            node.lineno,
            self._column(node.lineno, node.col_offset),
            node.end_lineno,
            self._column(node.end_lineno, node.end_col_offset),
        )

    def row(self, node: Any) -> int:
        """The first row of a node."""
        return int(node.lineno)

    def _column(self, row: int, offset: int) -> int:
        line = self.lines[row - 1] if row <= len(self.lines) else ""
        if line.isascii():
            return offset + 1
        return len(line.encode()[:offset].decode(errors="replace")) + 1


@dataclass(slots=True, eq=False)
class Spot:
    """One place in the source that instrumented code refers to by number."""

    file: SourceFile
    node: Any
    targets: tuple[Any, ...] = field(default=())

    @property
    def site(self) -> Site:
        """The span of this place."""
        return self.file.site(self.node)

    @property
    def row(self) -> int:
        """The first row of this place."""
        return self.file.row(self.node)

    @property
    def text(self) -> str:
        """The text of this place."""
        return self.file.text_of(self.node)

    @property
    def statement(self) -> Any:
        """The statement around this place."""
        return self.file.statement(self.node)


def position(node: Any) -> tuple[Any, ...]:
    """What identifies a node across two parses of one text."""
    return (type(node), node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)


def read(path: str | Path) -> str:
    """The text of a Python file in its declared encoding.

    Raises OSError if it cannot be read, SyntaxError or UnicodeDecodeError if it is not text.
    """
    import tokenize

    with tokenize.open(path) as stream:
        return stream.read()


# What Python 2 allowed and Python 3 refuses: a text in the line, and what it is.
_PYTHON_2 = (
    (r"^\s*print\b(?!\s*\()", "print is a statement"),
    (r"^\s*exec\b(?!\s*\()", "exec is a statement"),
    (r"^\s*except\b[^:]*,\s*\w+\s*:", "`except E, e`"),
    (r"^\s*raise\s+[\w.]+\s*,", "`raise E, message`"),
    (r"<>", "`<>`"),
    (r"`", "backquotes"),
    (r"\b0[0-7]+\b|\b\d+[lL]\b", "an old way to write numbers"),
    (r"\b[uU][rR][\"']", "an `ur` string"),
)
_PERHAPS_PYTHON_2 = (
    "invalid syntax", "Missing parentheses", "multiple exception types", "leading zeros",
    "invalid decimal literal",
)  # fmt: skip


def _syntax_message(error: SyntaxError) -> str:
    message = error.msg or "invalid syntax"
    if (error.text or "").lstrip().startswith(("%", "!")):
        return "this is a notebook's command, not Python: take the line out"
    for pattern, what in _PYTHON_2 if message.startswith(_PERHAPS_PYTHON_2) else ():
        if re.search(pattern, error.text or ""):
            return f"this is Python 2 ({what}); gradlint runs Python 3"
    return message
