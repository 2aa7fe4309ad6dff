"""What outputs are compared with: whether targets are such as the link of a loss wants them.

The cross-entropy of a softmax has ``p - t`` as its derivative only where the targets of every
sample add up to one along the very axis the softmax is taken over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.reading.residuals import is_copy_of, targets_of
from gradlint.trace.primitives import add_at, setitem
from gradlint.trace.tape import Node

if TYPE_CHECKING:
    from gradlint.reading.step import Step


def add_up(step: Step, output: Node, delta: Node, axes: list[int]) -> bool:
    """Whether the targets of a residual add up to one along one of the axes, as far as is known."""
    target = _target(step, output, delta)
    if target is None or target.ndim != len(output.shape):
        return True
    return any(np.allclose(target.sum(axis=axis), 1.0) for axis in axes)


def _target(step: Step, output: Node, delta: Node) -> np.ndarray | None:
    """The targets as an array of the output's shape; None if they cannot be had."""
    write = _write(delta)
    if write is not None:
        return _written(output, write)
    given = [node.value for node in targets_of(step, delta)]
    if not given or given[0] is None:
        return None
    value = np.asarray(given[0])
    return value if value.dtype.kind in "biuf" and value.shape == output.shape else None


def _write(delta: Node) -> Node | None:
    """The write into a copy of the outputs that makes a residual, if that is how it is made."""
    node: Any = delta
    for _ in range(8):
        if not isinstance(node, Node):
            return None
        if node.function in (setitem, add_at):
            return node
        if node.function not in (np.multiply, np.true_divide, np.negative):
            return None
        node = next((a for a in node.args if isinstance(a, Node) and a.shape == node.shape), None)
    return None


def _written(output: Node, write: Node) -> np.ndarray | None:
    """What ``p[rows, labels] -= 1`` takes away."""
    base, index = write.args[:2]
    if not is_copy_of(base, output):
        return None  # written again and again: sample by sample
    found = np.zeros(output.shape)
    try:
        np.add.at(found, _plain(index), 1.0)
    except (IndexError, TypeError, ValueError):
        return None
    return found


def _plain(index: Any) -> Any:
    if isinstance(index, Node):
        return index.value
    if isinstance(index, (tuple, list)):
        return tuple(map(_plain, index))
    return index
