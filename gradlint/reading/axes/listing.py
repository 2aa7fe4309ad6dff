"""The operations of a run with their named axes: what meets what, and where broadcasting stretches.

It says what happened and judges nothing; how it is shown is the business of those who print.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING

import numpy as np

from gradlint.findings import Array, Meeting, Operation, Trace
from gradlint.reading.axes.rules import argument, einsum_letters, tensordot_positions
from gradlint.reading.axes.scope import Seen
from gradlint.reading.axes.slips import outer_broadcast
from gradlint.reading.axes.text import short, text_of
from gradlint.reading.step import find_step
from gradlint.trace.primitives import assigned, view, write_view

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.trace.record import Recording
    from gradlint.trace.tape import Node

_INNER = {view, write_view, assigned}  # how the tape keeps book of memory, nothing the user wrote
_SPREAD = "broadcast"
_SQUARE = "broadcast: every element of one with every element of the other"
_SYMBOLS = {
    np.add: "+", np.subtract: "−", np.multiply: "×", np.true_divide: "÷", np.matmul: "@",
    np.power: "**", np.equal: "==", np.not_equal: "!=", np.less: "<", np.less_equal: "<=",
    np.greater: ">", np.greater_equal: ">=", np.negative: "−", np.transpose: ".T",
    operator.getitem: "[ ]",
}  # fmt: skip


def traced(recording: Recording, whole: Seen | None = None, note: str = "") -> Trace:
    """Return the operations of the training step, or of ``whole``, in their order.

    An operation that a loop performs several times with the same shapes is there once, with a
    count.
    """
    seen = whole or Seen(recording, find_step(recording.tape))
    counts: dict[Operation, int] = {}
    for node in seen.recording.tape.nodes[: _last(seen) + 1]:
        if node.spot is None or node.function in _INNER or not _has_axes(node):
            continue
        found = _operation(seen, node)
        counts[found] = counts.get(found, 0) + 1
    file = recording.file
    return Trace(file.filename, file.text, tuple(counts.items()), note)


def _last(seen: Seen) -> int:
    return seen.axes.last if seen.step is None else min(seen.axes.last, seen.step.end)


def _has_axes(node: Node) -> bool:
    return bool(node.shape) or any(parent.shape for parent in node.parents)


def _operation(seen: Seen, node: Node) -> Operation:
    assert node.spot is not None
    given = [parent for parent in dict.fromkeys(node.parents) if parent.shape]
    called = _SYMBOLS.get(node.function) or str(getattr(node.function, "__name__", ""))
    return Operation(
        node.spot.row,
        short(text_of(node.spot.file, node.spot.node)),
        called,
        tuple(_array(seen, parent) for parent in given),
        _array(seen, node),
        tuple(_meetings(node, given)),
        _stretched(node, given),
        _mark(seen, node),
    )


def _array(seen: Seen, node: Node) -> Array:
    name = node.names[0] if node.names else ""
    return Array(name or seen.text(node), seen.names.extents(node, merged=True), name)


def _mark(seen: Seen, node: Node) -> str:
    """Whether an elementwise operation stretches one of its operands."""
    if not _is_elementwise(node):
        return ""
    if outer_broadcast(seen.axes, node) is not None:
        return _SQUARE
    return _SPREAD if any(p.shape and p.shape != node.shape for p in node.parents) else ""


def _is_elementwise(node: Node) -> bool:
    ufunc = isinstance(node.function, np.ufunc) and node.function.signature is None
    return ufunc or node.function is np.where


# -- which axes meet ----------------------------------------------------------------------------


def _meetings(node: Node, given: list[Node]) -> Iterator[Meeting]:
    """The axes of different operands that meet in an operation."""
    if len(given) < 2:
        return
    shapes = [parent.shape for parent in given]
    if _is_elementwise(node):
        yield from _lined_up(shapes[:2], [len(s) for s in shapes[:2]])
    elif node.function in (np.matmul, np.dot):
        inner = max(len(shapes[1]) - 2, 0)
        yield Meeting((0, len(shapes[0]) - 1), (1, inner), summed=True)
        if node.function is np.matmul:
            yield from _lined_up(shapes[:2], [len(shapes[0]) - 2, len(shapes[1]) - 2])
    elif node.function is np.tensordot and len(given) == 2:
        axes = argument(node, 2, "axes", 2)
        for i, j in zip(*tensordot_positions(axes, len(shapes[0])), strict=True):
            yield Meeting((0, i % len(shapes[0])), (1, j % len(shapes[1])), summed=True)
    elif node.function is np.einsum and len(given) == 2 == len(node.args) - 1:
        yield from _of_letters(node)


def _of_letters(node: Node) -> Iterator[Meeting]:
    try:
        (left, right), output = einsum_letters(node.args[0], 2)
    except ValueError:
        return
    for i, letter in enumerate(left):
        if letter in right:
            yield Meeting((0, i), (1, right.index(letter)), summed=letter not in output)


def _lined_up(shapes: list[tuple[int, ...]], ends: list[int]) -> Iterator[Meeting]:
    """The axes that broadcasting brings together, of those in front of some ends."""
    for back in range(1, min(ends) + 1):
        i, j = (end - back for end in ends)
        if shapes[0][i] == shapes[1][j] > 1:
            yield Meeting((0, i), (1, j))


def _stretched(node: Node, given: list[Node]) -> tuple[tuple[int, ...], ...]:
    """The axes of the result along which each operand is repeated."""
    if not _is_elementwise(node):
        return ()
    found = []
    for parent in given:
        shape = (1,) * (len(node.shape) - len(parent.shape)) + parent.shape
        pairs = enumerate(zip(shape, node.shape, strict=False))
        found.append(tuple(i for i, (n, m) in pairs if n == 1 < m))
    return tuple(found)
