"""Shares that sum to 1 over an axis, of which the mean over just that axis is taken.

Responsibilities normalised over the samples give every component the same weight, 1/n, whatever
the data are: they were to sum to 1 within each sample.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradlint.reading.axes.layered import statistic
from gradlint.reading.axes.slips import gone
from gradlint.trace.tape import Node

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.reading.axes.scope import Seen


def idle_means(seen: Seen) -> Iterator[tuple[Node, Node, int]]:
    """Yield (shares, their mean, axis) where shares sum to 1 over the axis of their mean."""
    for node in seen.nodes:
        total = _averaged(node)
        if total is None or not seen.graph.readers[node.index]:
            continue
        shares, axes = total.args[0], gone(total)
        if not isinstance(shares, Node) or len(shares.shape) != 2 or len(axes) != 1:
            continue
        axis = next(iter(axes))
        divisor = statistic(shares.args[1], (np.sum,)) if _is_quotient(shares) else None
        same = divisor is not None and divisor.args[0] is shares.args[0] and gone(divisor) == axes
        if same and min(shares.shape) > 1:
            yield shares, node, axis


def unlike_maximum(seen: Seen) -> Iterator[tuple[Node, Node, Node]]:
    """Yield (shares, sum, maximum) where a softmax's maximum does not cancel in its sum.

    ``exp(x - max(x, axis=1)) / sum(..., axis=0)``: what was taken away differs along the sum.
    """
    for node in seen.nodes:
        total = statistic(node.args[1], (np.sum,)) if _is_quotient(node) else None
        powers = node.args[0] if total is not None else None
        if total is None or not isinstance(powers, Node) or total.args[0] is not powers:
            continue
        moved = powers.args[0] if powers.function is np.exp else None
        if not isinstance(moved, Node) or moved.function is not np.subtract:
            continue
        most = statistic(moved.args[1], (np.max, np.amax))
        if most is not None and most.args[0] is moved.args[0] and not gone(total) <= gone(most):
            yield node, total, most


def _is_quotient(node: Node) -> bool:
    return node.function is np.true_divide and len(node.args) == 2


def _averaged(node: Node) -> Node | None:
    """The reduction behind a mean over an axis: the mean itself, or a sum that is divided."""
    if node.function is np.mean:
        return node
    if not _is_quotient(node) or not isinstance(node.args[0], Node) or len(node.shape) != 1:
        return None
    total, divisor = node.args[0], node.args[1]
    if total.function is not np.sum or not isinstance(total.args[0], Node):
        return None
    count = divisor.value if isinstance(divisor, Node) else divisor
    if np.ndim(count) or count is None:
        return None
    length = max((total.args[0].shape[a] for a in gone(total)), default=0)
    return total if np.isclose(float(count), length) else None
