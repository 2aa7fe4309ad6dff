"""How each operation lines up the axes of its arguments, and which axes its result has.

A rule is called with a :class:`Lines` (what the arguments' axes are, and ``pair`` to say that two
of them meet) and the node; it returns the axes of the result.  An operation without a rule makes
axes of which nothing is known.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np

from gradlint.reading.axes.classes import Axis, Classes
from gradlint.trace.primitives import assigned, astype
from gradlint.trace.tape import Node

Axes = tuple[Axis, ...]


class Lines(Protocol):
    """What a rule sees of the axes."""

    classes: Classes
    parts: dict[int, list[Axes]]

    def of(self, value: Any) -> Axes:
        """Return the axes of an argument."""

    def pair(self, node: Node, one: Axis, other: Axis, where: str) -> Axis:
        """Two axes meet in an operation; the axis of what comes of it."""


Rule = Callable[[Lines, Node], Axes]
RULES: dict[Any, Rule] = {}


def rule(*functions: Any) -> Callable[[Rule], Rule]:
    """State the rule of some functions."""

    def add(handler: Rule) -> Rule:
        RULES.update(dict.fromkeys(functions, handler))
        return handler

    return add


def known_rule(function: Any) -> Rule | None:
    """Return the rule of a function, if it has one."""
    found = RULES.get(function)
    if found is None and isinstance(function, np.ufunc) and function.signature is None:
        return elementwise
    if found is None and isinstance(function, type) and issubclass(function, np.generic):
        return elementwise  # np.int64(mask)
    return found


def argument(node: Node, position: int, name: str, default: Any = None) -> Any:
    """Return an argument by its position or its name."""
    if len(node.args) > position:
        return node.args[position]
    return node.kwargs.get(name, default)


def shape_of(value: Any) -> tuple[int, ...]:
    """Return the shape of an argument."""
    return value.shape if isinstance(value, Node) else np.shape(value)


# -- one element at a time ----------------------------------------------------------------------


def aligned(lines: Lines, node: Node, operands: Sequence[Axes]) -> Axes:
    """Line up axes from the last one on, as broadcasting does."""
    ndim = max(map(len, operands), default=0)
    result: list[Axis] = [None] * ndim
    for axes in operands:
        shift = ndim - len(axes)
        for position, axis in enumerate(axes):
            met = result[position + shift]
            if axis is None or met is None:
                result[position + shift] = axis if met is None else met
            else:
                result[position + shift] = lines.pair(node, met, axis, "elementwise")
    return tuple(result)


@rule(np.where, np.clip, np.round, np.nan_to_num, np.real, np.copy, float, astype, np.maximum)
def elementwise(lines: Lines, node: Node) -> Axes:
    """Every argument meets every other element by element."""
    return aligned(lines, node, [lines.of(a) for a in node.args])


@rule(sum)
def _builtin_sum(lines: Lines, node: Node) -> Axes:
    items = node.args[0]
    if isinstance(items, Node):
        return lines.of(items)[1:]
    return aligned(lines, node, [lines.of(a) for a in items])


@rule(assigned)
def _assigned(lines: Lines, node: Node) -> Axes:
    base = lines.of(node.args[0])
    aligned(lines, node, [base, lines.of(node.args[1])])
    return base


# -- fewer axes ---------------------------------------------------------------------------------


@rule(
    np.sum, np.mean, np.max, np.min, np.amax, np.amin, np.prod, np.std, np.var, np.any, np.all,
    np.argmax, np.argmin, np.nansum, np.nanmean, np.median, np.average, np.count_nonzero, np.ptp,
)  # fmt: skip
def reduction(lines: Lines, node: Node) -> Axes:
    """Axes are summed away, or kept with length 1."""
    return _reduced(lines.of(node.args[0]), argument(node, 1, "axis"), node)


@rule(np.linalg.norm)
def _norm(lines: Lines, node: Node) -> Axes:
    return _reduced(lines.of(node.args[0]), argument(node, 2, "axis"), node)


def _reduced(axes: Axes, axis: Any, node: Node) -> Axes:
    gone = reduced_positions(axis, len(axes))
    if len(node.shape) == len(axes):
        return tuple(None if i in gone else a for i, a in enumerate(axes))
    return tuple(a for i, a in enumerate(axes) if i not in gone)


def reduced_positions(axis: Any, ndim: int) -> set[int]:
    """Which axes a reduction takes away."""
    if axis is None:
        return set(range(ndim))
    chosen = axis if isinstance(axis, (tuple, list)) else (axis,)
    return {int(a) % ndim for a in chosen} if ndim else set()  # NumPy: axis 0 of a number


@rule(np.cumsum, np.cumprod, np.sort, np.argsort, np.flip, np.roll, np.fliplr, np.flipud)
def _along(lines: Lines, node: Node) -> Axes:
    axes = lines.of(node.args[0])
    return axes if len(axes) == len(node.shape) else (lines.classes.product(axes),)


@rule(np.diagonal, np.diag)
def _diagonal(lines: Lines, node: Node) -> Axes:
    axes = lines.of(node.args[0])
    if len(axes) == 1:
        return (axes[0], axes[0])
    return (lines.pair(node, axes[0], axes[1], "diagonal"),)


@rule(np.trace)
def _trace(lines: Lines, node: Node) -> Axes:
    return lines.of(node.args[0])[2:]


# -- products -----------------------------------------------------------------------------------


@rule(np.matmul)
def _matmul(lines: Lines, node: Node) -> Axes:
    left, right = lines.of(node.args[0]), lines.of(node.args[1])
    lines.pair(node, left[-1], right[-2] if len(right) > 1 else right[0], "contraction")
    batch = aligned(lines, node, [left[:-2], right[:-2]])
    return (*batch, *left[-2:-1], *(right[-1:] if len(right) > 1 else ()))


@rule(np.dot)
def _dot(lines: Lines, node: Node) -> Axes:
    left, right = lines.of(node.args[0]), lines.of(node.args[1])
    if not left or not right:
        return left or right
    inner = right[-2] if len(right) > 1 else right[0]
    lines.pair(node, left[-1], inner, "contraction")
    rest = (*right[:-2], *right[-1:]) if len(right) > 1 else ()
    return (*left[:-1], *rest)


@rule(np.inner, np.vdot)
def _inner(lines: Lines, node: Node) -> Axes:
    left, right = lines.of(node.args[0]), lines.of(node.args[1])
    if not left or not right:
        return left or right
    lines.pair(node, left[-1], right[-1], "contraction")
    return (*left[:-1], *right[:-1])


@rule(np.outer)
def _outer(lines: Lines, node: Node) -> Axes:
    return tuple(lines.classes.product(lines.of(a)) for a in node.args[:2])


@rule(np.subtract.outer, np.add.outer, np.multiply.outer)
def _ufunc_outer(lines: Lines, node: Node) -> Axes:
    return (*lines.of(node.args[0]), *lines.of(node.args[1]))


@rule(np.tensordot)
def _tensordot(lines: Lines, node: Node) -> Axes:
    left, right = lines.of(node.args[0]), lines.of(node.args[1])
    ours, theirs = tensordot_positions(argument(node, 2, "axes", 2), len(left))
    for i, j in zip(ours, theirs, strict=True):
        lines.pair(node, left[i], right[j], "contraction")
    gone = {i % len(left) for i in ours}, {j % len(right) for j in theirs}
    kept = [a for i, a in enumerate(left) if i not in gone[0]]
    return (*kept, *(a for j, a in enumerate(right) if j not in gone[1]))


def tensordot_positions(axes: Any, ndim: int) -> tuple[list[int], list[int]]:
    """Which axes of the left and of the right operand ``tensordot`` contracts."""
    if isinstance(axes, (int, np.integer)):
        return list(range(ndim - int(axes), ndim)), list(range(int(axes)))
    left, right = (a if isinstance(a, (list, tuple)) else [a] for a in axes)
    return list(left), list(right)


@rule(np.einsum)
def _einsum(lines: Lines, node: Node) -> Axes:
    inputs, output = einsum_letters(node.args[0], len(node.args) - 1)
    meaning: dict[str, Axis] = {}
    for letters, value in zip(inputs, node.args[1:], strict=True):
        for letter, axis in zip(letters, lines.of(value), strict=True):
            met = meaning.get(letter)
            paired = axis if met is None else met
            if met is not None and axis is not None:
                paired = lines.pair(node, met, axis, "contraction")
            meaning[letter] = paired
    return tuple(meaning[letter] for letter in output)


def einsum_letters(subscripts: Any, operands: int) -> tuple[list[str], str]:
    """Return the letters of each operand and of the result, or raise ValueError."""
    if not isinstance(subscripts, str) or "." in subscripts:
        raise ValueError("no letters")
    left, arrow, output = subscripts.replace(" ", "").partition("->")
    inputs = left.split(",")
    if not arrow:
        letters = left.replace(",", "")
        output = "".join(sorted(c for c in set(letters) if letters.count(c) == 1))
    if len(inputs) != operands:
        raise ValueError("operands")
    return inputs, output
