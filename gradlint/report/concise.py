"""One line a finding, ``path:line:col: GL201 [*] message``, as editors and grep like it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradlint.report._lines import Line, clean, paint
from gradlint.report._words import marker, overall, summary_line, verdict_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gradlint.findings import Finding, Report


def render(
    reports: Sequence[Report],
    *,
    width: int = 80,  # noqa: ARG001 - a line stays a line, however long
    color: bool = False,
    quiet: bool = False,
    show_output: bool = False,  # noqa: ARG001 - what a program printed is not one line
) -> str:
    """Render one line for each finding, then one for each file, then the summary."""
    lines = [
        _line(finding)
        for report in reports
        for finding in report.findings
        if not (quiet and finding.severity == "note")
    ]
    told = [r for r in reports if r.verdict != "nothing-to-check" or len(reports) == 1]
    told = [r for r in told if not quiet or (overall(r) != "right" and not r.findings)]
    lines += [[(verdict_line(report), "quiet")] for report in told]
    if len(reports) > 1 and not quiet:
        lines.append([(summary_line(reports), "strong")])
    return paint(lines, color=color)


def _line(finding: Finding) -> Line:
    aside = "" if finding.severity == "error" else f"({finding.severity}) "
    return [
        (clean(str(finding.site)), "strong"),
        (": ", "gutter"),
        (finding.code, finding.severity),
        (f" {marker(finding)}{aside}{clean(finding.message)}", ""),
    ]
