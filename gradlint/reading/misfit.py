"""Which scalars tell by their making that they are to be small: distances from targets, −log p.

A sum of squares alone does not tell: principal components make the sum of squares of ``X @ w`` as
large as they can.  Nobody maximises what lies between an output and its target.
"""

from __future__ import annotations

import operator
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.reading.residuals import with_literal
from gradlint.trace.primitives import astype, setitem, view
from gradlint.trace.tape import Node

if TYPE_CHECKING:
    from gradlint.reading.step import Step

MINIMISED = re.compile(
    r"loss|cost|nll|\bneg_|negative|\b[ms]se\b|\bbce\b|cross_?ent|xent", re.IGNORECASE
)
LOGS = {np.log, np.log1p, np.log2, np.log10}
_PRODUCTS = {np.multiply, np.matmul, np.dot, np.vdot, np.inner}
_SIZES = {np.square, np.absolute, np.linalg.norm}
_PASSING = {
    np.sum, np.mean, np.sqrt, np.squeeze, np.reshape, np.ravel, np.transpose, np.copy, np.array,
    np.asarray, view, astype, float, operator.getitem,
}  # fmt: skip
_DEEP = 40  # operations that are followed


def is_misfit(step: Step, value: Node) -> bool:
    """Whether a scalar is the larger, the farther the outputs are from what they should be.

    Also where only a part of it is, such as the loss without its penalty, or this sample's share in
    a running total.
    """
    return _Making(step).grows(value, 1.0)


def is_likelihood(step: Step, value: Node) -> bool:
    """Whether a scalar is the smaller, the farther the outputs are from what they should be."""
    return _Making(step).grows(value, -1.0)


class _Making:
    """The way back from one scalar to what it is made of."""

    def __init__(self, step: Step) -> None:
        self.step, self.left = step, _DEEP

    def grows(self, node: Any, sign: float) -> bool:
        """Whether ``sign`` times a value grows with a misfit."""
        if isinstance(node, (list, tuple)):
            return any(self.grows(part, sign) for part in node)
        self.left -= 1
        if not self._learns(node) or self.left < 0:
            return False
        if sign > 0 and (any(map(MINIMISED.search, node.names)) or self._is_size(node)):
            return True
        return self._grows_by_formula(node, sign)

    def _grows_by_formula(self, node: Node, sign: float) -> bool:
        """Whether what an operation makes of its arguments lets ``sign`` times the value grow."""
        function, args = node.function, node.args
        if function is np.maximum:
            return sign > 0 and any(self._is_shortfall(a) for a in args[:2])
        if _is_softplus(node):
            return sign > 0
        if function in LOGS:
            return self._is_divergence(args[0]) if sign > 0 else _is_probability(args[0])
        way = _poisson_sign(node)
        if way:
            return way * sign > 0
        if function in (np.add, np.subtract, np.negative, np.where):
            return any(self.grows(a, sign * s) for a, s in _summands(node))
        if function in (np.multiply, np.true_divide):
            return self._weighed(node, sign)
        picked = function is operator.getitem and _are_positive(*args[:2])
        if picked and self._is_shortfall(args[0]):
            return sign > 0
        return function in _PASSING and self.grows(args[0], sign)

    def _is_divergence(self, ratio: Any) -> bool:
        """Whether a logarithm is taken of a target over a probability, as in ``P * log(P / Q)``."""
        if not isinstance(ratio, Node) or ratio.function is not np.true_divide:
            return False
        target, output = ratio.args[:2]
        return self._learns(output) and not self._learns(target) and _is_probability(output)

    def _weighed(self, node: Node, sign: float) -> bool:
        """Whether a value grows with a misfit that is multiplied with what is given."""
        learning = [a for a in node.args if self._learns(a)]
        given = [a for a in node.args if not self._learns(a)]
        if len(learning) != 1 or len(given) != 1:
            return False
        if node.function is np.true_divide and learning[0] is not node.args[0]:
            return False
        weights = _number(given[0])
        if weights is None or not (np.all(weights >= 0) or np.all(weights <= 0)):
            return False
        return self.grows(learning[0], sign if np.all(weights >= 0) else -sign)

    def _is_size(self, node: Node) -> bool:
        """Whether a value is the square or the size of what lies between output and target."""
        function, args = node.function, node.args
        if function in _SIZES:
            return self._is_distance(args[0])
        if function is np.power:
            even = not isinstance(args[1], Node) and np.all(np.mod(args[1], 2) == 0)
            return bool(even) and self._is_distance(args[0])
        if function is np.einsum:
            args = args[1:]
        elif function not in _PRODUCTS:
            return False
        factors = [_unscaled(a) for a in args]  # ``0.5 * r @ r``
        return len(args) == 2 and _alike(*factors) and self._is_distance(factors[0])

    def _is_shortfall(self, node: Any) -> bool:
        """Whether a value is what an output lacks of a margin: ``1 - y * out``, ``a - b + 1``."""
        while isinstance(node, Node) and node.function is setitem:  # its own class is left out
            node = node.args[0]
        if not self._learns(node) or not with_literal(node):
            return False
        if node.function is np.subtract:
            return not self._learns(node.args[0])
        apart = [a for a in node.args[:2] if self._learns(a) and a.function is np.subtract]
        return node.function is np.add and any(all(map(self._learns, a.args)) for a in apart)

    def _is_distance(self, node: Any) -> bool:
        """Whether a value is the difference of an output and a target, perhaps weighed."""
        node = _origin(node)
        for _ in range(6):
            if not self._learns(node):
                return False
            if node.function not in (np.multiply, np.true_divide, np.negative):
                break
            learning = [a for a in node.args if self._learns(a)]
            if len(learning) != 1:
                return False
            node = _origin(learning[0])
        if node.function not in (np.subtract, np.add) or with_literal(node):
            return False
        return sum(map(self._learns, node.args)) == 1

    def _learns(self, value: Any) -> bool:
        return isinstance(value, Node) and self.step.inside(value)


