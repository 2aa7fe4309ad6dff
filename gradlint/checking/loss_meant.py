"""Which loss the gradients are held against, and whether the program means it at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradlint.checking.claims import gives_no_cause, is_vague, says
from gradlint.checking.studied import held_by
from gradlint.diagnosis.cotangents import NamedValues
from gradlint.diagnosis.explain import explain
from gradlint.diagnosis.localise import Diagnosis
from gradlint.mistakes import catalogue
from gradlint.reading.optimisers import SOLVING
from gradlint.reading.residuals import targets_of
from gradlint.truth.evaluate import Evaluation, evaluate
from gradlint.truth.stated import is_called_a_loss, steers

if TYPE_CHECKING:
    from gradlint.findings import Finding
    from gradlint.reading.objective import Objective
    from gradlint.reading.step import Step
    from gradlint.trace.record import Recording
    from gradlint.truth.judge import Judged


def held_against(recording: Recording, judged: Judged, *, given: bool) -> Evaluation | None:
    """What the gradients are held against: the loss that is ``given``, followed or meant.

    A delta that fits no known loss is believed, unless the program computes a loss or forms a
    residual, and holding it against that explains the difference by a known mistake.
    """
    if judged.followed is None:
        return None
    computed = judged.computed
    if given or judged.stated is not None:
        return judged.stated or judged.followed
    if judged.followed.objective.kind != "bare":
        return _held_most(judged) or judged.followed
    if computed is not None and is_called_a_loss(computed):
        return computed
    if computed is not None and _is_known_mistake(recording, judged, computed):
        return computed
    return _slipped(recording, judged) or judged.followed


def _held_most(judged: Judged) -> Evaluation | None:
    """Where no gradient is right: the implied loss most of whose derivatives are at hand.

    A bare residual of a sigmoid's output is that of the cross-entropy and of the squared error.
    """
    own = judged.followed
    natural = [e for e in judged.others if e.objective.is_implied]
    if own is None or own.score or own.objective.kind == "computed" or len(natural) < 2:
        return None
    if any(result.objection is not None for result in own.results):
        return None  # the gradient is right, and what is made of it is not
    step, best = judged.study.step, None
    most = held_by(judged.study, own.objective), _is_of_labels(step, own.objective)
    for candidate in natural:
        meant = evaluate(judged.study, candidate.objective, judged.points)
        if meant is None:
            continue
        found = held_by(judged.study, candidate.objective), _is_of_labels(step, candidate.objective)
        if found > most:
            best, most = meant, found
    return best


def _is_of_labels(step: Step, objective: Objective) -> bool:
    """Whether probabilities are compared with labels, zeros and ones: that is a cross-entropy."""
    if objective.kind != "cross-entropy":
        return False
    deltas = [delta for _, delta in objective.pairs if delta is not None]
    targets = [target for delta in deltas for target in targets_of(step, delta)]
    values = [np.asarray(target.value) for target in targets if target.value is not None]
    return bool(values) and all(np.all((v == 0) | (v == 1)) for v in values)


def _slipped(recording: Recording, judged: Judged) -> Evaluation | None:
    """The implied loss from which the delta is one known slip away, if there is one."""
    natural = [e for e in judged.others if e.objective.is_implied]
    for candidate in sorted(natural, key=lambda e: -e.score):
        meant = evaluate(judged.study, candidate.objective, judged.points)
        if meant is not None and _is_known_mistake(recording, judged, meant):
            return meant
    return None


def _is_known_mistake(recording: Recording, judged: Judged, meant: Evaluation) -> bool:
    """Whether the first value that is wrong under a loss is so by a slip of the chain rule."""
    diagnosis = Diagnosis(judged, meant)
    rows = [s.node.spot.row for s in diagnosis.run() if s.node.spot is not None]
    if not rows:
        return False
    found = explain(recording, judged, meant, diagnosis, catalogue(), thorough=False)
    told = [f for f in found if f.severity != "note" and f.site.row == rows[0]]
    return bool(told) and all(says(f, "of_slopes") for f in told)


def leave_undecided(judged: Judged, reference: Evaluation) -> None:
    """Parameters that the loss does not depend on cannot be judged by it."""
    reached = {node.index for node in judged.study.order(reference.objective)}
    for result in reference.results:
        if not reference.agrees(result) and result.parameter.node.index not in reached:
            result.undecided = "the loss does not depend on it"
    _leave_filtered(judged, reference)


def _leave_filtered(judged: Judged, reference: Evaluation) -> None:
    """A residual times a gain: where that is made of a state of its own, no loss is followed.

    Recursive least squares and Kalman filters carry the gain's matrix from round to round.
    """
    states = [r.parameter for r in reference.results if r.undecided and r.parameter.node.shape]
    graph = judged.study.step.graph
    for result in reference.results:
        below = () if reference.agrees(result) else graph.ancestors([result.gradient.node])
        for state in states:
            if state.node.index in below:
                result.undecided = f"its step is made with {state.name}, which no loss holds"


def means_another(diagnosis: Diagnosis, reference: Evaluation, found: list[Finding]) -> bool:
    """Whether nothing follows the loss for no known reason that was ``found``."""
    if _is_one_slip(diagnosis, reference):
        return False
    believed = reference.objective.kind == "bare" or _is_in_passing(diagnosis, reference)
    said = _is_said(diagnosis, reference)
    if _is_held_to(diagnosis, reference, said) or _is_no_rule_of_its_own(
        diagnosis.judged, reference
    ):
        return False  # the program itself says what it means
    most = 2 * reference.score >= len(reference.results)
    sure = any(_is_sure(f, reference) for f in found)
    if (most and not believed) or (sure and (reference.score or not believed)):
        return False
    # Of a delta of which nothing follows, no line can be a slip.
    return believed or _follows_nothing(diagnosis.judged, reference, said)


def _is_said(diagnosis: Diagnosis, reference: Evaluation) -> bool:
    """Whether the program itself says that a computed number is its loss, or ends with it.

    ``error = estimate - truth`` is none, whatever its name, unless something follows it.
    """
    value = reference.objective.values[-1]
    if reference.objective.kind != "computed":
        return False
    if value.function is np.subtract and not reference.objective.misfit and not reference.score:
        return False
    return not diagnosis.step.graph.readers[value.index] or is_called_a_loss(reference)


def _is_held_to(diagnosis: Diagnosis, reference: Evaluation, said: bool) -> bool:
    if said and reference.score:
        return True
    return diagnosis.judged.stated is reference or steers(diagnosis.study, reference)


def _is_no_rule_of_its_own(judged: Judged, reference: Evaluation) -> bool:
    """Whether a classifier's errors go into steps that are no gradients, and hold none.

    Newton's step and its kin are made of the gradient, or with a system of equations; that of a
    kernel is the errors themselves.
    """
    step, results = judged.study.step, reference.results
    if not _is_of_labels(step, reference.objective):
        return False
    terms = [term.node for result in results for term in result.gradient.terms]
    deltas = {delta for _, delta in reference.objective.pairs}
    made = step.graph.ancestors(terms) & step.dependent
    if deltas & set(terms) or SOLVING & {step.graph.nodes[i].function for i in made}:
        return False
    learned = {result.parameter.node for result in results}
    known = NamedValues(judged, reference).identified().values()
    return not any(identity is not None and identity.value in learned for identity in known)


def _is_one_slip(diagnosis: Diagnosis, reference: Evaluation) -> bool:
    """Whether all that is wrong inherits from one value that was made of right ones.

    What follows from an output delta right away is right, and the chain rule holds for any loss.
    """
    wrong = [r for r in reference.results if not reference.agrees(r)]
    right = len({id(r.gradient.node.spot) for r in reference.results if reference.agrees(r)})
    objective = reference.objective
    deltas = [d for _, d in objective.pairs if d is not None] if objective.is_implied else []
    below = diagnosis.step.graph.descendants(deltas) if deltas and right > 1 else frozenset()
    return any(
        s.role is not None
        and s.node.index in below
        and set(map(id, wrong)) <= set(map(id, s.results))
        for s in diagnosis.suspects
    )


def _follows_nothing(judged: Judged, reference: Evaluation, said: bool) -> bool:
    """Whether most of what the backward pass names is no derivative of a loss.

    Nothing at all has to be one of a loss that is ``said`` to be one: then it is only printed.
    """
    fresh = Diagnosis(judged, reference)
    if said:
        identities = fresh.identified()
        return not fresh.starts_right() and not any(
            identities[n.index] or fresh.upstream(n, identities) for n in fresh.carriers
        )
    given = {delta for _, delta in reference.objective.pairs}  # right by definition
    named = {id(n.spot): n for n in reversed(fresh.carriers) if n.names and n not in given}
    known = [n for n in named.values() if fresh.identify(n) is not None]  # one for each line
    return 2 * len(known) < len(named) or not named


def _is_sure(finding: Finding, reference: Evaluation) -> bool:
    """Whether a finding gives a cause, or the edit that makes the gradients those of a loss."""
    vague = is_vague if reference.objective.kind == "computed" else gives_no_cause
    return finding.severity != "note" and not vague(finding)


def _is_in_passing(diagnosis: Diagnosis, reference: Evaluation) -> bool:
    """Whether a computed number has no name, goes on into others, and nothing follows it."""
    objective = reference.objective
    value = objective.values[-1]
    goes_on = bool(diagnosis.step.graph.readers[value.index]) and not value.names
    stated = objective.misfit or objective.has_function
    return objective.kind == "computed" and goes_on and not stated and not reference.score
