"""Errors: how far outputs are from their targets, times constants, weights or rewards."""

from __future__ import annotations

import ast
import operator
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.reading.graph import is_scalar
from gradlint.reading.rates import by_data
from gradlint.trace.primitives import add_at, astype, setitem, view
from gradlint.trace.tape import Node

if TYPE_CHECKING:
    from gradlint.reading.step import Step

_VIEWS = {
    view, astype, np.reshape, np.ravel, np.transpose, np.asarray, np.array, np.squeeze,
    operator.getitem,
}  # fmt: skip
_SAME = (np.copy, np.array, np.negative)  # what an error may be a copy of, up to its sign


def masked(step: Step, delta: Node) -> Node | None:
    """A residual times weights of its shape, if it is: entries that are known, samples that count.

    Weights of either sign are none, and neither are the targets themselves.
    """
    targets = {origin(target) for target in targets_of(step, delta)}
    for reader in step.graph.readers[delta.index]:
        if reader.function is np.multiply and reader.shape == delta.shape:
            other = reader.args[1] if reader.args[0] is delta else reader.args[0]
            given = not (isinstance(other, Node) and other.index in step.dependent)
            known = given and reader.index in step.backward and _sign_of_weights(other) > 0
            if known and origin(other) not in targets:
                return reader
    return None


def weighted(step: Step, delta: Node) -> Node:
    """A residual times a reward, if it is multiplied by one: the reward is part of the loss."""
    readers = [r for r in step.graph.readers[delta.index] if r.index in step.backward]
    (reader, *more) = readers or [delta]
    if more or reader.function is not np.multiply or reader.shape != delta.shape:
        return delta
    others = [a for a in reader.args if a is not delta]
    learns = any(isinstance(a, Node) and a.index in step.dependent for a in others)
    scalar = any(map(is_scalar, others)) and not learns
    return reader if scalar and by_data(step.graph, reader, delta) else delta


def residual(step: Step, node: Node) -> tuple[Node, float] | None:
    """(output, sign) if a value is sign·(output − target), perhaps times constants or weights."""
    sign = 1.0
    for _ in range(6):
        function, args = node.function, node.args
        if function is np.subtract:
            given = _is_slope(node) or _adds_up(node)
            return None if given else difference(step, args, sign)
        if function in (setitem, add_at) and isinstance(args[0], Node):
            return _written_residual(step, node, sign)
        inner = _weighed(step, node)
        if inner is None:
            return None
        node, sign = inner[0], sign * inner[1]
    return None


def _written_residual(step: Step, write: Node, sign: float) -> tuple[Node, float] | None:
    """(output, sign) of a copy of an output from which the target is taken away at some places."""
    output, own = _copied(write.args[0])
    if output in step.olds:
        return None  # a parameter of which an entry is moved is no output
    if output.index not in step.dependent or _change(write) not in (-own, None):
        return None  # p + onehot is no residual
    return output, sign * own


def _weighed(step: Step, node: Node) -> tuple[Node, float] | None:
    """What a value is a multiple of, with the sign of its weights; None if it is none."""
    if node.function is np.negative:
        return node.args[0], -1.0
    inner = [a for a in node.args if isinstance(a, Node) and a.index in step.dependent]
    if node.function not in (np.multiply, np.true_divide) or len(inner) != 1:
        return None
    first = inner[0] is node.args[0]
    if inner[0].shape != node.shape or (node.function is np.true_divide and not first):
        return None
    weight = _sign_of_weights(node.args[1] if first else node.args[0])
    return (inner[0], weight) if weight else None


def _sign_of_weights(weights: Any) -> float:
    """The sign that a number or an array of weights has throughout; 0 if it has none."""
    found = np.asarray(weights.value if isinstance(weights, Node) else weights)
    if found.dtype.kind not in "biuf" or not np.any(found):
        return 0.0
    return 1.0 if np.all(found >= 0) else -1.0 if np.all(found <= 0) else 0.0


def _copied(node: Node) -> tuple[Node, float]:
    """What a value is a copy of, and with which sign."""
    sign = 1.0
    while node.function in _SAME and isinstance(node.args[0], Node):
        sign = -sign if node.function is np.negative else sign
        node = node.args[0]
    return node, sign


def is_copy_of(node: Any, output: Node) -> bool:
    """Whether a value is an output, or a copy of it, up to the sign."""
    return isinstance(node, Node) and _copied(node)[0] is _copied(output)[0]


