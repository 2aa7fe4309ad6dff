"""GitHub Actions workflow commands: each finding becomes an annotation on the changed lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradlint.report._words import overall, verdict_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gradlint.findings import Finding, Report

_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def render(reports: Sequence[Report]) -> str:
    """Render one command for each finding, and one for each file that could not be judged."""
    lines = []
    for report in reports:
        lines += [_finding(finding) for finding in report.findings]
        if overall(report) not in ("right", "nothing to check") and not report.findings:
            place = f"file={_property(report.filename)},line=1"
            lines.append(f"::warning {place},title=gradlint::{_data(verdict_line(report))}")
    return "".join(line + "\n" for line in lines)


def _finding(finding: Finding) -> str:
    site = finding.site
    place = {"file": site.filename, "line": site.row, "endLine": site.end_row}
    if site.cell is not None:  # the rows of a cell are no lines of the file
        place = {"file": site.filename, "line": 1}
    elif site.row == site.end_row:  # GitHub takes columns within one line only
        place |= {"col": site.column, "endColumn": site.end_column}
    place["title"] = f"{finding.code} {finding.name}"
    where = ",".join(f"{key}={_property(str(value))}" for key, value in place.items())
    in_cell = "" if site.cell is None else f"cell {site.cell}, line {site.row}: "
    text = "\n".join(filter(None, (in_cell + finding.message, finding.explanation)))
    if finding.help:
        text += f"\nhelp: {finding.help}"
    return f"::{_COMMANDS[finding.severity]} {where}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
