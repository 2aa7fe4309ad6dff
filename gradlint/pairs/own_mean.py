"""A layer that averages its own gradients over the batch, and is right in the net it belongs to."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from gradlint.pairs.guards import Claim

if TYPE_CHECKING:
    from gradlint.pairs.checked import Checked


def accept_own_mean(check: Checked) -> None:
    """Accept a layer that averages all its own gradients over the batch, but not its input's.

    Nets are written like that whose output delta is not averaged; they are right as a whole.
    """
    own = {i: j for i, j in check.verdicts.items() if j.verdict == "wrong"}
    others = [i for i in check.verdicts if i not in own]
    outputs = [np.shape(o) for o in check.guarded.run.outputs]
    sizes = {n for shape in outputs if len(shape) == 2 for n in shape if n > 1}
    if len(own) < 2 or others != [min(check.verdicts)]:
        return
    means = [j.factor is not None and round(1 / j.factor, 6) in sizes for j in own.values()]
    if not all(means) or len({round(j.factor or 0, 6) for j in own.values()}) > 1:
        return
    names = " and ".join(check.subject.leaves[i].name for i in own)
    factor = next(iter(own.values())).factor
    claim = Claim(
        "GL207",
        "proportional-gradients",
        f"the gradients of {names} are averaged over the batch inside this layer",
        "note",
        explanation="right in a net whose output gradient is not averaged as well",
        evidence={"factor": factor},
    )
    check.claims.append(claim)
    for i, judged in own.items():
        reason = "averaged over the batch in this layer"
        check.verdicts[i] = dataclasses.replace(judged, verdict="right", reason=reason)
