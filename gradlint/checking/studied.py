"""Running a program until it has shown what it trains, and judging that.

What is updated from itself in every round may be no parameter: the state of a simulation, of an
environment.  Where no objective explains any update, the program is run for longer before it is
believed to be wrong.
"""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

from gradlint.checking.evolving import run_to_its_end
from gradlint.checking.first_steps import (
    at_a_step_that_tells,
    with_all_at_work,
    with_plain_steps,
)
from gradlint.checking.studied_run import StudiedRun
from gradlint.diagnosis.cotangents import NamedValues
from gradlint.reading.constants import held
from gradlint.reading.enough import Enough
from gradlint.reading.graph import Graph
from gradlint.reading.implied import implied
from gradlint.reading.lineage import Lineage
from gradlint.reading.named import named
from gradlint.reading.objective import computed
from gradlint.reading.provisional import provisional_step
from gradlint.reading.replaced import overwritten_lineages
from gradlint.reading.step import Step, find_step, in_turns, next_step
from gradlint.reading.updates import made_once
from gradlint.trace.record import Recording, record
from gradlint.truth.evaluate import same
from gradlint.truth.judge import Judged, judge_by, judge_step
from gradlint.truth.objections import Objection
from gradlint.truth.stated import are_apart, are_two_losses
from gradlint.truth.study import Study

_TRIALS = 3  # further steps that are looked at where gradients are zero
_LARGE = 100_000  # entries of parameters: one step of such a network has to do

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.config import Options
    from gradlint.reading.objective import Objective
    from gradlint.reading.step import Parameter
    from gradlint.source.spots import SourceFile
    from gradlint.truth.evaluate import Evaluation


def study_run(file: SourceFile, options: Options, timeout: float) -> StudiedRun:
    """Run a program, find its training step and judge it."""
    first = _studied(file, options, timeout, Enough(), further=Enough)
    if first.recording.ending.how == "stopped" and not first.explains:
        second = _studied(file, options, timeout, Enough(patient=True))
        if second.evolves and first.evolves:
            whole = run_to_its_end(file, options, timeout)
            return second if whole is None else StudiedRun(whole, None, None)
        return second if second.explains or not first.places <= second.places else first
    if first.recording.ending.how == "stopped" and first.unmoved:
        second = _studied(file, options, timeout, Enough(patient=True))
        first = second if second.explains and not second.unmoved else first
    if first.is_no_training or (first.is_over and first.evolves):
        return StudiedRun(first.recording, None, None)
    in_turn = first.others
    first, *apart = _taken_apart(first, options)
    return replace(first, others=(*in_turn, *apart, *_others(first, options)))


def follows(file: SourceFile, options: Options, timeout: float, row: int) -> bool:
    """Whether all gradients of the first step follow the loss of a row: a cheap first look."""
    recording = record(file, Enough(), seed=options.seed, timeout=timeout, assume=dict(options.set))
    step = find_step(recording.tape)
    objective = None if step is None else named(step, str(row))
    if step is None or objective is None:
        return False
    judged = judge_by(Study(step, options.seed, options.points), objective)
    return judged is not None and judged.followed is not None and not judged.wrong


def _studied(
    file: SourceFile,
    options: Options,
    timeout: float,
    enough: Enough,
    further: type[Enough] | None = None,
) -> StudiedRun:
    recording = record(
        file,
        enough,
        further=further,
        seed=options.seed,
        timeout=timeout,
        assume=dict(options.set),
        argv=options.args,
        module=options.module,
    )
    step = find_step(recording.tape)
    if step is None and recording.ending.how == "raised":
        step = provisional_step(recording.tape, file)
    if recording.ending.how == "out-of-time" and not _has_complete_step(step):
        step = None  # the rest of its updates, or its loss, would have come later
    return _judged(recording, step, options)


