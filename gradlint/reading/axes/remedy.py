"""What to write instead: the expression that the mathematics asks for, where the tape knows it.

A failing product in a backward pass has two operands; if one is the cotangent of a product of the
forward pass and the other a factor of it, the reverse rule of that product says how the two belong
together.  A guess from lengths alone is never given as the right expression.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import numpy as np

from gradlint.reading.axes.layered import unturned
from gradlint.reading.axes.slips import below, origin
from gradlint.reading.axes.text import product_text, short
from gradlint.reading.names import meant_by
from gradlint.source.edits import transposed

if TYPE_CHECKING:
    from gradlint.reading.axes.conflict import Conflict
    from gradlint.reading.axes.crash import Crash, Operand
    from gradlint.reading.axes.scope import Seen
    from gradlint.trace.tape import Node

_PRODUCTS = (np.matmul, np.dot)


def remedy_of(seen: Seen, crash: Crash, conflict: Conflict) -> str:
    """Return one line of help, or nothing."""
    pair = crash.operands[:2]
    if crash.kind == "in-place" and len(pair) == 2:
        return _delta_update(seen, crash) or _in_place(seen, *pair)
    if crash.kind == "assert":
        return _transposed(*pair)
    if crash.name in ("matmul", "dot") and len(crash.operands) == 2:
        return _product(seen, crash) or _by_name(seen, crash)
    if conflict.way == "broadcast":
        return _delta_update(seen, crash)
    if crash.name == "reshape":
        return _flattened_from(seen, crash)
    return ""


# -- products -----------------------------------------------------------------------------------


def _product(seen: Seen, crash: Crash) -> str:
    """Return the reverse rule of the forward product that the two operands belong to."""
    one, other = (_untransposed(o) for o in crash.operands)
    if one is None or other is None or not _is_backward(seen, crash):
        return ""
    for cotangent, factor in ((one, other), (other, one)):
        for product in reversed(seen.recording.tape.nodes[: cotangent[1].index]):
            if product.function not in _PRODUCTS or len(list(product.parents)) != 2:
                continue
            flipped = _is_cotangent(seen, cotangent[1], product)
            if flipped is None or product is cotangent[1]:
                continue
            found = _reverse(
                product, transposed(cotangent[0]) if flipped else cotangent[0], factor, crash.place
            )
            if found:
                what, text = found
                return f"the gradient of `{what}` is `{text}`"
    return ""


def _is_backward(seen: Seen, crash: Crash) -> bool:
    """Whether a backward pass is under way: a step is known, or something is called a gradient."""
    if seen.step is not None:
        return True
    statement = crash.file.statement(crash.place)
    targets = getattr(statement, "targets", None) or [getattr(statement, "target", None)]
    words = [ast.unparse(t) for target in targets if target is not None for t in _each(target)]
    words += [name for node in seen.recording.tape.nodes for name in node.names]
    scope = crash.file.function(crash.place)
    words.append(getattr(scope, "name", ""))
    return any(meant_by(w) is not None or _GRADIENT.search(w) for w in words)


_GRADIENT = re.compile(r"grad|delta|back|err", re.IGNORECASE)


def _each(target: ast.expr) -> list[ast.expr]:
    return target.elts if isinstance(target, ast.Tuple | ast.List) else [target]


def _untransposed(operand: Operand) -> tuple[str, Node] | None:
    """Return the text and node of an operand before it was transposed in place."""
    node, expression = operand.node, operand.expression
    if node is None:
        return None
    text = operand.text
    if node.function is np.transpose and isinstance(expression, ast.Attribute):
        node, text = node.args[0], ast.unparse(expression.value)
    return text, node


def _is_cotangent(seen: Seen, value: Node, product: Node) -> str | None:
    """Whether a later value runs over the axes of a product: "" if so, ".T" if the other way."""
    ours, theirs = seen.axes.of(value), seen.axes.of(product)
    if len(ours) != len(theirs) or value.index <= product.index or not theirs:
        return None
    if value.shape == product.shape and all(map(seen.axes.same, ours, theirs)):
        return ""
    if value.shape == product.shape[::-1] and all(map(seen.axes.same, ours, theirs[::-1])):
        return ".T"
    return None


def _reverse(
    product: Node, cotangent: str, factor: tuple[str, Node], place: ast.AST | None
) -> tuple[str, str] | None:
    """(factor, gradient) of the factor that is not at hand, or of the product's other side."""
    left, right = product.args[:2]
    text, node = factor
    (left_base, left_turned), (right_base, right_turned) = unturned(left), unturned(right)
    if len(product.shape) == 1 or not all(len(n.shape) == 2 for n in (left, right)):
        return _outer(left_base, right_base, cotangent, factor)
    if node is right_base:
        placed = transposed(text) if right_turned else text
        pair = (placed, transposed(cotangent)) if left_turned else (cotangent, transposed(placed))
        return _called(left_base), product_text(place, *pair)
    if node is left_base:
        placed = transposed(text) if left_turned else text
        pair = (transposed(cotangent), placed) if right_turned else (transposed(placed), cotangent)
        return _called(right_base), product_text(place, *pair)
    return None


