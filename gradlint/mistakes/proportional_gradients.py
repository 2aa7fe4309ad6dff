"""GL207 proportional-gradients."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradlint.findings import Finding
from gradlint.truth.evaluate import same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.diagnosis.catalogue import Studied


class ProportionalGradients:
    """All gradients are the same constant times the computed loss's: another learning rate.

    What happens
    ------------
    All gradients are the same constant times the gradient of the loss that the program computes: a
    mean is printed and the sum is differentiated, or a ½ is in one of them only.

    Why it is wrong
    ---------------
    It is not wrong. A common factor only changes the learning rate. But the step size then depends
    on the batch size, and the printed loss is not quite what is minimised.

    How it shows
    ------------
    The learning rate that works has to be changed whenever the batch size is.

    Fix
    ---
    Nothing has to be done. To make the two agree, bring the factor into the output delta.

    Example
    -------
    Bad:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
        W, b = rng.normal(size=(3, 2)), np.zeros(2)
        for step in range(3):
            out = np.tanh(x @ W + b)
            loss = np.mean((out - y) ** 2)
            d = (out - y) * (1 - out ** 2)
            W -= 0.01 * (x.T @ d)
            b -= 0.01 * d.sum(axis=0)

    Good:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
        W, b = rng.normal(size=(3, 2)), np.zeros(2)
        for step in range(3):
            out = np.tanh(x @ W + b)
            loss = np.mean((out - y) ** 2)
            d = 2 / y.size * (out - y) * (1 - out ** 2)
            W -= 0.01 * (x.T @ d)
            b -= 0.01 * d.sum(axis=0)
    """

    code = "GL207"
    name = "proportional-gradients"
    severity = "note"
    told_for = "a common factor"
    of_updates = True  # a pair has none

    def in_step(self, seen: Studied) -> Iterator[Finding]:
        """A common factor other than ±1 between gradients and the computed loss."""
        judged, reference = seen.judged, seen.reference
        if reference.objective.kind != "computed" or reference.common is None:
            return
        value = reference.objective.values[-1]
        right = [r for r in reference.results if reference.agrees(r) and not r.granted]
        right = [r for r in right if r.factor is not None]
        if reference.by_pull or not right or value.spot is None:
            return
        factor = abs(right[0].factor or 1.0)
        if same(factor, 1.0) or not _is_tidy(factor):
            return  # an untidy one is a learning rate that stands inside a product
        name = value.names[0] if value.names else judged.study.step.names.expression(value)
        yield Finding.of(
            self, f"the gradients are {factor:.6g} times those of `{name}`: harmless, the same as "
            "another learning rate",
            value.spot.site,
            evidence={"factor": factor},
        )  # fmt: skip


def _is_tidy(factor: float) -> bool:
    """Whether a factor is a count, or two, or a half: what means and squares leave behind."""
    return any(n > 1.5 and same(n, round(n)) for n in (factor, 1.0 / factor))