def _judged(recording: Recording, step: Step | None, options: Options) -> StudiedRun:
    if step is None:
        found = _of_overwritten(recording, options)
        return _of_gradients_made_once(recording, options) if found.step is None else found
    turns = in_turns(step)
    if len(turns) > 1:
        first, *others = _by_one_loss([_judged(recording, each, options) for each in turns])
        return replace(first, others=tuple(others))
    if options.loss is not None:
        return _by_given_loss(recording, step, options)
    found = StudiedRun(recording, step, judge_step(Study(step, options.seed, options.points)))
    found = _with_its_loss(with_all_at_work(found, options), options)
    found = _with_some_held(with_plain_steps(found, options), options)
    found = at_a_step_that_tells(found, step, options)
    judged = found.judged
    if judged is not None and found.is_bound:
        judged.confirmed = not judged.wrong  # one point may prove nothing wrong
    return found


def _by_one_loss(runs: list[StudiedRun]) -> list[StudiedRun]:
    """Parameters that learn in turn by the errors of one output follow the loss of most of them."""
    known = [followed for run in runs if (followed := _implied_by(run)) is not None]
    if len({followed.objective.kind for followed in known}) < 2:
        return runs
    most = max(known, key=lambda followed: followed.score).objective
    return [replace(run, judged=_by_loss_of(run, most) or run.judged) for run in runs]


def _by_loss_of(run: StudiedRun, meant: Objective) -> Judged | None:
    """The verdict on a run by the implied loss that another one follows from the same output."""
    own = _implied_by(run)
    if run.step is None or run.judged is None or own is None or own.objective.kind == meant.kind:
        return None
    if _output(own.objective) != _output(meant):
        return None
    alike = [o for o in implied(run.step) if o.kind == meant.kind and _output(o) == _output(meant)]
    judged = [judge_by(run.judged.study, objective) for objective in alike[:_TRIALS]]
    return max(filter(None, judged), key=_score, default=None)


def _implied_by(run: StudiedRun) -> Evaluation | None:
    """What is followed, where it is a loss that the deltas only imply."""
    followed = run.judged.followed if run.judged is not None else None
    return followed if followed is not None and followed.objective.is_implied else None


def _output(objective: Objective) -> int:
    """The place in the source of the output whose errors a loss is made of."""
    return id((objective.outputs or objective.values)[-1].spot)


def _score(judged: Judged) -> int:
    return judged.followed.score if judged.followed is not None else -1


def _of_overwritten(recording: Recording, options: Options) -> StudiedRun:
    """A run studied at values of which a multiple of their gradient is left, or that turn round.

    A loss that the program computes and calls one, or makes as one, has to have that gradient: what
    is worked out anew in each round is a state otherwise, and no parameter.
    """
    nothing, graph = StudiedRun(recording, None, None), Graph(recording.tape)
    lineages = overwritten_lineages(graph)
    if not lineages or sum(math.prod(line.first.shape) for line in lineages) > _LARGE:
        return nothing
    step = Step(graph, lineages)
    judged = judge_step(Study(step, options.seed, options.points)) if step.parameters else None
    followed = judged.followed if judged is not None else None
    if judged is None or followed is None or not _is_meant(judged, followed):
        return nothing
    if not _are_their_gradients(followed):
        return nothing
    for result in followed.results:
        result.objection = Objection.to(result.parameter.update.new, "overwritten")
    return StudiedRun(recording, step, judged)


def _of_gradients_made_once(recording: Recording, options: Options) -> StudiedRun:
    """A run studied at updates that go on with the gradients of the first step."""
    nothing, graph = StudiedRun(recording, None, None), Graph(recording.tape)
    lineages = made_once(graph)
    step = Step(graph, lineages) if lineages else None
    if step is None or not step.parameters:
        return nothing
    judged = judge_step(Study(step, options.seed, options.points))
    followed = judged.followed
    if followed is None or followed.score == 0 or not _is_meant(judged, followed):
        return nothing
    for result in followed.results:
        if followed.agrees(result):
            result.objection = Objection.to(result.parameter.update.new, "once")
    return StudiedRun(recording, step, judged)


