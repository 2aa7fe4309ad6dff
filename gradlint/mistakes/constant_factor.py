"""GL203 constant-factor."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from gradlint.diagnosis.context import Experiment
from gradlint.diagnosis.factors import forward_constants, rescaled, spelled, terms
from gradlint.diagnosis.numbers import Guess, equal
from gradlint.source.edits import operand

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.diagnosis.case import Case
    from gradlint.diagnosis.numbers import Numbers


class ConstantFactor:
    """A gradient is an exact constant times what it should be.

    What happens
    ------------
    One gradient is a constant times what it should be: the 2 of a square is differentiated away in
    one place and kept in another, a ½ is applied twice, a mean over two axes is taken for a mean
    over one.

    Why it is wrong
    ---------------
    All parameters must move along the gradient of one and the same loss. With different factors
    they do not, and the step is not the steepest descent of anything.

    How it shows
    ------------
    Training works, a little worse than it could. A numeric check shows a ratio of exactly 2, or of
    another round number, for one parameter.

    Fix
    ---
    Put every constant of the loss into the output delta, and nowhere else.

    Example
    -------
    Bad:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 4))
        W, b = rng.normal(size=(3, 4)), np.zeros(4)
        for step in range(3):
            out = np.tanh(x @ W + b)
            loss = np.sum((out - y) ** 2)
            d = 2 * (out - y) * (1 - out ** 2)
            dW = x.T @ d
            db = 2 * d.sum(axis=0)
            W -= 0.01 * dW
            b -= 0.01 * db

    Good:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 4))
        W, b = rng.normal(size=(3, 4)), np.zeros(4)
        for step in range(3):
            out = np.tanh(x @ W + b)
            loss = np.sum((out - y) ** 2)
            d = 2 * (out - y) * (1 - out ** 2)
            dW = x.T @ d
            db = d.sum(axis=0)
            W -= 0.01 * dW
            b -= 0.01 * db
    """

    code = "GL203"
    name = "constant-factor"
    severity = "error"
    vague = True  # it says that a gradient is wrong, not why
    recognises = ("constant",)
    of_multiples = True  # also asked about right values at a wrong multiple

    def in_numbers(self, seen: Numbers) -> Iterator[Guess]:
        """The gradient is a constant times the truth, and it is known which."""
        if seen.batch is not None or equal(seen.factor, -1.0) or seen.origin is None:
            return
        sign = "−" if seen.factor < 0 else ""
        size = f"{sign}{abs(seen.factor):.6g} times the true one: {sign}{seen.origin}"
        yield Guess(f"{seen.said} is {size}", evidence={"origin": seen.origin})

    def in_gradient(self, case: Case) -> Iterator[Experiment]:
        """The value is one constant times what it should be, at every point."""
        if case.suspect.kind == "value":
            yield from _in_part(case)
        factor = case.suspect.factor
        if case.suspect.kind != "multiple" or factor <= 0:
            return
        for part, rest, constant in _constants(case):
            if equal(float(ast.literal_eval(constant)), factor):
                message = f"the factor `{ast.unparse(constant)}` does not belong here"
                yield Experiment(message, 1.1, edits=((part, ast.unparse(rest)),))
        for done, row, edits in forward_constants(case):
            told = f"`{case.written}` lacks the `{done}` of line {row}, which it comes back through"
            yield Experiment(told, 1.2, edits=edits)
        alone = len(case.reference.results) == 1
        what = "it should be" if alone else "its siblings make it"
        message = f"`{case.written}` is {spelled(factor)} times what {what}"
        for edits in rescaled(case, 1.0 / factor):
            yield Experiment(message, 2.0, edits=edits)
        yield Experiment(message, 2.5, corrected=case.right)


def _in_part(case: Case) -> Iterator[Experiment]:
    """One summand, or one factor, carries a constant too much, or lacks one."""
    for part, rest, constant in _constants(case):
        message = f"the factor `{ast.unparse(constant)}` does not belong here"
        yield Experiment(message, 1.45, edits=((part, ast.unparse(rest)),))
    for term in terms(case):
        for number in ("2", "0.5"):
            message = f"`{case.text(term)}` lacks the factor {number}"
            yield Experiment(message, 2.1, edits=((term, f"{number} * {operand(term)}"),))


def _constants(case: Case) -> Iterator[tuple[ast.BinOp, ast.expr, ast.Constant]]:
    """The products of a line with a number that is written there: product, rest, number."""
    for part, _ in case.parts():
        if not (isinstance(part, ast.BinOp) and isinstance(part.op, ast.Mult)):
            continue
        for constant, rest in ((part.left, part.right), (part.right, part.left)):
            if isinstance(constant, ast.Constant):
                yield part, rest, constant
