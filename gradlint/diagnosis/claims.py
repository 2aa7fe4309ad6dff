"""Testing the claims of the mistakes: what holds at every parameter point, and nothing else.

A claim holds if the wrong value it predicts is the user's, if the line altered as it says computes
the right value, or if every gradient that is made from the altered line comes right.  This is the
only place that counts it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.diagnosis.identify import proportion
from gradlint.diagnosis.slopes import Carried
from gradlint.reading.graph import squeezed
from gradlint.reading.updates import taken
from gradlint.structs import struct
from gradlint.truth.evaluate import same

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterable, Iterator

    from gradlint.diagnosis.case import Case
    from gradlint.diagnosis.context import Experiment

# The two sides of a claim are computed in float64 along different ways; a wrong claim misses by far
# more than this unless it is the same mathematics.
_HOLDS = 1e-7
TIE = 0.2  # claims whose costs differ by less are shown as a tie


@struct(frozen=False, eq=False)
class Claim:
    """A claim that came out."""

    mistake: Any
    experiment: Experiment
    by_edit: bool

    @property
    def rank(self) -> tuple[bool, float]:
        """What mends the line comes before what only says that it is as it is."""
        return self.experiment.as_found and not self.by_edit, self.experiment.cost


def offers(case: Case, mistakes: Iterable[Any]) -> list[tuple[Any, Experiment]]:
    """What the mistakes claim about a suspect, the simplest slips first."""
    scaled = case.suspect.kind == "multiple"
    found: list[tuple[Any, Experiment]] = []
    for mistake in mistakes:
        sense = getattr(mistake, "in_gradient", None)
        if sense is None or (scaled and not getattr(mistake, "of_multiples", False)):
            continue
        found += [(mistake, experiment) for experiment in sense(case)]
    return sorted(found, key=lambda offer: offer[1].cost)


def claims(case: Case, mistakes: Iterable[Any]) -> Iterator[Claim]:
    """The claims that hold, cheap ones first; none that costs more than the best and a tie."""
    best = float("inf")
    for mistake, experiment in offers(case, mistakes):
        cost = experiment.cost
        if cost > best + TIE:
            return
        held = _holds(case, experiment)
        case.note(mistake, experiment.edits, held)
        if held is not None:
            if held == "edit" or not experiment.as_found:
                best = min(best, cost)
            yield Claim(mistake, experiment, held == "edit")


def _holds(case: Case, experiment: Experiment) -> str | None:
    if _may_mend(case, experiment) and (
        _comes_right(case, experiment) or case.cures(experiment.edits)
    ):
        return "edit"
    corrected = experiment.corrected() if callable(experiment.corrected) else experiment.corrected
    if corrected is not None and _is_remedy(case, corrected):
        return "corrected"
    return "predicted" if _was_predicted(case, experiment) else None


def _was_predicted(case: Case, experiment: Experiment) -> bool:
    """Whether the wrong value is the one that the mistake makes."""
    predicted = experiment.predicted
    if isinstance(predicted, Carried) and not predicted.could_be(case.user, _HOLDS):
        return False
    return predicted is not None and _same(predicted, case.user)


def _may_mend(case: Case, experiment: Experiment) -> bool:
    """Whether the edits are there, and a single one where it can make a difference."""
    edits = experiment.edits
    return bool(edits) and (len(edits) > 1 or case.bearing.allows(*edits[0]))


def _is_remedy(case: Case, corrected: list[np.ndarray]) -> bool:
    """Whether a value is the right one, or makes right all that is made of it."""
    whole = case.suspect.kind == "value" and case.suspect.parameter is None
    return matches(case, corrected) or (whole and case.consequences.right_with(corrected))


def _comes_right(case: Case, experiment: Experiment) -> bool:
    expression = case.altered(experiment.edits)
    if expression is None or case.right is None:
        return False
    if len(case.scenes) > 1 and not _comes_near(case, expression, case.right[0]):
        return False
    values = case.computes(expression)
    return values is not None and matches(case, values)


def _comes_near(case: Case, expression: ast.expr, right: np.ndarray) -> bool:
    """Whether a line that ran many times makes a multiple of the right value at the first point."""
    first = case.computes(expression, 1)
    if first is None or any(f.decay for r in case.reference.results for f in r.fits):
        return first is not None
    return proportion(np.squeeze(first[0]), np.squeeze(right)) is not None


def matches(case: Case, values: list[np.ndarray]) -> bool:
    """Whether values are the right ones, at the right scale where that is known."""
    if case.right is None:
        return False
    if case.suspect.exact or case.suspect.kind == "multiple":
        return _same(values, case.right) or _same_with_decay(values, case)
    scaled = []
    for value, right in zip(values, case.right, strict=True):
        factor = proportion(np.squeeze(value), np.squeeze(right))
        if factor is None or factor <= 0:
            return False
        scaled.append(factor)
    return same(scaled[0], scaled[-1])


def _same_with_decay(values: list[np.ndarray], case: Case) -> bool:
    """Whether values are right but for the weight decay that other gradients carry."""
    return any(_same(values, decayed) for decayed in _decayed(case))


def _decayed(case: Case) -> Iterator[list[np.ndarray]]:
    """What a gradient should be with the weight decay of another one, of each that has one."""
    own, points = case.suspect.parameter, case.diagnosis.points
    if own is None or case.right is None:
        return
    others = [r for r in case.reference.results if r.fits and case.reference.agrees(r)]
    term = case.own_term
    weights = [np.asarray(points[k].changes[own.parameter.node]) for k in case.points]
    if term is not None and term.places:
        weights = [
            taken(term, w, points[k].values) for k, w in zip(case.points, weights, strict=True)
        ]
    for decay in sorted({result.fits[0].decay for result in others} - {0.0}):
        yield [r + decay * w for r, w in zip(case.right, weights, strict=True)]


def _same(values: Iterable[np.ndarray], others: Iterable[np.ndarray]) -> bool:
    return all(_close(np.asarray(v), np.asarray(o)) for v, o in zip(values, others, strict=True))


def _close(value: np.ndarray, other: np.ndarray) -> bool:
    if value.shape != other.shape:
        if squeezed(value.shape) != squeezed(other.shape):
            return False
        other = other.reshape(value.shape)
    if not (np.isfinite(value).all() and np.isfinite(other).all()) or not value.size:
        return False
    size = max(float(np.abs(value).max()), float(np.abs(other).max()))
    return size > 0 and float(np.abs(value - other).max()) <= _HOLDS * size
