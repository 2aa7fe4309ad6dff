"""Running a program until it has shown what it trains, and judging that.

What is updated from itself in every round may be no parameter: the state of a simulation, of an
environment.  Where no objective explains any update, the program is run for longer before it is
believed to be wrong.
"""

from __future__ import annotations

import bisect
import math
from collections import Counter
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import TYPE_CHECKING

import numpy as np

from gradlint.checking.evolving import moves_by_itself, run_to_its_end
from gradlint.diagnosis.cotangents import NamedValues
from gradlint.reading.constants import held
from gradlint.reading.enough import Enough
from gradlint.reading.graph import Graph
from gradlint.reading.lineage import Lineage
from gradlint.reading.named import named
from gradlint.reading.objective import computed, implied
from gradlint.reading.provisional import provisional_step
from gradlint.reading.replaced import overwritten_lineages, replaced
from gradlint.reading.step import Step, find_step, next_step
from gradlint.reading.updates import plain_lineage
from gradlint.trace.record import Recording, record
from gradlint.truth.evaluate import same
from gradlint.truth.judge import Judged, judge_by, judge_step
from gradlint.truth.objections import Objection
from gradlint.truth.stated import are_apart, are_two_losses, is_called_a_loss
from gradlint.truth.study import Study

_WORK = 300_000  # operations that are gone through for what only moves in a later step
_MOST_STEPS = 30  # that are gone through
_TRIALS = 3  # further steps that are looked at where gradients are zero
_LARGE = 100_000  # entries of parameters: one step of such a network has to do

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.config import Options
    from gradlint.reading.objective import Objective
    from gradlint.reading.replaced import Replaced
    from gradlint.reading.step import Parameter
    from gradlint.source.spots import SourceFile
    from gradlint.trace.tape import Node
    from gradlint.truth.evaluate import Evaluation


@dataclass(frozen=True, eq=False)
class StudiedRun:
    """One run, the training step that is studied, and the verdict on it.

    ``others`` are further models that the same run trains, one after the other; ``held`` are values
    that count as given by custom.
    """

    recording: Recording
    step: Step | None
    judged: Judged | None
    others: tuple[StudiedRun, ...] = ()
    held: tuple[Node, ...] = ()

    @property
    def explains(self) -> bool:
        """Whether some objective explains the update of some parameter."""
        followed = self.judged.followed if self.judged is not None else None
        return followed is not None and followed.score > 0

    @property
    def says_what_it_means(self) -> bool:
        """Whether something that the program calls its loss depends on the parameters."""
        computed = self.judged.computed if self.judged is not None else None
        return computed is not None and is_called_a_loss(computed)

    @property
    def is_a_guess(self) -> bool:
        """Whether no loss that can be seen is followed, or said to be one."""
        return not self.says_what_it_means and not (self.explains and self.objective[0] != "bare")

    @property
    def evolves(self) -> bool:
        """Whether what looks like training is the state of something that changes by itself."""
        if self.step is None or not self.is_a_guess:
            return False
        return moves_by_itself(self.recording, self.step, self.judged)

    @property
    def is_over(self) -> bool:
        """Whether the program was run to its end."""
        return self.recording.ending.how == "finished"

    @property
    def is_no_training(self) -> bool:
        """Whether a value only has a new one under its name, once, and nothing measures it.

        An image that is centred is no parameter: no loss is followed, stated or implied.
        """
        if self.step is None or self.judged is None or not self.is_a_guess:
            return False
        if any(e.objective.misfit or e.objective.is_implied for e in self.judged.others):
            return False
        updates = [p.update for p in self.step.parameters]
        made = Counter((id(n.spot), n.frame) for n in self.recording.tape.nodes)
        return all(u.named and made[id(u.new.spot), u.new.frame] == 1 for u in updates)

    def in_one_round(self, values: list[Node]) -> bool:
        """Whether values were computed in one round of the training loop, not before it."""
        rounds = self.recording.tape.rounds
        return len({bisect.bisect(rounds, value.index) for value in values}) == 1

    @property
    def is_followed(self) -> bool:
        """Whether any loss at all has a slope in the parameters here."""
        return self.judged is not None and self.judged.followed is not None

    @property
    def idle(self) -> int:
        """How many gradients are exactly zero, and so is the truth."""
        followed = self.judged.followed if self.judged is not None else None
        if followed is None:
            return 0
        return sum(
            (r.vanishes or not r.explained)
            and bool(r.samples)
            and not any(np.any(hand) for hand, *_ in r.samples)
            for r in followed.results
        )

    @property
    def is_bound(self) -> bool:
        """Whether the step can be studied at the program's own point only."""
        return self.judged is not None and not self.judged.study.points

    @property
    def objective(self) -> tuple[str, object]:
        """What kind of objective is followed, and where it stands in the source."""
        followed = self.judged.followed if self.judged is not None else None
        if followed is None:
            return "", None
        return followed.objective.kind, followed.objective.values[-1].spot

    @property
    def places(self) -> set[int]:
        """The rows in which the parameters are updated."""
        spots = [p.update.new.spot for p in self.step.parameters] if self.step else []
        return {spot.row for spot in spots if spot is not None}

    @property
    def code(self) -> set[tuple[int, int]]:
        """The rows of each update and of the gradient it consumes."""
        rows = set()
        for parameter in self.step.parameters if self.step else []:
            spots = parameter.update.new.spot, parameter.gradients[-1].node.spot
            rows.add(tuple(0 if spot is None else spot.row for spot in spots))
        return rows  # type: ignore[return-value]


