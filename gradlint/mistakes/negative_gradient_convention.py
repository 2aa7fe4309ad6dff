"""GL405 negative-gradient-convention."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradlint.findings import Finding
from gradlint.truth.direction import sought

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.diagnosis.catalogue import Studied


class NegativeGradientConvention:
    """What is called gradient is −∂L/∂·, and the update adds it: that is gradient descent.

    What happens
    ------------
    The backward pass starts from `y - out` instead of `out - y`. Everything it computes is minus a
    derivative, and the update adds it.

    Why it is wrong
    ---------------
    It is not wrong: to add the negative of the gradient is gradient descent. It only reads as if
    the program climbed the loss, and lines of the two conventions must not be mixed.

    How it shows
    ------------
    The loss falls as it should. Names like `dW` hold −∂L/∂W, which shows when they are compared
    with another program's or with numeric derivatives.

    Fix
    ---
    Nothing has to be done. To follow the more common convention, write `out - y` and `-=`.

    Example
    -------
    Bad:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
        W, b = rng.normal(size=(3, 2)), np.zeros(2)
        for step in range(3):
            out = np.tanh(x @ W + b)
            loss = 0.5 * np.sum((out - y) ** 2)
            d = (y - out) * (1 - out ** 2)
            W += 0.01 * (x.T @ d)
            b += 0.01 * d.sum(axis=0)

    Good:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
        W, b = rng.normal(size=(3, 2)), np.zeros(2)
        for step in range(3):
            out = np.tanh(x @ W + b)
            loss = 0.5 * np.sum((out - y) ** 2)
            d = (out - y) * (1 - out ** 2)
            W -= 0.01 * (x.T @ d)
            b -= 0.01 * d.sum(axis=0)
    """

    code = "GL405"
    name = "negative-gradient-convention"
    severity = "note"
    told_for = "a negative gradient"
    of_updates = True  # a pair has none

    def in_step(self, seen: Studied) -> Iterator[Finding]:
        """Negative factors throughout, added by the update."""
        judged, reference = seen.judged, seen.reference
        objective = reference.objective
        if reference.downhill is not True or objective.kind == "bare":
            return
        if sought(judged.study, objective) > 0:
            return  # a descent, but of what is meant to be maximised
        for result in reference.results:
            scale = result.gradient.scale
            if not reference.agrees(result) or result.factor is None or scale is None:
                continue
            if result.gradient is result.parameter.whole:
                continue  # it is added in two parts, and no value of its own
            spot = result.parameter.update.new.spot
            if result.factor < 0 < scale and spot is not None:
                subtracted = result.parameter.change[0].coefficient < 0
                done = "its negative is subtracted" if subtracted else "is added"
                yield Finding.of(
                    self,
                    f"`{judged.study.step.names.of(result.gradient.node)}` is minus the gradient "
                    f"of `{result.parameter.name}` and {done} here: that is gradient descent",
                    spot.file.site(spot.statement),
                    evidence={"parameter": result.parameter.name},
                )  # fmt: skip
                return