def _outer(
    left: Node, right: Node, cotangent: str, factor: tuple[str, Node]
) -> tuple[str, str] | None:
    """(matrix, gradient) of the matrix in a product with a vector, which is the factor at hand."""
    text, node = factor
    if node is right and len(node.shape) == 1 and len(left.shape) == 2:
        return _called(left), f"np.outer({cotangent}, {text})"
    if node is left and len(node.shape) == 1 and len(right.shape) == 2:
        return _called(right), f"np.outer({text}, {cotangent})"
    return None


def _called(node: Node) -> str:
    if node.names:
        return node.names[-1]
    return short(node.spot.text) if node.spot is not None else "the other factor"


def _by_name(seen: Seen, crash: Crash) -> str:
    """Return the one arrangement of two matrices in which axes of one name meet."""
    left, right = crash.operands
    if left.node is None or right.node is None or len(left.shape) != 2 or len(right.shape) != 2:
        return ""
    named = [[seen.names.given(axis) for axis in seen.axes.of(o.node)] for o in (left, right)]
    fitting = [
        (i, j)
        for i, j in np.ndindex(2, 2)
        if named[0][i] and named[0][i] == named[1][j] and left.shape[i] == right.shape[j]
    ]
    if len(fitting) != 1:
        return ""
    i, j = fitting[0]
    first = left.text if i == 1 else transposed(left.text)
    second = right.text if j == 0 else transposed(right.text)
    if (i, j) == (0, 1):  # the two stand the wrong way round
        first, second = right.text, left.text
    meets = named[0][i]
    return f"`{product_text(crash.place, first, second)}` lets {meets} meet {meets}"


def gradient_from_delta(seen: Seen, parameter: Node, delta: Node, text: str) -> str:
    """Return the gradient of a parameter, given the cotangent of the product it takes part in."""
    for product in seen.recording.tape.nodes[: delta.index]:
        if product.function not in _PRODUCTS or len(list(product.parents)) != 2:
            continue
        bases = [unturned(factor)[0] for factor in product.args[:2]]
        flipped = _is_cotangent(seen, delta, product) if parameter in bases else None
        if flipped is None or len(delta.shape) != 2:
            continue
        other = bases[0] if parameter is bases[1] else bases[1]
        cotangent = transposed(text) if flipped else text
        found = _reverse(product, cotangent, (_called(other), other), None)
        if found is not None:
            return found[1]
    return ""


def _delta_update(seen: Seen, crash: Crash) -> str:
    """The gradient of the weights, where an update subtracts the delta of their layer."""
    target, value = crash.operands[:2]
    if target.node is None or value.node is None:
        return ""
    found = gradient_from_delta(seen, target.node, value.node, gradient_text(value.expression))
    return f"the gradient of `{target.text}` is `{found}`" if found else ""


