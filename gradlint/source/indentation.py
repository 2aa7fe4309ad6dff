"""Indentation that a page lost, guessed from what each statement must belong to.

A function's body ends behind its ``return``, a branch's behind one statement, a loop's where the
next function begins or the code ends; ``else`` goes back to its ``if``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gradlint.source.lines import statements, text_of
from gradlint.structs import struct

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gradlint.source.lines import Line

_WORD = re.compile(r"\s*(\w+)")
_NAMED = re.compile(r"\s*(?:async\s+)?(?:class|def)\s+(\w+)")
_ENDS = {"return", "raise", "break", "continue"}
_KINDS = {
    "def": "def", "class": "class", "for": "loop", "while": "loop", "if": "branch",
    "elif": "branch", "else": "branch", "try": "try", "except": "try", "finally": "try",
    "with": "with", "async": "def",
}  # fmt: skip
# What goes on with an open statement, and the kinds of statement it goes on with.
_FURTHER = {
    "else": ("branch", "loop"), "elif": ("branch", "loop"), "except": ("try",),
    "finally": ("try",),
}  # fmt: skip


@struct(frozen=False)
class _Suite:
    """An open body: what opened it, how many statements it has, and whether it is complete."""

    kind: str
    size: int = 0
    complete: bool = False
    returns: bool = False  # of a def: a return is still to come
    name: str = ""  # of a class or a def


def indented(lines: Sequence[Line]) -> list[int | None]:
    """The depth of each row; None for rows that go on with a statement or are blank."""
    depths: list[int | None] = [None] * len(lines)
    spans = [span for span in statements(lines) if not lines[span[0]].is_comment]
    open_: list[_Suite] = []
    for number, (start, end) in enumerate(spans):
        text = text_of(lines[start:end])
        match = _WORD.match(text)
        word = match[1] if match else ""
        gap = start > 0 and lines[start - 1].is_blank
        _close(open_, word, text, gap=gap)
        depth = len(open_) - (word in _FURTHER)
        depths[start] = max(depth, 0)
        if word in _FURTHER:
            if open_:
                open_.pop()
        elif open_:
            open_[-1].size += 1
        if open_ and word in _ENDS:
            _end(open_, word)
        if _is_header(text) and word in _KINDS:
            rest = [text_of(lines[a:b]) for a, b in spans[number + 1 :]]
            name = _NAMED.match(text)
            suite = _Suite(_KINDS[word], returns=_will_return(rest), name=name[1] if name else "")
            open_.append(suite)
    _comments(lines, depths)
    return depths


def _close(open_: list[_Suite], word: str, text: str, *, gap: bool) -> None:
    """Close the bodies that a statement cannot belong to."""
    if word == "class":
        open_.clear()
    elif word in ("def", "async"):
        method = re.search(r"\(\s*(self|cls)\b", text) is not None
        while open_ and not (method and open_[-1].kind == "class"):
            open_.pop()
    elif word in _FURTHER:
        while len(open_) > 1 and not (open_[-1].kind in _FURTHER[word] and open_[-1].size):
            open_.pop()
    else:
        _leave_called(open_, text)
        while open_ and (open_[-1].complete or _is_over(open_[-1], word, gap=gap)):
            open_.pop()
        if word == "return":
            _leave_loops(open_)


def _leave_called(open_: list[_Suite], text: str) -> None:
    """What makes an object of a class, or calls a function that is done, stands behind it."""
    for index, suite in enumerate(open_):
        done = suite.kind == "class" or not suite.returns
        if suite.name and suite.size and done and re.search(rf"(?<!\.)\b{suite.name}\s*\(", text):
            del open_[index:]
            return


def _leave_loops(open_: list[_Suite]) -> None:
    """A ``return`` belongs to the function rather than to a loop in it."""
    inner = [n for n, suite in enumerate(open_) if suite.kind == "def"]
    if inner and open_[-1].kind == "loop" and open_[-1].size:
        del open_[inner[-1] + 1 :]


def _is_over(suite: _Suite, word: str, *, gap: bool) -> bool:
    if not suite.size:
        return False
    if suite.kind in ("branch", "try"):
        return True
    if suite.kind == "def":
        return not suite.returns and (gap or word in ("import", "from"))
    return False


def _end(open_: list[_Suite], word: str) -> None:
    """Mark what ends with a statement such as ``return``."""
    open_[-1].complete = True
    if word == "return":
        for suite in reversed(open_):
            if suite.kind == "def" and suite is not open_[-1]:
                suite.returns = True  # another one follows: this one was in a branch
                return


def _is_header(text: str) -> bool:
    return re.search(r":\s*(#.*)?$", text) is not None


def _will_return(rest: list[str]) -> bool:
    """Whether a return comes before the next function."""
    for text in rest:
        match = _WORD.match(text)
        if match and match[1] in ("def", "class"):
            return False
        if match and match[1] == "return":
            return True
    return False


def _comments(lines: Sequence[Line], depths: list[int | None]) -> None:
    """Comments stand as deep as the statement behind them."""
    below: int | None = 0
    firsts = {start for start, _ in statements(lines)}
    for index in range(len(lines) - 1, -1, -1):
        if depths[index] is not None:
            below = depths[index]
        elif lines[index].is_comment and index in firsts:
            depths[index] = below
