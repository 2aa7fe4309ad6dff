"""Gradients that follow several losses at weights of their own.

Where two heads share a trunk, and each is trained by its own loss, what comes together in the trunk
may be weighted, or one of the two turned round (gradient reversal).  It may also be a slip.  Both
are the same numbers: the tool says what is followed, and leaves it at that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradlint.reading.sums import Sum
from gradlint.truth.backprop import Underivable
from gradlint.truth.evaluate import TOLERANCE, same

if TYPE_CHECKING:
    from gradlint.truth.evaluate import Evaluation, Result
    from gradlint.truth.points import Point
    from gradlint.truth.study import Study


def leave_mixtures_open(study: Study, evaluation: Evaluation, points: list[Point]) -> None:
    """Note which wrong gradients are one combination of the terms of a sum, at every point."""
    objective = evaluation.objective
    wrong = [r for r in evaluation.results if not evaluation.agrees(r)]
    if not isinstance(objective, Sum) or not wrong or len(points) < 2:
        return
    try:
        truths = [[study.truth(term, p) for term in objective.terms] for p in points]
    except Underivable:
        return
    found = {r: w for r in wrong if (w := _weights(study, r, points, truths)) is not None}
    weights = next(iter(found.values()), ())
    if all(weights) and all(all(map(same, own, weights)) for own in found.values()):
        for result in found:
            result.undecided = f"it follows {_told(objective, weights)}, which may be meant"


def _told(objective: Sum, weights: tuple[float, ...]) -> str:
    """``reg_loss − 0.3 · clf_loss``, the heaviest first."""
    names = [(*term.values[-1].names, "another loss")[0] for term in objective.terms]
    (top, first), *rest = sorted(zip(weights, names, strict=True), key=lambda one: -abs(one[0]))
    return first + "".join(
        f" {'+' if weight * top > 0 else '−'} {abs(weight / top):.3g} · {name}"
        for weight, name in rest
    )


def _weights(
    study: Study, result: Result, points: list[Point], truths: list[list[dict[int, np.ndarray]]]
) -> tuple[float, ...] | None:
    """The weights at which a gradient is made of those of the terms; None if it is not."""
    found = []
    for point, terms in zip(points, truths, strict=True):
        hand = study.hand(result.gradient, result.parameter, point)
        columns = [truth.get(result.parameter.node.index) for truth in terms]
        if any(c is None or np.size(c) != hand.size for c in columns):
            return None
        matrix = np.stack([np.ravel(np.asarray(c, dtype=float)) for c in columns], axis=1)
        if not np.isfinite(matrix).all() or not np.isfinite(hand).all():
            return None
        weights = np.linalg.lstsq(matrix, hand.ravel(), rcond=None)[0]
        top = float(np.abs(hand).max(initial=0.0))
        if (
            hand.size <= len(terms)
            or np.abs(matrix @ weights - hand.ravel()).max() > TOLERANCE * top
        ):
            return None
        found.append(tuple(map(float, weights)))
    alike = all(map(same, found[0], found[-1]))
    return found[0] if alike else None
