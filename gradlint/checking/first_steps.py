"""Which of the first training steps tells: one step may hide what another one shows.

A sample of zeros proves nothing about the weights it is multiplied with, a target of zero nothing
about its factor, and a bias that only some samples move is no parameter to the others.
"""

from __future__ import annotations

import math
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from gradlint.checking.studied_run import StudiedRun
from gradlint.reading.lineage import Lineage
from gradlint.reading.objective import computed
from gradlint.reading.replaced import replaced
from gradlint.reading.step import Step, next_step
from gradlint.reading.updates import plain_lineage
from gradlint.truth.evaluate import evaluate, same
from gradlint.truth.judge import judge_step
from gradlint.truth.study import Study

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gradlint.config import Options
    from gradlint.reading.graph import Graph
    from gradlint.reading.replaced import Replaced
    from gradlint.trace.tape import Node
    from gradlint.truth.evaluate import Evaluation

_WORK = 300_000  # operations that are gone through for what only moves in a later step
_MOST_STEPS = 30  # that are gone through
_TRIALS = 3  # further steps that are looked at where gradients are zero
_MOVED = 1e-12  # what rounding leaves of a change by nothing is less
_LARGE = 100_000  # entries of parameters: one step of such a network has to do


def with_all_at_work(found: StudiedRun, options: Options) -> StudiedRun:
    """The first of the next few steps in which fewer gradients are zero, if there are such.

    A first sample of nothing but zeros (that of a truth table) proves nothing about the weights
    it is multiplied with.  A first step may also be unlike all others: a bias that is still zero
    takes the other branch of ``if norm > 0``.
    """
    step = found.step
    for _ in range(_TRIALS):
        waits = bool(found.idle or found.unmoved or found.is_bound or not found.is_followed)
        step = next_step(step) if step is not None and waits else None
        step = _in_which_move(step, found.unmoved)
        if step is None or sum(int(np.prod(p.node.shape)) for p in step.parameters) > _LARGE:
            break
        later = StudiedRun(
            found.recording, step, judge_step(Study(step, options.seed, options.points))
        )
        found = later if _shows_more(later, found) else found
    return found


def _shows_more(later: StudiedRun, found: StudiedRun) -> bool:
    """Whether a later step is free where the one before is bound, followed, or less idle."""
    if found.is_bound and not later.is_bound:
        return True
    if not found.is_followed:
        return later.is_followed
    moves = later.idle < found.idle or later.unmoved < found.unmoved
    return moves and later.objective == found.objective


def _in_which_move(step: Step | None, names: set[str]) -> Step | None:
    """The first step from one on in which some parameters move, or that one."""
    later = step
    for _ in range(_MOST_STEPS if names else 0):
        if later is None:
            break
        changes = [t for p in later.parameters if p.name in names for t in p.change]
        sizes = [np.abs(np.asarray(t.node.value, dtype=float)).max(initial=0.0) for t in changes]
        if sizes and min(sizes) > _MOVED:
            return later
        later = next_step(later)
    return step


def at_a_step_that_tells(found: StudiedRun, first: Step, options: Options) -> StudiedRun:
    """One of the first few steps in place of one that is right, where it is wrong by the same loss.

    A target that is zero says nothing about its factor, and a ratio that is still one nothing about
    the branch it takes.
    """
    followed = _followed_without_doubt(found)
    if followed is None:
        return found
    for step in _few_from(first):
        other = step.end != found.step.end and not _remembers(step, first, found.held)  # type: ignore[union-attr]
        other = other and not _holds_again(step, found.held)
        if other and (followed.objective.is_implied or _departs(step, followed, options)):
            seen = StudiedRun(
                found.recording, step, judge_step(Study(step, options.seed, options.points))
            )
            if _is_wrong_by_the_same(seen, found):
                return seen
    return found


def _followed_without_doubt(found: StudiedRun) -> Evaluation | None:
    """The loss that all gradients of a small step follow, with nothing left open."""
    judged = found.judged
    if judged is None or judged.wrong or judged.followed is None or found.is_bound:
        return None
    results = judged.followed.results
    if any(r.undecided or r.objection for r in results):
        return None
    small = sum(math.prod(r.parameter.node.shape) for r in results) <= _LARGE
    return judged.followed if small else None


