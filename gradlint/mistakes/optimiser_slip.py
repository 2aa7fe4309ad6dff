"""GL410 optimiser-slip."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradlint.findings import Finding
from gradlint.reading.optimisers import SLIPS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.diagnosis.catalogue import Studied


class OptimiserSlip:
    """The gradients are right, and the optimiser's own formula has a slip.

    What happens
    ------------
    All gradients are right, and what is made of them is an optimiser with a slip: a moment is fed
    the squared gradient where the gradient belongs, or the gradient where its square belongs, what
    earlier gradients left behind is added with the wrong sign, or a moment is overwritten.

    Why it is wrong
    ---------------
    The first moment is the direction of the step, and a square has none; the second moment is a
    size, and a gradient may be negative. A step made of the wrong one does not follow the gradient.

    How it shows
    ------------
    All parameters drift the same way, or become `nan` after a few steps, or learn no faster than
    without the optimiser.

    Fix
    ---
    Compare the lines of the moments with the formula: `m` takes in `g`, `v` takes in `g ** 2`, each
    its own past, and the step is `m` over the root of `v`.

    Example
    -------
    Bad:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
        W = rng.normal(size=(3, 2))
        m, v = np.zeros_like(W), np.zeros_like(W)
        for step in range(3):
            out = x @ W
            loss = 0.5 * np.sum((out - y) ** 2)
            dW = x.T @ (out - y)
            m = 0.9 * m + 0.1 * dW ** 2
            v = 0.99 * v + 0.01 * dW ** 2
            W -= 0.01 * m / (np.sqrt(v) + 1e-8)

    Good:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
        W = rng.normal(size=(3, 2))
        m, v = np.zeros_like(W), np.zeros_like(W)
        for step in range(3):
            out = x @ W
            loss = 0.5 * np.sum((out - y) ** 2)
            dW = x.T @ (out - y)
            m = 0.9 * m + 0.1 * dW
            v = 0.99 * v + 0.01 * dW ** 2
            W -= 0.01 * m / (np.sqrt(v) + 1e-8)
    """

    code = "GL410"
    name = "optimiser-slip"
    severity = "error"

    def in_step(self, seen: Studied) -> Iterator[Finding]:
        """The road behind the right gradients is an optimiser's but for one slip, told once."""
        judged, reference = seen.judged, seen.reference
        said: set[tuple[int, str]] = set()
        for result in reference.results:
            objection, name = result.objection, result.parameter.name
            if objection is None or not objection.fault.slip:
                continue
            fault, names = objection.fault, judged.study.step.names
            spot = fault.node.spot
            if spot is None or (spot.row, fault.slip) in said:
                continue
            said.add((spot.row, fault.slip))
            told = SLIPS[fault.slip]
            yield Finding.of(
                self, f"`{names.expression(fault.node)}`: {told.message}",
                spot.site,
                explanation=f"`{names.of(result.gradient.node)}` is the gradient of `{name}`; "
                f"behind it {told.measured}",
                help=told.remedy,
                evidence={"parameter": name, "slip": fault.slip, "settles": name},
            )  # fmt: skip
