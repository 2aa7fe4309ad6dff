"""GL304 missing-activation-derivative."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import numpy as np

from gradlint.diagnosis.context import Experiment
from gradlint.diagnosis.layers import layers
from gradlint.diagnosis.numbers import Guess
from gradlint.diagnosis.scalings import factors_of, rescaled
from gradlint.diagnosis.slopes import Slopes, carried, right_slopes, slope_values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.diagnosis.case import Case
    from gradlint.diagnosis.numbers import Numbers


class MissingActivationDerivative:
    """A layer's activation derivative is not applied, or the upstream gradient is left out.

    What happens
    ------------
    The gradient is carried back through a layer without the slope of its activation, or the slope
    is there and the upstream gradient is not multiplied in.

    Why it is wrong
    ---------------
    ∂L/∂z = ∂L/∂a · f'(z). Leaving out one of the two factors gives the gradient of a layer that has
    no activation, or of one whose output nobody uses.

    How it shows
    ------------
    The network learns at first and then stays at a plateau: the sign is often right, the size is
    not.

    Fix
    ---
    Multiply element by element with the activation's slope before the product with the layer's
    input. Only an output delta that is fused with its loss (sigmoid or softmax with cross-entropy)
    has none.

    Example
    -------
    Bad:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
        W1, W2 = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
        for step in range(3):
            a = np.tanh(x @ W1)
            out = a @ W2
            loss = 0.5 * np.sum((out - y) ** 2)
            d = out - y
            dz = d @ W2.T
            W2 -= 0.01 * (a.T @ d)
            W1 -= 0.01 * (x.T @ dz)

    Good:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
        W1, W2 = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
        for step in range(3):
            a = np.tanh(x @ W1)
            out = a @ W2
            loss = 0.5 * np.sum((out - y) ** 2)
            d = out - y
            dz = d @ W2.T * (1 - a ** 2)
            W2 -= 0.01 * (a.T @ d)
            W1 -= 0.01 * (x.T @ dz)
    """

    code = "GL304"
    name = "missing-activation-derivative"
    severity = "error"
    of_slopes = True  # what the delta of an output may suffer from
    recognises = ("slope missing",)

    def in_numbers(self, seen: Numbers) -> Iterator[Guess]:
        """The gradient is the upstream one."""
        if seen.entrywise is not None:
            text = f"{seen.said} is the upstream gradient itself: the derivative is not applied"
            yield Guess(text, predicted=seen.entrywise[1])

    def in_gradient(self, case: Case) -> Iterator[Experiment]:
        """The value is the upstream gradient alone, or the slope alone."""
        yield from _beside(case)
        for part, factor, edits in rescaled(case):
            message = (
                f"`{case.text(part)}` lacks the factor `{factor.strip('()')}`, by which the "
                "forward pass multiplies: so does its way back"
            )
            yield Experiment(message, 1.34, edits=edits)
        if case.activation is None or case.root is None:
            return
        activation, z, a = case.activation
        if activation.name == "identity":
            return
        ones = carried(case, Slopes(np.ones_like, case.user))
        message = (
            f"`{case.written}` should be {case.shown(z)}, but the derivative of {activation.name} "
            f"is not applied: it is still {case.shown(a)}"
        )
        for slope in right_slopes(case):
            edits = ((case.root, f"{_tight(case.root)} * {slope}"),)
            yield Experiment(message, 1.0, ones, edits=edits)
        if ones is not None:
            yield Experiment(message, 1.1, ones)
        before = case.of(z)
        slopes = None if before is None else slope_values(activation, before, output=False)
        if slopes is not None:
            message = (
                f"`{case.written}` is only the derivative of {activation.name}: the gradient "
                f"{case.shown(a)} is not multiplied in"
            )
            yield Experiment(message, 1.0, slopes)


def _beside(case: Case) -> Iterator[Experiment]:
    """The line is right with the derivative of a layer multiplied in somewhere."""
    carriers = {case.node.index, *(node.index for node in case.diagnosis.carriers)}
    inner = {id(p) for part, _ in case.parts() for p in factors_of(part)}
    for layer in layers(case):
        kind = layer.activation.name
        for slope in right_slopes(case, layer):
            for part, node in case.parts():
                if node is None or node.shape != layer.a.shape or node.index not in carriers:
                    continue
                if id(part) in inner:
                    continue  # it is the same to multiply the product
                message = (
                    f"`{case.text(part)}` lacks the derivative of {kind}: the way back through "
                    f"`{case.label(layer.a)}` multiplies by it"
                )
                edits = ((part, f"{_tight(part)} * {slope}"),)
                yield Experiment(message, 1.3, edits=edits)


def _tight(part: ast.expr) -> str:
    """Text that can stand in front of ``*``, and reads well there."""
    text = ast.unparse(part)
    chain = isinstance(part, ast.BinOp) and isinstance(part.op, ast.Mult)
    return text if chain or not isinstance(part, ast.BinOp | ast.IfExp) else f"({text})"
