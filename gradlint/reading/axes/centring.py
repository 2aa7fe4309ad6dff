"""Tables centred over other axes than the rest of the program needs: statistics that contradict.

A table less one mean for everything, divided by a deviation for each column; a covariance that sums
over the samples of what was centred within each of them.  Values decide whether it makes a
difference.  This knows no gradient.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradlint.reading.axes.layered import statistic, unturned
from gradlint.reading.axes.slips import below, gone
from gradlint.structs import struct
from gradlint.trace.tape import Node

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.reading.axes.scope import Seen

_SPREADS = {np.std, np.var}
_PRODUCTS = {np.matmul, np.dot}
_SIGMAS = 4.0  # standard errors from which on a mean that is left is no chance


@struct(eq=False)
class Centred:
    """``mean`` is taken away from ``table``, over axes that ``other`` contradicts.

    ``axis`` is the one over which the mean was meant to be taken.
    """

    mean: Node
    table: Node
    other: Node
    axis: int


def centred_otherwise(seen: Seen) -> Iterator[Centred]:
    """Yield means over other axes than the deviation or the covariance they go with."""
    for node in seen.nodes:
        if node.function is np.true_divide:
            found = _against_deviation(node) or _against_covariance(node)
            if found is not None and _is_off_centre(found):
                yield found


def _centring(value: Node) -> tuple[Node, Node, Node] | None:
    """(Mean, table, difference) of a table less a mean of its own, whatever scales it then."""
    node: Node | None = value
    while node is not None:
        if node.function is np.subtract and isinstance(node.args[0], Node):
            mean = statistic(node.args[1], (np.mean,))
            if mean is not None and mean.args[0] is node.args[0] and len(node.shape) == 2:
                return mean, node.args[0], node
        node = below(node)
    return None


def _against_deviation(node: Node) -> Centred | None:
    """One mean for all columns, and a deviation for each of them."""
    spread = statistic(node.args[1], _SPREADS)
    found = _centring(node.args[0]) if isinstance(node.args[0], Node) else None
    if spread is None or found is None:
        return None
    mean, table, centred = found
    own = spread.args[0] is table or spread.args[0] is centred
    if own and len(gone(mean)) == 2 and len(gone(spread)) == 1:
        return Centred(mean, table, spread, next(iter(gone(spread))))
    return None


def _against_covariance(node: Node) -> Centred | None:
    """A product of a table with itself over the samples, divided by their number."""
    product = node.args[0]
    if not isinstance(product, Node) or product.function not in _PRODUCTS:
        return None
    (left, turned), (right, too) = (
        unturned(a) if isinstance(a, Node) else (product, False) for a in product.args[:2]
    )
    if left is not right or turned == too or len(left.shape) != 2:
        return None
    axis = 0 if turned else 1
    lengths = left.shape[axis], left.shape[1 - axis]
    found = _centring(left)
    if found is None or lengths[0] == lengths[1] or not _counts(node.args[1], lengths[0]):
        return None
    mean, table, _ = found
    if gone(mean) != {1 - axis} or _centring(table) is not None:
        return None
    return Centred(mean, table, product, axis)


def _counts(divisor: object, length: int) -> bool:
    """Whether a divisor is a number of samples, or one less."""
    value = divisor.value if isinstance(divisor, Node) else divisor
    return np.ndim(value) == 0 and value in (length, length - 1)  # type: ignore[arg-type]


def _is_off_centre(found: Centred) -> bool:
    """Whether means are left over the axis that was meant, larger than chance would leave them."""
    if found.table.value is None:
        return False
    value = np.asarray(found.table.value, dtype=float)
    own = tuple(gone(found.mean))
    rest = value - value.mean(axis=own, keepdims=True)
    left = rest.mean(axis=found.axis)
    error = rest.std(axis=found.axis) / np.sqrt(rest.shape[found.axis])
    return bool(np.any(np.abs(left) > _SIGMAS * error + 1e-12 * np.abs(value).max()))
