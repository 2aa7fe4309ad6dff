"""GL208 unprinted-regulariser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradlint.findings import Finding, Label
from gradlint.reference.evaluate import Evaluation, evaluate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.diagnose import Diagnosis
    from gradlint.reference.judge import Judged
    from gradlint.trace.record import Recording


class UnprintedRegulariser:
    """Weight decay stands in the loss and not in the gradients, or the other way round.

    What happens
    ------------
    The loss holds a penalty on the weights, λ·ΣW², and the gradients lack its term; or the
    gradients decay the weights and the loss that is printed does not say so.

    Why it is wrong
    ---------------
    In the first case what is minimised is not what is computed: the penalty is shown and has no
    effect. The second case is ordinary weight decay, which only the printed loss leaves out.

    How it shows
    ------------
    Changing λ changes the printed loss and nothing else. Or a numeric check differs by exactly λ·W.

    Fix
    ---
    Add the penalty's derivative to each weight's gradient, with the loss's own constant: the
    derivative of `0.5 * lam * np.sum(W ** 2)` is `lam * W`.

    Example
    -------
    Bad:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
        W, b = rng.normal(size=(3, 2)), np.zeros(2)
        lam = 0.1
        for step in range(3):
            out = np.tanh(x @ W + b)
            loss = 0.5 * np.sum((out - y) ** 2) + 0.5 * lam * np.sum(W ** 2)
            d = (out - y) * (1 - out ** 2)
            dW = x.T @ d
            db = d.sum(axis=0)
            W -= 0.01 * dW
            b -= 0.01 * db

    Good:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
        W, b = rng.normal(size=(3, 2)), np.zeros(2)
        lam = 0.1
        for step in range(3):
            out = np.tanh(x @ W + b)
            loss = 0.5 * np.sum((out - y) ** 2) + 0.5 * lam * np.sum(W ** 2)
            d = (out - y) * (1 - out ** 2)
            dW = x.T @ d + lam * W
            db = d.sum(axis=0)
            W -= 0.01 * dW
            b -= 0.01 * db
    """

    code = "GL208"
    name = "unprinted-regulariser"
    severity = "warning"

    def in_step(
        self,
        recording: Recording,
        judged: Judged,
        reference: Evaluation,
        diagnosis: Diagnosis | None,
    ) -> Iterator[Finding]:
        """A multiple of the parameter is the whole difference between gradient and truth."""
        if reference.objective.kind != "computed":
            return
        whole = self._whole(judged, reference)
        for result in (whole or reference).results:
            decays = [fit.decay for fit in result.fits]
            spot = result.gradient.node.spot
            if not result.explained or not decays or not all(decays) or spot is None:
                continue
            name = judged.study.step.names.of(result.gradient.node)
            value = (whole or reference).objective.values[-1]
            loss = value.names[0] if value.names else judged.study.step.names.expression(value)
            lacks = decays[0] * (result.factor or 1.0) < 0
            labels = (Label(value.spot.site, "the loss"),) if value.spot else ()
            if lacks:
                yield Finding(
                    self.code, self.name, "warning",
                    f"`{loss}` penalises `{result.parameter.name}`, "
                    f"and `{name}` has no term for it",
                    spot.file.site(spot.node),
                    explanation=f"the difference is {abs(decays[0]):.6g} × "
                    f"`{result.parameter.name}` at {len(result.fits)} points",
                    help=f"add {abs(decays[0]):.6g} * {result.parameter.name}",
                    labels=labels,
                    evidence={"decay": abs(decays[0]), "parameter": result.parameter.name},
                )  # fmt: skip
            else:
                yield Finding(
                    self.code, self.name, "note",
                    f"`{name}` contains weight decay ({abs(decays[0]):.6g} × "
                    f"`{result.parameter.name}`) that `{loss}` does not show",
                    spot.file.site(spot.node),
                    evidence={"decay": abs(decays[0]), "parameter": result.parameter.name},
                )  # fmt: skip

    def _whole(self, judged: Judged, reference: Evaluation) -> Evaluation | None:
        """A computed scalar that adds something to the followed one, if it explains as much."""
        own = reference.objective.values[-1]
        graph = judged.study.step.graph
        above = graph.descendants([own])
        for other in judged.others:
            value = other.objective.values[-1]
            if other.objective.kind != "computed" or value is own or value.index not in above:
                continue
            again = evaluate(judged.study, other.objective, judged.points)
            if (
                again is not None
                and sum(r.explained for r in again.results) >= reference.score
                and any(fit.decay for r in again.results for fit in r.fits)
            ):
                return again
        return None
