"""Two patterns of broadcasting that equal lengths let pass, told from shapes and operations alone.

An outer broadcast, ``(n, 1)`` with ``(n,)`` or ``(1, n)``, and a reduction without ``keepdims``
that is broadcast back against what it reduced, along another axis than its own.
"""

from __future__ import annotations

import operator
from itertools import product
from typing import Any

import numpy as np

from gradlint.reading.axes.rules import Lines, argument, reduced_positions
from gradlint.structs import struct
from gradlint.trace.primitives import astype
from gradlint.trace.tape import Node

REDUCTIONS = {
    np.sum, np.mean, np.max, np.min, np.amax, np.amin, np.std, np.var, np.linalg.norm, np.prod,
    np.median,
}  # fmt: skip
_PASSING = {np.copy, np.array, np.asarray, astype, np.clip, np.round}
_LAYING = {operator.getitem, np.reshape, np.expand_dims}
_IMAGES = 3  # axes from which on a place is no matter of taste
_DEPTH = 16


@struct(eq=False)
class Dropped:
    """``node`` meets ``whole`` with what ``reduction`` left of it, along the wrong axis.

    ``kept`` is the axis of ``whole`` that the reduction kept, ``met`` the one it was broadcast
    along; ``placed`` if the program laid it out so, by ``[None, :, None, None]``.
    """

    node: Node
    whole: Node
    reduction: Node
    kept: int
    met: int
    placed: bool = False


@struct(eq=False)
class Outer:
    """``node`` meets a column and a row of one length: ``column`` varies along axis ``p``."""

    node: Node
    column: Node
    row: Node
    p: int
    q: int
    column_axis: int
    row_axis: int


def operands(node: Node) -> tuple[Node, Node] | None:
    """Return the two traced operands of an elementwise operation, if it has just these."""
    function = node.function
    if not isinstance(function, np.ufunc) or function.signature is not None or function.nin != 2:
        return None
    left, right = node.args[:2]
    if isinstance(left, Node) and isinstance(right, Node):
        return left, right
    return None


def below(node: Node) -> Node | None:
    """Return the argument of which a value is an elementwise function of the same layout.

    Of two arguments of the same shape the one that was computed, the youngest.
    """
    if node.is_leaf:
        return None
    if node.function in _PASSING or isinstance(node.function, np.ufunc):
        if isinstance(node.function, np.ufunc) and node.function.signature is not None:
            return None
        inner = [a for a in node.args if isinstance(a, Node) and a.shape == node.shape]
        return max(inner, key=lambda a: (not a.is_leaf, a.index), default=None)
    return None


def origin(node: Node) -> Node:
    """The array of which a value is an element-by-element function: what gave it its layout."""
    for _ in range(_DEPTH):
        deeper = below(node)
        if deeper is None:
            return node
        node = deeper
    return node


def dropped_axis(lines: Lines, node: Node) -> Dropped | None:
    """Find a reduction that lost its place among the axes before it was broadcast back."""
    pair = operands(node)
    if pair is None:
        return None
    if len(pair[0].shape) == len(pair[1].shape):
        return _placed_axis(lines, node, *pair)
    whole, part = sorted(pair, key=lambda n: -len(n.shape))
    if not part.shape or whole.shape != node.shape:
        return None
    reduction = origin(part)
    source = reduced(reduction)
    if source is None or source.shape != whole.shape:
        return None
    wrong = _shifted_axes(reduction, source)
    if all(is_symmetric(source.value, *pair) for pair in wrong):
        return None
    if not all(map(lines.classes.same, lines.of(whole), lines.of(source))):
        return None
    return Dropped(node, whole, reduction, *wrong[0])


