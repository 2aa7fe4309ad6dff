"""Values that the loss depends on and that are replaced by what should only have moved them.

``W =- lr * dW`` and ``b = lr * db``: the next step reads a multiple of the gradient where it should
read the parameter.  A rule that multiplies (exponentiated gradients) or that sums gradients up from
zero (dual averaging) keeps its parameter: without a gradient it gives the old value back.  This
module finds such values by what they do; how it is said is for the mistake to know.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gradlint.diagnosis.identify import proportion, squeezed
from gradlint.diagnosis.idle_updates import follows, live_truths
from gradlint.reading.replaced import replaced
from gradlint.trace.replay import Unrepeatable, replay
from gradlint.truth.stated import are_two_losses

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.reading.replaced import Replaced
    from gradlint.trace.tape import Node
    from gradlint.truth.evaluate import Evaluation
    from gradlint.truth.judge import Judged


@dataclass(frozen=True, eq=False)
class Overwritten:
    """A value, the one that took its place, and the true gradient that one was made of."""

    old: Node
    new: Node
    gradient: Node
    climbs: bool  # what was made of the gradient has its sign
    truths: list[np.ndarray]


def overwritten(judged: Judged, reference: Evaluation) -> Iterator[Overwritten]:
    """The values that a loss depends on and that are lost where their gradient comes in.

    The losses are the one that is followed and those of further models, computed beside it.
    """
    for result in reference.results:
        if result.objection is not None and result.objection.kind == "overwritten":
            update, climbs = result.parameter.update, (result.factor or 0.0) > 0
            truths = live_truths(judged, reference, update.old)
            yield Overwritten(update.old, update.new, result.gradient.node, climbs, truths)
    rivals = [e for e in judged.others if not e.score and are_two_losses(reference, e)]
    for evaluation in (reference, *rivals):
        for pair in replaced(judged.study.step, evaluation.objective.values):
            if not pair.learned or pair.carries or pair.new.spot is None:
                continue
            truths = live_truths(judged, evaluation, pair.old)
            found = _gradient(judged, evaluation, pair, truths) if truths else None
            if found is not None and _is_lost(judged, pair, found[0]):
                yield Overwritten(pair.old, pair.new, found[0], found[1] > 0, truths)


def _gradient(
    judged: Judged, reference: Evaluation, pair: Replaced, truths: list[np.ndarray]
) -> tuple[Node, float] | None:
    """The youngest true gradient of the old value that the new one was made of, and its multiple.

    Where it is the new value itself, the multiple is that of the new value.
    """
    step = judged.study.step
    forward = {n.index for n in judged.study.order(reference.objective)}
    reach = step.graph.ancestors([pair.new], after=pair.old.index) & step.dependent
    shape = squeezed(pair.old.shape)
    multiple = 0.0
    for index in sorted(reach - forward, reverse=True):
        node = step.graph.nodes[index]
        if squeezed(node.shape) == shape:
            factor = follows(judged, node, truths)
            if factor is not None:
                multiple = multiple or factor
                if node.names and node is not pair.new:
                    return node, multiple
            elif multiple:
                break
    return None if not multiple else (pair.new, multiple)


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
            nothing = np.zeros_like(np.asarray(replay([zeroed])[zeroed.index], dtype=float))
            rest = np.asarray(replay([new], {zeroed: nothing})[new.index], dtype=float)
        except Unrepeatable:
            return False
        if np.any(before):
            return proportion(rest, before) is None
    return False
