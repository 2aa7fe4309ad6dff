"""Updates that teach nothing: a value that the loss depends on moves, but not by its gradient.

``b = b - lr * b`` beside an unused ``db``, a gradient buffer that is subtracted before it is
filled, a gradient of which only the weight decay is left: the value is replaced at each step as a
parameter is, and its new value depends on no forward pass.  Such a value is no parameter to the
rest of the engine.  Each claim here needs more than that (a temperature may be lowered by hand): a
true gradient that is computed and goes nowhere, or siblings that show what is missing.
"""

from __future__ import annotations

from itertools import pairwise, takewhile
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.diagnosis.identify import proportion
from gradlint.reading.graph import carry_path, is_scalar, squeezed
from gradlint.reading.replaced import replaced
from gradlint.reading.scaled import multiples
from gradlint.structs import struct
from gradlint.trace.meanings import InPlace
from gradlint.trace.primitives import add_at, setitem, write_view
from gradlint.trace.replay import Unrepeatable, ancestors, replay
from gradlint.trace.tape import Node
from gradlint.truth.backprop import Underivable, backprop
from gradlint.truth.evaluate import same

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gradlint.reading.step import Step
    from gradlint.truth.evaluate import Evaluation, Result
    from gradlint.truth.judge import Judged
    from gradlint.truth.points import Point

_WRITES = (setitem, add_at, write_view)


@struct(eq=False)
class Idle:
    """A replacement of a value by another that has learned nothing, and the true gradients."""

    old: Node
    new: Node
    truths: list[np.ndarray]  # of the old value, at every point

    @property
    def name(self) -> str:
        """What the program calls the value."""
        return self.old.names[0]


def idle_updates(judged: Judged, reference: Evaluation) -> Iterator[Idle]:
    """The values that the loss depends on and that are replaced without having learned."""
    for pair in replaced(judged.study.step, reference.objective.values):
        if pair.learned or not pair.carries or not pair.old.names:
            continue
        truths = live_truths(judged, reference, pair.old)
        if truths and not _is_descent(pair.old, pair.new, truths):
            yield Idle(pair.old, pair.new, truths)


def live_truths(
    judged: Judged, reference: Evaluation, old: Node, held: Sequence[Node] = ()
) -> list[np.ndarray]:
    """The true gradients of a value at every point; none where they vanish or are not known.

    What is ``held`` counts as given, besides what the step holds constant.
    """
    points = judged.study.points
    truths = [truth_of(judged, reference, old, point, held) for point in points]
    live = [t for t in truths if t is not None and np.isfinite(t).all() and np.any(t)]
    return live if len(points) > 1 and len(live) == len(points) else []


def _is_descent(old: Node, new: Node, truths: list[np.ndarray]) -> bool:
    """Whether the change is the gradient after all: that of ½ Σ p² is p itself."""
    if old.value is None or new.value is None:
        return True  # nobody can tell
    change = np.asarray(new.value, dtype=float) - np.asarray(old.value, dtype=float)
    return bool(np.any(change)) and all(proportion(change, t) is not None for t in truths)


def truth_of(
    judged: Judged, reference: Evaluation, node: Node, point: Point, held: Sequence[Node] = ()
) -> np.ndarray | None:
    """∂L/∂node at a point, for a value that is no parameter; what is ``held`` counts as given."""
    study, objective = judged.study, reference.objective
    sources, constants = [node, *(p.node for p in study.step.parameters)], study.step.constants
    reach = study.step.graph.descendants(sources, cut=[*constants, *held])
    ends = [*sources, *constants, *held]
    order = [n for n in ancestors(objective.values, stop=ends) if n.index in reach]
    try:
        values = {**_valued(order, point), **point.values}
        found = backprop(order, values, objective.seeds(values)).get(node.index)
    except (Underivable, Unrepeatable, ValueError):
        return None
    return None if found is None else np.asarray(found, dtype=float)


def _valued(nodes: list[Node], point: Point) -> dict[int, Any]:
    missing = [n for n in nodes if n.index not in point.values]
    return replay(missing, {**point.changes}, precise=True) if missing else {}


# -- what shows that it should have learned -----------------------------------------------------


def unused_gradient(judged: Judged, reference: Evaluation, idle: Idle) -> Node | None:
    """The true gradient of the value where the program computes it and nothing comes of it.

    To be counted in the norm by which all gradients are clipped is no use of its own.
    """
    step = judged.study.step
    graph = step.graph
    places = {id(r.spot) for r in graph.readers[idle.old.index]}
    again = [r.index for r in graph.readers[idle.new.index] if id(r.spot) in places]
    news = [p.update.new for p in step.parameters]
    shape = squeezed(idle.old.shape)
    numbers = [n for n in graph.nodes[: step.end + 1] if not n.shape] if shape else []
    used = graph.ancestors([idle.new, *news], cut=numbers)
    used |= graph.ancestors(reference.objective.values)
    for index in range(min(again, default=step.end) - 1, idle.old.index, -1):
        node = graph.nodes[index]
        if index in used or index not in step.dependent or node.spot is None:
            continue
        if squeezed(node.shape) == shape and follows(judged, node, idle.truths) is not None:
            return node
    return None


def follows(judged: Judged, node: Node, truths: list[np.ndarray]) -> float | None:
    """The one multiple of a true gradient that a value is at every point, or None."""
    factors = []
    for point, truth in zip(judged.study.points, truths, strict=True):
        try:
            value = {**_valued([node], point), **point.values}[node.index]
        except Unrepeatable:
            return None
        hand = np.asarray(value, dtype=float).squeeze()
        if not np.isfinite(hand).all():
            return None
        factor = proportion(hand, truth.squeeze())
        if factor is None:
            return None
        factors.append(factor)
    return factors[0] if all(same(factor, factors[0]) for factor in factors) else None