def study_run(file: SourceFile, options: Options, timeout: float) -> StudiedRun:
    """Run a program, find its training step and judge it."""
    first = _studied(file, options, timeout, Enough(), further=Enough)
    if first.recording.ending.how == "stopped" and not first.explains:
        second = _studied(file, options, timeout, Enough(patient=True))
        if second.evolves and first.evolves:
            whole = run_to_its_end(file, options, timeout)
            return second if whole is None else StudiedRun(whole, None, None)
        return second if second.explains or not first.places <= second.places else first
    if first.is_no_training or (first.is_over and first.evolves):
        return StudiedRun(first.recording, None, None)
    first, *apart = _taken_apart(first, options)
    return replace(first, others=(*apart, *_others(first, options)))


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
        return _of_overwritten(recording, options)
    if options.loss is not None:
        return _by_given_loss(recording, step, options)
    found = StudiedRun(recording, step, judge_step(Study(step, options.seed, options.points)))
    found = _with_its_loss(_with_all_at_work(found, options), options)
    found = _with_some_held(_with_plain_steps(found, options), options)
    judged = found.judged
    if judged is not None and found.is_bound:
        judged.confirmed = not judged.wrong  # one point may prove nothing wrong
    return found


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
    if not all(r.factor is not None and r.fits[0].decay <= 0 for r in followed.results):
        return nothing
    for result in followed.results:
        result.objection = Objection("overwritten", result.parameter.update.new)
    return StudiedRun(recording, step, judged)


