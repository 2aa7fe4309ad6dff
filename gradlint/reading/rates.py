"""Learning rates: the constants between a gradient and the change that it makes.

A division by a size (``lr * g / m``) belongs to the gradient, whichever side of the rate it is on.
"""

from __future__ import annotations

import ast
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from gradlint.reading.graph import is_scalar, number_of
from gradlint.structs import struct
from gradlint.trace.primitives import astype
from gradlint.trace.tape import Node

if TYPE_CHECKING:
    from gradlint.reading.graph import Graph
    from gradlint.reading.lineage import Term


_SIGNS = {np.copy: 1.0, float: 1.0, astype: 1.0, np.negative: -1.0}
_PRODUCTS = {np.matmul, np.dot, np.outer, np.multiply}
_COMBINES = {np.multiply, np.true_divide, np.add, np.subtract}


@struct
class Peeled:
    """A change without its constants: ``scale`` times ``node``.

    ``inner`` are the learning rates that stand below a division by a size (``lr * g / m``).
    ``by_data`` says that a factor was negative and no rate: a reward, an advantage.  Which way the
    change should go is the data's to say.
    """

    scale: float
    inner: float
    node: Node
    by_data: bool


class _Scaled(NamedTuple):
    """A constant times what learns; ``rate`` is what is left of it without sizes."""

    constant: float
    node: Node
    rate: float


class Rates:
    """The constants in the updates of one step, of a graph's operations from ``start`` to ``end``.

    ``dependent`` is what follows from its parameters.
    """

    def __init__(self, graph: Graph, start: int, end: int, dependent: set[int]) -> None:
        nodes = graph.nodes[start : end + 1]
        self._graph = graph
        self._products = [n for n in nodes if n.function in (np.multiply, np.true_divide)]
        self._dependent = dependent

    def peel(
        self, term: Term, learning: set[int], update: Node | None = None, within: object = None
    ) -> Peeled:
        """Strip learning rates, signs and optimiser states that do not learn in this step.

        In the statement of the ``update`` a rate may also have gone to a factor of a product.  Only
        what one statement does is stripped, where one is given as ``within``.
        """
        scale, node, turned = term.coefficient, term.node, False
        while True:
            step = self._one(node, learning) if _is_within(node, within) else None
            if step is None or step.constant != step.rate:
                break
            turned = turned or (step.constant < 0 and by_data(self._graph, node, step.node))
            scale, node = scale * step.constant, step.node
        inner, below = 1.0, node
        while True:
            step = self._one(below, learning) if _is_within(below, within) else None
            if step is None:
                inner *= 1.0 if update is None else self._in_product(below, update)
                return Peeled(scale, inner, node, turned)
            if step.rate > 0:
                inner *= step.rate
            below = step.node

    def _one(self, node: Node, learning: set[int]) -> _Scaled | None:
        """One operation as a constant times what learns, if it is that."""
        function, args = node.function, node.args
        if function in _SIGNS and isinstance(args[0], Node):
            return _Scaled(_SIGNS[function], args[0], _SIGNS[function])
        parts = _apart(node, learning) if function in _COMBINES else None
        if parts is None:
            return None
        inner, other = parts
        if function in (np.add, np.subtract):
            sign = -1.0 if function is np.subtract and inner is args[1] else 1.0
            return _Scaled(sign, inner, sign) if self._is_state(other, inner) else None
        if not is_scalar(other) or self._varies(node, args.index(other)):
            return None
        number, rate = number_of(other), self._rate(other)
        if function is np.multiply:
            return _Scaled(number, inner, rate)
        if inner is not args[0] or not number:
            return None
        return _Scaled(1.0 / number, inner, 1.0 / number if rate == number else 1.0)

    def _in_product(self, product: Node, update: Node) -> float:
        """The rate in ``lr * X.T @ d``, which python takes for ``(lr * X.T) @ d``."""
        if product.function not in _PRODUCTS or product.spot is None:
            return 1.0
        if update.spot is None or product.spot.statement is not update.spot.statement:
            return 1.0
        rate = 1.0
        for factor in product.parents:
            pair = factor.args if factor.function is np.multiply else ()
            if factor.spot is not None and factor.spot.statement is product.spot.statement:
                given = [a for a in pair if not self._learns(a)]
                numbers = [self._rate(a) for a in given if is_scalar(a)]
                if len(numbers) == 1 and numbers[0] > 0:
                    rate *= numbers[0]
        return rate

    def _learns(self, value: object) -> bool:
        return isinstance(value, Node) and value.index in self._dependent

    def _rate(self, number: object) -> float:
        """What is left of a scalar without its sizes: ``lr`` of ``lr / m`` and ``2 * lr``."""
        if not _is_size(number):
            return number_of(number)
        if not isinstance(number, Node):
            return 1.0
        if number.function is np.true_divide and not _is_size(number.args[0]):
            return number_of(number.args[0])
        others = [arg for arg in number.args if not _is_size(arg)]
        if number.function is np.multiply and len(others) == 1:
            return number_of(others[0])
        expression = number.spot.node if number.is_leaf and number.spot else None
        if isinstance(expression, ast.BinOp) and isinstance(expression.op, ast.Div):
            return self._numbers.get(ast.unparse(expression.left), 1.0)
        return 1.0

    @cached_property
    def _numbers(self) -> dict[str, float]:
        """Constants that stand alone in a product, as written, with their values."""
        found = {}
        for node in self._products:
            expression = node.spot.node if node.spot is not None else None
            if isinstance(expression, ast.BinOp):
                for part, arg in zip((expression.left, expression.right), node.args, strict=False):
                    if is_scalar(arg) and not _is_size(arg):
                        found[ast.unparse(part)] = number_of(arg)
        return found

    def _varies(self, node: Node, place: int) -> bool:
        """Whether a line that works on single numbers meets several factors: then they are data."""
        if node.shape or node.spot is None:
            return False
        return len(self._factors.get((id(node.spot), place), ())) > 1

    @cached_property
    def _factors(self) -> dict[tuple[int, int], set[float]]:
        """The numbers each line multiplies numbers with, by their place in the product."""
        found: dict[tuple[int, int], set[float]] = {}
        for node in self._products:
            if not node.shape:
                for place, arg in enumerate(node.args):
                    if is_scalar(arg):
                        found.setdefault((id(node.spot), place), set()).add(number_of(arg))
        return found

    def _is_state(self, other: Any, inner: Node) -> bool:
        """Whether a summand is an optimiser's memory: momentum, or a sum that is still zero."""
        if not isinstance(other, Node):
            return False
        if other.index in self._dependent or other.shape != inner.shape:
            return False
        if other.function is np.multiply and any(is_scalar(a) for a in other.args):
            made = any(isinstance(a, Node) and not a.is_leaf for a in other.args)
            return bool(other.shape) or made  # (a product of two constants is no memory)
        return other.value is not None and not np.any(other.value)