def _summands(node: Node) -> list[tuple[Any, float]]:
    """What a value adds up, or chooses from, each with its sign."""
    if node.function is np.negative:
        return [(node.args[0], -1.0)]
    if node.function is np.where:
        return [(part, 1.0) for part in node.args[1:]]
    second = -1.0 if node.function is np.subtract else 1.0
    return [(node.args[0], 1.0), (node.args[1], second)]


def _are_positive(value: Any, mask: Any) -> bool:
    """Whether a mask picks the entries of a value that are greater than zero."""
    if not isinstance(mask, Node) or mask.function is not np.greater:
        return False
    bound = _number(mask.args[1])
    return mask.args[0] is value and bound is not None and not np.any(bound)


def _origin(value: Any) -> Any:
    """What a value is only another view of."""
    while isinstance(value, Node) and (
        value.function in (view, np.transpose, np.reshape, np.ravel)
    ):
        value = value.args[0]
    return value


def _unscaled(value: Any) -> Any:
    """What a value is a positive multiple of, by a number that was written down or is one."""
    value = _origin(value)
    if isinstance(value, Node) and value.function in (np.multiply, np.true_divide):
        left, right = value.args[:2]
        pairs = [(left, right), (right, left)] if value.function is np.multiply else [(left, right)]
        for inner, factor in pairs:
            number = _number(factor) if not isinstance(factor, Node) or factor.is_leaf else None
            if isinstance(inner, Node) and number is not None and number.size == 1 and number > 0:
                return _origin(inner)
    return value


def _alike(one: Any, other: Any) -> bool:
    """Whether two values are one, or are made in one way of the same values."""
    one, other = _origin(one), _origin(other)
    if one is other or not (isinstance(one, Node) and isinstance(other, Node)):
        return one is other
    pairs = zip(one.args, other.args, strict=False)
    return one.function is other.function is np.subtract and all(a is b for a, b in pairs)


def _number(value: Any) -> np.ndarray | None:
    found = value.value if isinstance(value, Node) else value
    number = None if found is None else np.asarray(found)
    return number if number is not None and number.dtype.kind in "biuf" else None


def _poisson_sign(node: Node) -> float:
    """1 for ``exp(z) - y * z``, minus the log-likelihood of counts, -1 for ``y * z - exp(z)``."""
    if node.function is not np.subtract:
        return 0.0
    for (one, other), sign in ((node.args[:2], 1.0), (node.args[1::-1], -1.0)):
        made = isinstance(one, Node) and one.function is np.exp
        weighed = isinstance(other, Node) and other.function is np.multiply
        if made and weighed and any(_origin(a) is _origin(one.args[0]) for a in other.args):
            return sign
    return 0.0


def _is_softplus(node: Node) -> bool:
    """Whether a value is ``log(1 + exp(x))``, minus the log-likelihood of one of two classes."""
    function, args = node.function, list(node.args)
    if function is np.logaddexp:
        return any(_is_all(a, 0.0) for a in args[:2])
    if function is np.log and isinstance(args[0], Node) and args[0].function is np.add:
        rest = [a for a in args[0].args if not _is_all(a, 1.0)]
        args = rest if len(rest) == 1 else []
    elif function is not np.log1p:
        return False
    return any(isinstance(a, Node) and a.function is np.exp for a in args)


def _is_all(value: Any, number: float) -> bool:
    """Whether a value is one number throughout that was written down."""
    found = None if isinstance(value, Node) and value.parents else _number(value)
    return found is not None and bool(np.all(found == number))


def _is_probability(value: Any) -> bool:
    """Whether all that a logarithm is taken of lies between 0 and 1."""
    found = _number(value)
    return found is not None and bool(np.all((found >= 0) & (found <= 1)))
