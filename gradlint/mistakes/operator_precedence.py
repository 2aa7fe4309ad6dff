"""GL108 operator-precedence."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from gradlint.diagnosis.context import Experiment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.diagnosis.case import Case


class OperatorPrecedence:
    """``a * b.dot(c)`` groups as ``a * (b.dot(c))``; a minus covers one term of a sum; and it matters.

    What happens
    ------------
    The operators do not group as they were meant to. A method call binds tighter than `*`, so that
    `a * b.dot(c)` is `a * (b.dot(c))`; a unary minus covers the one term behind it; `x / 2 * n`
    multiplies by n.

    Why it is wrong
    ---------------
    The terms are the right ones, and each would be right in another place. Elementwise and matrix
    products do not commute with each other, so the grouping decides what is computed.

    How it shows
    ------------
    As an error about shapes in the lucky case. Where the sizes agree, as a gradient that is wrong
    without any complaint.

    Fix
    ---
    Set parentheses, or give the inner part a name on a line of its own.

    Example
    -------
    Bad:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 3)), rng.random(size=(9, 4))
        W1, W2 = rng.normal(size=(3, 4)), rng.normal(size=(4, 4))
        for step in range(3):
            a1 = np.tanh(x.dot(W1))
            a2 = np.tanh(a1.dot(W2))
            error = a2 - y
            loss = 0.5 * np.sum(error ** 2)
            slope1, slope2 = 1 - a1 ** 2, 1 - a2 ** 2
            dW2 = a1.T.dot(error * slope2)
            dW1 = x.T.dot(error * slope2.dot(W2.T) * slope1)
            W1 -= 0.01 * dW1
            W2 -= 0.01 * dW2

    Good:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 3)), rng.random(size=(9, 4))
        W1, W2 = rng.normal(size=(3, 4)), rng.normal(size=(4, 4))
        for step in range(3):
            a1 = np.tanh(x.dot(W1))
            a2 = np.tanh(a1.dot(W2))
            error = a2 - y
            loss = 0.5 * np.sum(error ** 2)
            slope1, slope2 = 1 - a1 ** 2, 1 - a2 ** 2
            dW2 = a1.T.dot(error * slope2)
            dW1 = x.T.dot((error * slope2).dot(W2.T) * slope1)
            W1 -= 0.01 * dW1
            W2 -= 0.01 * dW2
    """  # noqa: E501 - the summary is a row of the README's table, word for word

    code = "GL108"
    name = "operator-precedence"
    severity = "error"
    recognises = ("parentheses",)
    reshapes = True  # it may leave the gradient with another shape

    def in_gradient(self, case: Case) -> Iterator[Experiment]:
        """The line is right with other parentheses around the same operands."""
        for part, _ in case.parts():
            if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Mult):
                yield from self._chain(case, part)
            if isinstance(part, ast.BinOp) and isinstance(part.op, (ast.Add, ast.Sub)):
                yield from self._minus(case, part)
                yield from self._sum(case, part)

    def _chain(self, case: Case, part: ast.BinOp) -> Iterator[Experiment]:
        """The first operand belongs inside the chain of ``.dot`` calls that follows it."""
        calls: list[ast.Call] = []
        inner: ast.expr = part.right
        while isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute):
            if inner.func.attr != "dot":
                break
            calls.append(inner)
            inner = inner.func.value
            rest = "".join(f".dot({', '.join(map(ast.unparse, c.args))})" for c in reversed(calls))
            left = ast.unparse(part.left)
            text = f"({left} * {ast.unparse(inner)}){rest}"
            message = (
                f"`{case.text(part.left)} * …` multiplies the result of the whole `.dot` chain; "
                f"it belongs inside, next to `{case.text(inner)}`"
            )
            yield Experiment(message, 0.8, edits=((part, text),))

    def _minus(self, case: Case, part: ast.BinOp) -> Iterator[Experiment]:
        """``-a - b`` for ``-(a - b)``, and ``-a + b`` for ``-(a + b)``."""
        left = part.left
        if not (isinstance(left, ast.UnaryOp) and isinstance(left.op, ast.USub)):
            return
        sign = "+" if isinstance(part.op, ast.Add) else "-"
        text = f"-({ast.unparse(left.operand)} {sign} {ast.unparse(part.right)})"
        message = f"the minus covers only `{case.text(left.operand)}`, not the whole sum"
        yield Experiment(message, 0.8, edits=((part, text),))

    def _sum(self, case: Case, part: ast.BinOp) -> Iterator[Experiment]:
        """``a * (1 - b)`` and ``(a - b) / m`` whose parentheses are gone."""
        for inner, whole in (*_with_last(part.left, part), *_with_first(part.right, part)):
            shown = ast.unparse(inner)
            message = f"`{shown}` belongs together: without parentheses, products come before sums"
            yield Experiment(message, 0.9, edits=((part, ast.unparse(whole)),))


def _with_last(product: ast.expr, part: ast.BinOp) -> Iterator[tuple[ast.expr, ast.expr]]:
    """The sum of the right side and the last factors of a product on the left, and the product."""
    first, rest = _factors(product)
    for k, (op, _) in enumerate(rest):
        inner = ast.BinOp(_product(rest[k][1], rest[k + 1 :]), part.op, part.right)
        yield inner, ast.BinOp(_product(first, rest[:k]), op, inner)


def _with_first(product: ast.expr, part: ast.BinOp) -> Iterator[tuple[ast.expr, ast.expr]]:
    """The sum of the left side, or its last term, and the first factors of a product."""
    first, rest = _factors(product)
    for k in range(len(rest)):
        inner = ast.BinOp(part.left, part.op, _product(first, rest[:k]))
        yield inner, _product(inner, rest[k:])
        left = part.left
        if isinstance(left, ast.BinOp) and isinstance(left.op, ast.Add):
            inner = ast.BinOp(left.right, part.op, _product(first, rest[:k]))
            yield inner, ast.BinOp(left.left, left.op, _product(inner, rest[k:]))


def _factors(node: ast.expr) -> tuple[ast.expr, list[tuple[ast.operator, ast.expr]]]:
    """The first factor of a chain of products, and the others with their operators."""
    rest: list[tuple[ast.operator, ast.expr]] = []
    while isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.Div, ast.MatMult)):
        rest.insert(0, (node.op, node.right))
        node = node.left
    return node, rest


def _product(first: ast.expr, rest: list[tuple[ast.operator, ast.expr]]) -> ast.expr:
    for op, factor in rest:
        first = ast.BinOp(first, op, factor)
    return first