def _are_their_gradients(followed: Evaluation) -> bool:
    """Whether every new value that is not zero is a multiple of the old one's gradient."""
    moved = [r for r in followed.results if not r.vanishes]
    return bool(moved) and all(r.factor is not None and r.fits[0].decay <= 0 for r in moved)


def _is_meant(judged: Judged, followed: Evaluation) -> bool:
    """Whether a loss is computed and called one, or made as one, and known at generic points.

    That several arrays become multiples of their gradients by one residual is no chance either.
    """
    objective = followed.objective
    named = objective.kind == "computed" and (objective.has_name or objective.misfit)
    named = named or (objective.is_implied and len(followed.results) > 1)
    return named and judged.confirmed and bool(judged.study.points)


def _by_given_loss(recording: Recording, step: Step, options: Options) -> StudiedRun:
    """The verdict by the loss that the user names; no verdict where no step computes it."""
    later: Step | None = step
    for _ in range(_TRIALS):
        objective = named(later, options.loss or "") if later is not None else None
        if later is not None and objective is not None:
            judged = judge_by(Study(later, options.seed, options.points), objective)
            return StudiedRun(recording, later, judged)
        later = next_step(later) if later is not None else None
    return StudiedRun(recording, step, None)


def _taken_apart(whole: StudiedRun, options: Options) -> tuple[StudiedRun, ...]:
    """One study for each of two models that learn in turn, by losses of their own (GANs).

    One of the losses is computed after the other one's model was updated, and followed; or both
    are computed first, and followed by models that do not follow the other's; or the second model
    is one that the first loss does not depend on at all; or its backward pass knows the derivatives
    of another loss, though none of its gradients comes out right.
    """
    followed = whole.judged.followed if whole.judged is not None else None
    if whole.judged is None or whole.step is None or followed is None:
        return (whole,)
    off, turned, aside = _strangers(whole, followed)
    for theirs in (off, turned, aside):
        if theirs is not aside and not _has_another_loss(whole, theirs, followed):
            continue
        part = _part(whole, theirs, options)
        second = _second(part, whole.step.later, followed, off=theirs is off, aside=theirs is aside)
        if second is not None:
            rest = [r.parameter for r in followed.results if r.parameter not in theirs]
            first = _part(whole, rest, options)
            if first is None or first.step is None or second.step is None:
                return (whole,)
            return (first, second) if first.step.end < second.step.end else (second, first)
    return (whole,)


def _strangers(whole: StudiedRun, followed: Evaluation) -> tuple[list[Parameter], ...]:
    """Parameters that the loss goes up with, those updated later, those it does not depend on."""
    assert whole.judged is not None
    assert whole.step is not None
    reached = {node.index for node in whole.judged.study.order(followed.objective)}
    aside = [r.parameter for r in followed.results if r.parameter.node.index not in reached]
    wrong = [r for r in followed.results if not followed.agrees(r)]
    off = [r.parameter for r in wrong if (r.factor or 0.0) * followed.expected(r) <= 0.0]
    off += [parameter for parameter in aside if parameter not in off]
    later = whole.step.later
    return off, [p for p in off if p.gradient.node.index in later], aside


def _second(
    part: StudiedRun | None, later: frozenset[int], followed: Evaluation, *, off: bool, aside: bool
) -> StudiedRun | None:
    """A part of the parameters as a model of its own, with a loss of its own; None if it is none.

    They are ``off`` the loss that is followed, or ``aside`` of it.
    """
    if part is None or part.judged is None:
        return None
    losses = followed, part.judged.followed
    halves = {_is_later(found, later) for found in losses}
    apart = len(halves) == 2 or (off and _are_rivals(*losses))
    spoken = part.says_what_it_means and _is_later(part.judged.computed, later)
    known = part.explains and part.objective[0] != "bare"
    other = None if known else _by_another_loss(part, followed)
    alone = aside or spoken or (apart and part.explains)
    return other or (part if alone and not part.is_a_guess else None)