def _holds_again(step: Step, held: Sequence[Node]) -> bool:
    """Whether a step makes anew what counts as given in another one: it is to be held as well."""
    places = {(id(node.spot), node.function) for node in held}
    made = map(step.graph.nodes.__getitem__, step.dependent if places else ())
    return any(n.index <= step.end and (id(n.spot), n.function) in places for n in made)


def _few_from(first: Step) -> Iterator[Step]:
    """A step and the few after it."""
    step: Step | None = first
    for _ in range(1 + _TRIALS):
        if step is None:
            return
        yield step
        step = next_step(step)


def _remembers(step: Step, first: Step, held: Sequence[Node]) -> bool:
    """Whether the gradients of a step hold something of an earlier one: sums never set to zero.

    But for what counts as given: a policy's probabilities before several steps.
    """
    if step is first:
        return False
    graph = step.graph
    given = [*step.olds, *held]
    earlier = graph.descendants(first.olds, cut=given) - {node.index for node in held}
    return bool(graph.ancestors(step.gradient_nodes, cut=given) & earlier)


def _is_wrong_by_the_same(seen: StudiedRun, found: StudiedRun) -> bool:
    """Whether a step is wrong by the loss that another one followed, or that this one states.

    A gradient of zeros, as at the start of a warm-up, is nothing wrong yet.  A loss that is only
    implied has to be followed by something in this step, too.
    """
    judged, before = seen.judged, found.judged
    if judged is None or not judged.confirmed or seen.is_bound:
        return False
    moving = any(np.any(hand) for r in judged.wrong for hand, *_ in r.samples)
    same = moving and seen.objective == found.objective
    if before is not None and before.followed is not None and before.followed.objective.is_implied:
        return same and judged.followed is not None and judged.followed.score > 0
    return judged.stated is not None or same


def _departs(step: Step, followed: Evaluation, options: Options) -> bool:
    """Whether some gradient of a step is another multiple of the loss, or none, than elsewhere."""
    objective = followed.objective
    if objective.kind != "computed" or len(objective.pairs) != 1:
        return False
    last, study = objective.values[-1], Study(step, options.seed, 0)
    for own in computed(step):
        if len(own.pairs) == 1 and _is_again(own.values[-1], last):
            found = evaluate(study, own, [study.own])
            if found is None or not all(map(found.agrees, found.results)):
                return found is not None
            return not same(found.common or 0.0, followed.common or 0.0)
    return False


def with_plain_steps(found: StudiedRun, options: Options) -> StudiedRun:
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
    start, tried = 0, Counter[int]()
    for later in islice(_from(step), min(_MOST_STEPS, trials)):
        values = [n for n in step.graph.nodes[start : later.end] if _is_again(n, last)]
        lines = [line for pair in replaced(later, values) for line in _of_data(step.graph, pair)]
        lines = [line for line in lines if tried[id(line.updates[0].new.spot)] < _TRIALS]
        tried.update(id(line.updates[0].new.spot) for line in lines)
        other = _joined(found, later, lines, options) if lines else None
        if other is not None:
            return other
        start = later.end
    return found


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


def _from(step: Step) -> Iterator[Step]:
    """A step and those after it in which a parameter learns, not only decays."""
    while True:
        if step.parameters:
            yield step
        if any(line.updates[-1].new.index <= step.end for line in step.lineages):
            return
        step = Step(step.graph, step.lineages, after=step.end)


def _of_data(graph: Graph, pair: Replaced) -> list[Lineage]:
    """The step of a value by something else than itself, or zeros that nobody has filled yet."""
    line = plain_lineage(pair.old, pair.new) if pair.carries and pair.old.names else None
    terms = [] if line is None else [t.node for t in line.updates[0].terms]
    moving = [t for t in terms if pair.learned or np.any(t.value)]
    moved = any(
        pair.old.index not in graph.ancestors([t], after=pair.old.index - 1) for t in moving
    )
    return [line] if line is not None and moved else []


def _is_again(node: Node, value: Node) -> bool:
    """Whether a value was computed where another one was, in another round."""
    return node.spot is value.spot and node.function is value.function
