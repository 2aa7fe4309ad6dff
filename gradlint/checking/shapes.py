"""What the shapes of one run give away: every shape mistake asked, crash or no crash."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradlint.mistakes import load_all
from gradlint.reading.axes.scope import Seen

if TYPE_CHECKING:
    from collections.abc import Collection

    from gradlint.findings import Finding
    from gradlint.reading.step import Step
    from gradlint.trace.record import Recording
    from gradlint.truth.judge import Judged

# What may be the mere look of a mistake that the gradients explain better.  The others are proven
# by themselves: an array was overwritten, an axis lost, a column met a row.
_CONSEQUENCES = {"GL101", "GL104"}


def shape_findings(
    recording: Recording,
    step: Step | None,
    judged: Judged | None = None,
    blamed: Collection[int] = (),
) -> list[Finding]:
    """Return what is proven about shapes and axes, sparing rows that are ``blamed`` already."""
    seen = look(recording, step, judged, blamed)
    found: list[Finding] = []
    for mistake in load_all():
        if recording.ending.how == "raised" and hasattr(mistake, "in_crash"):
            found += mistake.in_crash(seen)
        if hasattr(mistake, "in_trace"):
            found += mistake.in_trace(seen)
    return _distinct(found, blamed)


def look(
    recording: Recording,
    step: Step | None,
    judged: Judged | None = None,
    blamed: Collection[int] = (),
) -> Seen:
    """Collect what the shape mistakes may ask about."""
    if step is None or judged is None or judged.followed is None:
        return Seen(recording, step, blamed=blamed)
    reference = judged.followed
    if reference.objective.kind == "bare" and judged.computed is not None:
        reference = judged.computed  # nothing natural fits: hold it against what is computed
    wrong = [r.parameter for r in reference.results if not reference.agrees(r)]
    others = [r.parameter for r in reference.results if r.parameter not in wrong]
    objective = (judged.computed or judged.followed).objective
    return Seen(
        recording,
        step,
        frozenset(step.graph.ancestors(objective.values)),
        tuple(wrong),
        tuple(others),
        blamed,
    )


def _distinct(findings: list[Finding], blamed: Collection[int]) -> list[Finding]:
    """Keep one finding for each line: the first, which says most."""
    found: dict[tuple[str, int], Finding] = {}
    for finding in findings:
        place = finding.site.filename, finding.site.row
        if finding.site.row not in blamed or finding.code not in _CONSEQUENCES:
            found.setdefault(place, finding)
    return sorted(found.values(), key=lambda f: (f.site, f.code))