def _is_meant(judged: Judged, followed: Evaluation) -> bool:
    """Whether a loss is computed and called one, or made as one, and known at generic points."""
    objective = followed.objective
    named = objective.kind == "computed" and (objective.has_name or objective.misfit)
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

    Either of the two is computed after an update, or neither is a part of the other.
    """
    step = _step_of(whole, parameters)
    if step is None or whole.step is None:
        return False
    if _is_later(followed, whole.step.later):
        return True
    beyond = whole.step.later & (step.dependent - step.later)
    return any(
        o.values[-1].index in beyond or are_apart(followed.objective, o)
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
    if found.step is None or not found.is_a_guess:
        return found
    step = next_step(found.step)
    if step is None or not any(o.has_name for o in computed(step)):
        return found
    later = StudiedRun(found.recording, step, judge_step(Study(step, options.seed, options.points)))
    meant = later.judged.computed.objective if later.judged and later.judged.computed else None
    sure = meant is not None and meant.has_name and (later.explains or meant.has_function)
    return later if sure and not later.is_bound else found


def _with_some_held(found: StudiedRun, options: Options) -> StudiedRun:
    """The same step with values given that are held constant by custom, if that makes all right."""
    step, judged = found.step, found.judged
    asked = judged is not None and (judged.wrong or judged.stated is not None)
    for values in held(step) if asked and step is not None else ():
        assert step is not None
        given = Step(step.graph, step.lineages, values)
        study = Study(given, options.seed, options.points)
        other = StudiedRun(found.recording, given, judge_step(study) if given.parameters else None)
        if other.judged is None or other.judged.wrong or other.is_a_guess:
            continue
        if other.judged.stated is not None:
            continue
        if not any(r.undecided for r in other.judged.followed.results):  # type: ignore[union-attr]
            return replace(other, held=values)
    return found


def _with_plain_steps(found: StudiedRun, options: Options) -> StudiedRun:
    """The step with what moves beside its parameters although its gradient is made of data.

    It counts as a parameter if it moves at the rate of one, or by a multiple of its true gradient.
    A bias that only some samples move is judged at the first that does.
    """
    step, judged = found.step, found.judged
    followed = judged.followed if judged is not None else None
    if followed is None or followed.objective.kind == "bare":
        return found
    assert step is not None
    last, trials = followed.objective.values[-1], 1 + _WORK // len(found.recording.tape)
    start = 0
    for later in islice(_from(step), min(_MOST_STEPS, trials)):
        values = [n for n in step.graph.nodes[start : later.end] if _is_again(n, last)]
        pairs = [pair for pair in replaced(later, values) if pair.carries and pair.old.names]
        lines = [line for pair in pairs for line in _of_data(step.graph, pair)]
        other = _joined(found, later, lines, options) if lines else None
        if other is not None:
            return other
        start = later.end
    return found


def _from(step: Step) -> Iterator[Step]:
    """A step and those after it in which a parameter learns, not only decays."""
    while True:
        if step.parameters:
            yield step
        if any(line.updates[-1].new.index <= step.end for line in step.lineages):
            return
        step = Step(step.graph, step.lineages, after=step.end)


def _joined(
    found: StudiedRun, step: Step, lines: list[Lineage], options: Options
) -> StudiedRun | None:
    """The run with more parameters of its step, as many as the loss that is followed explains."""
    own = [Lineage([parameter.update]) for parameter in step.parameters]
    rates = {parameter.gradient.scale for parameter in step.parameters}
    for _ in range(2):  # once to see which of them are parameters, once with those alone
        whole = Step(step.graph, [*own, *lines], step.constants)
        if not lines or len(whole.parameters) <= len(own):
            return None
        other = StudiedRun(
            found.recording, whole, judge_step(Study(whole, options.seed, options.points))
        )
        followed = other.judged.followed if other.judged is not None else None
        if (
            followed is None
            or other.objective != found.objective
            or other.is_bound > found.is_bound
        ):
            return None
        fitting = _fitting(lines, followed, rates)
        if len(fitting) == len(lines):
            return other
        lines = fitting
    return None


def _fitting(lines: list[Lineage], followed: Evaluation, rates: set[float | None]) -> list[Lineage]:
    """Those that move at the rate of a parameter, or by a multiple of their true gradient."""
    known = {id(r.parameter.update): r for r in followed.results}
    results = [(line, known.get(id(line.updates[0]))) for line in lines]
    return [
        line
        for line, result in results
        if result is not None
        and (
            (result.factor is not None and not result.on_the_way) or result.gradient.scale in rates
        )
    ]


def _is_again(node: Node, value: Node) -> bool:
    """Whether a value was computed where another one was, in another round."""
    return node.spot is value.spot and node.function is value.function


def _of_data(graph: Graph, pair: Replaced) -> list[Lineage]:
    """The step of a value by something else than itself, or zeros that nobody has filled yet."""
    line = plain_lineage(pair.old, pair.new)
    own = graph.descendants([pair.old])
    terms = [] if line is None else [t.node for t in line.updates[0].terms]
    moved = any(t.index not in own and (pair.learned or np.any(t.value)) for t in terms)
    return [line] if line is not None and moved else []


def _with_all_at_work(found: StudiedRun, options: Options) -> StudiedRun:
    """The first of the next few steps in which fewer gradients are zero, if there are such.

    A first sample of nothing but zeros (that of a truth table) proves nothing about the weights
    it is multiplied with.  A first step may also be unlike all others: a bias that is still zero
    takes the other branch of ``if norm > 0``.
    """
    step = found.step
    for _ in range(_TRIALS):
        idle, blind = found.idle, not found.is_followed
        waits = bool(idle) or found.is_bound or blind
        step = next_step(step) if step is not None and waits else None
        if step is None or sum(int(np.prod(p.node.shape)) for p in step.parameters) > _LARGE:
            break
        later = StudiedRun(
            found.recording, step, judge_step(Study(step, options.seed, options.points))
        )
        freed = found.is_bound and not later.is_bound
        if (
            freed
            or (blind and later.is_followed)
            or (later.idle < idle and later.objective == found.objective)
        ):
            found = later
    return found
