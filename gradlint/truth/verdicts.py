"""From numbers to words: the verdicts on parameters and the loss they were held against."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradlint.findings import Loss, ParameterVerdict
from gradlint.reading.families import FAMILIES
from gradlint.reading.sums import Sum
from gradlint.reading.unprinted import Term
from gradlint.truth.evaluate import Evaluation, Result, same

if TYPE_CHECKING:
    from gradlint.findings import Finding
    from gradlint.reading.names import Names
    from gradlint.reading.objective import Objective
    from gradlint.trace.tape import Node
    from gradlint.truth.judge import Judged

_BARE = "a loss whose derivative `{delta}` is, if there is one"


def loss_of(judged: Judged, reference: Evaluation) -> Loss:
    """The loss of an evaluation, as the user knows it."""
    return _loss(judged, reference.objective)


def _implied(objective: Objective) -> str:
    """How a loss is worded that is not computed."""
    known = FAMILIES.get(objective.kind)
    return _BARE if known is None else known.said


def _loss(judged: Judged, objective: Objective) -> Loss:
    names = judged.study.step.names
    value, delta = objective.pairs[-1]
    if isinstance(objective, Sum):
        return _sum(judged, objective)
    if isinstance(objective, Term):
        return Loss("implied", objective.told(names))
    if objective.kind == "computed":
        row = value.spot.row if value.spot else None
        name = value.names[0] if value.names else None
        number = None if value.value is None else float(np.asarray(value.value).reshape(-1)[0])
        kind = "given" if objective.given else "computed"
        return Loss(kind, names.expression(value), name, row, number)  # type: ignore[arg-type]
    if delta is None:
        output = names.of(output_of(judged, objective))
        return Loss("implied", _implied(objective).format(output=output, delta=""))
    if value is delta:
        row = delta.spot.row if delta.spot else None
        return Loss("implied", f"½ Σ {names.of(delta)}²", None, row)
    text = _implied(objective).format(
        output=names.of(output_of(judged, objective)), delta=names.of(delta)
    )
    if objective.samples:
        text += f", each sample weighted by {names.of(objective.samples[-1])}"
    return Loss("implied", text, None, delta.spot.row if delta.spot else None)


def _sum(judged: Judged, objective: Sum) -> Loss:
    """A sum in the order of the source, whichever term was found first."""
    terms = zip(objective.terms, objective.weights, strict=True)
    found = sorted(((_loss(judged, term), w) for term, w in terms), key=lambda t: t[0].row or 0)
    told = ""
    for loss, weight in found:
        size = "" if same(weight, 1.0) else f"{weight:.6g} · "
        told += f"{' + ' if told else ''}{size}{loss.name or loss.description}"
    return Loss(found[0][0].kind, told, None, found[0][0].row)


def output_of(judged: Judged, objective: Objective) -> Node:
    """The output an implied loss compares with its target."""
    from gradlint.reading.residuals import residual

    if objective.outputs:
        return objective.outputs[-1]
    value, delta = objective.pairs[-1]
    found = residual(judged.study.step, delta) if delta is not None else None
    return found[0] if found else value


def loss_symbol(reference: Evaluation) -> str:
    """What to write for the loss in ``∂L/∂W``."""
    value, _ = reference.objective.pairs[-1]
    whole = not isinstance(reference.objective, Sum)
    if reference.objective.kind == "computed" and value.names and whole:
        return value.names[0].removeprefix("self.")
    return "L"


def parameter_verdicts(judged: Judged, reference: Evaluation) -> list[ParameterVerdict]:
    """The verdict on every parameter, in order of first use."""
    return [_verdict(judged, reference, result) for result in reference.results]


def unlisted(findings: list[Finding], known: set[str]) -> list[ParameterVerdict]:
    """What should have learned and is therefore no parameter of the step, by what was found."""
    found = []
    for finding in findings:
        name, shape = finding.evidence.get("parameter"), finding.evidence.get("unlisted")
        if name and shape is not None and name not in known and finding.severity != "note":
            known = known | {name}
            reason = finding.message.partition(":")[0].replace("`", "")
            found.append(ParameterVerdict(name, tuple(shape), "wrong", reason=reason))
    return found


def _verdict(judged: Judged, reference: Evaluation, result: Result) -> ParameterVerdict:
    names: Names = judged.study.step.names
    node = result.gradient.node
    reason = ""
    if not judged.study.points and not reference.agrees(result):
        verdict, reason = "cannot-tell", "the step could not be replayed at other parameter values"
    elif not judged.confirmed:
        verdict, reason = "cannot-tell", "the two references disagree"
    elif result.undecided:
        verdict, reason = "cannot-tell", result.undecided
    elif reference.agrees(result) and reference.objective.kind == "bare":
        verdict, reason = "cannot-tell", _unknown_delta(names, reference)
    elif reference.agrees(result):
        verdict = "right"
        if result.granted:
            reason = result.granted
        elif result.vanishes:
            reason = "exactly zero, as it should be"
    else:
        verdict = "wrong"
        reason = _how_wrong(reference, result)
    return ParameterVerdict(
        name=result.parameter.name,
        shape=tuple(result.parameter.node.shape),
        verdict=verdict,  # type: ignore[arg-type]
        gradient=names.of(node),
        row=node.spot.row if node.spot else None,
        factor=None if result.factor is None else float(result.factor),
        relative_error=_error(reference, result),
        reason=reason,
        pull=_pull(result),
    )


def _pull(result: Result) -> float | None:
    """How far an update moves its parameter along the truth; None where the program stopped."""
    reached = not result.parameter.update.new.is_leaf
    return float(result.pull) if reached and result.pull is not None else None


def _unknown_delta(names: Names, reference: Evaluation) -> str:
    """That all behind a delta is right proves nothing of the delta."""
    delta = reference.objective.pairs[-1][1]
    assert delta is not None
    where = f" in line {delta.spot.row}" if delta.spot else ""
    return (
        f"it follows from `{names.of(delta)}`{where}, which is the derivative of no loss that "
        "gradlint knows"
    )


def _error(reference: Evaluation, result: Result) -> float | None:
    if result.granted or result.undecided:
        return None
    if reference.agrees(result) or result.objection is not None:
        return float(result.error)
    if result.factor is not None:
        expected = reference.expected(result)
        return float(abs(result.factor - expected) / max(abs(result.factor), abs(expected)))
    return float(result.error) if np.isfinite(result.error) else None


def _how_wrong(reference: Evaluation, result: Result) -> str:
    if result.objection is not None:
        return "the gradient is right, what the update makes of it is not"
    if result.factor is not None:
        ratio = result.factor / reference.expected(result)
        if same(ratio, 1.0):
            return "the update goes the other way than the others"
        if same(ratio, -1.0):
            return "the sign is flipped"
        return f"{ratio:.6g} times what it should be"
    return "not a multiple of the true gradient"
