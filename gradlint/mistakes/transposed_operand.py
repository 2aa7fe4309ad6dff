"""GL305 transposed-operand."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import numpy as np

from gradlint.diagnosis.context import Experiment
from gradlint.diagnosis.numbers import Guess
from gradlint.source.edits import operand, transposed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.diagnosis.case import Case
    from gradlint.diagnosis.numbers import Numbers


class TransposedOperand:
    """An operand (or the result) is transposed, and sizes let it pass.

    What happens
    ------------
    An operand of a matrix product, or its result, is transposed where it should not be, or the
    other way round, and the sizes happen to fit.

    Why it is wrong
    ---------------
    Going back through `a @ W` takes `d @ W.T`: each delta returns along the connection it came
    from. Without the transpose it returns along another unit's.

    How it shows
    ------------
    Only where two sizes are equal, as in a square hidden layer; anywhere else NumPy raises an
    error. So it hides in a network of which each layer has the same width.

    Fix
    ---
    Transpose the operand. While developing, give every dimension a size of its own: the slip is
    then an error at once.

    Example
    -------
    Bad:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 4))
        W1, W2 = rng.normal(size=(3, 4)), rng.normal(size=(4, 4))
        for step in range(3):
            a = np.tanh(x @ W1)
            out = a @ W2
            loss = 0.5 * np.sum((out - y) ** 2)
            d = out - y
            dz = d @ W2 * (1 - a ** 2)
            W2 -= 0.01 * (a.T @ d)
            W1 -= 0.01 * (x.T @ dz)

    Good:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 4))
        W1, W2 = rng.normal(size=(3, 4)), rng.normal(size=(4, 4))
        for step in range(3):
            a = np.tanh(x @ W1)
            out = a @ W2
            loss = 0.5 * np.sum((out - y) ** 2)
            d = out - y
            dz = d @ W2.T * (1 - a ** 2)
            W2 -= 0.01 * (a.T @ d)
            W1 -= 0.01 * (x.T @ dz)
    """

    code = "GL305"
    name = "transposed-operand"
    severity = "error"
    recognises = ("transposition",)
    reshapes = True  # it may leave the gradient with another shape

    def in_numbers(self, seen: Numbers) -> Iterator[Guess]:
        """The gradient is transposed, or a product with W for Wᵀ: a square W lets it pass."""
        hand = seen.hand
        if hand.ndim == 2 and hand.shape[0] == hand.shape[1]:
            remedy = "swap the operands of the product, or transpose the result"
            yield Guess(f"{seen.said} is transposed", remedy, corrected=hand.T)
        for name, matrix in seen.arrays:
            if name == seen.name or matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
                continue
            if matrix.dtype.kind != "f" or len(matrix) < 2 or np.linalg.cond(matrix) > 1e6:
                continue
            text = f"{seen.said} is multiplied by {name} where its transpose belongs"
            if hand.shape[-1:] == matrix.shape[:1]:
                right = hand @ np.linalg.solve(matrix, matrix.T)
                yield Guess(text, f"write `{name}.T`", corrected=right)
            if hand.ndim == 2 and hand.shape[0] == len(matrix):
                right = np.linalg.solve(matrix.T, matrix).T @ hand
                yield Guess(text, f"write `{name}.T`", corrected=right)

    def in_gradient(self, case: Case) -> Iterator[Experiment]:
        """One operand, or two exchanged, transposed makes the line right."""
        for part, node in case.parts():
            shape = getattr(node, "shape", None)
            if shape is None or len(shape) != 2:
                continue
            text = case.text(part)
            message = f"`{text}` is transposed: {_shape(shape)} where its transpose belongs"
            if isinstance(part, ast.Attribute) and part.attr == "T":
                yield Experiment(message, 1.0, edits=((part, ast.unparse(part.value)),))
            else:
                yield Experiment(
                    f"`{text}` has to be transposed here",
                    1.0,
                    edits=((part, f"{operand(part)}.T"),),
                )
        for part, _ in case.parts():
            yield from self._exchanged(case, part)

    def _exchanged(self, case: Case, part: ast.expr) -> Iterator[Experiment]:
        """``a @ b`` written for ``b @ a`` or ``b.T @ a.T``."""
        pair = _product(part)
        if pair is None:
            return
        left, right, build = pair
        message = f"the operands of `{case.text(part)}` are exchanged"
        one, other = operand(left), operand(right)
        turned, its = (transposed(ast.unparse(side)) for side in (left, right))
        for cost, text in (
            (1.5, build(its, turned)),
            (1.4, build(other, one)),
            (1.6, build(turned, its)),
        ):
            yield Experiment(message, cost, edits=((part, text),))


def _product(part: ast.expr):  # type: ignore[no-untyped-def]
    if isinstance(part, ast.BinOp) and isinstance(part.op, ast.MatMult):
        return part.left, part.right, lambda a, b: f"{a} @ {b}"
    if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute):
        name = ast.unparse(part.func)
        if part.func.attr in ("dot", "matmul") and len(part.args) == 2:
            return part.args[0], part.args[1], lambda a, b: f"{name}({a}, {b})"
        if part.func.attr == "dot" and len(part.args) == 1:
            return part.func.value, part.args[0], lambda a, b: f"{a}.dot({b})"
    return None


def _shape(shape: tuple[int, ...]) -> str:
    return "(" + ", ".join(map(str, shape)) + ")"
