"""A layer's own slope that was contracted away where it belongs elementwise."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import numpy as np

from gradlint.reading.axes.slips import origin
from gradlint.reading.axes.text import operand_expressions, short, text_of
from gradlint.source.edits import expression_of
from gradlint.structs import struct
from gradlint.trace.tape import Node

if TYPE_CHECKING:
    from gradlint.reading.axes.scope import Seen

_PRODUCTS = (np.dot, np.matmul)


@struct(eq=False)
class DottedSlope:
    """``product`` contracts ``slope`` (an operand, as written), which runs over a layer's units."""

    product: Node
    slope: str
    remedy: str


def dotted_slope(seen: Seen, gradient: Node, parameter: Node) -> DottedSlope | None:
    """Find the product that contracts a slope over the very axes that a bias gradient has to have.

    The gradient of a bias runs over its layer's units, so nothing that runs over them may be
    contracted on the way to it.
    """
    wanted = seen.axes.of(parameter)
    if gradient.spot is None or not any(wanted):
        return None
    statement = gradient.spot.statement
    stack = [gradient]
    while stack:
        node = stack.pop()
        if node.spot is None or node.spot.statement is not statement:
            continue
        if node.function in _PRODUCTS and len(node.args) == 2:
            for value in (a for a in node.args if isinstance(a, Node)):
                if _is_slope(seen, value, wanted):
                    text = _written(node, value)
                    return DottedSlope(node, text, _right(seen, gradient, value, text))
        stack.extend(node.parents)
    return None


def _is_slope(seen: Seen, value: Node, wanted: tuple[int | None, ...]) -> bool:
    """Whether a value is an elementwise function of a product, over the axes of a bias."""
    made = origin(value)
    axes = seen.axes.of(value)
    return (
        made is not value
        and made.function in _PRODUCTS
        and len(axes) == len(wanted)
        and all(map(seen.axes.same, axes, wanted))
    )


def _written(product: Node, value: Node) -> str:
    assert product.spot is not None
    expressions = operand_expressions(product.spot.node)
    for expression, argument in zip(expressions, product.args, strict=False):
        if argument is value:
            return short(text_of(product.spot.file, expression))
    return value.names[0] if value.names else "the slope"


def _right(seen: Seen, gradient: Node, slope: Node, text: str) -> str:
    """The delta of the next layer through its weights, times the slope, element by element."""
    made = origin(slope)
    for following in seen.recording.tape.nodes[made.index + 1 : gradient.index]:
        if following.function not in _PRODUCTS or len(following.args) != 2:
            continue
        left, right = following.args
        if not isinstance(left, Node) or not isinstance(right, Node) or origin(right) is not made:
            continue
        delta = _delta(seen, following, gradient)
        weights, turned = (left.args[0], True) if left.function is np.transpose else (left, False)
        if delta and weights.names:
            name = weights.names[-1] if turned else f"{weights.names[-1]}.T"
            return f"{name}.dot({delta}) * {text}"
    return ""


def _delta(seen: Seen, product: Node, before: Node) -> str:
    """The last value with a plain name that runs over the axes of a product."""
    wanted = seen.axes.of(product)
    for node in reversed(seen.recording.tape.nodes[product.index + 1 : before.index]):
        axes = seen.axes.of(node)
        plain = [name for name in node.names if isinstance(expression_of(name), ast.Name)]
        if plain and len(axes) == len(wanted) and all(map(seen.axes.same, axes, wanted)):
            return plain[-1]
    return ""
