"""A loss in which one factor counts as given: the advantage by which an actor's term is weighted.

``-mean(log_prob * (reward - value))`` teaches the actor; its critic, which makes the value, learns
by an error of its own.  By custom nothing flows back through the advantage.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.reading.objective import Objective
from gradlint.reading.residuals import difference
from gradlint.structs import struct
from gradlint.trace.tape import Node
from gradlint.truth.backprop import backprop, unbroadcast

if TYPE_CHECKING:
    from gradlint.reading.step import Step


@struct
class Product:
    """A product of which one factor counts as given."""

    node: Node
    free: Node
    given: Node


@struct(eq=False)
class Weighted(Objective):
    """A computed loss whose ``products`` are differentiated by one factor only.

    ``between`` are the nodes from the products to the loss, in execution order.
    """

    products: tuple[Product, ...] = ()
    between: tuple[Node, ...] = ()

    @property
    def nodes(self) -> list[Node]:
        """All nodes whose values an evaluation needs."""
        return [*super().nodes, *(p.given for p in self.products), *self.between]

    def seeds(self, values: dict[int, Any]) -> dict[Node, np.ndarray]:
        """The cotangents of the free factors, with what they are multiplied by as it is here."""
        loss = self.values[-1]
        flow = backprop(self.between, values, {loss: np.ones(np.shape(values[loss.index]))})
        found: dict[Node, np.ndarray] = {loss: np.zeros(np.shape(values[loss.index]))}
        for product in self.products:
            shape = np.shape(values[product.free.index])
            seed = flow[product.node.index] * np.asarray(values[product.given.index], float)
            found[product.free] = found.get(product.free, 0.0) + unbroadcast(seed, shape)
        return found


def with_given_factors(step: Step, own: Objective) -> Weighted | None:
    """The same loss with its errors given where they weigh something else; None without any.

    All that the loss depends on has to come in through such products.
    """
    if own.kind != "computed" or len(own.pairs) != 1 or isinstance(own, Weighted):
        return None
    products: dict[int, Product] = {}
    between: dict[int, Node] = {}
    stack = own.values
    while stack:
        node = stack.pop()
        if node.index in between or node.index not in step.dependent:
            continue
        between[node.index] = node
        product = _product(step, node)
        if product is not None:
            products[node.index] = product
        elif node in step.olds:
            return None
        else:
            stack += node.parents
    if not products:
        return None
    pairs = (*((p.free, None) for p in products.values()), own.pairs[-1])
    order = tuple(between[index] for index in sorted(between))
    return Weighted(
        own.kind, pairs, misfit=own.misfit, functions=own.functions,
        products=tuple(products.values()), between=order,
    )  # fmt: skip


def _product(step: Step, node: Node) -> Product | None:
    """A product of an error and of something else that learns."""
    if node.function is not np.multiply or len(node.args) != 2:
        return None
    errors = [_is_error(step, a) for a in node.args]
    if errors.count(True) != 1 or not all(isinstance(a, Node) for a in node.args):
        return None
    given, free = node.args if errors[0] else node.args[::-1]
    return Product(node, free, given) if free.index in step.dependent else None


def _is_error(step: Step, value: Any) -> bool:
    """Whether a value is the difference of an output and a target, however it is laid out."""
    while isinstance(value, Node) and len(value.parents) == 1:
        (value,) = value.parents
    if not isinstance(value, Node) or value.function is not np.subtract or len(value.args) != 2:
        return False
    return difference(step, value.args, 1.0) is not None
