"""Posts: the code of a question or an answer as programs, each with the map back to the page.

Blocks of one section belong together and are joined; a question's program and its answers' are kept
apart.  Lines that the words repeat are no program; an alternative that they ask about, which the
program holds in a comment, is one of its own.  What was restored is listed with each program.
"""

from __future__ import annotations

import ast
import os
import re
from typing import TYPE_CHECKING

from gradlint.findings import Assumption
from gradlint.source import restore
from gradlint.source.blocks import blocks_of
from gradlint.source.lines import line, node_of, statements, text_of
from gradlint.source.program import NoProgram, Program, Row, joined
from gradlint.structs import struct

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gradlint.source.blocks import Block
    from gradlint.source.lines import Line

_MARKUP = {".html", ".htm", ".md", ".markdown", ".txt", ".text", ".rst", ""}
_COMMENTED = re.compile(r"(\s*)#\s?(?=[\w.\[\]\"']+\s*[-+*/]?=[^=])")
_REMARK = re.compile(r"\s+(?:-+>|<-+|=>|\(|//).*$|\s{2,}\S*\s.*$")


@struct
class _Code:
    """The restored rows of one program, what was put back, and what told it from others."""

    lines: tuple[Line, ...]
    said: tuple[Assumption, ...]
    variant: str = ""
    borrowed: bool = False  # it stands in two places


def looks_like_one(text: str) -> bool:
    """Whether a text of unknown kind is a post rather than Python."""
    try:
        ast.parse(text)
    except (SyntaxError, ValueError):
        pass
    else:
        return False
    if re.search(r"^\s*(?:```|~~~)|<pre\b|<code\b", text, re.MULTILINE):
        return True
    found = blocks_of(text, markup=False)
    inside = sum(block.end - block.row + 1 for block in found)
    words = [row for row in text.split("\n") if len(row.split()) > 4]
    return (
        bool(found)
        and any(
            not any(b.row <= number <= b.end for b in found)
            for number, row in enumerate(text.split("\n"), start=1)
            if row in words
        )
        and inside >= 3
    )


