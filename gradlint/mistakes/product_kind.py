"""GL306 product-kind."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from gradlint.case import Case, Experiment

_WORDS = {"*": "elementwise product", "@": "matrix product", "outer": "outer product"}


class ProductKind:
    """``*``, ``dot``/``@`` and the outer product are confused.

    What happens
    ------------
    An elementwise product stands where a matrix product belongs, or the reverse, or an outer
    product where an inner one does.

    Why it is wrong
    ---------------
    `*` pairs elements, `@` and `dot` sum over an axis. The forward pass says which one it is: an
    activation acts on each element, a weight matrix mixes them.

    How it shows
    ------------
    As an error about shapes, or, where a size is 1 or two are equal, not at all.

    Fix
    ---
    Slopes of activations are multiplied with `*`; weights and layer inputs with `@`.

    Example
    -------
    Bad:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(4, 3)), rng.normal(size=(4, 2))
        W1, W2 = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
        for step in range(3):
            a = np.tanh(x @ W1)
            out = a @ W2
            loss = 0.5 * np.sum((out - y) ** 2)
            d = out - y
            dz = np.dot(d @ W2.T, 1 - a ** 2)
            W2 -= 0.01 * (a.T @ d)
            W1 -= 0.01 * (x.T @ dz)

    Good:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(4, 3)), rng.normal(size=(4, 2))
        W1, W2 = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
        for step in range(3):
            a = np.tanh(x @ W1)
            out = a @ W2
            loss = 0.5 * np.sum((out - y) ** 2)
            d = out - y
            dz = np.multiply(d @ W2.T, 1 - a ** 2)
            W2 -= 0.01 * (a.T @ d)
            W1 -= 0.01 * (x.T @ dz)
    """

    code = "GL306"
    name = "product-kind"
    severity = "error"

    def in_gradient(self, case: Case) -> Iterator[Experiment]:
        """The line is right with another kind of product between the same operands."""
        for part, _ in case.parts():
            found = _factors(part)
            if found is None:
                continue
            kind, left, right = found
            for other, text in _written(left, right):
                if other == kind:
                    continue
                message = (
                    f"`{case.text(part)}` is the {_WORDS[kind]}; the {_WORDS[other]} belongs here"
                )
                yield Experiment(message, 1.2, edits=((part, text),))


def _factors(part: ast.expr) -> tuple[str, ast.expr, ast.expr] | None:
    if isinstance(part, ast.BinOp) and isinstance(part.op, (ast.Mult, ast.MatMult)):
        return ("*" if isinstance(part.op, ast.Mult) else "@"), part.left, part.right
    if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute):
        name = part.func.attr
        if len(part.args) == 2 and name in ("dot", "matmul", "multiply", "outer"):
            kind = {"multiply": "*", "outer": "outer"}.get(name, "@")
            return kind, part.args[0], part.args[1]
        if name == "dot" and len(part.args) == 1:
            return "@", part.func.value, part.args[0]
    return None


def _written(left: ast.expr, right: ast.expr) -> Iterator[tuple[str, str]]:
    a, b = _tight(left), _tight(right)
    yield "*", f"{a} * {b}"
    yield "@", f"np.dot({ast.unparse(left)}, {ast.unparse(right)})"
    yield "outer", f"np.outer({ast.unparse(left)}, {ast.unparse(right)})"
    for one, other in ((f"{a}.T", b), (a, f"{b}.T"), (b, a), (f"{b}.T", a), (b, f"{a}.T")):
        yield "@", f"np.dot({one}, {other})"
    yield "*", f"{a}.T * {b}"
    yield "*", f"{a} * {b}.T"


def _tight(node: ast.expr) -> str:
    text = ast.unparse(node)
    return f"({text})" if isinstance(node, (ast.BinOp, ast.UnaryOp)) else text