def began_as(step: Step, node: Node, new: Node) -> Node | None:
    """The earlier state of a buffer that an update consumed, if a value is a later one."""
    used = step.graph.ancestors([new])
    while node.function in _WRITES or isinstance(node.run, InPlace):
        node = node.args[0]
        if node.index in used:
            return node
    return None


def consumed(idle: Idle) -> Node:
    """What the update consumes as a gradient, without learning rates; the new value if nothing."""
    path = carry_path(idle.new, {idle.old.index}, idle.old.index) or [idle.new]
    for node, following in pairwise(path):
        if node.function in (np.add, np.subtract):
            others = [a for a in node.args[:2] if isinstance(a, Node) and a is not following]
            if others:
                return _array_in(others[0], idle.old)
    return idle.new


def _array_in(change: Node, old: Node) -> Node:
    """The array of which a change is a multiple, up to the first that has a name."""
    arrays = takewhile(lambda n: n is not old and not is_scalar(n), multiples(change))
    inner = [*arrays] or [change]
    return next((node for node in inner if node.names), inner[-1])


def _ratio(idle: Idle) -> float | None:
    """How many times the old value the new one is, if it is a multiple of it."""
    if is_scalar(idle.old) or idle.old.value is None or idle.new.value is None:
        return None
    return proportion(np.asarray(idle.new.value, float), np.asarray(idle.old.value, float))


def _shares_taken(reference: Evaluation) -> list[float]:
    """What share of themselves the decaying parameters lose in a step."""
    decayed = [r for r in reference.results if r.explained and r.fits and r.fits[0].decay]
    return [(r.gradient.scale or 0.0) * r.fits[0].decay for r in decayed]


def only_decays(reference: Evaluation, idle: Idle) -> bool:
    """Whether what is left of the update is the weight decay that other parameters have as well.

    Of either sign.  Or it is the very update by which others learn, and it only shrinks this one.
    """
    ratio = _ratio(idle)
    if ratio is None or same(ratio, 1.0):
        return False
    agreed = [r for r in reference.results if reference.agrees(r)]
    shared = any(r.parameter.update.new.spot is idle.new.spot for r in agreed)
    if shared and idle.new.spot is not None and 0.0 < ratio < 1.0:
        return True
    return any(same(1.0 + s, ratio) or same(1.0 - s, ratio) for s in _shares_taken(reference))


def stands_still(step: Step, reference: Evaluation, idle: Idle) -> bool:
    """Whether nothing but zeros is ever added, while other values of this shape of update learn.

    A number that zeros are added to may wait for its schedule; what is subtracted is a step.
    """
    if not any(map(reference.agrees, reference.results)):
        return False
    needed = (np.add, np.subtract) if idle.old.shape else (np.subtract,)
    old, new, count = idle.old, idle.new, 0
    while new is not None and old.value is not None and new.value is not None:
        path = carry_path(new, {old.index}, old.index)
        moving = path is not None and any(n.function in needed for n in path[:-1])
        if not moving or not np.array_equal(old.value, new.value):
            return False
        count += 1
        old, new = new, _next(step, old, new)  # type: ignore[assignment]
    return count >= 2


def drifts(reference: Evaluation, idle: Idle) -> bool:
    """Whether all entries of an array move by one number that no loss has a say in.

    A single number may be a temperature that is lowered by hand.
    """
    if idle.old.value is None or idle.new.value is None or np.size(idle.old.value) < 2:
        return False
    if not any(map(reference.agrees, reference.results)):
        return False
    moved = np.asarray(idle.new.value, dtype=float) - np.asarray(idle.old.value, dtype=float)
    rounding = 1e-12 * float(np.abs(np.asarray(idle.old.value, dtype=float)).max())
    return bool(np.abs(moved).max() > rounding and np.ptp(moved) <= 2 * rounding)


def _next(step: Step, old: Node, new: Node) -> Node | None:
    """What replaces the new value in its turn, at the place where it was made itself."""
    return next(
        (
            r
            for r in step.graph.readers[new.index]
            if r.spot is new.spot and r is not new and r.index > new.index > old.index
        ),
        None,
    )


def _is_zero(node: Node) -> bool:
    """Whether an operation of the program made nothing but zeros."""
    made = not node.is_leaf and node.spot is not None and node.value is not None
    return made and bool(node.shape) and not np.any(node.value)


def always_zero(judged: Judged, reference: Evaluation) -> Iterator[tuple[Result, Node]]:
    """Parameters whose gradient is made exactly zero, and the first value that makes it so.

    A rate of zero freezes a layer on purpose; here it is the gradient itself that is zero, wherever
    the parameters are, and the loss has a slope there.
    """
    graph = judged.study.step.graph
    for result in reference.results:
        hands = [hand for hand, *_ in result.samples]
        if not hands or any(map(np.any, hands)) or result.undecided:
            continue
        if not all(np.any(true) for _, true, _ in result.samples):
            continue
        gradient = result.gradient.node
        above = graph.ancestors([gradient], after=result.parameter.node.index)
        zeros = [node for i in sorted(above) if _is_zero(node := graph.nodes[i])]
        named = [node for node in zeros if node.names]
        yield result, (named or zeros or [gradient])[0]