def _part(whole: StudiedRun, parameters: list[Parameter], options: Options) -> StudiedRun | None:
    """A run studied at some of the parameters alone; what the others become counts as given."""
    step = _step_of(whole, parameters)
    study = None if step is None else Study(step, options.seed, options.points)
    if study is None or not study.points:
        return None
    return StudiedRun(whole.recording, study.step, judge_step(study))


def _step_of(whole: StudiedRun, parameters: list[Parameter]) -> Step | None:
    """The step of some of the parameters alone, if they are some."""
    if whole.step is None or not 0 < len(parameters) < len(whole.step.parameters):
        return None
    own = [p.update for p in parameters]
    others = [line for line in whole.step.lineages if not any(u in own for u in line.updates)]
    news = [update.new for line in others for update in line.updates]
    lineages = [Lineage([update]) for update in own]
    step = Step(whole.step.graph, lineages, (*news, *whole.step.states(news, own)))
    return step if step.parameters else None


def _has_another_loss(whole: StudiedRun, parameters: list[Parameter], followed: Evaluation) -> bool:
    """Whether some of the parameters may follow a loss of their own at all.

    Either of the two is computed after an update, or neither is a part of the other.  The gradient
    of a bias of one unit is a single number, too, and no loss.
    """
    step = _step_of(whole, parameters)
    if step is None or whole.step is None:
        return False
    if _is_later(followed, whole.step.later):
        return True
    beyond = whole.step.later & (step.dependent - step.later)
    feeds = whole.step.graph.ancestors([p.update.new for p in whole.step.parameters])
    return any(
        o.values[-1].index in beyond
        or (o.values[-1].index not in feeds and are_apart(followed.objective, o))
        for o in chain(computed(step), implied(step) if beyond else ())
    )


def _by_another_loss(second: StudiedRun, followed: Evaluation) -> StudiedRun | None:
    """The same step, by a loss more of whose derivatives it holds than of the one that is followed.

    A discriminator with a slip in its output delta has no right gradient, and yet what belongs to
    its own loss.
    """
    assert second.judged is not None
    study, best, most = second.judged.study, None, held_by(second.judged.study, followed.objective)
    gradients = [t.node for r in followed.results for t in r.gradient.terms]
    feeds = study.step.graph.ancestors(gradients)
    for evaluation in second.judged.others:
        if evaluation.objective.values[-1].index in feeds:
            continue  # a part of some gradient
        values = [e.objective.values[-1] for e in (followed, evaluation)]
        if are_apart(followed.objective, evaluation.objective) and second.in_one_round(values):
            held_here = held_by(study, evaluation.objective)
            sure = not most and held_here > 1  # (or both are losses by name or making)
            two = sure or are_two_losses(followed.objective, evaluation.objective)
            if held_here > most and two:
                best, most = evaluation, held_here
    judged = None if best is None else judge_by(study, best.objective)
    return None if judged is None else replace(second, judged=judged)


def held_by(study: Study, objective: Objective) -> int:
    """How many places of the backward pass hold derivatives of an objective."""
    judged = judge_by(study, objective)
    if judged is None or judged.followed is None:
        return 0
    values = NamedValues(judged, judged.followed)
    known = [n for n, i in zip(values.carriers, values.identified().values(), strict=True) if i]
    return len({id(node.spot) for node in known})


def _is_later(evaluation: Evaluation | None, later: frozenset[int]) -> bool:
    """Whether the objective is computed after an update."""
    return evaluation is not None and evaluation.objective.values[-1].index in later


def _are_rivals(one: Evaluation, other: Evaluation | None) -> bool:
    """Whether two losses are computed side by side, and what does not follow one is no slip in it.

    It might be a slip that a gradient is another multiple, or that of all but a penalty.
    """
    if other is None or not are_two_losses(one.objective, other.objective):
        return False
    theirs = {result.parameter.update for result in other.results}
    off = [r for r in one.results if r.parameter.update in theirs and r.factor is not None]
    return all(r.factor and same(r.factor, -one.expected(r)) for r in off)


