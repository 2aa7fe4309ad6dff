"""GL302 derivative-of-activation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradlint.diagnosis.context import Experiment
from gradlint.diagnosis.layers import layers, places
from gradlint.diagnosis.numbers import Guess, close
from gradlint.diagnosis.slopes import (
    Slopes,
    arguments,
    called_here,
    carried,
    factor_parts,
    helper_of,
    right_slopes,
    slope_values,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.diagnosis.case import Case
    from gradlint.diagnosis.numbers import Numbers


class DerivativeOfActivation:
    """A derivative written for the pre-activation z is fed the activation: a double sigmoid.

    What happens
    ------------
    A derivative written for the pre-activation z, `s(z) * (1 - s(z))`, is given the activated
    value: the activation is applied twice before its slope is taken.

    Why it is wrong
    ---------------
    The slope belongs to the point z at which the forward pass went through the activation. At a =
    s(z) it is another number: for a sigmoid always between 0.19 and 0.25, wherever the unit stands.

    How it shows
    ------------
    Training works slowly. Saturated units receive far too large gradients, since their slope is
    never near 0.

    Fix
    ---
    Give the helper z, or use the formula for activated values: `a * (1 - a)`.

    Example
    -------
    Bad:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
        W1, W2 = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))

        def sigmoid(v):
            return 1 / (1 + np.exp(-v))

        def slope(v):
            return sigmoid(v) * (1 - sigmoid(v))

        for step in range(3):
            z = x @ W1
            a = sigmoid(z)
            out = a @ W2
            loss = 0.5 * np.sum((out - y) ** 2)
            d = out - y
            dz = d @ W2.T * slope(a)
            W2 -= 0.01 * (a.T @ d)
            W1 -= 0.01 * (x.T @ dz)

    Good:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
        W1, W2 = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))

        def sigmoid(v):
            return 1 / (1 + np.exp(-v))

        def slope(v):
            return sigmoid(v) * (1 - sigmoid(v))

        for step in range(3):
            z = x @ W1
            a = sigmoid(z)
            out = a @ W2
            loss = 0.5 * np.sum((out - y) ** 2)
            d = out - y
            dz = d @ W2.T * slope(z)
            W2 -= 0.01 * (a.T @ d)
            W1 -= 0.01 * (x.T @ dz)
    """

    code = "GL302"
    name = "derivative-of-activation"
    severity = "error"
    of_slopes = True  # what the delta of an output may suffer from

    def in_numbers(self, seen: Numbers) -> Iterator[Guess]:
        """The derivative was taken at the output."""
        if seen.entrywise is None:
            return
        out, above = seen.entrywise
        if close(seen.hand, above * seen.slope_at(out), 1e-5):
            yield Guess(f"{seen.said} takes the derivative at the output instead of at {seen.name}")

    def in_gradient(self, case: Case) -> Iterator[Experiment]:
        """The slope is the layer's own formula in z, evaluated at the activation."""
        yield from _beside(case)
        if case.activation is None:
            return
        activation, z, a = case.activation
        after = case.of(a)
        if after is None or activation.name in ("relu", "leaky relu", "identity"):
            return
        slopes = slope_values(activation, after, output=False)
        predicted = None if slopes is None else carried(case, slopes)
        if slopes is None or predicted is None:
            return
        zname, aname = case.label(z), case.label(a)
        written = next(iter(factor_parts(case, slopes)), None)
        helper = (
            helper_of(case, written)
            if written is not None
            else f"the derivative of {activation.name}"
        )
        message = (
            f"`{helper}` applies {activation.name} itself, but it gets the activation `{aname}`, "
            f"so {activation.name} is applied twice; it wants `{zname}`"
        )
        for place in arguments(case, a):
            for text in called_here(case, place, z):
                yield Experiment(message, 1.0, predicted, edits=((place, text),))
        if written is not None:
            for slope in right_slopes(case):
                yield Experiment(message, 1.05, predicted, edits=((written, slope),))
        yield Experiment(message, 1.1, predicted)


def _beside(case: Case) -> Iterator[Experiment]:
    """The line is right with the output of a layer, not activated again, or with its input."""
    for layer in layers(case):
        name, kind = case.named(layer.a), layer.activation.name
        after = case.of(layer.a)
        if name is None or after is None or kind in ("relu", "leaky relu"):
            continue
        message = f"the activation `{name}` goes through {kind} once more: {kind} is applied twice"
        again = Slopes(layer.activation.value, after)
        twice = list(factor_parts(case, again))
        if twice:
            yield Experiment(message, 1.1, edits=tuple((part, name) for part in twice))
        for place in places(case, layer.a):
            for text in called_here(case, place, layer.z):
                yield Experiment(message, 1.3, edits=((place, text),))
