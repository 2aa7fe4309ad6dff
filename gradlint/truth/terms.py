"""A loss in several terms that the program never adds up, or of which it prints one alone.

People print a reconstruction and a divergence side by side and differentiate their sum, or leave
the divergence out of what they print.  Where all that a gradient has beside a multiple of the truth
is made of such terms, at weights that are the same at every point, their sum is the loss, and every
gradient is held against it.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from gradlint.reading.objective import Objective, computed
from gradlint.reading.sums import total
from gradlint.reading.unprinted import unprinted
from gradlint.truth.advantages import with_given_factors
from gradlint.truth.backprop import Underivable
from gradlint.truth.evaluate import TOLERANCE, Evaluation, evaluate, same

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gradlint.reading.step import Gradient
    from gradlint.truth.evaluate import Result
    from gradlint.truth.points import Point
    from gradlint.truth.study import Study

_TOGETHER = 2  # terms that one gradient is made of
_LARGE = 20_000  # entries of a gradient that are looked at


def with_terms(study: Study, followed: Evaluation, points: list[Point]) -> Evaluation:
    """The evaluation of the loss with further terms, where those explain more gradients.

    Scalars that the program computes come first, then terms that are known by their formula.
    """
    own = followed.objective
    known = followed.score or own.misfit or own.has_name
    if own.kind == "bare" or len(points) < 2 or not known or not _odd(followed):
        return followed
    separate = _separate(study, own)
    given = [with_given_factors(study.step, term) or term for term in separate]
    rows: list[list[Objective]] = [separate, [*unprinted(study.step, own, study.order(own))]]
    found = _first(study, followed, points, [*rows, given if given != separate else []])
    if found is None and (apart := with_given_factors(study.step, own)) is not None:
        start = evaluate(study, apart, points)
        if start is not None and start.score >= followed.score:
            found = _first(study, start, points, rows)
    return found or followed


def _first(
    study: Study, start: Evaluation, points: list[Point], rows: list[list[Objective]]
) -> Evaluation | None:
    """The first of several rows of terms that explains more than an evaluation without them."""
    tries = (_added(study, start, points, _odd(start), terms) for terms in rows if terms)
    return next((found for found in tries if found is not None), None)


def _odd(evaluation: Evaluation) -> list[Result]:
    """The parameters whose gradient is not straight that of the loss."""
    return [r for r in evaluation.results if r.on_the_way or not evaluation.agrees(r)]


def _separate(study: Study, own: Objective) -> list[Objective]:
    """Computed scalars beside the followed one: no parts of it or of each other, nor it of them.

    What the program adds up itself it adds up as it means to.
    """
    if own.kind != "computed" or len(own.pairs) != 1:
        return []
    scalars = [o.values[-1] for o in computed(study.step) if len(o.pairs) == 1]
    below = {scalar: study.step.graph.ancestors([scalar]) for scalar in scalars}
    near = {scalar for scalar in scalars if own.values[-1].index in below[scalar]}
    known = study.step.graph.ancestors(own.values).union(*(below[scalar] for scalar in near))
    apart = [scalar for scalar in scalars if scalar.index not in known]
    return [
        Objective("computed", ((scalar, None),))
        for scalar in apart
        if not any(scalar.index in below[other] for other in apart if other is not scalar)
    ]


def _added(
    study: Study, followed: Evaluation, points: list[Point], odd: list[Result],
    terms: Sequence[Objective],
) -> Evaluation | None:  # fmt: skip
    """The best evaluation with terms that explain one of the odd gradients."""
    own = {result.parameter.node.index for result in odd}
    try:  # (of each pass, which may be large, only the derivatives that are asked for are kept)
        truths = {t: [_among(study.truth(t, p), own) for p in points] for t in terms}
    except Underivable:
        return None
    weights: dict[Objective, float] = {}
    for result in odd:
        for term, weight in _explained(study, followed, points, result, truths).items():
            weights.setdefault(term, weight)
    whole = total([followed.objective, *weights], list(weights.values()))
    found = evaluate(study, whole, points) if weights else None
    return found if found is not None and _is_better(found, followed, odd) else None


def _among(truth: dict[int, np.ndarray], wanted: set[int]) -> dict[int, np.ndarray]:
    return {index: truth[index] for index in wanted & truth.keys()}


def _is_better(found: Evaluation, followed: Evaluation, odd: list[Result]) -> bool:
    """Whether an evaluation explains what was odd, some of it, and all that was not."""
    now = {r.parameter for r in found.results if found.agrees(r)}
    straight = [r for r in found.results if not r.on_the_way and r.parameter in now]
    before = {r.parameter for r in followed.results} - {r.parameter for r in odd}
    return before <= now and len(straight) > len(before)


def _explained(
    study: Study, followed: Evaluation, points: list[Point], result: Result,
    truths: dict[Objective, list[dict[int, np.ndarray]]],
) -> dict[Objective, float]:  # fmt: skip
    """The fewest terms that a gradient holds beside the truth, each with its weight."""
    gradient, index = result.parameter.gradient, result.parameter.node.index
    factor = _factor(followed, gradient)
    hand = [study.hand(gradient, result.parameter, p) for p in points]
    true = _column([t.get(index) for t in followed.truths], hand)
    columns = {term: _column([t.get(index) for t in found], hand) for term, found in truths.items()}
    known = {term: column for term, column in columns.items() if column is not None}
    whole = np.concatenate([h.ravel() for h in hand])
    if true is None or len(whole) > _LARGE:
        return {}
    for count in range(1, _TOGETHER + 1):
        for terms in combinations(known, count):
            matrix = np.stack([true, *(known[t] for t in terms)], axis=1)
            weights = _weights(matrix, whole, factor)
            if weights:
                return dict(zip(terms, weights, strict=True))
    return {}


def _weights(matrix: np.ndarray, whole: np.ndarray, factor: float | None) -> list[float]:
    """The weights of all columns but the first, relative to it; none if there is no such sum."""
    parts, _, rank, _ = np.linalg.lstsq(matrix, whole, rcond=1e-9)
    gap = np.abs(matrix @ parts - whole).max()
    fits = gap <= TOLERANCE * np.abs(whole).max() and rank == matrix.shape[1]
    meant = bool(parts[0]) if factor is None else same(abs(parts[0]), abs(factor))
    if not fits or 2 * rank >= len(whole) or not meant:
        return []
    weights = [float(part / parts[0]) for part in parts[1:]]
    return weights if min(weights) > TOLERANCE else []


def _factor(followed: Evaluation, gradient: Gradient) -> float | None:
    """The multiple of the truth that a gradient should hold; any is right where it is None."""
    if followed.common is None or not followed.by_pull:
        return followed.common
    return followed.common / gradient.scale if gradient.scale else float("nan")


def _column(parts: list[np.ndarray | None], hand: list[np.ndarray]) -> np.ndarray | None:
    """A derivative at all points in a row; None where it does not compare, or is nothing."""
    if any(p is None or np.size(p) != h.size for p, h in zip(parts, hand, strict=True)):
        return None
    column = np.concatenate([np.ravel(np.asarray(p, dtype=float)) for p in parts])
    return column if np.any(column) and np.isfinite(column).all() else None
