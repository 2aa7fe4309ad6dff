"""Why a gradient is wrong: the mistakes make claims, this engine tests them and ranks what holds.

A claim holds if the wrong value it predicts is the user's at every parameter point, or if the line
altered as it says computes the right value at every point.  Nothing else counts, and this is the
only place that counts it.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.case import Case, Experiment
from gradlint.derive import derived
from gradlint.findings import Edit, Finding, Fix, Site
from gradlint.identify import proportion
from gradlint.mistakes import load_all
from gradlint.mistakes.gradient_shape import GradientShape
from gradlint.mistakes.unprinted_regulariser import UnprintedRegulariser
from gradlint.mistakes.wrong_gradient import WrongGradient
from gradlint.reference.evaluate import Evaluation, same
from gradlint.verdicts import loss_symbol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.diagnose import Diagnosis, Suspect
    from gradlint.reference.judge import Judged
    from gradlint.trace.record import Recording

# The two sides of a claim are computed in float64 along different ways; a wrong claim misses by far
# more than this unless it is the same mathematics.
_HOLDS = 1e-7
_RESHAPING = {"GL108", "GL305", "GL306", "GL399"}
_TIE = 0.2  # claims whose costs differ by less are shown as a tie


@dataclass(eq=False)
class Claim:
    """A claim that came out."""

    mistake: Any
    experiment: Experiment
    by_edit: bool


def explain(
    recording: Recording, judged: Judged, reference: Evaluation, diagnosis: Diagnosis | None
) -> list[Finding]:
    """The findings on one judged step."""
    mistakes = load_all()
    found: list[Finding] = []
    for mistake in mistakes:
        sense = getattr(mistake, "in_step", None)
        if sense is not None:
            found += sense(recording, judged, reference, diagnosis)
    if diagnosis is not None:
        symbol = loss_symbol(reference)
        ordered = sorted(diagnosis.suspects, key=lambda s: s.kind == "multiple")
        settled = {f.evidence.get("settles") for f in found}
        explained: list[Suspect] = []
        for suspect in _distinct(ordered):
            if suspect.results and all(r.parameter.name in settled for r in suspect.results):
                continue
            if suspect.kind == "penalty":
                found.append(_penalty(judged, suspect, symbol))
                continue
            case = Case(recording, judged, reference, diagnosis, suspect, symbol)
            finding, companions = _finding(case, mistakes)
            if finding.code == WrongGradient.code and _inherits(suspect, explained):
                continue
            explained.append(suspect)
            found.append(finding)
            found += [
                replace(finding, code=code, name=name, message=message, fix=None)
                for code, name, message in companions
            ]
            found += _other_shape(case, finding)
    if not any(f.severity != "note" for f in found):
        found += _at_least(judged, reference)
    return found


def _at_least(judged: Judged, reference: Evaluation) -> list[Finding]:
    """A wrong gradient that nothing localises is at least pointed at."""
    found = []
    names = judged.study.step.names
    for result in reference.results:
        spot = result.gradient.node.spot
        if reference.agrees(result) or spot is None:
            continue
        written, parameter = names.of(result.gradient.node), result.parameter.name
        finding = _finding_of(
            WrongGradient,
            f"`{written}` is not the gradient of `{parameter}`",
            spot.file.site(spot.node),
            explanation=f"compared at {len(judged.points)} points",
            evidence={"parameters": [parameter]},
        )
        found.append(finding)
    return found


def _inherits(suspect: Suspect, explained: list[Suspect]) -> bool:
    """Whether a gradient is wrong for a reason that was found further up already.

    A second mistake of its own that no catalogue knows would show in the next run; blaming a line
    that may only have inherited an error is worse.
    """
    own = suspect.parameter
    return own is not None and any(own in other.results for other in explained)


def _other_shape(case: Case, finding: Finding) -> list[Finding]:
    """GL101 beside the cause, where the cause has left the gradient with another shape."""
    own = case.suspect.parameter
    if own is None or finding.code not in _RESHAPING or case.user[0].size == 0:
        return []
    want = own.parameter.node.shape if case.right is None else case.right[0].shape
    have = case.user[0].shape
    if tuple(n for n in have if n != 1) == tuple(n for n in want if n != 1):
        return []
    message = f"`{case.written}` has shape {have}, its parameter `{own.parameter.name}` {want}"
    evidence = {"gradient": list(have), "parameter": list(want)}
    return [_finding_of(GradientShape, message, finding.site, evidence=evidence)]


def _penalty(judged: Judged, suspect: Suspect, symbol: str) -> Finding:
    """GL208 as a note: a penalty on a hidden value that the loss does not show."""
    assert suspect.node.spot is not None
    assert suspect.role is not None
    names = judged.study.step.names
    role = names.of(suspect.role)
    written = names.of(suspect.node)
    message = (
        f"`{written}` is ∂{symbol}/∂{role} and a penalty on `{role}` that the loss does not show"
    )
    return replace(
        _finding_of(UnprintedRegulariser, message, suspect.node.spot.site), severity="note"
    )


def _distinct(suspects: list[Suspect]) -> list[Suspect]:
    """One suspect for each place, with all the parameters that suffer from it."""
    places: dict[int, Suspect] = {}
    for suspect in suspects:
        if suspect.node.spot is None:
            continue
        key = id(suspect.node.spot.statement)
        if suspect.parameter is not None and suspect.really is not None:
            key = id(suspect.parameter)  # each parameter's update is a place of its own
        first = places.setdefault(key, suspect)
        if first is not suspect:
            first.results += [r for r in suspect.results if r not in first.results]
    return list(places.values())


def _finding(case: Case, mistakes: list[Any]) -> tuple[Finding, tuple[tuple[str, str, str], ...]]:
    claims = sorted(_claims(case, mistakes), key=lambda claim: claim.experiment.cost)
    if not claims:
        return _unexplained(case), ()
    best = claims[0]
    ties = [
        c
        for c in claims[1:]
        if c.mistake is not best.mistake and c.experiment.cost - best.experiment.cost < _TIE
    ]
    edits = best.experiment.edits if best.by_edit else ()
    if not edits and best.experiment.fix is None:
        edits = next((c.experiment.edits for c in claims if c.by_edit and c.experiment.edits), ())
    return _worded(case, best, ties, edits), best.experiment.companions


def _claims(case: Case, mistakes: list[Any]) -> Iterator[Claim]:
    """The claims that hold, cheap ones first; none that costs more than the best and a tie."""
    best = float("inf")
    scaled = case.suspect.kind == "multiple"
    offers: list[tuple[float, int, Any, Experiment]] = []
    for mistake in mistakes:
        sense = getattr(mistake, "in_gradient", None)
        if sense is None or (scaled and not getattr(mistake, "of_multiples", False)):
            continue
        offers += [(e.cost, len(offers) + k, mistake, e) for k, e in enumerate(sense(case))]
    for cost, _, mistake, experiment in sorted(offers, key=lambda offer: offer[:2]):
        if cost > best + _TIE:
            return
        held = _holds(case, experiment)
        if held is not None:
            best = min(best, cost)
            yield Claim(mistake, experiment, held == "edit")


def _holds(case: Case, experiment: Experiment) -> str | None:
    if experiment.edits and (_comes_right(case, experiment) or case.cures(experiment.edits)):
        return "edit"
    if experiment.corrected is not None and matches(case, experiment.corrected):
        return "corrected"
    if experiment.predicted is not None and _same(experiment.predicted, case.user):
        return "predicted"
    return None


def _comes_right(case: Case, experiment: Experiment) -> bool:
    expression = case.altered(experiment.edits)
    if expression is None or case.right is None:
        return False
    values = case.computes(expression)
    return values is not None and matches(case, values)


def matches(case: Case, values: list[np.ndarray]) -> bool:
    """Whether values are the right ones, at the right scale where that is known."""
    if case.right is None:
        return False
    if case.suspect.exact or case.suspect.kind == "multiple":
        return _same(values, case.right)
    scaled = []
    for value, right in zip(values, case.right, strict=True):
        factor = proportion(value.squeeze(), right.squeeze())
        if factor is None or factor <= 0:
            return False
        scaled.append(factor)
    return same(scaled[0], scaled[-1])


def _same(values: list[np.ndarray], others: list[np.ndarray]) -> bool:
    return all(_close(np.asarray(v), np.asarray(o)) for v, o in zip(values, others, strict=True))


def _close(value: np.ndarray, other: np.ndarray) -> bool:
    if value.shape != other.shape:
        one, two = (tuple(n for n in s if n != 1) for s in (value.shape, other.shape))
        if one != two:
            return False
        other = other.reshape(value.shape)
    if not (np.isfinite(value).all() and np.isfinite(other).all()) or not value.size:
        return False
    size = max(float(np.abs(value).max()), float(np.abs(other).max()))
    return size > 0 and float(np.abs(value - other).max()) <= _HOLDS * size


# -- wording ------------------------------------------------------------------------------------


def _worded(
    case: Case, claim: Claim, ties: list[Claim], edits: tuple[tuple[ast.expr, str], ...]
) -> Finding:
    mistake, experiment = claim.mistake, claim.experiment
    told = _evidence(case)
    if ties:
        told += "; it fits as well: " + ", ".join(
            f"{t.mistake.code} {t.mistake.name}" for t in ties
        )
    whole = "" if edits or experiment.fix else derived(case)
    if whole and case.root is not None and not experiment.help:
        edits = ((case.root, whole.strip("`")),)
    fix = experiment.fix or _fix(case, mistake, edits)
    help_text = experiment.help or _help(case, edits) or whole
    return _finding_of(
        mistake,
        experiment.message,
        case.site,
        explanation=told,
        help=help_text,
        labels=experiment.labels,
        evidence={
            **_facts(case),
            **experiment.evidence,
            "also": [t.mistake.code for t in ties],
        },
        fix=fix,
    )


def _fix(case: Case, mistake: Any, edits: tuple[tuple[ast.expr, str], ...]) -> Fix | None:
    if not edits or case.node.spot is None:
        return None
    file = case.node.spot.file
    changes = tuple(Edit(file.site(old), new) for old, new in edits)
    if len(edits) == 1:
        old, new = edits[0]
        message = f"write `{new}` instead of `{case.text(old)}`"
    else:
        message = "; ".join(f"`{case.text(old)}` → `{new}`" for old, new in edits)
    return Fix(message, changes, getattr(mistake, "applicability", "safe"))


def _help(case: Case, edits: tuple[tuple[ast.expr, str], ...]) -> str:
    expression = case.altered(edits) if edits else None
    return "" if expression is None else f"`{ast.unparse(expression)}`"


def _evidence(case: Case) -> str:
    count = len(case.study.points)
    if case.suspect.kind == "multiple":
        return f"{case.suspect.factor:.7g} × what it should be at {count} points"
    gap = case.deviation
    if gap is None:
        return f"found at {count} parameter points"
    return f"off by {gap:.2g} of its size at {count} points"


def _facts(case: Case) -> dict[str, Any]:
    return {
        "parameters": [r.parameter.name for r in case.suspect.results],
        "factor": case.suspect.factor if case.suspect.kind == "multiple" else None,
        "role": None if case.role is None else case.label(case.role),
        "points": len(case.study.points),
        "deviation": case.deviation,
    }


def _unexplained(case: Case) -> Finding:
    """GL399: wrong for certain, for a reason that is in no catalogue."""
    role = case.role
    told = _evidence(case)
    if role is None:
        message = f"`{case.written}` is where the gradients of {case.victims} go wrong"
    else:
        wanted = case.shown(role, case.suspect.scale)
        message = f"`{case.written}` should be {wanted}, and is not a multiple of it"
    help_text = derived(case)
    fix = None
    if help_text and case.root is not None:
        fix = _fix(case, WrongGradient, ((case.root, help_text.strip("`")),))
    return _finding_of(
        WrongGradient,
        message,
        case.site,
        explanation=told,
        help=help_text,
        evidence=_facts(case),
        fix=fix,
    )


def _finding_of(mistake: Any, message: str, site: Site, **details: Any) -> Finding:
    return Finding(mistake.code, mistake.name, mistake.severity, message, site, **details)
