"""What a page takes from code, put back: prompts, quotes, operators, indentation, Python 2.

Each restoration is made only where the grammar asks for it, and each is said: a verdict on a text
that was restored hangs on it.  Nothing is run here.
"""

from __future__ import annotations

import io
import keyword
import re
import tokenize
from typing import TYPE_CHECKING

from gradlint.findings import Assumption, Site
from gradlint.source.indentation import indented
from gradlint.source.lines import Line, node_of, parses, statements, text_of
from gradlint.structs import field, struct

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_SIGNS = str.maketrans({
    "“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "\u00a0": " ", "−": "-", "–": "-",
    "×": "*", "\u2009": " ", "\u3000": " ",
})  # fmt: skip
_INVISIBLE = "\u200b\u200c\u200d\ufeff"
_PROMPT = re.compile(r"\s*(>>> ?|\.\.\.(?: |$)|In \[\d*\]: ?|   \.\.\.: ?)")
_PRINT = re.compile(r"(\s*)print\b(?!\s*\()\s*(.*?),?\s*$", re.S)
_PLACEHOLDER = re.compile(r"\s*[\[({]?\s*(\.{2,}|…)\s*[\])}]?\s*$")
_TOKEN = re.compile(
    r"(?P<string>[rbfuRBFU]{0,2}(?:'[^'\n]*'|\"[^\"\n]*\"))|(?P<number>\d[\w.]*)|(?P<name>[^\W\d]\w*)"
    r"|(?P<blank>\s+)|(?P<comment>#.*)|(?P<sign>.)",
    re.S,
)
_NO_OPERAND = {*keyword.kwlist} - {"None", "True", "False"}
_ALIASES = {
    "np": "import numpy as np", "plt": "import matplotlib.pyplot as plt", "math": "import math",
    "random": "import random", "pd": "import pandas as pd", "numpy": "import numpy",
    "time": "import time", "sys": "import sys", "os": "import os",
}  # fmt: skip
_PYTHON_2 = {"xrange": "range", "raw_input": "input", "unicode": "str", "unichr": "chr"}


@struct(frozen=False)
class Draft:
    """Code on its way from a page to a program: its rows, and what was put back so far."""

    filename: str
    lines: list[Line]
    said: list[Assumption] = field(default_factory=list)

    def say(self, text: str, row: Line) -> None:
        """Note a restoration of a row."""
        site = Site(self.filename, row.row, row.columns[0] + 1, row.row, row.columns[-1] + 1)
        self.said.append(Assumption("restored", text, site))


def readable(text: str) -> str:
    """A statement with the signs of code and the operators it lost, if that makes it one."""
    plain = _clean(text)
    if node_of(plain) is not None:
        return plain
    gaps = list(_gaps(plain))
    restored = plain
    for start, end in reversed(gaps):
        restored = restored[:start] + " + " + restored[end:]
    if gaps and node_of(restored) is not None:
        return restored
    print_ = _PRINT.match(plain)
    if print_ and re.match(r"[\"'\w(%.]", print_[2]) and not re.match(r"[a-z]+ [a-z]", print_[2]):
        return f"{print_[1]}print({print_[2]})"
    return plain


def restored(filename: str, lines: Sequence[Line]) -> Draft:
    """The rows of one block as Python, as far as grammar tells."""
    draft = Draft(filename, list(lines))
    _prompts(draft)
    _dedent(draft)
    _statements(draft)
    error = parses(draft.lines)
    if isinstance(error, IndentationError):
        _indentation(draft)
    return draft


