"""What an optimiser does to a gradient on its way into an update: scaling, clipping, curvature."""

from __future__ import annotations

import numpy as np

from gradlint.trace.primitives import assigned, astype
from gradlint.trace.tape import Node

# Through these an optimiser makes a change out of a gradient, and none of them adds samples up.
SMOOTH = {
    np.add, np.subtract, np.multiply, np.true_divide, np.sqrt, np.power, np.square, np.negative,
    np.absolute, np.sign, np.clip, np.maximum, np.minimum, np.copy, astype, float, np.where,
    np.float_power, np.reciprocal, np.array, np.asarray, np.linalg.norm, np.sum, assigned,
}  # fmt: skip


def preconditioned(node: Node) -> Node | None:
    """The gradient in ``solve(H, g)`` and ``inv(H) @ g``: Newton's step, natural gradients."""
    if node.function not in (np.linalg.solve, np.matmul, np.dot):
        return None
    matrix, gradient = node.args[:2]
    inverse = isinstance(matrix, Node) and matrix.function in (np.linalg.inv, np.linalg.pinv)
    if node.function is not np.linalg.solve and not inverse:
        return None
    found = isinstance(gradient, Node) and gradient.shape == node.shape
    return gradient if found else None


def narrowest(frontier: dict[int, Node], shape: tuple[int, ...], learning: set[int]) -> Node | None:
    """The first single value of a shape that is met going back from a frontier, youngest first."""
    for _ in range(64):
        if len(frontier) == 1:
            (only,) = frontier.values()
            if only.shape == shape:
                return only
        youngest = frontier.pop(max(frontier))
        if youngest.function not in SMOOTH:
            return None
        frontier.update({p.index: p for p in youngest.parents if p.index in learning})
        if not frontier:
            return None
    return None
