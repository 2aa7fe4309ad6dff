"""A layer that scales all its own gradients alike: by its batch, or by its learning rate.

Such layers are right in the net they belong to.  A constant that stands before one gradient only
is none of these.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.pairs.guards import Claim
from gradlint.pairs.trees import is_float

if TYPE_CHECKING:
    from gradlint.pairs.checked import Checked
    from gradlint.truth.compare import ArrayJudgement


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
    factor = _common(list(own.values()))
    if factor is None or round(1 / factor, 6) not in sizes:
        return
    names = " and ".join(check.subject.leaves[i].name for i in own)
    claim = Claim(
        check.guarded.told_for("a common factor"),
        f"the gradients of {names} are averaged over the batch inside this layer",
        "note",
        explanation="right in a net whose output gradient is not averaged as well",
        evidence={"factor": factor},
    )
    _accepted(check, own, "averaged over the batch in this layer", claim)


def accept_sum_of_losses(check: Checked) -> None:
    """Accept the slope of the sum, where a criterion gives one loss for each sample.

    Such a loss is held against the mean of what it gives; whoever calls it may take the sum.
    """
    losses = check.guarded.run.outputs[0]
    if len(check.verdicts) != 1 or not check.conventions.gives_losses(losses):
        return
    ((index, judged),) = check.verdicts.items()
    factor = judged.factor or 0.0
    if judged.verdict == "wrong" and round(factor, 6) == len(losses):
        check.verdicts[index] = dataclasses.replace(
            judged, verdict="right", relative_error=None, reason="of the sum of the losses"
        )


def _moved(check: Checked) -> dict[int, ArrayJudgement]:
    """The verdicts on parameters that backward moves itself."""
    match = check.guarded.run.plan.match
    places = {} if match is None else match.places
    return {i: j for i, j in check.verdicts.items() if places[i][0] == "moved"}


def accept_own_rate(check: Checked) -> None:
    """Accept steps that a backward function makes itself, times its own learning rate.

    The rate is an argument of 1, a number that the layer holds, or what all steps have in common;
    steps uphill are right where what comes from above is the negative gradient.
    """
    moved = _moved(check)
    wrong = {i: j for i, j in moved.items() if j.verdict == "wrong"}
    factors = Counter(round(j.factor, 6) for j in wrong.values() if j.factor is not None)
    if not factors or wrong != moved:
        return
    factor = factors.most_common(1)[0][0]
    alike = factors[factor] == len(moved) > 1
    if not _is_rate(check, factor, alike=alike):
        return
    steps = {i: j for i, j in wrong.items() if round(j.factor or 0.0, 6) == factor}
    names = " and ".join(check.subject.leaves[i].name for i in steps)
    if factor < 0:
        text = f"the steps of {names} are added: what comes from above is the negative gradient"
        kind = "a negative gradient"
    else:
        text = f"the steps of {names} are {factor:.4g} times the gradients: this layer's own rate"
        kind = "a common factor"
    claim = Claim(check.guarded.told_for(kind), text, "note", evidence={"factor": factor})
    _accepted(check, steps, "the layer's own step", claim)


def _is_rate(check: Checked, factor: float, *, alike: bool) -> bool:
    """Whether a factor is a rate: the one given, one the layer holds, or that of all its steps.

    One of these over the length of an axis is one, too.
    """
    given = "rate" in (check.guarded.run.plan.call or ())
    axes = [1, *(n for o in check.guarded.run.outputs for n in np.shape(o))]
    known = [1.0] if given else _numbers(check)
    if alike and not given:
        return True
    return any(np.isclose(abs(factor) * n, k) for k in known for n in axes)


def _common(judged: list[ArrayJudgement]) -> float | None:
    """The one factor of all gradients, if they have one."""
    factors = {None if j.factor is None else round(j.factor, 6) for j in judged}
    return judged[0].factor if len(factors) == 1 else None


def _numbers(check: Checked) -> list[float]:
    """Give the numbers that a layer's rate may be: attributes, and constants of the function."""
    subject = check.subject
    held = [leaf.value for leaf in subject.leaves if leaf.owned and np.ndim(leaf.value) == 0]
    kind = type(subject.owner)
    held += [v for v in vars(kind).values() if is_float(v)]
    code: Any = getattr(subject.backward, "__code__", None)
    if code is not None:
        held += [v for v in code.co_consts if is_float(v)]
        names = getattr(subject.backward, "__globals__", {})
        held += [names[n] for n in code.co_names if is_float(names.get(n))]
    return [abs(float(v)) for v in held if np.size(v) == 1 and v]


def _accepted(check: Checked, chosen: dict[int, ArrayJudgement], reason: str, claim: Claim) -> None:
    check.claims.append(claim)
    for i, judged in chosen.items():
        check.verdicts[i] = dataclasses.replace(
            judged, verdict="right", relative_error=None, reason=reason
        )
