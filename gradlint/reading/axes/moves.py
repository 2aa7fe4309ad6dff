"""How operations that move, reshape, join and select elements line up axes (see ``axes_rules``)."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from gradlint.reading.axes.classes import Axis, grouped
from gradlint.reading.axes.rules import (
    Axes,
    Lines,
    aligned,
    argument,
    reduced_positions,
    rule,
    shape_of,
)
from gradlint.trace.primitives import add_at, setitem, view, write_view
from gradlint.trace.tape import Node

# -- moved axes ---------------------------------------------------------------------------------


@rule(np.transpose)
def _transpose(lines: Lines, node: Node) -> Axes:
    axes = lines.of(node.args[0])
    order = argument(node, 1, "axes")
    if order is None:
        return axes[::-1]
    return tuple(axes[int(i)] for i in order)


@rule(np.swapaxes)
def _swapaxes(lines: Lines, node: Node) -> Axes:
    axes = list(lines.of(node.args[0]))
    one, other = int(node.args[1]), int(node.args[2])
    axes[one], axes[other] = axes[other], axes[one]
    return tuple(axes)


@rule(np.moveaxis, np.rollaxis)
def _moveaxis(lines: Lines, node: Node) -> Axes:
    axes = lines.of(node.args[0])
    marked = np.empty(range(1, len(axes) + 1), dtype=bool)  # each axis is told by its length
    moved = node.function(marked, *node.args[1:], **node.kwargs)
    return tuple(axes[length - 1] for length in moved.shape)


@rule(np.linalg.inv, np.linalg.pinv)
def _inverse(lines: Lines, node: Node) -> Axes:
    axes = lines.of(node.args[0])
    return (*axes[:-2], axes[-1], axes[-2])


@rule(np.expand_dims)
def _expanded(lines: Lines, node: Node) -> Axes:
    rest = iter(lines.of(node.args[0]))
    where = reduced_positions(argument(node, 1, "axis"), len(node.shape))
    return tuple(None if i in where else next(rest) for i in range(len(node.shape)))


@rule(np.squeeze)
def _squeezed(lines: Lines, node: Node) -> Axes:
    axes = lines.of(node.args[0])
    axis = argument(node, 1, "axis")
    sizes = node.args[0].shape
    gone = (
        {i for i, n in enumerate(sizes) if n == 1}
        if axis is None
        else reduced_positions(axis, len(axes))
    )
    return tuple(a for i, a in enumerate(axes) if i not in gone)


@rule(np.reshape, np.ravel)
def reshaped(lines: Lines, node: Node) -> Axes:
    """Neighbouring axes are flattened into products, products are split again."""
    source = node.args[0]
    axes = lines.of(source)
    if node.kwargs.get("order", "C") != "C" or not isinstance(source, Node):
        return tuple(lines.classes.fresh(n, unsure=True) for n in node.shape)
    groups = grouped(source.shape, node.shape)
    if groups is None:
        return tuple(lines.classes.fresh(n, unsure=True) for n in node.shape)
    result: list[Axis] = [None] * len(node.shape)
    for ours, theirs in groups:
        flat = lines.classes.product([axes[i] for i in ours])
        pieces = lines.classes.split(flat, [node.shape[j] for j in theirs])
        for j, piece in zip(theirs, pieces, strict=True):
            result[j] = piece
    return tuple(result)


@rule(np.broadcast_to)
def _broadcast(lines: Lines, node: Node) -> Axes:
    axes = lines.of(node.args[0])
    axes = (None,) * (len(node.shape) - len(axes)) + axes
    return tuple(
        lines.classes.fresh(n, unsure=True) if a is None else a
        for a, n in zip(axes, node.shape, strict=True)
    )


# -- several arrays in one ----------------------------------------------------------------------


@rule(np.array, np.asarray, np.asanyarray, np.ascontiguousarray, np.atleast_1d)
def made(lines: Lines, node: Node) -> Axes:
    """Return a copy with axes of length 1 in front, or a stack of what a list holds."""
    value = node.args[0]
    if isinstance(value, Node):
        axes = lines.of(value)
        return (None,) * (len(node.shape) - len(axes)) + axes
    return _stacked(lines, node, value, 0)


@rule(np.atleast_2d)
def _atleast(lines: Lines, node: Node) -> Axes:
    return made(lines, node)


@rule(np.concatenate)
def _concatenate(lines: Lines, node: Node) -> Axes:
    return _joined(lines, node, node.args[0], argument(node, 1, "axis", 0))


@rule(np.hstack, np.column_stack)
def _hstack(lines: Lines, node: Node) -> Axes:
    return _joined(lines, node, node.args[0], -1 if len(node.shape) < 3 else 1)


@rule(np.vstack)
def _vstack(lines: Lines, node: Node) -> Axes:
    parts = list(node.args[0])
    if all(len(shape_of(p)) == 1 for p in parts):
        return _stacked(lines, node, parts, 0)
    return _joined(lines, node, parts, 0)


def _joined(lines: Lines, node: Node, parts: Any, axis: Any) -> Axes:
    ndim = len(node.shape)
    position = int(axis) % ndim
    rows = []
    for part in parts:
        axes = lines.of(part)
        if len(axes) < ndim:  # a vector among columns
            axes = (*axes, None) if position else (None, *axes)
        rows.append(axes)
    sizes = [_length(p, position, ndim) for p in parts]
    rest = aligned(lines, node, [tuple(a for i, a in enumerate(r) if i != position) for r in rows])
    joined = lines.classes.join([r[position] for r in rows], sizes)
    return (*rest[:position], joined, *rest[position:])


def _length(part: Any, position: int, ndim: int) -> int:
    shape = shape_of(part)
    return shape[position] if len(shape) == ndim else 1


@rule(np.stack)
def _stack(lines: Lines, node: Node) -> Axes:
    return _stacked(lines, node, node.args[0], argument(node, 1, "axis", 0))


def _stacked(lines: Lines, node: Node, parts: Any, axis: Any) -> Axes:
    if isinstance(parts, Node):
        return lines.of(parts)
    inner = aligned(lines, node, [lines.of(p) for p in parts])
    position = int(axis) % (len(inner) + 1)
    return (*inner[:position], lines.classes.fresh(len(parts)), *inner[position:])


@rule(np.split, np.array_split, np.hsplit, np.vsplit)
def _split(lines: Lines, node: Node) -> Axes:
    axes = lines.of(node.args[0])
    axis = argument(node, 2, "axis", 1 if node.function is np.hsplit else 0) % len(axes)
    start, found = 0, []
    for piece in node.value if isinstance(node.value, (list, tuple)) else ():
        stop = start + piece.shape[axis]
        part = lines.classes.part(axes[axis], start, stop, 1)
        found.append((*axes[:axis], part, *axes[axis + 1 :]))
        start = stop
    lines.parts[node.index] = found
    return ()


@rule(np.repeat)
def _repeat(lines: Lines, node: Node) -> Axes:
    axes = list(lines.of(node.args[0]))
    axis = argument(node, 2, "axis")
    if axis is None:
        return (lines.classes.fresh(node.shape[0], unsure=True),)
    if node.shape != shape_of(node.args[0]):
        axes[axis] = lines.classes.fresh(node.shape[axis], unsure=True)
    return tuple(axes)


@rule(np.pad, np.tile)
def _padded(lines: Lines, node: Node) -> Axes:
    axes, shape = lines.of(node.args[0]), shape_of(node.args[0])
    if len(shape) != len(node.shape):
        return tuple(lines.classes.fresh(n, unsure=True) for n in node.shape)
    return tuple(
        axis if before == after else lines.classes.fresh(after, unsure=True)
        for axis, before, after in zip(axes, shape, node.shape, strict=True)
    )


# -- indexing -----------------------------------------------------------------------------------


@rule(operator.getitem)
def _getitem(lines: Lines, node: Node) -> Axes:
    source, index = node.args
    pieces = lines.parts.get(source.index) if isinstance(source, Node) else None
    if pieces is not None and isinstance(index, int):
        return pieces[index]
    axes = indexed(lines, node, lines.of(source), shape_of(source), index)
    if axes is None:
        return tuple(lines.classes.fresh(n, unsure=True) for n in node.shape)
    return axes


@rule(np.take)
def _take(lines: Lines, node: Node) -> Axes:
    axes, axis = lines.of(node.args[0]), argument(node, 2, "axis")
    if axis is None:
        return lines.of(node.args[1])
    return (*axes[:axis], *lines.of(node.args[1]), *axes[axis + 1 :])


def indexed(
    lines: Lines, node: Node, axes: Axes, shape: tuple[int, ...], index: Any
) -> Axes | None:
    """Return the axes of ``array[index]``, or None where they cannot be told."""
    result: list[Axis] = []
    chosen: list[Axes] = []
    at, position = -1, 0
    for part in _spelled_out(index, len(axes)):
        if part is None:
            result.append(None)
        elif isinstance(part, slice):
            try:
                start, stop, step = part.indices(shape[position])
            except TypeError:  # a bound that the tape follows
                return None
            result.append(lines.classes.part(axes[position], start, stop, step))
            position += 1
        elif isinstance(part, (int, np.integer)):
            position += 1
        else:
            if at < 0:
                at = len(result)
            if _is_mask(part) and part.value is None:
                return None
            chosen.append(_selected(lines, part))
            position += _consumes(part)
    if chosen:
        result[at:at] = aligned(lines, node, chosen)
    return tuple(result)


def _selected(lines: Lines, part: Any) -> Axes:
    """Return the axes that an index array brings in; of a mask, those that it lets through."""
    if _is_mask(part):
        return (lines.classes.fresh(int(np.count_nonzero(part.value)), unsure=True),)
    return lines.of(part) if isinstance(part, Node) else _plain(lines, part)


def _spelled_out(index: Any, ndim: int) -> list[Any]:
    """The parts of an index, with a slice for each axis that it leaves as it is."""
    parts = list(index) if isinstance(index, tuple) else [index]
    rest = [slice(None)] * (ndim - sum(map(_consumes, parts)))
    at = next((i for i, part in enumerate(parts) if part is Ellipsis), len(parts))
    return [*parts[:at], *rest, *parts[at + 1 :]]


def _consumes(part: Any) -> int:
    if part is None or part is Ellipsis:
        return 0
    return len(part.shape) if _is_mask(part) else 1


def _is_mask(part: Any) -> bool:
    return isinstance(part, Node) and part.dtype is not None and part.dtype.kind == "b"


def _plain(lines: Lines, part: Any) -> Axes:
    return tuple(lines.classes.fresh(n, unsure=True) for n in np.shape(part))


@rule(setitem, add_at)
def _written(lines: Lines, node: Node) -> Axes:
    base = lines.of(node.args[0])
    place = indexed(lines, node, base, shape_of(node.args[0]), node.args[1])
    if place is not None:
        aligned(lines, node, [place, lines.of(node.args[2])])
    return base


@rule(write_view)
def _written_view(lines: Lines, node: Node) -> Axes:
    return lines.of(node.args[0])


@rule(view)
def _viewed(lines: Lines, node: Node) -> Axes:
    base, geometry = node.args
    axes = dict(zip(geometry.layout, zip(lines.of(base), base.shape, strict=True), strict=True))
    found = []
    for stride, size in zip(geometry.strides, geometry.shape, strict=True):
        axis, length = axes.get(stride, (None, 0))
        found.append(axis if length == size else lines.classes.fresh(size, unsure=True))
    return tuple(found)
