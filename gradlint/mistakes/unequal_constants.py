"""GL211 unequal-constants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradlint.findings import Finding
from gradlint.truth.literals import Excuse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.diagnosis.catalogue import Studied

VISIBLE = 1e-5  # relative: a smaller difference nobody notices


class UnequalConstants:
    """A number is one thing in the loss and a little different in the gradient.

    What happens
    ------------
    `1e-3` keeps the logarithm of the loss finite and `1e-12` the quotient of its derivative, or the
    slope of an activation has its constants rounded to three digits. With the same numbers on both
    sides the gradients are exactly those of the loss.

    Why it is wrong
    ---------------
    It is hardly wrong. The gradient is that of a loss with slightly other numbers, and training
    does not notice. A check against differences does.

    How it shows
    ------------
    A gradient check stops at four or five digits where others reach nine.

    Fix
    ---
    Nothing has to be done. Give the number a name, and use it on both sides.

    Example
    -------
    Bad:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(12, 3)), (rng.random(12) > 0.5) * 1.0
        w, b = rng.normal(size=3), 0.1
        for step in range(3):
            p = 1 / (1 + np.exp(-(x @ w + b)))
            loss = -np.sum(y * np.log(p + 1e-3) + (1 - y) * np.log(1 - p + 1e-3))
            dp = (1 - y) / (1 - p + 1e-8) - y / (p + 1e-8)
            dz = dp * p * (1 - p)
            w = w - 0.1 * x.T @ dz
            b = b - 0.1 * dz.sum()

    Good:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(12, 3)), (rng.random(12) > 0.5) * 1.0
        w, b = rng.normal(size=3), 0.1
        for step in range(3):
            p = 1 / (1 + np.exp(-(x @ w + b)))
            loss = -np.sum(y * np.log(p + 1e-3) + (1 - y) * np.log(1 - p + 1e-3))
            dp = (1 - y) / (1 - p + 1e-3) - y / (p + 1e-3)
            dz = dp * p * (1 - p)
            w = w - 0.1 * x.T @ dz
            b = b - 0.1 * dz.sum()
    """

    code = "GL211"
    name = "unequal-constants"
    severity = "note"

    def in_step(self, seen: Studied) -> Iterator[Finding]:
        """Gradients that are right but for such numbers, if the difference can be seen."""
        reference = seen.reference
        told = [r for r in reference.results if isinstance(r.excuse, Excuse)]
        apart = [r for r in told if isinstance(r.excuse, Excuse) and r.excuse.gap > VISIBLE]
        spot = next((r.gradient.node.spot for r in apart if r.gradient.node.spot), None)
        if not apart or spot is None or not isinstance(apart[0].excuse, Excuse):
            return
        numbers = ", ".join(f"`{n.value!r}`" for n in apart[0].excuse.literals[:4])
        names = ", ".join(f"`{r.parameter.name}`" for r in told[:4])
        gap = max(r.excuse.gap for r in apart if isinstance(r.excuse, Excuse))
        yield Finding.of(
            self, f"the gradients of {names} are those of a loss with slightly other numbers "
            f"({numbers}): a relative difference of {gap:.1e}, and none with the same numbers on "
            "both sides",
            spot.site,
            evidence={"gap": gap},
        )  # fmt: skip
