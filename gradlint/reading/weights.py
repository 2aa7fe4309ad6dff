"""Weights of samples: rewards, advantages, importances that the backward pass brings in.

A policy's loss is a cross-entropy in which every decision counts by what came of it.  The weight
may be multiplied to the error, to the input, or to the product of the two.  It is data: one number
for each sample, that the outputs are not made of, and not the target itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradlint.reading.graph import is_scalar
from gradlint.reading.residuals import origin, targets_of
from gradlint.trace.tape import Node

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.reading.step import Step

_MOST = 6  # weights that are tried


def sample_weights(step: Step, group: list[tuple[Node, Node, float]]) -> Iterator[tuple[Node, ...]]:
    """For each output of a group its weight: an array of one number a sample, or a number."""
    outputs = [output for output, _, _ in group]
    if len(group) == 1:
        shape = outputs[0].shape
        found = _arrays(step, shape[0] if shape else 0)
    else:
        found = _numbers(step, len(group))
    read = step.graph.ancestors(outputs)
    targets = {origin(t).index for _, delta, _ in group for t in targets_of(step, delta)}
    kept = [w for w in found if all(origin(n).index not in read | targets for n in w)]
    yield from kept[-_MOST:]


def _arrays(step: Step, count: int) -> list[tuple[Node, ...]]:
    """Arrays of one number a sample that the gradients are made with, each value once."""
    found: dict[bytes, Node] = {}
    made_of = step.graph.ancestors(step.gradient_nodes) - step.dependent
    for index in sorted(made_of) if count > 1 else ():
        node = step.graph.nodes[index]
        if not isinstance(node.value, np.ndarray) or node.value.dtype.kind not in "fiu":
            continue
        value = np.asarray(node.value)
        if value.size == count == max(value.shape) and np.ptp(value) > 0:
            key = value.astype(float).tobytes()
            found[key] = found[key] if key in found and found[key].names else node
    return [(node,) for node in found.values()]


def _numbers(step: Step, count: int) -> list[tuple[Node, ...]]:
    """Numbers that one line multiplies with, another one for each sample."""
    lines: dict[tuple[int, int], list[Node]] = {}
    for index in sorted(step.backward):
        node = step.graph.nodes[index]
        for place, other in enumerate(node.args[:2] if node.function is np.multiply else ()):
            given = isinstance(other, Node) and other.index not in step.dependent
            if given and is_scalar(other) and other.value is not None:
                lines.setdefault((id(node.spot), place), []).append(other)
    return [
        tuple(weights)
        for weights in lines.values()
        if len(weights) == count and len({float(np.ravel(w.value)[0]) for w in weights}) > 1
    ]


def weighed(seed: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """The cotangent of outputs whose samples count by their weights."""
    shape = () if weight.size == 1 else (-1,) + (1,) * (seed.ndim - 1)
    return np.asarray(seed * weight.reshape(shape))
