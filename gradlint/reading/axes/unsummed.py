"""Why an update gives a bias another shape: the sum over the batch that its gradient lacks.

Starting from the update, the gradient is walked back to the expression that makes it.  What stands
there is told by shapes alone: a bias is only ever added, so its gradient is a sum over every axis
that the bias lacks, whatever was differentiated.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import numpy as np

from gradlint.findings import Edit, Fix
from gradlint.reading.axes.slips import REDUCTIONS
from gradlint.reading.axes.text import alias_statement, text_of
from gradlint.reading.graph import squeezed
from gradlint.reading.operands import operands
from gradlint.structs import struct

if TYPE_CHECKING:
    from gradlint.findings import Site
    from gradlint.reading.axes.drift import Drift
    from gradlint.reading.axes.scope import Seen
    from gradlint.trace.tape import Node

_SCALING = (np.multiply, np.true_divide, np.negative)
_ADDING = (np.add, np.subtract, np.reshape)
_DEPTH = 12  # operations between the sum of a gradient and its use, more than anybody writes


@struct(eq=False)
class Missed:
    """A gradient that lacks a sum, or has another one: its value, its place, and the cure.

    ``axes`` are the axes of the value that are left to sum over; none if it is summed already,
    along another axis or without keeping the axis.
    """

    node: Node
    bias: Node
    site: Site
    text: str
    axes: tuple[int, ...]
    fix: Fix

    @property
    def drops(self) -> bool:
        """Whether the right sum was made, and only its axis not kept."""
        return not self.axes and len(self.node.shape) < len(self.bias.shape) and self._fits()

    def _fits(self) -> bool:
        return squeezed(self.bias.shape) == self.node.shape


def missed(seen: Seen, drift: Drift) -> Missed | None:
    """What the gradient of a drifting bias or number lacks, or None if that cannot be told."""
    sums = drift.old.shape == () or _is_added(seen, drift.read)
    found = _gradient(seen, drift) if sums else None
    if found is None:
        return None
    place, node = _made(seen, drift, *found)
    if node.spot is None:
        return None
    axes: tuple[int, ...] | None = ()
    if node.function in REDUCTIONS:
        new = _other_sum(place, node, drift.old)
    else:
        axes = _left(node.shape, drift.old.shape)
        new = None if not axes else _summed(seen, place, axes, node, drift.old)
    if new is None or axes is None:
        return None
    file = drift.node.spot.file  # type: ignore[union-attr]
    site, text = file.site(place), text_of(file, place)
    fix = Fix(f"write `{new}` instead of `{text}`", (Edit(site, new),))
    return Missed(node, drift.old, site, text, axes, fix)


def _is_added(seen: Seen, bias: Node) -> bool:
    """Whether a value is only ever added to something, its own update apart."""
    readers = [r for r in seen.graph.readers[bias.index] if r.index <= seen.end]
    return bool(readers) and all(r.function in _ADDING for r in readers)


def _gradient(seen: Seen, drift: Drift) -> tuple[ast.expr, Node] | None:
    """What the update adds to the parameter, and where."""
    for place, value in operands(drift.node):
        learned = drift.read is drift.new or value.index in seen.learned
        if value.shape != drift.old.shape and learned and value.shape:
            return place, value  # type: ignore[return-value]
    return None


def _made(seen: Seen, drift: Drift, place: ast.expr, node: Node) -> tuple[ast.expr, Node]:
    """The expression that makes a gradient, without its scaling, and its value."""
    used = seen.graph.ancestors([drift.new])
    for _ in range(_DEPTH):
        if isinstance(place, (ast.Name, ast.Attribute, ast.Subscript)):
            alias = _alias(place, node)
            if alias is not None:
                return alias, node
            own = _assigned(node)
            if own is None or own is place or _is_shared(seen, node, used):
                return place, node
            place = own
        elif node.function in _SCALING:
            inner = [(p, v) for p, v in operands(node) if v.shape == node.shape]
            if len(inner) != 1:
                return place, node
            place, node = inner[0]  # type: ignore[assignment]
        else:
            return place, node
    return place, node


def _alias(place: ast.expr, node: Node) -> ast.expr | None:
    """The right side of ``db = d``, where a value got its second name."""
    alias = None if node.spot is None else alias_statement(node.spot, ast.unparse(place))
    return alias if alias is not None and ast.unparse(alias) in node.names else None


def _assigned(node: Node) -> ast.expr | None:
    """The expression of an assignment whose value is a node."""
    statement = node.spot.statement if node.spot is not None else None
    value = getattr(statement, "value", None)
    own = node.spot is not None and value is node.spot.node and isinstance(statement, ast.Assign)
    return value if own else None


def _is_shared(seen: Seen, node: Node, used: frozenset[int]) -> bool:
    """Whether a value has other uses than the update."""
    return any(r.index not in used for r in seen.graph.readers[node.index] if r.index <= seen.end)


def _left(have: tuple[int, ...], want: tuple[int, ...]) -> tuple[int, ...] | None:
    """The axes that a gradient has and its bias lacks; None if it does not fit otherwise."""
    if len(have) < len(want):
        return None
    padded = (1,) * (len(have) - len(want)) + want
    left = tuple(i for i, (a, b) in enumerate(zip(have, padded, strict=True)) if b == 1 != a)
    fits = all(a == b for i, (a, b) in enumerate(zip(have, padded, strict=True)) if i not in left)
    return left if fits else None


def _summed(
    seen: Seen, place: ast.expr, axes: tuple[int, ...], node: Node, bias: Node
) -> str | None:
    """The sum of an expression in the shape of the bias, as the author writes sums."""
    file = node.spot.file  # type: ignore[union-attr]
    text = text_of(file, place)
    how = []
    if bias.shape:
        how.append(f"axis={axes[0] if len(axes) == 1 else axes}")
    if bias.shape and len(bias.shape) == len(node.shape):
        how.append("keepdims=True")
    module = _module(seen)
    functions = file.text.count(f"{module}.sum(")
    methods = file.text.count(".sum(") - functions
    simple = isinstance(place, (ast.Name, ast.Attribute, ast.Subscript, ast.Call))
    if module is None or (simple and methods > functions):
        return f"{text if simple else f'({text})'}.sum({', '.join(how)})"
    return f"{module}.sum({', '.join([text, *how])})"


def _module(seen: Seen) -> str | None:
    """What the program calls NumPy."""
    return next((k for k, v in seen.recording.namespace.items() if v is np), None)


def _other_sum(place: ast.expr, node: Node, bias: Node) -> str | None:
    """A reduction along the axis that the bias lacks, with that axis kept where the bias has it."""
    shape: tuple[int, ...] = getattr(node.args[0], "shape", ())
    axes = _left(shape, bias.shape)
    if not isinstance(place, ast.Call) or axes is None or len(axes) != 1:
        return None
    constants = [k.value for k in place.keywords if k.arg == "axis"]
    if len(constants) != 1 or not isinstance(constants[0], ast.Constant | ast.UnaryOp):
        return None
    file = node.spot.file  # type: ignore[union-attr]
    text = text_of(file, place)
    kept = any(k.arg == "keepdims" for k in place.keywords)
    old = text_of(file, constants[0])
    head, mark, tail = text.rpartition(f"axis={old}")
    if not mark:
        return None
    same = int(ast.literal_eval(constants[0])) % len(shape) == axes[0]
    axis = mark if same else f"axis={axes[0]}"
    wanted = len(bias.shape) == len(shape) and not kept
    return f"{head}{axis}{', keepdims=True' if wanted else ''}{tail}"