def _placed_axis(lines: Lines, node: Node, one: Node, other: Node) -> Dropped | None:
    """Find statistics of the samples that are laid out along the channels of the same images.

    Of tables either layout may be meant.
    """
    whole, part = (one, other) if one.shape == node.shape else (other, one)
    long = [i for i, n in enumerate(part.shape) if n > 1]
    if whole.shape != node.shape or len(long) != 1 or len(whole.shape) < _IMAGES:
        return None
    reduction = origin(_unplaced(part))
    source = reduced(reduction)
    if source is None or source.shape != whole.shape or len(reduction.shape) != 1:
        return None
    kept = next(i for i in range(len(source.shape)) if i not in gone(reduction))
    if kept == long[0] or is_symmetric(source.value, kept, long[0]):
        return None
    if not all(map(lines.classes.same, lines.of(whole), lines.of(source))):
        return None
    return Dropped(node, whole, reduction, kept, long[0], placed=True)


def _unplaced(value: Node) -> Node:
    """A flat array before it was laid out along one of several axes."""
    while value.function in _LAYING and isinstance(value.args[0], Node):
        value = value.args[0]
    return value


def reduced(reduction: Node) -> Node | None:
    """The array that a reduction is taken of; the whole of it where only a part is summed.

    ``x[:, :5].mean(axis=1)`` has one number for each row of ``x``.
    """
    source = reduction.args[0] if reduction.function in REDUCTIONS else None
    if not isinstance(source, Node) or source.function is not operator.getitem:
        return source if isinstance(source, Node) else None
    whole, index = source.args[:2]
    parts = index if isinstance(index, tuple) else (index,)
    plain = isinstance(whole, Node) and len(whole.shape) == len(source.shape)
    if not plain or not all(isinstance(part, slice) for part in parts):
        return source
    cut = {i for i, n in enumerate(source.shape) if n != whole.shape[i]}
    return whole if cut <= gone(reduction) else source


def _shifted_axes(reduction: Node, source: Node) -> list[tuple[int, int]]:
    """(kept, met): the axes that are left, where broadcasting lines them up with other ones."""
    ndim = len(source.shape)
    if len(reduction.shape) == ndim:
        return []
    kept = [i for i in range(ndim) if i not in gone(reduction)]
    met = range(ndim - len(kept), ndim)
    return [(k, m) for k, m in zip(kept, met, strict=True) if k != m and source.shape[m] > 1]


def gone(reduction: Node) -> frozenset[int]:
    """The axes of its argument that a reduction takes away."""
    source = reduction.args[0]
    where = 2 if reduction.function is np.linalg.norm else 1
    ndim = len(source.shape) if isinstance(source, Node) else 0
    return frozenset(reduced_positions(argument(reduction, where, "axis"), ndim))


def is_symmetric(value: Any, one: int, other: int) -> bool:
    """Tell whether a value does not change when two axes are swapped: either may stand for both."""
    if value is None:
        return False
    array = np.asarray(value)
    if array.ndim <= max(one, other) or array.dtype.kind not in "fiub":
        return False
    swapped = np.swapaxes(array, one, other)
    if swapped.shape != array.shape:
        return False
    return bool(np.allclose(array, swapped, rtol=1e-9, atol=0.0, equal_nan=True))


def outer_broadcast(lines: Lines, node: Node) -> Outer | None:
    """Find a column and a row of one length that an elementwise operation spreads into a square."""
    pair = operands(node)
    if pair is None:
        return None
    left, right = pair
    ndim = len(node.shape)
    if ndim < 2 or left.shape == node.shape or right.shape == node.shape:
        return None
    ours = (1,) * (ndim - len(left.shape)) + left.shape
    theirs = (1,) * (ndim - len(right.shape)) + right.shape
    only_left = [i for i in range(ndim) if ours[i] > 1 and theirs[i] == 1]
    only_right = [i for i in range(ndim) if theirs[i] > 1 and ours[i] == 1]
    for i, j in product(only_left, only_right):
        if node.shape[i] == node.shape[j]:
            a = lines.of(left)[i - (ndim - len(left.shape))]
            b = lines.of(right)[j - (ndim - len(right.shape))]
            if a is not None and b is not None:
                return Outer(node, left, right, i, j, a, b)
    return None