def programs(filename: str, text: str) -> list[Program]:
    """The programs of a post; raises ``NoProgram`` if it has none."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    suffix = os.path.splitext(filename)[1].lower()
    blocks = blocks_of(text, markup=suffix in _MARKUP)
    sections: dict[int, list[Block]] = {}
    for block in blocks:
        sections.setdefault(block.section, []).append(block)
    found: list[_Code] = []
    rows = text.split("\n")
    for section in sections.values():
        inside = {each.row for block in section for each in block.lines}
        quoted = [line(row, n) for n, row in enumerate(rows, start=1) if n not in inside]
        codes = list(_codes(filename, section, quoted))
        found += [_put_in(found[0], code) or code for code in codes] if found else codes
    if not found:
        raise NoProgram(
            "no code was found in it",
            "give the post with its code: in ``` fences, indented, or as the page shows it",
        )
    escapes = bool(blocks) and blocks[0].kind == "html"
    return [
        _program(filename, text, code, number, len(found), escapes)
        for number, code in enumerate(found, start=1)
    ]


def _program(
    filename: str, text: str, code: _Code, number: int, count: int, escapes: bool
) -> Program:
    rows = [(each.text, Row(each.row, None, each.columns)) for each in code.lines]
    missing = restore.imports(code.lines)
    said = [Assumption("restored", f"`{each}`, which the code uses") for each in missing]
    older = restore.names_of_python_2(code.lines)
    said += [Assumption("restored", f"`{each}`: a name of Python 2") for each in older]
    joint, seen = joined([*((each, None) for each in (*missing, *older)), *rows])
    first, last = code.lines[0].row, max(each.row for each in code.lines)
    where = "" if code.borrowed else f", lines {first} to {last}"
    part = f"program {number} of {count}{where}" if count > 1 else ""
    return Program(
        filename, joint, text, seen, {}, (*said, *code.said),
        part + (f", {code.variant}" if code.variant else ""), escapes, lacks=True,
    )  # fmt: skip


def _codes(filename: str, section: Sequence[Block], quoted: Sequence[Line]) -> Iterator[_Code]:
    """The programs of one section: its blocks joined, then the alternative it asks about."""
    drafts = [restore.restored(filename, block.lines) for block in section]
    whole: list[Line] = []
    said: list[Assumption] = []
    mentions: list[Line] = list(quoted)
    for draft in drafts:
        if _is_mention(draft.lines, whole):
            mentions += draft.lines
            continue
        again = _redefined(draft.lines, whole)
        if again:
            whole, where = _without(whole, again)
            names = ", ".join(f"`{name}`" for name in again)
            draft.say(f"{names} of line {where} is defined anew here, and this one is run",
                      draft.lines[0])  # fmt: skip
        whole += draft.lines
        said += draft.said
    if not _does_anything(whole):
        return
    versions = _versions(whole)
    for lines, words in versions:
        yield _Code(tuple(lines), tuple(said), words)
    if versions:
        return
    yield _Code(tuple(whole), tuple(said))
    other = _alternative(whole, mentions)
    if other is not None:
        lines, rows = other
        which = " and ".join(map(str, rows))
        words = f"with what the comments in lines {which} say in place of the lines behind them"
        yield _Code(tuple(lines), tuple(said), words)


def _versions(lines: Sequence[Line]) -> list[tuple[list[Line], str]]:
    """A program for each of two statements that give one name, of which only the last would count.

    Fragments do so where they show a formula for the output layer and one for the others.
    """
    spans = [s for s in statements(lines) if lines[s[0]].indent == 0]
    nodes = [node_of(text_of(lines[a:b])) for a, b in spans]
    if any(isinstance(node, ast.For | ast.While) for node in nodes):
        return []
    for at, later in enumerate(nodes):
        name = _only_target(later)
        for before in range(at - 1, -1, -1):
            if name is None or name in _read(nodes[before]) | _read(later):
                break
            if _only_target(nodes[before]) == name:
                return [
                    _with_one(lines, spans[keep], spans[drop], name)
                    for keep, drop in ((before, at), (at, before))
                ]
    return []


def _with_one(
    lines: Sequence[Line], keep: tuple[int, int], drop: tuple[int, int], name: str
) -> tuple[list[Line], str]:
    kept = [line for number, line in enumerate(lines) if not drop[0] <= number < drop[1]]
    return kept, f"with `{name}` as in line {lines[keep[0]].row}"


def _only_target(node: ast.stmt | None) -> str | None:
    """The name that a formula gives: no constant, which is a setting."""
    if not isinstance(node, ast.Assign) or isinstance(node.value, ast.Constant):
        return None
    target = node.targets[0]
    return target.id if isinstance(target, ast.Name) and len(node.targets) == 1 else None


def _read(node: ast.stmt | None) -> set[str]:
    found = ast.walk(node) if node is not None else ()
    return {n.id for n in found if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}


def _put_in(question: _Code, answer: _Code) -> _Code | None:
    """The question's program with what an answer writes in place of some of its statements.

    None where the answer is a program of its own, or gives something the question does not.
    """
    lines = list(question.lines)
    margin = [s for s in statements(answer.lines) if answer.lines[s[0]].indent == 0]
    for number, (start, _) in enumerate(margin):
        end = margin[number + 1][0] if number + 1 < len(margin) else len(answer.lines)
        rows = [row for row in answer.lines[start:end] if not row.is_comment]
        if not rows:
            continue
        place = _place_of(lines, rows[0].text)
        if place is None:
            return None
        lead = " " * lines[place[0]].indent
        lines[place[0] : place[1]] = [row.replaced(0, 0, lead) for row in rows]
    if lines == list(question.lines):
        return None
    first, last = answer.lines[0].row, answer.lines[-1].row
    words = f"the question's with what lines {first} to {last} say"
    return _Code(tuple(lines), (*question.said, *answer.said), words, borrowed=True)


def _place_of(lines: Sequence[Line], text: str) -> tuple[int, int] | None:
    """The rows of the one statement or function that gives the same name; None if there is none."""
    match = re.match(r"(?:def\s+(\w+)|([\w.\[\]\"']+)\s*[-+*/]?=(?!=))", text)
    if match is None:
        return None
    same = rf"\s*def\s+{match[1]}\b" if match[1] else rf"\s*{re.escape(match[2])}\s*[-+*/]?=(?!=)"
    spans = list(statements(lines))
    found = [n for n, (a, _) in enumerate(spans) if re.match(same, lines[a].text)]
    if len(found) != 1:
        return None
    start, end = spans[found[0]]
    if match[1]:
        deeper = (a for a, _ in spans[found[0] + 1 :] if lines[a].indent <= lines[start].indent)
        end = next(deeper, len(lines))
    return start, end


def _does_anything(lines: Sequence[Line]) -> bool:
    nodes = [node_of(text_of(lines[a:b])) for a, b in statements(lines)]
    idle = ast.Import | ast.ImportFrom | ast.Expr
    return any(node is None or not isinstance(node, idle) for node in nodes)


def _is_mention(lines: Sequence[Line], before: Sequence[Line]) -> bool:
    """Whether rows only repeat what the program says, or show a call and nothing else."""
    known = {_plain(text_of(before[a:b])) for a, b in statements(before)}
    spans = [text_of(lines[a:b]) for a, b in statements(lines)]
    code = [text for text in spans if not text.lstrip().startswith("#")]
    if known and all(_plain(text) in known for text in code):
        return True
    nodes = [node_of(text) for text in code]
    return all(isinstance(node, ast.Expr) for node in nodes)


def _plain(text: str) -> str:
    return re.sub(r"\s+|#.*", "", text)


def _defined(lines: Sequence[Line]) -> dict[str, tuple[int, int]]:
    """The functions and classes at the margin, and the rows each takes."""
    spans = [s for s in statements(lines) if lines[s[0]].indent == 0]
    found: dict[str, tuple[int, int]] = {}
    for number, (start, _) in enumerate(spans):
        match = re.match(r"(?:def|class)\s+(\w+)", lines[start].text)
        if match:
            following = spans[number + 1][0] if number + 1 < len(spans) else len(lines)
            found[match[1]] = start, following
    return found


def _redefined(lines: Sequence[Line], before: Sequence[Line]) -> list[str]:
    """What a block defines that an earlier one defines otherwise."""
    old, new = _defined(before), _defined(lines)
    return [name for name in new if name in old]


def _without(lines: list[Line], names: Sequence[str]) -> tuple[list[Line], int]:
    where = 0
    for name in names:
        start, end = _defined(lines)[name]
        where = where or lines[start].row
        lines = lines[:start] + lines[end:]
    return lines, where


def _alternative(
    lines: Sequence[Line], mentions: Sequence[Line]
) -> tuple[list[Line], list[int]] | None:
    """The program with statements that a comment has in their place, if the words ask about them.

    Asked about is what stands once more among the lines that the words quote.
    """
    asked = {_plain_code(each) for each in mentions if each.is_comment}
    new = list(lines)
    changed: list[int] = []
    for index, row in enumerate(lines):
        code = _uncommented(row)
        if code is None or _plain_code(row) not in asked:
            continue
        target = code.text.split("=")[0].strip(" +-*/")
        for start, end in statements(lines):
            same = re.match(rf"\s*{re.escape(target)}\s*[-+*/]?=(?!=)", lines[start].text)
            if index < start <= index + 6 and same and end == start + 1:
                new[start] = code.replaced(0, code.indent, " " * lines[start].indent)
                changed.append(row.row)
                break
    return (new, changed) if changed else None


def _uncommented(row: Line) -> Line | None:
    match = _COMMENTED.match(row.text)
    if match is None:
        return None
    code = row.replaced(0, match.end(), "")
    remark = _REMARK.search(code.text)
    if remark and node_of(code.text[: remark.start()]) is not None:
        code = code.replaced(remark.start(), len(code.text), "")
    return code if isinstance(node_of(code.text), ast.Assign | ast.AugAssign) else None


def _plain_code(row: Line) -> str:
    code = _uncommented(row)
    return "" if code is None else re.sub(r"\s+", "", code.text)
