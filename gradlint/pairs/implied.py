"""A network whose backward pass takes a target: judged against the loss that it is the gradient of.

The file's own cost functions come first, for what a file states it is held to.  Where it states
none, a known family is taken, if gradients agree with it; a constant that is common to them all
belongs to the loss.  Where none agrees, nothing is said against the pair.
"""

from __future__ import annotations

import copy
import types
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.findings import Finding
from gradlint.pairs.composed import costs_in, globals_of, losses_of, target_of, written
from gradlint.pairs.naming import returned_names, signature_of
from gradlint.pairs.sites import code_of, definition
from gradlint.pairs.trees import is_float
from gradlint.pairs.trials import MISFIT, RUNS, Outcome, attempts, explained, one_trial, tried

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gradlint.findings import Report
    from gradlint.pairs.composed import Loss, Wanted
    from gradlint.pairs.partners import Found
    from gradlint.pairs.trials import Attempt, Known, Trial


def of_a_loss(pair: Found, known: Known) -> Outcome | None:
    """Check a pair against a loss of its output; None if it does not differentiate one."""
    wanted = target_of(*pair.functions())
    if wanted is None:
        return None
    costs = costs_in(known.namespace, pair.kind, pair.functions())
    found = _against(pair, known, wanted, costs)
    if found is not None and not found.unstated:
        return found
    plain = tried(pair, known)  # what is called like a target may be the output
    if _is_right(plain):
        return plain
    if found is None:
        return Outcome(reason=plain.reason, crash=plain.crash)
    return _beside(found, pair, known, wanted, costs) if costs else found


def _beside(
    found: Outcome, pair: Found, known: Known, wanted: Wanted, costs: Mapping[str, Any]
) -> Outcome:
    """Say more of gradients that are not those of the loss that is stated: what they are."""
    other = _against(pair, known, wanted, {})
    if other is not None and _is_right(other) and other.trial is not None:
        told = f"the gradients are those of {other.trial.attempt.loss}, and not of {_listed(costs)}"
        return Outcome(reason=told, unstated=True)
    if found.wrong and _is_mended(found.wrong[0], known):
        return replace(found, trial=found.wrong[0], unstated=False)
    return found


def _is_right(outcome: Outcome) -> bool:
    return outcome.trial is not None and outcome.trial.report.verdict == "right"


def _against(pair: Found, known: Known, wanted: Wanted, costs: Mapping[str, Any]) -> Outcome | None:
    """Check against one loss after the other, with one kind of input after the other."""
    outcome, runs = Outcome(), 0.0
    for attempt in attempts(pair, known):
        out = _output_of(copy.deepcopy(attempt))
        if out is None:
            continue
        owner = getattr(attempt.forward, "__self__", None)
        for loss in losses_of(out, costs, owner):
            trial = _scaled(attempt, loss, wanted, known, outcome)
            if trial is None:
                continue
            runs += MISFIT if trial.misfits else 0.5
            if trial.report.verdict == "right":
                return replace(outcome, trial=trial)
            outcome.wrong.append(trial)
        if runs >= RUNS:
            break
    return _best(outcome)


def _best(outcome: Outcome) -> Outcome | None:
    """Take the trial in which most gradients agree; say so where none does in any."""
    if not outcome.wrong:
        return None
    fitting = [t for t in outcome.wrong if not t.misfits]
    best = max(fitting or outcome.wrong, key=_agreeing)
    if not _agreeing(best) or not fitting:
        why = "the gradients agree with no loss that the file states, and with none of a known kind"
        return replace(outcome, reason=why, unstated=True)
    return replace(outcome, trial=best)


def _listed(costs: Mapping[str, Any]) -> str:
    return " or ".join(f"`{name}`" for name in costs)


def _is_mended(trial: Trial, known: Known) -> bool:
    """Whether a change of one place makes all gradients those of the loss that is stated."""
    report = explained(trial, known)
    wrong = {p.name for p in report.parameters if p.verdict == "wrong"}
    fixed = [f for f in report.findings if f.fix is not None]
    return len(wrong) > 1 and len(fixed) == 1


