"""Where a right gradient lies on the way into an update: values that are multiples of the truth.

No value is "the" gradient by its place or name.  All values from which a new parameter was made and
that are one multiple of the truth at every point are looked for, in order of execution.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradlint.reading.road import before_projection
from gradlint.truth.fit import TOLERANCE, Fit, fit, same, top

if TYPE_CHECKING:
    from gradlint.reading.step import Parameter, Step
    from gradlint.trace.tape import Node
    from gradlint.truth.points import Point
    from gradlint.truth.study import Study

_MOST = 400  # values of the right size that are compared


def holders(
    study: Study, parameter: Parameter, points: list[Point], truths: list[dict[int, np.ndarray]]
) -> list[tuple[Node, list[Fit]]]:
    """The values on the way that hold the gradient, each with its fits, in order of execution.

    Where there are none, those that hold it with a decay, or once for each sample.
    """
    true = [truth.get(parameter.node.index) for truth in truths]
    if any(t is None or not np.any(t) or not np.isfinite(top(np.asarray(t))) for t in true):
        return []
    plain: list[tuple[Node, list[Fit]]] = []
    decayed, samples = list(plain), list(plain)
    own = parameter.node.shape
    for node in _candidates(study, parameter):
        fits = _fits(node, parameter, points, true)
        if fits:
            each = len(node.shape) == len(own) + 1 and node.shape[1:] == own
            (samples if each else decayed if fits[0].decay else plain).append((node, fits))
    return plain or decayed or samples


def _fits(
    node: Node, parameter: Parameter, points: list[Point], true: list[np.ndarray | None]
) -> list[Fit]:
    """How a value holds the gradient at every point; nothing if it does not at one of them."""
    fits = []
    for point, truth in zip(points, true, strict=True):
        value = point.values.get(node.index)
        found = None
        if value is not None:
            found = _held(value, np.asarray(truth), point.changes, parameter)
        if found is None:
            return []
        fits.append(found)
    return fits if _steady(fits) else []


def _candidates(study: Study, parameter: Parameter) -> list[Node]:
    """The values that may hold a parameter's gradient: of its size, or one such for each sample."""
    step, update = study.step, parameter.update
    end = before_projection(step.graph, update)
    own, size = parameter.node.shape, int(np.prod(parameter.node.shape))
    found = []
    for index in sorted(step.graph.ancestors([end]) & step.dependent, reverse=True):
        node = step.graph.nodes[index]
        if index in update.path or node is parameter.node or node is end:
            continue
        if int(np.prod(node.shape)) == size or (own and node.shape[1:] == own):
            found.append(node)
            if len(found) >= _MOST:
                break
    return found[::-1]


def _held(
    value: object, true: np.ndarray, changes: dict[Node, object], parameter: Parameter
) -> Fit | None:
    """How a value holds the truth at one point; None if it does not."""
    hand = np.asarray(value)
    if hand.dtype.kind not in "fiu" or not hand.size:
        return None
    hand = hand.astype(float)
    if hand.shape != true.shape and hand.shape[1:] == true.shape and hand.size != true.size:
        hand = hand.sum(axis=0)
    if hand.shape != true.shape and hand.shape == true.T.shape:
        hand = hand.T
    weights = np.asarray(changes[parameter.node], dtype=float)
    found = fit(hand, true, weights)
    return found if found.error <= TOLERANCE and found.factor and not found.vanishes else None


def is_signed_by_data(step: Step, parameter: Parameter, node: Node) -> bool:
    """Whether a number made of arrays, such as a reward, decides which way a step goes."""
    graph = step.graph
    reach = graph.descendants([node])
    for index in graph.ancestors([parameter.update.new], after=node.index) & reach:
        product = graph.nodes[index]
        if product.function not in (np.multiply, np.true_divide):
            continue
        for other in product.parents:
            single = other.index not in reach and int(np.prod(other.shape)) == 1
            if single and any(graph.nodes[i].shape for i in graph.ancestors([other])):
                return True
    return False


def _steady(fits: list[Fit]) -> bool:
    first = fits[0]
    return all(same(f.factor, first.factor) and same(f.decay, first.decay) for f in fits)