def imports(lines: Sequence[Line]) -> list[str]:
    """The imports of well-known modules whose names are used and never bound."""
    text = text_of(lines)
    used = set(re.findall(r"(?<![\w.])(\w+)\s*\.", text))
    bound = set(re.findall(r"^\s*(?:import|from)\b.*?\b(\w+)\s*$", text, re.M))
    bound |= set(
        re.findall(r"\bas\s+(\w+)|^\s*import\s+(\w+)", text, re.M)
        and [
            name
            for pair in re.findall(r"\bas\s+(\w+)|^\s*import\s+(\w+)", text, re.M)
            for name in pair
        ]
    )
    bound |= set(re.findall(r"(?<![\w.])(\w+)\s*=(?!=)", text))
    return [line for name, line in _ALIASES.items() if name in used - bound]


def names_of_python_2(lines: Sequence[Line]) -> list[str]:
    """What Python 2's built-in functions are called now, where they are used and never bound."""
    text = text_of(lines)
    called = set(re.findall(r"(?<![\w.])(\w+)\s*\(", text))
    bound = set(re.findall(r"\bdef\s+(\w+)|(?<![\w.])(\w+)\s*=(?!=)|\bimport\s+(\w+)", text))
    known = {name for names in bound for name in names}
    return [f"{old} = {new}" for old, new in _PYTHON_2.items() if old in called - known]


# -- one row, one statement -----------------------------------------------------------------------


def _prompts(draft: Draft) -> None:
    """Take prompts away, and with them the output between."""
    marks = [_PROMPT.match(each.text) for each in draft.lines]
    if not any(mark and mark[1].startswith((">>>", "In")) for mark in marks):
        return
    first = next(row for row, mark in zip(draft.lines, marks, strict=True) if mark)
    draft.say("prompts taken away", first)
    draft.lines = [
        row.replaced(0, mark.end(), "")
        for row, mark in zip(draft.lines, marks, strict=True)
        if mark is not None
    ]


def _dedent(draft: Draft) -> None:
    """Set the block flush with the margin; rows of a statement follow its first."""
    rows = [draft.lines[start] for start, _ in statements(draft.lines)]
    code = [row.indent for row in rows if not row.is_comment] or [row.indent for row in rows]
    margin = min(code, default=0)
    draft.lines = [
        row.replaced(0, min(margin, row.indent), "") if not row.is_blank else row
        for row in draft.lines
    ]


def _statements(draft: Draft) -> None:
    """Put back signs, operators and Python 3's print, a statement at a time."""
    lost = 0
    for start, end in list(statements(draft.lines)):
        rows = draft.lines[start:end]
        if all(row.is_comment for row in rows) or node_of(text_of(rows)) is not None:
            continue
        for repair in (_raw, _signs, _operators, _print, _placeholder):
            new, words = repair(rows)
            if new is None:
                continue
            draft.lines[start:end] = new
            lost += repair is _operators
            draft.say(words, rows[0])
            break
    if lost:
        _augmented(draft)


_Repair = tuple["list[Line] | None", str]


def _accepted(rows: list[Line], words: str) -> _Repair:
    return (rows, words) if node_of(text_of(rows)) is not None else (None, "")


def _raw(rows: list[Line]) -> _Repair:
    """A text with a backslash that was none: read as a raw string."""
    at = re.search(r"(?<![rRbB\w])(\"\"\"|''')", rows[0].text)
    if at is None or "\\" not in text_of(rows):
        return None, ""
    raw = [rows[0].replaced(at.start(), at.start(), "r"), *rows[1:]]
    return _accepted(raw, "a backslash in a text, read as it stands")


def _signs(rows: list[Line]) -> _Repair:
    new = list(map(_signed, rows))
    return _accepted(new, "typographic quotes and signs written as Python's")


def _signed(row: Line) -> Line:
    for at in range(len(row.text) - 1, -1, -1):
        sign = row.text[at]
        plain = "" if sign in _INVISIBLE else sign.translate(_SIGNS)
        if plain != sign:
            row = row.replaced(at, at + 1, plain)
    return row


def _clean(text: str) -> str:
    return "".join(c for c in text.translate(_SIGNS) if c not in _INVISIBLE)