def _agreeing(trial: Trial) -> int:
    return sum(p.verdict == "right" for p in trial.report.parameters)


def _scaled(
    attempt: Attempt, loss: Loss, wanted: Wanted, known: Known, outcome: Outcome
) -> Trial | None:
    """Check against a loss, and once more times the constant that most gradients share."""
    trial = one_trial(_with_loss(attempt, loss, wanted), known, outcome)
    if trial is None or trial.report.verdict != "wrong" or trial.misfits:
        return trial
    factor = _common(trial.report)
    if factor is None:
        return trial
    scaled = one_trial(_with_loss(attempt, loss.times(factor), wanted), known, outcome)
    if scaled is None or _agreeing(scaled) <= _agreeing(trial):
        return trial
    return replace(scaled, report=_noted(scaled, loss, factor, known))


def _common(report: Report) -> float | None:
    """Give the constant that most gradients have in common; a single number has any."""
    seen = [p for p in report.parameters if np.prod(p.shape) > 1 and p.factor is not None]
    factors = Counter(float(f"{p.factor:.6g}") for p in seen)
    most = factors.most_common(1)
    return most[0][0] if most and most[0][1] > 1 and round(most[0][0], 6) != 1 else None


def _noted(trial: Trial, loss: Loss, factor: float, known: Known) -> Report:
    """Say which constant the gradients have, compared with the loss."""
    site = definition(trial.attempt.backward)
    size = f"{abs(factor):.4g} times " if round(abs(factor), 6) != 1 else ""
    if factor < 0:
        text = f"the gradients are {size}the negative ones of {loss.name}: they are to be added"
        kind = "a negative gradient"
    else:
        text = f"the gradients are {size}those of {loss.name}: harmless, another learning rate"
        kind = "a common factor"
    mistake = known.catalogue.told_for(kind)
    note = Finding.of(mistake, text, site, severity="note", evidence={"factor": factor})
    return replace(trial.report, findings=(*trial.report.findings, note))


# -- joining them


def _with_loss(attempt: Attempt, loss: Loss, wanted: Wanted) -> Attempt:
    """Join a pair's forward function with a loss: what both take, and all that forward gives."""
    forward = attempt.forward
    method = isinstance(forward, types.MethodType)
    plain = forward.__func__ if method else forward
    names = list(signature_of(forward).names)[: len(attempt.inputs)]
    names, target = [wanted.called.get(n, n) for n in names], wanted.target
    called = f"self.{forward.__name__}" if method else plain.__name__
    kept = returned_names(plain) or ["out"]
    returns = ", ".join(kept)
    value = loss.text.format(out=kept[0], y=target)
    first = ["self"] if method else []
    arguments = ", ".join([*first, *names, target])
    rest = "".join(f", {name}" for name in kept)
    text = (
        f"def {plain.__name__}_loss({arguments}):\n"
        f"    {returns} = {called}({', '.join(names)})\n"
        f"    loss = {value}\n"
        f"    return loss{rest if len(kept) > 1 else ''}\n"
    )
    code = code_of(plain)
    row = 1 if code is None else code.co_firstlineno
    known = {**globals_of(plain), plain.__name__: plain}
    joined: Any = written(text, f"{plain.__name__}_loss", known, row)
    if method:
        joined = types.MethodType(joined, forward.__self__)
    inputs = [*attempt.inputs, loss.target]
    words = f"{attempt.words}, {loss.name}"
    told = f"{loss.name} of {called}({', '.join(names)}) and {target}"
    return replace(attempt, forward=joined, inputs=inputs, words=words, loss=told)


def _output_of(attempt: Attempt) -> Any:
    """Give the output of a pair's forward function; None if it gives no array of floats."""
    try:
        with np.errstate(all="ignore"):
            returned = attempt.forward(*attempt.inputs)
    except Exception:  # noqa: BLE001 - then it has none here
        return None
    out = returned[0] if isinstance(returned, tuple) and returned else returned
    return out if is_float(out) and np.size(out) else None