def _has_complete_step(step: Step | None) -> bool:
    """Whether the update of some parameter has come round again."""
    return step is not None and any(len(line.updates) > 1 for line in step.lineages)


def _others(first: StudiedRun, options: Options) -> tuple[StudiedRun, ...]:
    """What is trained behind the first training loop, by code that was not looked at yet.

    What is updated from itself there, and follows no objective, may be no model at all, unless it
    comes with a loss of its own.
    """
    found, code = [], first.code
    for recording in first.recording.further:
        step = find_step(recording.tape)
        if not _has_complete_step(step) or StudiedRun(recording, step, None).code <= code:
            continue
        other = _judged(recording, step, options)
        if other.explains or other.says_what_it_means:
            found.append(other)
            code |= other.code
    return tuple(found)


def _with_its_loss(found: StudiedRun, options: Options) -> StudiedRun:
    """The next step, where nothing is known of this one and the next computes what is meant.

    A loss that is computed behind the update belongs to the step that follows, if something there
    follows it, or a function of that name gives it back: an error may be anything.
    """
    if found.step is None or not (found.is_a_guess or _is_only_implied(found)):
        return found
    step = next_step(found.step)
    if step is None or not any(o.has_name or o.misfit for o in computed(step)):
        return found
    later = StudiedRun(found.recording, step, judge_step(Study(step, options.seed, options.points)))
    sure = _is_sure(later) if found.is_a_guess else _states_a_loss(later)
    return later if sure and not later.is_bound else found


def _is_sure(later: StudiedRun) -> bool:
    """Whether something follows what is called a loss, or a function of that name gives it back."""
    meant = later.judged.computed.objective if later.judged and later.judged.computed else None
    return meant is not None and meant.has_name and (later.explains or meant.has_function)


def _states_a_loss(later: StudiedRun) -> bool:
    """Whether a step is held to what it computes, or follows it most of all."""
    judged = later.judged
    own = judged.followed.objective if judged is not None and judged.followed is not None else None
    followed = own is not None and own.kind == "computed" and (own.misfit or own.has_name)
    return followed or (judged is not None and judged.stated is not None)


def _is_only_implied(found: StudiedRun) -> bool:
    """Whether a loss is followed that the program only starts from, and none is computed yet."""
    judged = found.judged
    followed = judged.followed if judged is not None else None
    implied_one = followed is not None and followed.objective.is_implied
    return implied_one and found.step is not None and not computed(found.step)


def _with_some_held(found: StudiedRun, options: Options) -> StudiedRun:
    """The same step with values given that are held constant by custom, if that makes all right.

    Where without it nothing is right, it is enough that something is.
    """
    better = found
    for other in _held_ones(found, options):
        followed = other.judged.followed if other.judged is not None else None
        if other.judged is None or followed is None or other.judged.stated is not None:
            continue
        if not (other.judged.wrong or any(r.undecided for r in followed.results)):
            return other
        if better is found and _right_ones(found) == 0 < _right_ones(other):
            better = other
    return better


def _held_ones(found: StudiedRun, options: Options) -> Iterator[StudiedRun]:
    """The same step with one kind of values after the other given, if something is wrong."""
    step, judged = found.step, found.judged
    if step is None or judged is None or not (judged.wrong or judged.stated is not None):
        return
    for values in held(step):
        given = Step(step.graph, step.lineages, values)
        study = Study(given, options.seed, options.points)
        other = StudiedRun(
            found.recording, given, judge_step(study) if given.parameters else None, held=values
        )
        if not other.is_a_guess:
            yield other


def _right_ones(found: StudiedRun) -> int:
    """How many gradients follow what is computed."""
    followed = found.judged.followed if found.judged is not None else None
    if followed is None or followed.objective.kind != "computed":
        return 0
    return sum(r.explained and not r.undecided for r in followed.results)
