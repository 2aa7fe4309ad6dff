"""A backward function that makes its step itself, and goes on with the parameters it has moved.

The gradient of its input is that of the moved layer.  Without the step, it is right.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.pairs.compare import Projected
from gradlint.pairs.guards import Claim
from gradlint.pairs.naming import is_rate
from gradlint.truth.probe import Probe

if TYPE_CHECKING:
    from gradlint.pairs.checked import Checked
    from gradlint.pairs.conventions import Run
    from gradlint.pairs.guards import Guarded


def read_after_the_step(check: Checked, wrong: list[int]) -> dict[int, Claim]:
    """Give what is to be said of gradients that are right if nothing is moved."""
    match = check.guarded.run.plan.match
    if match is None or not match.moved:
        return {}
    still = _without_step(check)
    if still is None:
        return {}
    moved = [
        check.subject.leaves[i].name for i, place in match.places.items() if place[0] == "moved"
    ]
    return {
        i: _claim(check.guarded, check.subject.leaves[i].name, moved)
        for i in wrong
        if match.places[i][0] != "moved" and _fits(check, still, i)
    }


def _without_step(check: Checked) -> Run | None:
    """Run the pair with a learning rate of zero, wherever it has its rate from."""
    subject, conventions = check.subject, check.conventions
    rates: dict[int, Any] = {
        i: 0.0
        for i, leaf in enumerate(subject.leaves)
        if leaf.owned and not leaf.shape and is_rate(leaf.name)
    }
    before = conventions.rate
    conventions.rate = 0.0
    try:
        with np.errstate(all="ignore"):
            return conventions.carry_out(check.guarded.run.plan, subject.run_forward(rates))
    except Exception:  # noqa: BLE001 - it may divide by its rate
        return None
    finally:
        conventions.rate = before


def _fits(check: Checked, still: Run, i: int) -> bool:
    f = Projected(check.subject, still.plan, still, [i])
    probe = Probe(f, [check.subject.leaves[i].value], 0, still.value, check.settings.seed)
    gradient = still.gradients.get(i)
    return gradient is not None and probe.fits(np.asarray(gradient))


def _claim(guarded: Guarded, name: str, moved: list[str]) -> Claim:
    names = " and ".join(f"`{n}`" for n in moved)
    return Claim(
        guarded.told_for("a parameter moved too early"),
        f"the gradient of {name} is computed when {names} have been moved already"
        if len(moved) > 1
        else f"the gradient of {name} is computed when {names} has been moved already",
        explanation="with a learning rate of 0 it is right",
        help="compute it first, then update",
        evidence={"parameter": name},
    )
