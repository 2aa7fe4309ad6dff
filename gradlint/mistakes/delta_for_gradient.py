"""GL310 delta-for-gradient."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradlint.diagnosis.context import Experiment
from gradlint.diagnosis.numbers import Guess
from gradlint.diagnosis.products import multiplied
from gradlint.diagnosis.scalings import rescaled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.diagnosis.case import Case
    from gradlint.diagnosis.numbers import Numbers
    from gradlint.trace.tape import Node

_PRODUCTS = {
    np.multiply, np.matmul, np.dot, np.einsum, np.inner, np.outer, np.tensordot, np.vdot,
    np.convolve, np.kron,
}  # fmt: skip


class DeltaForGradient:
    """A layer's delta ∂L/∂z is used as the weight gradient: the previous activation is missing.

    What happens
    ------------
    The delta of a layer, ∂L/∂z, is used as the gradient of its weights. The product with the
    layer's input is missing.

    Why it is wrong
    ---------------
    z = a @ W, so ∂L/∂W = a.T @ ∂L/∂z. The delta has one row for each sample, the gradient one for
    each input of the layer.

    How it shows
    ------------
    An error about shapes in the update, unless the batch is as large as the layer's input. Then
    each weight receives the error of a sample.

    Fix
    ---
    Multiply by the transposed input of the layer: `dW = a.T @ dz`.

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
            dz = d @ W2.T * (1 - a ** 2)
            dW2 = d
            dW1 = x.T @ dz
            W2 -= 0.01 * dW2
            W1 -= 0.01 * dW1

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
            dz = d @ W2.T * (1 - a ** 2)
            dW2 = a.T @ d
            dW1 = x.T @ dz
            W2 -= 0.01 * dW2
            W1 -= 0.01 * dW1
    """

    code = "GL310"
    name = "delta-for-gradient"
    severity = "error"
    beside_shapes = True  # the shape that lets it run by chance is told as well

    def in_numbers(self, seen: Numbers) -> Iterator[Guess]:
        """The gradient is that of another parameter: the layer's input is missing."""
        for name, gradient in seen.right.items():
            same = gradient.shape == seen.hand.shape
            rows = seen.hand.ndim == 2 and gradient.shape == seen.hand.shape[1:]
            if gradient.size > 1 and (same or rows):
                text = f"{seen.said} is that of {name}: the input's factor is missing"
                yield Guess(text, predicted=gradient)

    def in_gradient(self, case: Case) -> Iterator[Experiment]:
        """What the update takes as ∂L/∂W is ∂L/∂z of the layer."""
        own = case.suspect.parameter
        if own is None:
            return
        if not _is_multiplied(case, own.parameter.node):
            return
        yield from _scaled(case, own.parameter.node)
        identity = case.diagnosis.identify(case.node)
        if identity is None or identity.value is own.parameter.node:
            return
        if case.taken_at is None and any(p.node is identity.value for p in case.step.parameters):
            return  # another parameter's gradient: not a delta
        found = case.shown(identity.value, identity.factor)
        message = (
            f"`{case.written}` is {found}, not {case.shown(own.parameter.node)}: the product with "
            "the layer's input is missing"
        )
        cost = 0.7 if case.taken_at is not None else 2.2
        scale = own.gradient.scale
        companions: tuple[tuple[str, str, str], ...] = ()
        if scale is not None and identity.factor * scale > 0:
            word = "minus " if identity.factor < 0 else ""
            companions = (
                (
                    "GL205", "ascent-update",
                    (f"`{case.written}` is {word}a derivative of the loss, so this update would "
                    "climb even with the right product"),
                ),
            )  # fmt: skip
        fix = multiplied(case)
        yield Experiment(
            message, cost, predicted=case.user, as_found=True, companions=companions, fix=fix
        )


def _is_multiplied(case: Case, weights: Node) -> bool:
    """Whether a parameter is ever multiplied: the gradient of what is only added is a delta."""
    readers, stack = [weights], [weights]
    while stack:  # a transposed or reshaped weight is the weight
        below = case.step.graph.readers[stack.pop().index]
        readers += below
        stack += [r for r in below if r.function in (np.transpose, np.reshape)]
    return any(r.index in case.diagnosis.forward and r.function in _PRODUCTS for r in readers[1:])


def _scaled(case: Case, weights: Node) -> Iterator[Experiment]:
    """The line is right with the value that the forward pass multiplies a gain with."""
    readers = [r for r in case.step.graph.readers[weights.index] if r.function is np.multiply]
    inputs = {case.named(p) for reader in readers for p in reader.parents if p is not weights}
    for part, factor, edits in rescaled(case):
        if factor in inputs:
            message = f"`{case.text(part)}` lacks the product with the layer's input `{factor}`"
            yield Experiment(message, 1.1, edits=edits)
