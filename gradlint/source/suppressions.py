"""Silence findings by comment: ``# noqa: GL201``, ``# noqa``, ``# gradlint: ignore[GL201]``.

A comment speaks for the rows of its own statement that a finding's span touches.  Comments are
found by tokenizing, so that a ``# noqa`` inside a string is text.  This module judges nothing:
it only moves findings from ``Report.findings`` to ``Report.suppressed``.
"""

from __future__ import annotations

import dataclasses
import io
import re
import tokenize
from typing import TYPE_CHECKING

from gradlint.config import Options, matches
from gradlint.findings import Finding, Report, Site
from gradlint.structs import struct

if TYPE_CHECKING:
    from collections.abc import Iterator

_COMMENT = re.compile(
    r"#\s*(?:(?P<noqa>noqa)\b(?P<colon>\s*:)?|gradlint\s*:\s*ignore\b)"
    r"\s*\[?(?P<codes>[A-Za-z0-9][\w-]*(?:[\s,]+[A-Za-z0-9][\w-]*)*)?",
    re.IGNORECASE,
)
_CELL = re.compile(r":cell (\d+)$")
_CODE = re.compile(r"[A-Z]+[0-9]+|[a-z0-9]+(?:-[a-z0-9]+)+")


@struct
class Suppression:
    """One comment: where it stands, the rows it speaks for, the codes it names (none: all)."""

    site: Site
    rows: range
    codes: tuple[str, ...]

    def covers(self, finding: Finding) -> bool:
        """Whether this comment silences the finding."""
        touches = any(finding.site.row <= row <= finding.site.end_row for row in self.rows)
        wanted = not self.codes or matches(finding.code, finding.name, self.codes)
        place = finding.site.filename, finding.site.cell
        return touches and wanted and place == (self.site.filename, self.site.cell)


def filtered(report: Report, options: Options) -> Report:
    """The report without what its source, or else the options, leave out."""
    return apply_selection(apply_suppressions(report), options)


def apply_suppressions(report: Report) -> Report:
    """Move findings that a comment silences aside, and note comments that silence nothing.

    An unused comment is reported (GL908) only where something was checked, and only if it names
    gradlint's own codes: a bare ``# noqa`` may be meant for another linter.
    """
    texts = {report.filename: report.source, **report.other_sources}
    cells = any(map(_CELL.search, report.other_sources))  # and then they are the source
    if cells:
        del texts[report.filename]
    comments = [comment for name, text in texts.items() for comment in suppressions(text, name)]
    silenced = [f for f in report.findings if any(c.covers(f) for c in comments)]
    kept = [f for f in report.findings if f not in silenced]
    if report.verdict in ("right", "wrong"):
        idle = [c for c in comments if not any(map(c.covers, silenced))]
        kept += map(_unused, filter(_names_ours, idle))
    return dataclasses.replace(
        report, findings=tuple(kept), suppressed=report.suppressed + tuple(silenced)
    )


def apply_selection(report: Report, options: Options) -> Report:
    """Move findings aside that ``--select`` and ``--ignore`` do not want."""
    wanted = {id(f): options.selects(f.code, f.name, f.site.filename) for f in report.findings}
    return dataclasses.replace(
        report,
        findings=tuple(f for f in report.findings if wanted[id(f)]),
        suppressed=report.suppressed + tuple(f for f in report.findings if not wanted[id(f)]),
    )


def suppressions(source: str, filename: str) -> Iterator[Suppression]:
    """Read the suppression comments of a text, in order.

    Behind what cannot be read (a broken text, a notebook's command, the words of a post) it goes
    on with the next row.  ``filename`` may name a cell.
    """
    lines = source.splitlines(keepends=True)
    begin = 0
    while begin < len(lines):
        row = begin
        try:
            for token in tokenize.generate_tokens(io.StringIO("".join(lines[begin:])).readline):
                row = begin + token.start[0]
                if token.type == tokenize.COMMENT:
                    yield from _comments(token, row, lines, filename)
        except (tokenize.TokenError, SyntaxError):
            begin = max(row, begin + 1)
        else:
            return


def _comments(
    token: tokenize.TokenInfo, row: int, lines: list[str], filename: str
) -> Iterator[Suppression]:
    name, number = filename, None
    if (cell := _CELL.search(filename)) is not None:
        name, number = filename[: cell.start()], int(cell[1])
    for match in _COMMENT.finditer(token.string):
        codes = tuple(_CODE.findall(match["codes"] or ""))
        if match["noqa"] and not match["colon"]:
            codes = ()  # no colon: the comment is bare, the words after it prose
        column = token.start[1] + match.start() + 1
        end = token.start[1] + len(match.group().rstrip()) + match.start() + 1
        site = Site(name, row, column, row, end, number)
        yield Suppression(site, range(_first_row(lines, row), row + 1), codes)


def _first_row(lines: list[str], row: int) -> int:
    """Follow backslashes upwards: no comment fits on the earlier rows of such a statement."""
    while row > 1 and lines[row - 2].rstrip("\r\n").endswith("\\"):
        row -= 1
    return row


def _names_ours(comment: Suppression) -> bool:
    return any(code.startswith("GL") or "-" in code for code in comment.codes)


def _unused(comment: Suppression) -> Finding:
    codes = ", ".join(comment.codes)
    return Finding(
        code="GL908",
        name="unused-suppression",
        severity="note",
        message=f"nothing here to suppress: {codes}",
        site=comment.site,
        help="remove the comment",
    )
