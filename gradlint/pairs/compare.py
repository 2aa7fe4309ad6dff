"""The pair's gradients against its own function: at the point given, and at a generic one.

The user's forward function is the arbiter.  Its output is held against the cotangent, which makes
one number of it; `reference.projections` differentiates that number and judges every gradient.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.pairs.conventions import Conventions, Run, projected
from gradlint.pairs.trees import is_float
from gradlint.structs import struct
from gradlint.truth.compare import ArrayJudgement
from gradlint.truth.directions import Space
from gradlint.truth.projections import check_gradients

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gradlint.pairs.candidates import Plan
    from gradlint.pairs.subject import State, Subject
    from gradlint.truth.workers import Spread

JITTER = 0.05  # of a parameter's size: far from zeros and ties, near enough to stay in the domain
GRAINS = 32.0  # units of rounding by which a constant function may wobble: some hundred terms
TWO_POINTS = 20_000  # parameters up to which a second point costs next to nothing


def is_small(subject: Subject) -> bool:
    """Whether a call costs next to nothing, so that any number of questions may be asked."""
    return sum(np.size(leaf.value) for leaf in subject.leaves) <= TWO_POINTS


class Projected:
    """The pair's forward function as one number of some of its leaves."""

    def __init__(self, subject: Subject, plan: Plan, run: Run, wanted: list[int]) -> None:
        self.subject, self.plan, self.wanted = subject, plan, wanted
        self.cotangents = run.cotangents
        self.state: State = "fresh"  # the backward pass may have changed what attributes hold

    def __call__(self, *arrays: Any) -> Any:
        """Evaluate it."""
        values = dict(zip(self.wanted, arrays, strict=True))
        returned = self.subject.run_forward(values, self.state)
        self.state = "rebound"
        outputs = self.plan.pick(returned)
        return projected(outputs, self.cotangents)


@struct
class Point:
    """The judgements at one parameter point, and what they rest on."""

    values: dict[int, Any]
    run: Run
    judgements: dict[int, ArrayJudgement]
    evaluations: int = 0


def judge_at(
    subject: Subject,
    run: Run,
    values: Mapping[int, Any],
    wanted: list[int],
    *,
    seed: int,
    workers: int | Spread,
) -> Point:
    """Judge the gradients of a run; ``values`` are those of all leaves that have been moved."""
    f = Projected(subject, run.plan, run, wanted)
    arrays = [values.get(i, subject.leaves[i].value) for i in wanted]
    gradients = [np.asarray(run.gradients[i]) for i in wanted]
    with np.errstate(all="ignore"):
        found = check_gradients(f, arrays, gradients, at=run.value, seed=seed, workers=workers)
    judgements = {
        i: _constant(f, arrays, k, judged, gradients[k], run)
        for k, (i, judged) in enumerate(zip(wanted, found.tensors, strict=True))
    }
    return Point(dict(values), run, judgements, found.evaluations)


def generic_point(
    subject: Subject, conventions: Conventions, run: Run, wanted: list[int], seed: int
) -> tuple[dict[int, Any], Run] | None:
    """Move every parameter a little and call the pair there; None if that cannot be done."""
    rng = np.random.default_rng([seed, 11])
    values: dict[int, Any] = {}
    for i in wanted:
        if not is_float(subject.leaves[i].value):
            continue  # integers stay what they are
        value = np.asarray(subject.leaves[i].value, dtype=float)
        size = float(np.sqrt(np.mean(value**2))) if value.size else 0.0
        values[i] = _short(value + JITTER * (size or 1.0) * rng.uniform(-1, 1, value.shape))
    try:
        with np.errstate(all="ignore"):
            there = conventions.carry_out(run.plan, subject.run_forward(values))
    except Exception:  # noqa: BLE001 - outside its domain a pair may raise anything
        return None
    if there is None or not np.isfinite(there.value):
        return None
    gradients = [there.gradients.get(i) for i in wanted]
    if any(g is None or not np.all(np.isfinite(g)) for g in gradients):
        return None
    return values, there


def _short(value: Any) -> Any:
    """Numbers that float32 holds as well: a pair that rounds to float32 is then found out."""
    with np.errstate(all="ignore"):
        short = np.asarray(value, dtype=np.float32).astype(float)
    return short if np.allclose(short, value, rtol=1e-6, atol=0.0) else value


def _constant(
    f: Projected, arrays: list[Any], k: int, judged: ArrayJudgement, gradient: Any, run: Run
) -> ArrayJudgement:
    """Accept a gradient of nothing but zeros if f stays the same over whole natural lengths."""
    if judged.verdict != "cannot-tell" or np.any(gradient) or not np.size(gradient):
        return judged
    space = Space(f, arrays)
    rng = np.random.default_rng(k)
    sizes = [
        np.sum(np.abs(np.asarray(c) * o)) for c, o in zip(run.cotangents, run.outputs, strict=True)
    ]
    floor = GRAINS * float(np.finfo(float).eps) * float(sum(sizes))
    for _ in range(2):
        direction = space.random_direction(rng, [k])
        points = [(direction, t) for t in (1.0, -1.0, 0.25, -0.25)]
        if any(not abs(float(v) - run.value) <= floor for v in space.values(points)):
            return judged
    reason = "exactly zero, and the function stays the same within rounding however far it is moved"
    return ArrayJudgement("right", None, 0.0, reason)
