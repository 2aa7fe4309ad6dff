"""What is known before everything is: the verdict before the cause, the cause before the fix.

A search that takes too long must not take the verdict with it.  Each stage is a whole report, which
says what was not looked for; the last one, with everything, is not made here.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from gradlint.findings import Finding, Report, Site
from gradlint.truth.verdicts import parameter_verdicts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.checking.inspection import Inspection
    from gradlint.findings import ParameterVerdict, Verdict


def stages(inspection: Inspection) -> Iterator[Report]:
    """The reports of a check under way, each worked out when it is asked for."""
    judged, reference = inspection.judged, inspection.reference
    if judged is None or reference is None:
        return
    parameters = tuple(parameter_verdicts(judged, reference))
    wrong = [p.name for p in parameters if p.verdict == "wrong"]
    yield _report(inspection, (), parameters, _what_is_left(wrong))
    if wrong:
        found = tuple(dataclasses.replace(f, fix=None) for f in inspection.explained)
        yield _report(inspection, found, inspection.parameters, "the check of the fixes")


def _what_is_left(wrong: list[str]) -> str:
    if not wrong:
        return "the look at shapes and state"
    return (
        f"{', '.join(wrong)} {'is' if len(wrong) == 1 else 'are'} wrong; the search for the cause"
    )


def _report(
    inspection: Inspection,
    found: tuple[Finding, ...],
    parameters: tuple[ParameterVerdict, ...],
    left: str,
) -> Report:
    verdicts = {p.verdict for p in parameters}
    order: tuple[Verdict, ...] = ("wrong", "cannot-tell", "right")
    verdict: Verdict = next((v for v in order if v in verdicts), "cannot-tell")
    return Report(
        inspection.file.filename,
        verdict,
        (*found, _stopped(inspection, left)),
        parameters,
        inspection.loss,
        points=len(inspection.judged.points) if inspection.judged else 0,
        source=inspection.file.text,
    )


def _stopped(inspection: Inspection, left: str) -> Finding:
    """The note that says what was not done, and what goes on with it."""
    seconds = inspection.options.timeout
    reference, site = inspection.reference, Site(inspection.file.filename, 1, 1, 1, 1)
    for result in reference.results if reference is not None else ():
        spot = result.gradient.node.spot
        if spot is not None and reference is not None and not reference.agrees(result):
            site = spot.site
            break
    return Finding(
        "GL909", "timeout", "note", f"{left} was stopped after {seconds:g} s", site,
        help=f"`--timeout {2 * seconds:g}` goes on",
    )  # fmt: skip
