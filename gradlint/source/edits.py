"""Applying edits to a source text.

Edits are replacements of spans; those of one text must not overlap.  Standard library only: the
command line applies what the engine has verified.
"""

from __future__ import annotations

import ast
import contextlib
import errno
import io
import os
import re
import tokenize
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from gradlint.findings import Edit

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gradlint.findings import Finding, Site

# What ends a row for the parser; str.splitlines knows more ends than that.
_ROW_END = re.compile(r"\r\n|\r|\n")


def apply(text: str, edits: Iterable[Edit]) -> str:
    """Return the text after all edits; one that overlaps an earlier one is left out."""
    starts = _row_starts(text)
    spans: list[tuple[int, int, str]] = []
    for edit in edits:
        begin, end = _place(starts, edit)
        if all(end <= b or begin >= e for b, e, _ in spans):
            spans.append((begin, end, edit.content))
    for begin, end, content in sorted(spans, reverse=True):
        text = text[:begin] + content + text[end:]
    return text


def _row_starts(text: str) -> list[int]:
    return [0, *(match.end() for match in _ROW_END.finditer(text))]


def _place(starts: list[int], edit: Edit) -> tuple[int, int]:
    site = edit.site
    return starts[site.row - 1] + site.column - 1, starts[site.end_row - 1] + site.end_column - 1


def replaced(text: str, edit: Edit) -> str:
    """Return what an edit takes away."""
    begin, end = _place(_row_starts(text), edit)
    return text[begin:end]


def with_comments(text: str, edits: Iterable[Edit]) -> tuple[Edit, ...]:
    """Return the edits, and for each that takes comments away one that puts them behind its row."""
    edits, rows, found = tuple(edits), _ROW_END.split(text), []
    written = "\n".join(edit.content for edit in edits)  # one may put down what another takes away
    for edit in edits:
        found.append(edit)
        lost = [c for c in _comments(replaced(text, edit)) if c not in written]
        if lost:
            row = edit.site.end_row
            end = len(rows[row - 1]) + 1
            site = replace(edit.site, row=row, column=end, end_row=row, end_column=end)
            found.append(Edit(site, "".join(f"  {comment}" for comment in lost)))
    return tuple(found)


def _comments(text: str) -> list[str]:
    """Return the comments in a piece of source, as far as its tokens can be told."""
    found: list[str] = []
    if "#" not in text:
        return found
    tokens = tokenize.generate_tokens(io.StringIO(f"({text}\n)").readline)
    with contextlib.suppress(tokenize.TokenError, IndentationError):  # a part of a statement
        found.extend(token.string for token in tokens if token.type == tokenize.COMMENT)
    return found


def row_after(row: int, edits: Iterable[Edit]) -> int:
    """Return where a row that no edit takes away stands after all edits."""
    return row + sum(
        edit.content.count("\n") - (edit.site.end_row - edit.site.row)
        for edit in edits
        if edit.site.row < row
    )


def edits_of(findings: Iterable[Finding], filename: str, *, unsafe: bool = False) -> list[Edit]:
    """Return the edits of all fixes of one file that can be made together."""
    chosen: list[Edit] = []
    for finding in mendable(findings, filename, unsafe=unsafe):
        assert finding.fix is not None
        chosen += [edit for edit in finding.fix.edits if edit not in chosen]
    return chosen


def mendable(findings: Iterable[Finding], filename: str, *, unsafe: bool = False) -> list[Finding]:
    """Return the findings whose fixes can be made together, each whole or not at all.

    Of two fixes that change the same place differently, the first is taken.
    """
    taken: list[Finding] = []
    edits: list[Edit] = []
    for finding in findings:
        fix = finding.fix
        if fix is None or (fix.applicability == "unsafe" and not unsafe):
            continue
        new = [edit for edit in fix.edits if edit not in edits]
        if any(edit.site.filename != filename for edit in fix.edits):
            continue
        if any(_overlap(one, other) for one in new for other in edits):
            continue
        taken.append(finding)
        edits += new
    return taken


def _overlap(one: Edit, other: Edit) -> bool:
    (a, b), (c, d) = _span(one), _span(other)
    return a < d and c < b


def _span(edit: Edit) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    site, cell = edit.site, edit.site.cell or 0
    return (cell, site.row, site.column), (cell, site.end_row, site.end_column)


def diff(before: str, after: str, filename: str) -> str:
    """Return a unified diff of two versions of a file; empty if they are alike."""
    import difflib  # only where a change is shown

    lines: Sequence[str] = list(
        difflib.unified_diff(
            before.splitlines(keepends=True), after.splitlines(keepends=True), filename, filename
        )
    )
    return "".join(line if line.endswith("\n") else line + "\n" for line in lines)


def rewrite(path: str | Path, text: str, encoding: str = "utf-8") -> None:
    """Replace a file's contents at once: it holds the old text or the new one, never a part.

    A link stays a link: the file it leads to is replaced, its mode and its owner stay.  Raises
    OSError if that cannot be done,
    and UnicodeEncodeError if the encoding lacks a character; the old file is then as it was.
    """
    import tempfile  # only where a file is written

    path = Path(os.path.realpath(path))
    if not os.access(path, os.W_OK):  # replacing a file needs no right to write into it
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding=encoding, newline="") as stream:
            stream.write(text)
        kept, made = path.stat(), os.stat(draft)
        if (kept.st_uid, kept.st_gid) != (made.st_uid, made.st_gid):
            os.chown(draft, kept.st_uid, kept.st_gid)
        os.chmod(draft, kept.st_mode)
        os.replace(draft, path)
    except BaseException:
        os.unlink(draft)
        raise


def operand(node: ast.expr) -> str:
    """The text of an expression that can stand beside any operator."""
    text = ast.unparse(node)
    loose = isinstance(node, (ast.BinOp, ast.UnaryOp, ast.IfExp, ast.Compare, ast.BoolOp))
    return f"({text})" if loose else text


def fitted(text: str, site: Site, new: str) -> str:
    """An expression as it is to stand at a place: in parentheses only where these change something.

    A text that is a value of its own loses the pair that it begins with.
    """
    bare = _without_parentheses(new)
    plain, tight = (meaning(apply(text, [Edit(site, t)])) for t in (bare, f"({bare})"))
    return bare if plain is not None and plain == tight else f"({bare})"


def _without_parentheses(text: str) -> str:
    """A text without the pair of parentheses that it begins with, where they change nothing."""
    for end in range(len(text) - 1, 0, -1) if text.startswith("(") else ():
        bare = text[1:end].strip() + text[end + 1 :]
        if text[end] == ")" and meaning(bare) == meaning(text):
            return bare
    return text


def expression_of(text: str) -> ast.expr | None:
    """The expression that a text is, if it is one."""
    try:
        return ast.parse(text, mode="eval").body
    except SyntaxError:
        return None


def bracketed(text: str) -> str:
    """The text of an expression in parentheses, if it needs them beside an operator or a dot."""
    plain = (ast.Name, ast.Attribute, ast.Call, ast.Subscript, ast.Constant)
    expression = expression_of(text)
    return text if expression is None or isinstance(expression, plain) else f"({text})"


def transposed(text: str) -> str:
    """The text of an expression the other way round."""
    expression = expression_of(text)
    if isinstance(expression, ast.Attribute) and expression.attr == "T":
        return text.removesuffix(".T")
    return f"{bracketed(text)}.T"


def meaning(text: str) -> str | None:
    """What a text says however it is laid out; None if it is no Python."""
    try:
        return ast.dump(ast.parse(text))
    except SyntaxError:
        return None