def _is_within(node: Node, statement: object) -> bool:
    """Whether a statement made a value; any, if none is given."""
    return statement is None or (node.spot is not None and node.spot.statement is statement)


def _apart(node: Node, learning: set[int]) -> tuple[Node, Any] | None:
    """The one of two arguments that learns, if it has the result's shape, and the other one."""
    learns = [isinstance(a, Node) and a.index in learning for a in node.args]
    if len(learns) != 2 or learns.count(True) != 1:
        return None
    inner, other = node.args if learns[0] else node.args[::-1]
    return (inner, other) if inner.shape == node.shape else None


def by_data(graph: Graph, product: Node, inner: Node) -> bool:
    """Whether ``inner`` is multiplied by a scalar made of arrays, or by another one each time.

    A minus that is written before a positive divisor says the sign itself.
    """
    if product.function not in (np.multiply, np.true_divide):
        return False
    place = 1 if product.args[0] is inner else 0
    factor = product.args[place]
    turned = isinstance(factor, Node) and factor.function is np.negative
    if product.function is np.true_divide and turned and number_of(factor) < 0:
        return False
    made_of = graph.ancestors([factor]) if isinstance(factor, Node) else ()
    if any(graph.nodes[index].shape for index in made_of):
        return True
    alike = [n for n in graph.nodes if (n.spot, n.function) == (product.spot, product.function)]
    return len({number_of(n.args[place]) for n in alike if is_scalar(n.args[place])}) > 1


def _is_size(value: object) -> bool:
    """Whether a scalar is a count (of samples, units …) rather than a learning rate."""
    if not isinstance(value, Node):
        return isinstance(value, (int, np.integer)) and abs(int(value)) > 1
    if value.dtype is not None and value.dtype.kind in "iu":
        return True
    if value.function in (np.negative, np.multiply, np.true_divide):
        return any(_is_size(a) for a in value.args)
    if not value.is_leaf or value.spot is None:
        return False
    expression = value.spot.node
    if not isinstance(expression, ast.BinOp):
        return False
    return any(
        isinstance(part, (ast.Name, ast.Call, ast.Attribute)) for part in ast.walk(expression)
    )
