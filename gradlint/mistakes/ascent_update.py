"""GL205 ascent-update."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradlint.diagnosis.update_signs import opposite_call, opposite_updates
from gradlint.findings import Finding
from gradlint.truth.direction import sought

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.diagnosis.catalogue import Studied
    from gradlint.findings import Fix
    from gradlint.source.spots import Spot
    from gradlint.truth.evaluate import Result
    from gradlint.truth.judge import Judged


class AscentUpdate:
    """Every gradient is right up to sign and the update climbs the loss.

    What happens
    ------------
    Every gradient is right up to its sign, and the update moves all parameters up the loss: the
    derivative is added, or its negative is subtracted.

    Why it is wrong
    ---------------
    Gradient descent needs the change −lr·∂L/∂W. The sign may stand in the delta (`y - out`) or in
    the update (`-=`), but in one of them only.

    How it shows
    ------------
    The loss grows from the first step on, often until it overflows.

    Fix
    ---
    Turn the sign of the update, or that of the output delta, not both.

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
            d = (out - y) * (1 - out ** 2)
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

    code = "GL205"
    name = "ascent-update"
    severity = "error"
    beside_shapes = True  # the shape that lets it run by chance is told as well
    of_updates = True  # a pair has none

    def in_step(self, seen: Studied) -> Iterator[Finding]:
        """All changes go along the derivative of the loss instead of against it, or a likelihood's.

        A log-likelihood is maximised: there the update that goes down is the wrong one.
        """
        judged, reference = seen.judged, seen.reference
        meant = sought(judged.study, reference.objective)
        up = reference.downhill is False
        if not judged.confirmed or not meant or reference.downhill is None or up == (meant > 0):
            return
        kept = [r for r in reference.results if r.objection is None]
        together = opposite_updates(r.parameter.update.new.spot for r in kept)
        for result in kept:
            spot = result.parameter.update.new.spot
            if spot is not None and result.climbs is up:
                yield self._finding(judged, result, spot, together or opposite_call(spot))
                if together is not None:
                    return  # one finding tells the story, and its fix turns them all

    def _finding(self, judged: Judged, result: Result, spot: Spot, fix: Fix | None) -> Finding:
        """One update that goes the wrong way, and what of it is a gradient up to its sign."""
        up, factor = bool(result.climbs), result.factor or 1.0
        way = "climbs the loss" if up else "lowers the log-likelihood"
        return Finding.of(
            self, f"this update {way}: "
            f"`{judged.study.step.names.of(result.gradient.node)}` is "
            f"{'minus ' if factor < 0 else ''}the gradient of `{result.parameter.name}`, so it "
            f"has to be {'added' if (factor < 0) == up else 'subtracted'}",
            spot.file.site(spot.statement),
            explanation=f"a small step of the update {'raises' if up else 'lowers'} it at "
            "every point tried",
            evidence={"parameter": result.parameter.name, "factor": factor},
            fix=fix,
        )  # fmt: skip
