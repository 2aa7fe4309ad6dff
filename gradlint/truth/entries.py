"""One derivative for every entry of a tensor: the plainest check, for small tensors and at kinks.

Here every entry has a reference ``value ± error`` of its own, and a kink touches the entries that
sit on it and no others: along a direction, legitimate choices of many entries would mix.

This module knows one tensor at a time.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.truth.compare import ArrayJudgement, compare_arrays, judge
from gradlint.truth.differences import Estimate, derivative
from gradlint.truth.directions import Space, Sway

if TYPE_CHECKING:
    from numpy.typing import NDArray

ENOUGH = 1e-7  # an entry far below the usual size need not be resolved for its own sake


def judge_entries(
    space: Space,
    k: int,
    gradient: NDArray[Any],
    *,
    centre: Any,
    noise: float | None,
    vanishes: bool,
) -> ArrayJudgement:
    """Judge the gradient of tensor ``k`` of a space entry by entry.

    ``centre`` is f at the point, ``noise`` the deviation of one evaluation if it is known, and
    ``vanishes`` says that f has been shown not to depend on the tensor.
    """
    claims = np.asarray(gradient, dtype=np.float64).ravel()
    truth, error = np.empty(claims.size), np.empty(claims.size)
    kinks, unsure = 0, ""
    estimates = differentiate_entries(space, k, claims, centre, noise)
    for i, (estimate, claim) in enumerate(zip(estimates, claims, strict=True)):
        truth[i], error[i] = estimate.value, estimate.error
        if estimate.kink is not None:
            kinks += 1
            verdict = judge(claim, estimate.value, estimate.error, kink=estimate.kink)
            if verdict.verdict != "wrong":  # no proof against it: held equal, and said so
                truth[i], error[i] = claim, 0.0
            if verdict.verdict == "cannot-tell":
                unsure = unsure or verdict.reason
    shape = gradient.shape
    judged = compare_arrays(gradient, truth.reshape(shape), error.reshape(shape), vanishes=vanishes)
    return _with_kinks(judged, kinks, unsure)


def differentiate_entries(
    space: Space, k: int, claims: NDArray[np.float64], centre: Any, noise: float | None
) -> list[Estimate]:
    """Differentiate f by every entry of tensor ``k``, in the space's workers if it has any."""
    usual = math.sqrt(float(np.mean(claims**2)))
    spread, space.spread = space.spread, None
    try:
        if spread is None:
            return [_derivative(space, k, i, g, usual, centre, noise) for i, g in enumerate(claims)]
        space.restore()
        tasks = [(space.f, space.work, k, i, g, usual, centre, noise) for i, g in enumerate(claims)]
        estimates = list(spread(_derivative_elsewhere, tasks))
        space.evaluations += sum(estimate.evaluations for estimate in estimates)
        return estimates
    finally:
        space.spread = spread


def _derivative_elsewhere(task: tuple[Any, ...]) -> Estimate:
    """Do one entry in another process, which has its own copies of everything."""
    f, arrays, *rest = task
    return _derivative(Space(f, arrays, narrow=True), *rest)  # the arrays are wide already, or not


def _derivative(
    space: Space, k: int, i: int, claim: float, usual: float, centre: Any, noise: float | None
) -> Estimate:
    rows_and_columns = space.base[k].shape
    row, column = divmod(i, rows_and_columns[1])
    length = max(space.lengths[k], abs(float(space.base[k][row, column])))
    direction: dict[int, Any] = {k: Sway.single(rows_and_columns, row, column)}

    def f(t: float) -> Any:
        return space.values([(direction, t)])[0]

    estimate = derivative(f, scale=length, noise=noise, at=centre, enough=ENOUGH * usual)
    step = estimate.step if estimate.step > 0 else length
    moved = float(np.finfo(space.work[k].dtype).eps) * length / step  # parameters are rounded
    slope = max(abs(claim), abs(estimate.value))
    return replace(estimate, error=estimate.error + moved * slope)


def _with_kinks(judged: ArrayJudgement, kinks: int, unsure: str) -> ArrayJudgement:
    if not kinks or judged.verdict == "wrong":
        return judged
    if unsure:
        return replace(judged, verdict="cannot-tell", reason=unsure)
    if judged.verdict == "cannot-tell":
        return judged
    noun = "entry" if kinks == 1 else "entries"
    reason = f"at a kink in {kinks} {noun}: any slope between the two sides is valid"
    return replace(judged, reason=reason)
