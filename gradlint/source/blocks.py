"""The code blocks of a post: fenced, of an HTML page, or found among the words of a plain text.

A block knows its section, so that the code of a question stays apart from that of its answers.
What a block's code lost on the page is the business of :mod:`gradlint.source.restore`.
"""

from __future__ import annotations

import ast
import html
import re
from typing import TYPE_CHECKING

from gradlint.source import restore
from gradlint.source.lines import Line, line, node_of, statements, text_of
from gradlint.structs import struct

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_FENCE = re.compile(r"^(?P<lead>[ >\t]*)(?P<mark>`{3,}|~{3,})\s*\{?\.?(?P<language>[\w+#-]*)[^`]*$")
_PYTHON = {"", "python", "py", "python3", "python2", "ipython", "pycon", "numpy", "code", "py3"}
_ANSWER = re.compile(
    r"""^[\s#>*]*(?:
        \d+\s+answers?\b.* | answers?\s*(?:\(\d+\))?\s*:? | answer\s+\d+.*
        | .{0,40}\buser\s+response\b.* | (?:accepted|best|top)\s+answer.* | solution\s*\d*\s*:?
        | .*\$\\endgroup\$?.* | upvotes\b.* | reputation\b.* | -?\d{1,4}
        | re:\s.* | (?:edit|update)\s+by\b.*
    )[\s*#]*$""",
    re.IGNORECASE | re.VERBOSE,
)
_PRE = re.compile(r"<pre\b[^>]*>(.*?)</pre\s*>", re.IGNORECASE | re.DOTALL)
_CODE = re.compile(r"<code\b[^>]*>((?:(?!</code).)*\n.*?)</code\s*>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<br\s*/?>|<[/!a-zA-Z][^>]*>", re.IGNORECASE)
_MARKUP = re.compile(r"<br\s*/?>|<[/!a-zA-Z][^>]*>|&\w+;|&#\w+;|\n|.", re.IGNORECASE | re.DOTALL)
_HTML_ANSWER = re.compile(
    r"(?:id|class)=[\"'][^\"']*\banswers?\b|<h\d[^>]*>\s*(?:\d+\s+)?answers?\b", re.I
)


@struct
class Block:
    """Rows of code that stand together, and the section of the page they stand in."""

    lines: tuple[Line, ...]
    section: int
    kind: str = "plain"

    @property
    def row(self) -> int:
        """The row of the document in which it begins."""
        return self.lines[0].row

    @property
    def end(self) -> int:
        """The row of the document in which it ends."""
        return self.lines[-1].row


def blocks_of(text: str, *, markup: bool) -> list[Block]:
    """The code blocks of a page, in order."""
    if markup and re.search(r"<(?:pre|code|html|body|p|div)\b", text, re.IGNORECASE):
        return list(_html_blocks(text))
    rows = re.split(r"\r\n|\r|\n", text)
    fenced = list(_fenced(rows))
    return fenced or list(_plain(rows))


# -- fenced -----------------------------------------------------------------------------------


def _fenced(rows: list[str]) -> Iterator[Block]:
    section, at = 0, 0
    while at < len(rows):
        fence = _FENCE.match(rows[at])
        if fence is None:
            section += bool(_ANSWER.match(rows[at]))
            at += 1
            continue
        lead, mark = fence["lead"], fence["mark"]
        end = at + 1
        while end < len(rows) and not re.match(rf"[ >\t]*{mark[0]}{{{len(mark)},}}\s*$", rows[end]):
            end += 1
        if fence["language"].lower() in _PYTHON:
            lines = [_behind(line(rows[n], n + 1), lead) for n in range(at + 1, end)]
            named = bool(fence["language"]) and any(not each.is_blank for each in lines)
            if named or _is_code(lines):
                yield Block(tuple(lines), section, "fenced")
        at = end + 1


def _behind(row: Line, lead: str) -> Line:
    """A row without the margin of its fence: a quotation's sign, a list's indentation."""
    cut = 0
    while cut < min(len(lead), len(row.text)) and row.text[cut] in " >":
        cut += 1
    return row.replaced(0, cut, "")


def _is_code(lines: Sequence[Line]) -> bool:
    """Whether a block without a language holds Python rather than output or formulas."""
    spans = list(statements(lines))
    strong = [_strength(text_of(lines[a:b])) for a, b in spans]
    return strong.count("code") * 2 >= len([s for s in strong if s != "comment"]) > 0