# -- elementwise --------------------------------------------------------------------------------


def _in_place(seen: Seen, target: Operand, value: Operand) -> str:
    """Sum over the axis that the parameter lacks, or turn the gradient round."""
    if target.node is None or value.node is None:
        return ""
    summed = _sum_over_the_rest(seen, target, value)
    if summed or value.shape != target.shape[::-1]:
        return summed or _column_for_flat(target, value)
    start = origin(target.node)
    if start.spot is not None and not np.any(start.value):
        where = f"{target.shape}, line {start.spot.row}"
        return f"`{target.text}` was made as {where}; what is added to it is {value.shape}"
    ours, theirs = (
        [a for a in seen.axes.of(n) if a is not None] for n in (target.node, value.node)
    )
    if _all_same(seen, ours, theirs[::-1]):
        inner = gradient_text(value.expression)
        return f"one of the two is transposed: `{inner}.T` has the shape of `{target.text}`"
    return ""


def _sum_over_the_rest(seen: Seen, target: Operand, value: Operand) -> str:
    """The sum over the one axis that is none of the target's."""
    ours, theirs = seen.axes.of(target.node), seen.axes.of(value.node)
    mine = [a for a in ours if a is not None]
    named = [(i, b) for i, b in enumerate(theirs) if b is not None]
    rest = [(i, b) for i, b in named if not any(seen.axes.same(a, b) for a in mine)]
    kept = [b for i, b in named if (i, b) not in rest]
    if len(rest) != 1 or value.shape[rest[0][0]] == 1 or not _all_same(seen, mine, kept):
        return ""
    (i, axis), inner = rest[0], gradient_text(value.expression)
    keep = ", keepdims=True" if len(target.shape) == len(value.shape) else ""
    return f"sum over {seen.names.of(axis)}: `np.sum({inner}, axis={i}{keep})`"


def _column_for_flat(target: Operand, value: Operand) -> str:
    """The flat gradient of a column or a row in the shape of its parameter."""
    if len(value.shape) != 1 or len(target.shape) != 2 or 1 not in target.shape:
        return ""
    maker = value.node
    while maker is not None and (deeper := below(maker)) is not None:
        maker = deeper
    if maker is not None and maker.function in (np.sum, np.mean) and maker.spot is not None:
        return f"compute it with keepdims=True: `{short(maker.spot.text)}`, line {maker.spot.row}"
    return f"reshape it: `{gradient_text(value.expression)}.reshape{target.shape}`"


def _all_same(seen: Seen, ours: list[int], theirs: list[int]) -> bool:
    return len(ours) == len(theirs) and all(map(seen.axes.same, ours, theirs))


def gradient_text(expression: ast.expr) -> str:
    """Return the array in ``lr * dW``."""
    if isinstance(expression, ast.BinOp) and isinstance(expression.op, ast.Mult):
        return ast.unparse(expression.right)
    if isinstance(expression, ast.BinOp) and isinstance(expression.op, ast.Div):
        return ast.unparse(expression.left)
    return ast.unparse(expression)


def _transposed(left: Operand, right: Operand) -> str:
    if left.shape == right.shape[::-1] and left.shape != right.shape:
        return f"`{left.text}.T` has the shape of `{right.text}`"
    return ""


# -- layouts ------------------------------------------------------------------------------------


def _flattened_from(seen: Seen, crash: Crash) -> str:
    """Return the shape that the forward pass flattened into the one at hand."""
    source = crash.operands[0]
    for node in seen.recording.tape.nodes:
        if node.function in (np.reshape, np.ravel) and node.shape == source.shape:
            before = node.args[0]
            if before.shape != node.shape and node.spot is not None:
                return f"line {node.spot.row} flattened an array of shape {before.shape}"
    if len(source.shape) > 1:
        rest = int(np.prod(source.shape[1:], dtype=int))
        return f"it is {source.shape}: {source.shape[0]} times {rest} elements"
    return ""