def _operators(rows: list[Line]) -> _Repair:
    new = list(map(_signed, rows))
    places = []
    for index in range(len(new)):
        for start, end in reversed(list(_gaps(new[index].text))):
            text = new[index].text
            places.append(f"`{_near(text[:start], text[end:])}`")
            new[index] = new[index].replaced(start, end, " + ")
    words = f"`+` lost between operands: {', '.join(reversed(places))}"
    return _accepted(new, words) if places else (None, "")


def _near(before: str, after: str) -> str:
    left = re.search(r"[\w.]*\S?$", before)
    right = re.match(r"\S?[\w.]*", after)
    return f"{left[0] if left else ''} + {right[0] if right else ''}"


def _gaps(text: str) -> Iterator[tuple[int, int]]:
    """The blanks in which an operator is missing: an operand on either side, and no sign."""
    tokens = [m for m in _TOKEN.finditer(text) if m.lastgroup != "comment"]
    for left, blank, right in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if blank.lastgroup != "blank" or not (_ends(left) and _begins(right)):
            continue
        wide = blank.end() - blank.start() >= 2
        if wide or "number" in (left.lastgroup, right.lastgroup):
            yield blank.start(), blank.end()
    if tokens and tokens[0].lastgroup == "blank" and len(tokens) > 1:
        return


def _ends(token: re.Match[str]) -> bool:
    if token.lastgroup == "name":
        return token[0] not in _NO_OPERAND
    return token.lastgroup == "number" or token[0] in (")", "]")


def _begins(token: re.Match[str]) -> bool:
    if token.lastgroup == "name":
        return token[0] not in _NO_OPERAND
    return token.lastgroup == "number"


def _print(rows: list[Line]) -> _Repair:
    match = _PRINT.match(text_of(rows))
    if match is None or len(rows) > 1:
        return None, ""
    row = rows[0]
    code = row.text.rstrip()
    end = len(code) - code.endswith(",")
    new = row.replaced(end, len(row.text), ")")
    start = len(match[1]) + len("print")
    blanks = len(code[start:]) - len(code[start:].lstrip())
    return _accepted([new.replaced(start, start + blanks, "(")], "Python 2's print, as a function")


def _placeholder(rows: list[Line]) -> _Repair:
    if len(rows) > 1 or not _PLACEHOLDER.match(rows[0].text):
        return None, ""
    row = rows[0]
    return [row.replaced(row.indent, len(row.text), "pass")], "`...` stands for something left out"


def _augmented(draft: Draft) -> None:
    """Where a page lost its ``+``, ``W  = step`` with two blanks was ``W += step``."""
    bound: set[str] = set()
    for index, row in enumerate(draft.lines):
        match = re.match(r"\s*([\w.\[\]\"']+)(\s+)=(?!=)(.*)", row.text)
        if match and len(match[2]) == 2 and match[1] in bound:
            at = match.end(2)
            draft.say(f"`+=` lost: `{match[1]} += …`", row)
            draft.lines[index] = row.replaced(at - 1, at, "+")
        elif match:
            bound.add(match[1])


def _indentation(draft: Draft) -> None:
    """Set in the bodies of a block that lost its margin, if the whole is Python then."""
    depths = indented(draft.lines)
    new = [
        row.replaced(0, row.indent, " " * 4 * depth) if depth is not None else row
        for row, depth in zip(draft.lines, depths, strict=True)
    ]
    if parses(new) is None:
        first = next(r for r, d in zip(draft.lines, depths, strict=True) if d)
        count = sum(1 for depth in depths if depth)
        draft.lines = new
        draft.say(f"indentation lost from here on: {count} rows set in by what the grammar asks",
                  first)  # fmt: skip


def names_in(text: str) -> set[str]:
    """Every name a text uses; of a text that cannot be read, those up to there."""
    found: set[str] = set()
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.NAME:
                found.add(token.string)
    except (tokenize.TokenError, SyntaxError):
        pass
    return found
