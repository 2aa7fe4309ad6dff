"""Why a check said what it said: its decisions in order, those that mattered or all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradlint.report._lines import Line, paint, prose
from gradlint.report._words import loss_line, verdict_line

if TYPE_CHECKING:
    from gradlint.findings import Event, Report

_STAGES = {
    "run": "What was run",
    "reading": "Which loss is meant",
    "gradient": "The gradients against the truth",
    "value": "What each backward line computes",
    "suspect": "Where it goes wrong",
    "edit": "What was tried",
    "finding": "What was found and is not told",
    "fix": "Whether the fixes hold",
}
_SIGNS = {
    "held": ("✓", "right"),
    "failed": ("✗", "wrong"),
    "withdrawn": ("–", "quiet"),
    "": (" ", ""),
}
_MOST = 8  # events of one stage, unless all are asked for


def render(report: Report, *, width: int = 80, color: bool = False, verbose: bool = False) -> str:
    """The journal of one report: a heading for each step of the story, a line for each decision."""
    lines: list[Line] = prose(verdict_line(report), "strong", width)
    lines += [[("    ", ""), *row] for row in prose(loss_line(report), "quiet", width - 4)]
    for stage, heading in _STAGES.items():
        found = [e for e in report.journal if e.stage == stage]
        shown = found if verbose else [e for e in found if not e.minor][:_MOST]
        if not found:
            continue
        lines += [[], [(heading, "strong")]]
        for event in shown:
            lines += _told(event, width)
        left = len(found) - len(shown)
        if left:
            lines.append([(f"      {left} more (--verbose)", "quiet")])
    return paint(lines, color=color)


def _told(event: Event, width: int) -> list[Line]:
    sign, style = _SIGNS[event.outcome]
    place = "     " if event.row is None else f"{event.row:>5}"
    head: Line = [(f"{place} ", "gutter"), (f"{sign} ", style)]
    rows = prose(event.said, "", width - 8)
    return [[*head, *rows[0]], *([("        ", ""), *row] for row in rows[1:])]