# -- HTML -------------------------------------------------------------------------------------


def _html_blocks(text: str) -> Iterator[Block]:
    pattern = _PRE if _PRE.search(text) else _CODE
    section, before = 0, 0
    for match in pattern.finditer(text):
        between = text[before : match.start()]
        words = _TAG.sub("\n", between)
        section += bool(_HTML_ANSWER.search(between)) or any(
            _ANSWER.match(row.strip()) and not row.strip().lstrip("-").isdigit()
            for row in words.split("\n")
            if row.strip()
        )
        before = match.end()
        lines = list(_unescaped(text, match.start(1), match.end(1)))
        while lines and lines[0].is_blank:
            lines.pop(0)
        if lines and _is_code(lines):
            yield Block(tuple(lines), section, "html")


def _unescaped(text: str, start: int, end: int) -> Iterator[Line]:
    """The rows of an element without its tags, its entities as the characters they stand for."""
    row = text.count("\n", 0, start) + 1
    begin = text.rfind("\n", 0, start) + 1
    shown, columns = "", list[int]()
    for match in _MARKUP.finditer(text, start, end):
        piece, column = match[0], match.start() - begin
        if piece == "\n" or piece.lower().startswith("<br"):
            yield Line(shown, row, (*columns, column))
            shown, columns = "", []
            if piece == "\n":
                row, begin = row + 1, match.end()
            continue
        if len(piece) > 1 and piece[0] == "<":
            continue
        new = html.unescape(piece) if len(piece) > 1 else piece.replace("\t", "    ")
        new = "" if new == "\r" else new
        shown += new
        columns += [column] * len(new)
    yield Line(shown, row, (*columns, end - begin))


# -- plain text -------------------------------------------------------------------------------


def _plain(rows: list[str]) -> Iterator[Block]:
    lines = [line(text, number) for number, text in enumerate(rows, start=1)]
    section, current, kept = 0, list[Line](), 0
    spans = list(statements(lines))
    for index, (start, end) in enumerate(spans):
        strength = _strength(text_of(lines[start:end]), inside=bool(current))
        if strength == "words":
            if kept:
                yield Block(tuple(current[:kept]), section)
            current, kept = [], 0
            section += any(_ANSWER.match(each.text) for each in lines[start:end])
            continue
        if not current and strength == "weak":
            section += any(_ANSWER.match(each.text) for each in lines[start:end])
            continue
        gap = lines[spans[index - 1][1] : start] if current and index else []
        current += [*gap, *lines[start:end]]
        if strength == "code" or (strength == "weak" and lines[start].indent):
            kept = len(current)
    if kept:
        yield Block(tuple(current[:kept]), section)


def _strength(text: str, *, inside: bool = False) -> str:
    """What a statement's rows are: ``code``, a ``comment``, ``weak`` (perhaps), or ``words``."""
    stripped = text.strip()
    if stripped.startswith("#"):
        return "comment"
    if re.match(r"(>>>|\.\.\.) ?|In \[\d*\]: ?", stripped):
        return "code" if stripped.startswith((">>>", "In")) else "weak"
    node = node_of(restore.readable(text))
    if node is None:
        return (
            "weak"
            if inside and re.fullmatch(r"[\[({]?\s*(\.{2,}|…)\s*[\])}]?", stripped)
            else "words"
        )
    if isinstance(node, ast.Return | ast.Assert | ast.Raise | ast.Delete | ast.Global):
        return "code" if inside or not re.fullmatch(r"\w+(\s+\w+)?", stripped) else "words"
    if isinstance(node, ast.AnnAssign) and node.value is None:
        return "words"
    if isinstance(node, ast.Expr):
        return _strength_of_value(node.value, stripped)
    return "weak" if isinstance(node, ast.Pass | ast.Break | ast.Continue) else "code"


def _strength_of_value(value: ast.expr, text: str) -> str:
    if isinstance(value, ast.Call) and not re.match(r"[\w.]+\s+\(", text):
        return "code"
    if (
        isinstance(value, ast.Constant)
        and isinstance(value.value, str)
        and text[:3] in ("'''", '"""')
    ):
        return "weak"
    return "weak"
