"""GL301 derivative-of-preactivation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradlint.diagnosis.context import Experiment
from gradlint.diagnosis.layers import layers, places
from gradlint.diagnosis.numbers import Guess
from gradlint.diagnosis.slopes import (
    arguments,
    called_here,
    carried,
    factor_parts,
    helper_of,
    right_slopes,
    slope_values,
)
from gradlint.truth.activations import ACTIVATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.diagnosis.case import Case
    from gradlint.diagnosis.numbers import Numbers
    from gradlint.diagnosis.slopes import Edits
    from gradlint.trace.tape import Node


class DerivativeOfPreactivation:
    """A derivative written for the activation's output is fed the pre-activation z.

    What happens
    ------------
    Some derivatives are written in terms of the activation's output: `a * (1 - a)` for the sigmoid,
    `1 - a ** 2` for tanh. Here such a formula is given z, the value before the activation.

    Why it is wrong
    ---------------
    The formula is the derivative only if its argument is already activated. Of z it is a parabola
    that has nothing to do with the slope, and it is negative wherever z is below 0 or above 1.

    How it shows
    ------------
    Hidden layers learn slowly or in the wrong direction; the output layer looks fine.

    Fix
    ---
    Hand the formula the activated value, or write it for z: `s(z) * (1 - s(z))`. Name the helper
    after its argument, so that the next reader knows which one it wants.

    Example
    -------
    Bad:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
        W1, W2 = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
        for step in range(3):
            z = x @ W1
            a = 1 / (1 + np.exp(-z))
            out = a @ W2
            loss = 0.5 * np.sum((out - y) ** 2)
            d = out - y
            dz = d @ W2.T * z * (1 - z)
            W2 -= 0.01 * (a.T @ d)
            W1 -= 0.01 * (x.T @ dz)

    Good:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
        W1, W2 = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
        for step in range(3):
            z = x @ W1
            a = 1 / (1 + np.exp(-z))
            out = a @ W2
            loss = 0.5 * np.sum((out - y) ** 2)
            d = out - y
            dz = d @ W2.T * a * (1 - a)
            W2 -= 0.01 * (a.T @ d)
            W1 -= 0.01 * (x.T @ dz)
    """

    code = "GL301"
    name = "derivative-of-preactivation"
    severity = "error"
    of_slopes = True  # what the delta of an output may suffer from
    recognises = ("slope of the output",)

    def in_numbers(self, seen: Numbers) -> Iterator[Guess]:
        """A slope that is written for the output was taken of the input."""
        if seen.entrywise is None:
            return
        for known in ACTIVATIONS:
            if known.name not in ("sigmoid", "tanh") or known.from_output is None:
                continue
            written = known.output_text.format(x="a")
            text = (
                f"{seen.said} is `{written}`, a slope written for the output, taken of {seen.name}"
            )
            predicted = seen.entrywise[1] * known.from_output(seen.value)
            yield Guess(text, "feed it the output", predicted=predicted)

    def in_gradient(self, case: Case) -> Iterator[Experiment]:
        """The slope is the layer's own formula in the output, evaluated at z."""
        yield from _beside(case)
        if case.activation is None:
            return
        activation, z, a = case.activation
        before = case.of(z)
        if before is None or activation.name in ("relu", "leaky relu"):
            return
        for formula in (activation, *ACTIVATIONS):
            slopes = slope_values(formula, before, output=True)
            if slopes is None or formula.name in ("relu", "leaky relu", "identity"):
                continue
            predicted = carried(case, slopes)
            if predicted is None:
                continue
            own = formula is activation
            zname, aname = case.label(z), case.label(a)
            written = next(iter(factor_parts(case, slopes)), None)
            helper = (
                helper_of(case, written)
                if written is not None
                else formula.output_text.format(x="a")
            )
            message = (
                f"`{helper}` is the derivative of {formula.name} written for its output, "
                f"but it gets the pre-activation `{zname}`; it wants `{aname}`"
            )
            cost = 1.0 if own else 1.6
            for edits in _given_the_output(case, z, a):
                yield Experiment(message, cost, predicted, edits=edits)
            if written is not None:
                for slope in right_slopes(case):
                    yield Experiment(message, cost + 0.1, predicted, edits=((written, slope),))
            yield Experiment(message, cost + 0.15, predicted)


def _beside(case: Case) -> Iterator[Experiment]:
    """The line is right with the output of a layer where its input stands."""
    for layer in layers(case):
        name = case.named(layer.a)
        if name is None or layer.activation.name in ("relu", "leaky relu"):
            continue
        found = places(case, layer.z)
        shown, zname = layer.activation.name, case.label(layer.z)
        message = (
            f"the derivative of {shown} is written for its output, but it gets the "
            f"pre-activation `{zname}`; it wants `{name}`"
        )
        ways: list[Edits] = [
            ((place, text),) for place in found for text in called_here(case, place, layer.a)
        ]
        if len(found) > 1:
            ways.append(tuple((place, name) for place in found))
        for edits in ways:
            yield Experiment(message, 1.2, edits=edits)


def _given_the_output(case: Case, z: Node, a: Node) -> Iterator[Edits]:
    """The line with the output where the pre-activation stands: in one place, or in all."""
    places = arguments(case, z)
    for place in places:
        for text in called_here(case, place, a):
            yield ((place, text),)
    name = case.named(a)
    if name and len(places) > 1:
        yield tuple((place, name) for place in places)
