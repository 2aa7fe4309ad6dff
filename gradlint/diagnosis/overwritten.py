"""Values that the loss depends on and that are replaced by what should only have moved them.

``W =- lr * dW`` and ``b = lr * db``: the next step reads a multiple of the gradient where it should
read the parameter.  A rule that multiplies (exponentiated gradients) or that sums gradients up from
zero (dual averaging) keeps its parameter: without a gradient it gives the old value back.  This
module finds such values by what they do; how it is said is for the mistake to know.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradlint.diagnosis.identify import proportion
from gradlint.diagnosis.idle_updates import follows, live_truths
from gradlint.reading.constants import directions
from gradlint.reading.graph import squeezed
from gradlint.reading.replaced import replaced
from gradlint.structs import struct
from gradlint.trace.replay import Unrepeatable, replay
from gradlint.truth.evaluate import same
from gradlint.truth.stated import are_two_losses

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.reading.replaced import Replaced
    from gradlint.trace.tape import Node
    from gradlint.truth.evaluate import Evaluation
    from gradlint.truth.judge import Judged


@struct(eq=False)
class Overwritten:
    """A value, the one that took its place, and the true gradient that one was made of.

    ``alone``: nothing else went into the new value; else the old one did as well, and not as it is.
    """

    old: Node
    new: Node
    gradient: Node
    climbs: bool  # what was made of the gradient has its sign
    truths: list[np.ndarray]
    alone: bool = True


def overwritten(judged: Judged, reference: Evaluation) -> Iterator[Overwritten]:
    """The values that a loss depends on and that are lost where their gradient comes in.

    The losses are the one that is followed and those of further models, computed beside it.
    """
    yield from _objected(judged, reference)
    own = reference.objective
    rivals = [e for e in judged.others if are_two_losses(own, e.objective)]
    for evaluation in (reference, *rivals):
        for pair in replaced(judged.study.step, evaluation.objective.values):
            if not pair.learned or pair.carries or pair.new.spot is None:
                continue
            truths = live_truths(judged, evaluation, pair.old)
            found = _gradient(judged, evaluation, pair, truths) if truths else None
            if found is None:
                truths = _with_given_directions(judged, evaluation, pair.old)
                found = _gradient(judged, evaluation, pair, truths) if truths else None
            if found is None:
                continue
            alone = _is_lost(judged, pair, found[0])
            if alone or _is_altered(judged, pair, found[0]):
                yield Overwritten(pair.old, pair.new, found[0], found[1] > 0, truths, alone)


def _objected(judged: Judged, reference: Evaluation) -> Iterator[Overwritten]:
    """The parameters that are known to be overwritten: the step has no other."""
    for result in reference.results:
        if result.objection is not None and result.objection.kind == "overwritten":
            update, climbs = result.parameter.update, (result.factor or 0.0) > 0
            truths = live_truths(judged, reference, update.old)
            alone = not result.fits[0].decay
            yield Overwritten(update.old, update.new, result.gradient.node, climbs, truths, alone)


def _with_given_directions(judged: Judged, reference: Evaluation, old: Node) -> list[np.ndarray]:
    """The true gradients of a matrix whose singular vectors count as given, as by custom."""
    step = judged.study.step
    made = step.graph.descendants([old]) & step.graph.ancestors(reference.objective.values)
    held = directions(step, [step.graph.nodes[index] for index in sorted(made)])
    return live_truths(judged, reference, old, held) if held else []


def _gradient(
    judged: Judged, reference: Evaluation, pair: Replaced, truths: list[np.ndarray]
) -> tuple[Node, float] | None:
    """The true gradient of the old value that the new one was made of, by name if it has one.

    The multiple is that of the youngest value that is one.  One number is a multiple of any other:
    there a name has to stand for the gradient itself.
    """
    step = judged.study.step
    forward = {n.index for n in judged.study.order(reference.objective)}
    above = step.graph.ancestors([pair.new], after=pair.old.index - 1)
    if pair.old.index not in above:
        return None  # what is solved for anew: only where the old value is zero is it a multiple
    reach = (above - {pair.old.index}) & step.dependent
    shape = squeezed(pair.old.shape)
    found: list[tuple[Node, float]] = []
    for index in sorted(reach - forward, reverse=True):
        node = step.graph.nodes[index]
        if squeezed(node.shape) == shape:
            factor = follows(judged, node, truths)
            if factor is not None:
                found.append((node, factor))
    if not found:
        return None
    named = [
        node
        for node, factor in found
        if node.names and node is not pair.new and (shape or same(factor, 1.0))
    ]
    return (named or [found[-1 if shape else 0][0]])[0], found[0][1]


def _is_lost(judged: Judged, pair: Replaced, gradient: Node) -> bool:
    """Whether without any gradient the new value is not the old one, up to its size.

    A bias that starts at zero shows it in the next step, a value that learns nothing in the first
    step in that one.
    """
    graph = judged.study.step.graph
    turns = [(pair.old, pair.new, gradient)]
    if pair.following is not None and pair.following.index > pair.new.index:
        reach = graph.ancestors([pair.following], after=pair.new.index)
        again = [
            graph.nodes[i]
            for i in sorted(reach)
            if graph.nodes[i].spot is gradient.spot and graph.nodes[i].function is gradient.function
        ]
        if again:
            turns.append((pair.new, pair.following, again[-1]))
    for old, new, zeroed in reversed(turns):
        if zeroed is new:
            return True
        try:
            before = np.asarray(replay([old])[old.index], dtype=float)
            rest = _without(new, zeroed, {})
        except Unrepeatable:
            return False
        if np.any(before):
            return proportion(rest, before) is None and not _is_shrunk(rest, before)
    return False


def _is_altered(judged: Judged, pair: Replaced, gradient: Node) -> bool:
    """Whether a new value is made of the old one, and is not that one where no gradient is.

    ``b = abs(b - step)`` keeps the positive ones only, ``b = step - b`` turns it round.
    """
    graph, old, new = judged.study.step.graph, pair.old, pair.new
    if old.index not in graph.ancestors([new], after=old.index - 1, cut=[gradient]):
        return False
    rng = np.random.default_rng([judged.study.seed, 17])
    before = rng.normal(size=old.shape)
    try:
        rest = _without(new, gradient, {old: before})
    except Unrepeatable:
        return False
    ratio = proportion(rest, before)
    return not (ratio or 0.0) > 0 and not _is_shrunk(rest, before)


def _without(new: Node, gradient: Node, given: dict[Node, np.ndarray]) -> np.ndarray:
    """What a new value is where its gradient is zero."""
    nothing = np.zeros_like(np.asarray(replay([gradient])[gradient.index], dtype=float))
    return np.asarray(replay([new], {gradient: nothing, **given})[new.index], dtype=float)


def _is_shrunk(rest: np.ndarray, before: np.ndarray) -> bool:
    """Whether a value is only brought nearer to zero, entry by entry: a soft threshold, a box."""
    if rest.shape != before.shape or not np.any(rest):
        return False
    return bool(np.all(rest * before >= 0) and np.all(np.abs(rest) <= np.abs(before) * (1 + 1e-9)))