def _change(write: Node) -> float | None:
    """The sign of what a write adds at some places; None where it is now this, now that.

    0 if what is written is not what was there with something added or taken away.
    """
    base, _, value = write.args
    if write.function is add_at:
        return _sign_of_weights(value) or None
    if not isinstance(value, Node) or value.function not in (np.add, np.subtract):
        return 0.0
    before, amount = value.args
    if not isinstance(before, Node) or all(parent is not base for parent in before.parents):
        return 0.0
    sign = _sign_of_weights(amount)
    return (sign if value.function is np.add else -sign) or None


def with_literal(node: Node) -> bool:
    """Whether a difference is taken from a number in the source: 1 - a is no error."""
    place = node.spot.node if node.spot is not None else None
    if isinstance(place, ast.AugAssign):
        return isinstance(place.value, ast.Constant)
    parts = (place.left, place.right) if isinstance(place, ast.BinOp) else ()
    return any(isinstance(part, ast.Constant) for part in parts)


def _is_slope(node: Node) -> bool:
    """Whether a difference is ``1 - a`` or ``a - 1``; ``out - 2`` has a number for its target."""
    place = node.spot.node if node.spot is not None else None
    right = place.right if isinstance(place, ast.BinOp) else None
    target = isinstance(right, ast.Constant) and right.value not in (0, 1)
    return with_literal(node) and not target


def _adds_up(node: Node) -> bool:
    """Whether a difference is a sum of errors that grows: ``g = g + output - target``."""
    statement = node.spot.statement if node.spot is not None else None
    if not isinstance(statement, ast.Assign) or statement.value is not node.spot.node:  # type: ignore[union-attr]
        return False
    totals = {ast.unparse(target) for target in statement.targets}
    part: ast.expr = statement.value
    while isinstance(part, ast.BinOp) and isinstance(part.op, (ast.Add, ast.Sub)):
        part = part.left
    return ast.unparse(part) in totals and part is not statement.value


def difference(step: Step, args: tuple[object, ...], sign: float) -> tuple[Node, float] | None:
    """(output, sign) of a difference of which one side learns and the other is a target."""
    left, right = args
    left_learns = isinstance(left, Node) and left.index in step.dependent
    right_learns = isinstance(right, Node) and right.index in step.dependent
    if left_learns and right_learns:
        # reward + discount * estimate - estimate: the target is held constant (semi-gradient)
        left_learns, right_learns = not _is_bootstrap(step, left), not _is_bootstrap(step, right)
    if left_learns == right_learns:
        return None
    output, target = (left, right) if left_learns else (right, left)
    assert isinstance(output, Node)
    if _is_its_past(step, output, target):
        return None
    return output, sign if left_learns else -sign


def _is_its_past(step: Step, parameter: Node, target: object) -> bool:
    """Whether a parameter itself is held against a state that its update carries on.

    ``theta - momentum * velocity`` looks ahead: that is where the model is asked, and no error.
    """
    if parameter not in step.olds or not isinstance(target, Node):
        return False
    news = {u.new for line in step.lineages for u in line.updates if u.old is parameter}
    below, made = step.graph.ancestors(news), step.graph.ancestors([target])
    beside = below - made
    return any(
        reader.index in beside and reader.shape == parameter.shape
        for index in made
        for reader in step.graph.readers[index]
        if parameter not in reader.parents
    )


def _is_bootstrap(step: Step, value: object) -> bool:
    if not isinstance(value, Node) or value.function is not np.add:
        return False
    learns = [isinstance(a, Node) and a.index in step.dependent for a in value.args]
    return learns.count(True) == 1


def targets_of(step: Step, delta: Node) -> list[Node]:
    """What a residual compares its output with, as far as that is traced."""
    node: Any = delta
    for _ in range(8):
        if not isinstance(node, Node):
            return []
        parts: list[Any] = []
        if node.function is np.subtract:
            parts = list(node.args)
        elif node.function in (setitem, add_at):
            parts = [*_flat(node.args[1]), *node.args[2:]]
        if parts:
            return [p for p in parts if isinstance(p, Node) and not _learns(step, p)]
        node = next((a for a in node.args if _learns(step, a)), None)
    return []


def origin(value: Any) -> Any:
    """What a value is a view of, or was looked up in."""
    while isinstance(value, Node) and value.args and isinstance(value.args[0], Node):
        if value.function not in _VIEWS:
            break
        value = value.args[0]
    return value


def _learns(step: Step, value: Any) -> bool:
    return isinstance(value, Node) and value.index in step.dependent


def _flat(index: Any) -> list[Any]:
    return list(index) if isinstance(index, (tuple, list)) else [index]
