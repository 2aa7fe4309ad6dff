"""The full text: what people read in a terminal.

A finding takes at most twelve lines: the message first, the source with its span underlined, then
evidence, help and fix, one line each where the width allows.  Notes take their message and place
only; the other formats hold the rest of what is known about them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradlint.report._excerpt import excerpt
from gradlint.report._lines import Line, clean, paint, prose, wrap
from gradlint.report._words import (
    assumed,
    liberty_lines,
    loss_line,
    notes,
    overall,
    summary_line,
    verdict_line,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gradlint.findings import Finding, Report, Site

MOST_LINES = 12
"""The longest a finding may get; labels give way first, then the longest text."""

_STYLE_OF = {"right": "right", "wrong": "wrong", "suppressed": "unknown"}


def render(
    reports: Sequence[Report],
    *,
    width: int = 80,
    color: bool = False,
    quiet: bool = False,
    show_output: bool = False,
) -> str:
    """Render reports for a terminal of ``width`` columns.

    ``quiet`` leaves out notes, verdicts on right files and the summary; ``show_output`` adds what
    the programs printed.
    """
    told = [r for r in reports if r.verdict != "nothing-to-check" or len(reports) == 1]
    blocks = [_file(report, width, quiet, show_output) for report in told]
    if len(reports) > 1 and not quiet:
        blocks.append([[(summary_line(reports), "strong")]])
    lines: list[Line] = []
    previous = 0
    for block in filter(None, blocks):
        if lines and max(previous, len(block)) > 1:
            lines.append([])
        lines += block
        previous = len(block)
    return paint(lines, color=color)


def finding_lines(finding: Finding, report: Report, width: int) -> list[Line]:
    """Render one finding, in at most :data:`MOST_LINES` lines."""
    site = finding.site
    source = report.source_of(site.filename, site.cell)
    header = _header(finding, width)
    if finding.severity == "note":
        return [*header, _arrow(site, len(str(site.row)))]
    digits, bare = excerpt(source, site, (), finding.severity, width, MOST_LINES)
    texts = [header, *(_note(head, text, digits, width) for head, text in notes(finding))]
    frame = 2 if bare else 1  # the arrow, and the empty line of the gutter under it
    _limit(texts, MOST_LINES - frame - len(bare))
    room = MOST_LINES - frame - sum(map(len, texts))
    digits, shown = excerpt(source, site, finding.labels, finding.severity, width, room)
    lines = [*texts[0], _arrow(site, digits)]
    if shown:
        lines += [[(f" {'':>{digits}} |", "gutter")], *shown]
    indent = " " * (digits + 2)
    return [*lines, *([(indent, ""), *line] for text in texts[1:] for line in text)]


def _file(report: Report, width: int, quiet: bool, show_output: bool) -> list[Line]:
    if report.verdict == "could-not-run" and not report.source and report.findings:
        return [line for finding in report.findings for line in _unread(finding, width)]
    lines: list[Line] = []
    for finding in report.findings:
        if not (quiet and finding.severity == "note"):
            lines += [*finding_lines(finding, report, width), []]
    if show_output and report.output:
        lines += [*_output(report), []]
    lines += _silent_failure(report, width) if quiet else _verdict(report, width)
    return lines if lines and lines[-1] else lines[:-1]


def _verdict(report: Report, width: int) -> list[Line]:
    """The verdict, the loss where it is not plain, and what the verdict takes for granted."""
    outcome, said = overall(report), [*liberty_lines(report), *assumed(report)]
    if outcome != "right" or (report.loss is not None and report.loss.kind == "implied"):
        said.insert(0, loss_line(report))
    lines = prose(verdict_line(report), _STYLE_OF.get(outcome, "unknown"), width)
    rows = (row for text in said for row in prose(text, "quiet", width - 4))
    return [*lines, *([("    ", ""), *row] for row in rows)]


def _silent_failure(report: Report, width: int) -> list[Line]:
    """The verdict on a file that is not right and has no finding to say so."""
    if overall(report) == "right" or report.findings:
        return []
    return prose(verdict_line(report), "unknown", width)


def _header(finding: Finding, width: int) -> list[Line]:
    aside = "" if finding.severity == "error" else f" ({finding.severity})"
    code, rest = finding.code, f" {finding.name}{aside}:"
    rows = wrap(f"{code}{rest} {finding.message}", width - 4, width)
    body = "quiet" if finding.severity == "note" else "strong"
    first: Line = [(code, finding.severity), (rows[0].removeprefix(code), body)]
    return [first, *([("    ", ""), (row, body)] for row in rows[1:])]


def _arrow(site: Site, digits: int) -> Line:
    return [(" " * (digits + 1) + "--> ", "gutter"), (clean(str(site)), "")]


def _note(head: str, text: str, digits: int, width: int) -> list[Line]:
    """Render ``= head: text``; the indentation below the gutter is the caller's."""
    room = width - digits - 2
    lead = f"= {head}: "
    rows = wrap(text, room - 4, room - len(lead))
    return [[(lead, "gutter"), (rows[0], "")], *([("    " + row, "")] for row in rows[1:])]


def _limit(texts: list[list[Line]], room: int) -> None:
    """Cut the longest text, line by line, until all of them fit."""
    while sum(map(len, texts)) > room:
        longest = max(texts, key=len)
        if len(longest) == 1:
            return
        longest.pop()
        last, style = longest[-1][-1]
        longest[-1][-1] = (last.rstrip("…") + "…", style)


def _unread(finding: Finding, width: int) -> list[Line]:
    """Render the one line about a file that was never read: there is nothing to point at."""
    said = f"{finding.site.filename}: {finding.message}"
    return prose(f"{said}; {finding.help}" if finding.help else said, "unknown", width)


def _output(report: Report) -> list[Line]:
    rows = report.output.removesuffix("\n").split("\n")
    head: Line = [(f"{clean(report.filename)} printed:", "quiet")]
    return [head, *([("  | ", "gutter"), (clean(row.rstrip("\r")), "")] for row in rows)]
