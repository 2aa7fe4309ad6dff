"""GL202 repeated-batch-mean."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from gradlint.diagnosis.context import Experiment
from gradlint.diagnosis.factors import (
    divisors,
    may_be_constant,
    named_size,
    other_reductions,
    undivided,
)
from gradlint.diagnosis.numbers import Guess

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.diagnosis.case import Case
    from gradlint.diagnosis.numbers import Numbers


class RepeatedBatchMean:
    """A gradient is divided by the batch size twice, or by another size.

    What happens
    ------------
    A gradient is divided by the batch size more than once: the delta carries 1/m already, and the
    line that makes the gradient divides again. Or it is divided by another size than the batch's.

    Why it is wrong
    ---------------
    The loss holds the factor 1/m once, so its derivative does. A second division makes the gradient
    m times too small.

    How it shows
    ------------
    One parameter hardly moves. The larger the batch, the slower it learns, and nothing fails.

    Fix
    ---
    Divide in one place only. The output delta is a good one: what is made from it needs no
    division.

    Example
    -------
    Bad:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
        W, b = rng.normal(size=(3, 2)), np.zeros(2)
        m = len(x)
        for step in range(3):
            out = np.tanh(x @ W + b)
            loss = 0.5 * np.sum((out - y) ** 2) / m
            d = (out - y) * (1 - out ** 2) / m
            dW = x.T @ d
            db = d.sum(axis=0) / m
            W -= 0.1 * dW
            b -= 0.1 * db

    Good:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
        W, b = rng.normal(size=(3, 2)), np.zeros(2)
        m = len(x)
        for step in range(3):
            out = np.tanh(x @ W + b)
            loss = 0.5 * np.sum((out - y) ** 2) / m
            d = (out - y) * (1 - out ** 2) / m
            dW = x.T @ d
            db = d.sum(axis=0)
            W -= 0.1 * dW
            b -= 0.1 * db
    """

    code = "GL202"
    name = "repeated-batch-mean"
    severity = "error"
    recognises = ("division",)
    of_multiples = True  # also asked about right values at a wrong multiple

    def in_numbers(self, seen: Numbers) -> Iterator[Guess]:
        """The gradient is the truth over the batch size, and no bias's beside right ones."""
        if seen.batch is not None and seen.factor < 1 and not (seen.hand.ndim <= 1 and seen.right):
            text = f"{seen.said} is {seen.batch} times too small: {seen.batch} is the batch size"
            yield Guess(text, "divide by the batch size only where the loss does")

    def in_gradient(self, case: Case) -> Iterator[Experiment]:
        """The value is what it should be divided once more by a size of the data."""
        if case.suspect.kind == "value":
            yield from _in_part(case)
        factor = case.suspect.factor
        if case.suspect.kind != "multiple" or not 0 < factor < 0.7:
            return
        for edits in other_reductions(case, "mean"):
            shown = case.text(edits[0][0])
            yield Experiment(f"`{shown}` takes the mean where the sum belongs", 0.95, edits=edits)
        size = named_size(case, 1.0 / factor)
        if size is None:
            return
        message = f"`{case.written}` is divided by {size.words} once more than its siblings"
        unlikely = 1.6 if may_be_constant(case, size.number) else 0.0
        for edits in undivided(case):
            yield Experiment(message, 1.0 + unlikely, edits=edits, evidence={"size": size.words})
        yield Experiment(
            message, 1.2 + unlikely, corrected=case.right, evidence={"size": size.words}
        )


def _in_part(case: Case) -> Iterator[Experiment]:
    """One summand, or one factor, is divided once too often."""
    for edits in other_reductions(case, "mean"):
        shown = case.text(edits[0][0])
        yield Experiment(f"`{shown}` takes the mean where the sum belongs", 1.35, edits=edits)
    sizes = divisors(case)
    for part, _ in case.parts():
        if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Div):
            size = ast.unparse(part.right)
            if size in sizes:
                message = f"`{case.text(part)}` is divided by `{size}` once too often"
                yield Experiment(message, 1.45, edits=((part, ast.unparse(part.left)),))
