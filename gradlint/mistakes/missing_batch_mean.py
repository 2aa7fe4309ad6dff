"""GL201 missing-batch-mean."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from gradlint.diagnosis.context import Experiment
from gradlint.diagnosis.factors import (
    batch_sizes,
    divided,
    divides_already,
    divisors,
    may_be_constant,
    named_size,
    other_reductions,
    sibling_divisors,
    terms,
)
from gradlint.diagnosis.numbers import Guess
from gradlint.findings import Edit, Fix

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.diagnosis.case import Case
    from gradlint.diagnosis.numbers import Numbers


class MissingBatchMean:
    """One gradient is summed over the batch where its siblings are averaged.

    What happens
    ------------
    The loss is a mean over the batch, and most gradients divide by its size m. One gradient does
    not.

    Why it is wrong
    ---------------
    The derivative of a mean is the mean of the derivatives, for every parameter alike. The gradient
    that is only summed is exactly m times too large.

    How it shows
    ------------
    One layer learns m times faster than the others. With a small learning rate the loss still
    falls; with a larger batch the same program starts to oscillate or overflows.

    Fix
    ---
    Divide where the sibling gradients divide, or divide the output delta once: every gradient that
    is made from it then carries the mean.

    Example
    -------
    Bad:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
        W1, W2 = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
        m = x.shape[0]
        for step in range(3):
            a = np.tanh(x @ W1)
            out = a @ W2
            loss = 0.5 * np.sum((out - y) ** 2) / m
            d = out - y
            dW2 = a.T @ d / m
            dW1 = x.T @ (d @ W2.T * (1 - a ** 2))
            W1 -= 0.1 * dW1
            W2 -= 0.1 * dW2

    Good:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
        W1, W2 = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
        m = x.shape[0]
        for step in range(3):
            a = np.tanh(x @ W1)
            out = a @ W2
            loss = 0.5 * np.sum((out - y) ** 2) / m
            d = out - y
            dW2 = a.T @ d / m
            dW1 = x.T @ (d @ W2.T * (1 - a ** 2)) / m
            W1 -= 0.1 * dW1
            W2 -= 0.1 * dW2
    """

    code = "GL201"
    name = "missing-batch-mean"
    severity = "error"
    recognises = ("division by a size", "sum for a mean")
    of_multiples = True  # also asked about right values at a wrong multiple

    def in_numbers(self, seen: Numbers) -> Iterator[Guess]:
        """The gradient is the batch size times the truth."""
        if seen.batch is not None and seen.factor > 1:
            text = (
                f"{seen.said} is {seen.factor:.6g} times too large: {seen.batch} is the batch size"
            )
            yield Guess(text, f"divide it by {seen.batch}")

    def in_gradient(self, case: Case) -> Iterator[Experiment]:
        """The value is a whole size of the data times what it should be, or a part of it is."""
        if case.suspect.kind == "value":
            yield from _in_part(case)
        factor = case.suspect.factor
        if case.suspect.kind != "multiple" or factor < 1.5:
            return
        yield from _in_update(case)
        for edits in other_reductions(case, "sum"):
            shown = case.text(edits[0][0])
            yield Experiment(f"`{shown}` sums where the mean belongs", 0.95, edits=edits)
        size = named_size(case, factor)
        if size is None:
            return
        wanted = case.shown(
            case.suspect.parameter.parameter.node if case.suspect.parameter else None
        )
        message = f"`{case.written}` is {size.number} times {wanted}: not divided by {size.words}"
        cost = 1.0
        known = batch_sizes(case)
        unlikely = may_be_constant(case, size.number) or (known and size.number not in known)
        if divides_already(case, size.text) or unlikely:
            cost = 2.6  # more likely a constant that happens to equal a size
        for edits in divided(case, size.text):
            yield Experiment(message, cost, edits=edits, evidence={"size": size.words})
        yield Experiment(message, cost, corrected=case.right, evidence={"size": size.words})


def _in_part(case: Case) -> Iterator[Experiment]:
    """One summand, or one factor, lacks its division."""
    for edits in other_reductions(case, "sum"):
        shown = case.text(edits[0][0])
        yield Experiment(f"`{shown}` sums where the mean belongs", 1.35, edits=edits)
    sizes = [(size, may_be_constant(case, _number(case, size))) for size in divisors(case)]
    for part in terms(case):
        text = ast.unparse(part)
        bound = isinstance(part, ast.BinOp) and isinstance(part.op, (ast.Add, ast.Sub))
        tight = f"({text})" if bound else text
        for size, doubtful in sizes:
            message = f"`{case.text(part)}` is not divided by `{size}`"
            cost = 2.6 if doubtful else 1.5
            yield Experiment(message, cost, edits=((part, f"{tight} / {size}"),))


def _number(case: Case, size: str) -> float:
    values = case.scene.everywhere(ast.parse(size, mode="eval").body)
    return float(values[0]) if values else 0.0


def _in_update(case: Case) -> Iterator[Experiment]:
    """The update lacks the division that the update of another parameter has."""
    own = case.suspect.parameter
    spot = own.parameter.update.new.spot if own is not None else None
    if own is None or spot is None:
        return
    for place, divisor, other in sibling_divisors(case, own):
        shown, text = spot.file.text_of(place), f"{spot.file.text_of(place)} / {divisor}"
        edit = Edit(spot.file.site(place), text)
        yield Experiment(
            f"this update does not divide by `{divisor}`, as that of `{other.parameter.name}` does",
            0.8,
            corrected=case.right,
            fix=Fix(f"write `{text}` instead of `{shown}`", (edit,)),
            site=spot.file.site(spot.node),
        )
