"""GL312 gradient-of-another-loss."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, cast

import numpy as np

from gradlint.diagnosis.context import Experiment
from gradlint.diagnosis.layers import shortened, slope_of
from gradlint.diagnosis.output_delta import remedy
from gradlint.diagnosis.phrasing import fix_of
from gradlint.findings import Finding, Label
from gradlint.mistakes import catalogue
from gradlint.trace.replay import ancestors
from gradlint.truth.stated import is_called_a_loss
from gradlint.truth.verdicts import loss_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.diagnosis.case import Case
    from gradlint.diagnosis.claims import Claim
    from gradlint.diagnosis.localise import Diagnosis
    from gradlint.findings import Fix, Severity
    from gradlint.trace.record import Recording
    from gradlint.trace.tape import Node
    from gradlint.truth.evaluate import Evaluation
    from gradlint.truth.judge import Judged

_SLOPES = {"GL303", "GL304", "GL312"}  # the two losses differ by the slope of the output
_LOGS = {np.log, np.log2, np.log10, np.log1p, np.logaddexp}


class GradientOfAnotherLoss:
    """The output delta belongs to another loss than the one computed.

    What happens
    ------------
    The loss that is computed and the delta that starts the backward pass do not belong together: a
    cross-entropy is printed and a squared error is differentiated, or the reverse.

    Why it is wrong
    ---------------
    What is minimised is the loss that the delta belongs to. The printed one is another function,
    with another minimum.

    How it shows
    ------------
    The printed loss may rise while training succeeds in what it really does. With a sigmoid output
    and a squared error's delta, units that are confidently wrong do not learn: the slope removes
    their error.

    Fix
    ---
    With a sigmoid or softmax output the cross-entropy's delta is `out - y`; the squared error's is
    `(out - y) * out * (1 - out)`. Write the one that the loss asks for.

    Example
    -------
    Bad:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 3)), rng.integers(0, 2, size=(9, 1))
        W, b = rng.normal(size=(3, 1)), np.zeros(1)
        for step in range(3):
            out = 1 / (1 + np.exp(-(x @ W + b)))
            loss = -np.sum(y * np.log(out) + (1 - y) * np.log(1 - out))
            d = (out - y) * out * (1 - out)
            W -= 0.1 * (x.T @ d)
            b -= 0.1 * d.sum(axis=0)

    Good:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 3)), rng.integers(0, 2, size=(9, 1))
        W, b = rng.normal(size=(3, 1)), np.zeros(1)
        for step in range(3):
            out = 1 / (1 + np.exp(-(x @ W + b)))
            loss = -np.sum(y * np.log(out) + (1 - y) * np.log(1 - out))
            d = out - y
            W -= 0.1 * (x.T @ d)
            b -= 0.1 * d.sum(axis=0)
    """

    code = "GL312"
    name = "gradient-of-another-loss"
    severity = "error"

    def in_gradient(self, case: Case) -> Iterator[Experiment]:
        """The delta is right without the slope of the output's activation."""
        for product, rest, removed in shortened(case):
            layer = slope_of(case, removed)
            if layer is None:
                continue
            message = (
                f"`{case.text(product)}` is the delta of a squared error: the slope of "
                f"{layer.activation.name} does not belong in that of the loss that is computed"
            )
            yield Experiment(message, 1.3, edits=((product, ast.unparse(rest)),))

    def in_step(
        self,
        recording: Recording,
        judged: Judged,
        reference: Evaluation,
        diagnosis: Diagnosis | None,
    ) -> Iterator[Finding]:
        """The gradients follow an implied loss while a different one is computed and kept."""
        computed = judged.computed
        if computed is None or reference.objective.kind in ("computed", "bare"):
            return
        value, delta = computed.objective.values[-1], reference.objective.pairs[-1][1]
        if delta is None or delta.spot is None or value.spot is None:
            return
        if computed.score >= reference.score or 2 * reference.score < len(reference.results):
            return  # what most of the gradients follow is not known
        other = differs(value, reference)
        if not other and not is_called_a_loss(computed):
            return
        # A lost parenthesis is no choice of a loss, of whatever kind the two are.
        known = catalogue()
        found = remedy(
            recording,
            judged,
            computed,
            delta,
            known if other else known.only("operator-precedence"),
        )
        if found is None and not other:
            return
        fix, also, site = None, [], delta.spot.site
        if found is not None:
            case, claim = found
            slip, edits = claim.mistake, claim.experiment.edits
            fix = fix_of(case, slip, edits)
            if slip.code not in _SLOPES:
                yield _slip(case, claim, fix)
                return
            also, site = [slip.code], claim.experiment.site or site
        loss = loss_of(judged, reference)
        name = value.names[0] if value.names else value.spot.text
        yield Finding(
            self.code, self.name, cast("Severity", self.severity),
            f"`{judged.study.step.names.of(delta)}` starts the gradient of {loss.description}, "
            f"not of `{name}`, which the program computes",
            site,
            explanation=f"{reference.score} of {len(reference.results)} gradients follow it "
            f"exactly, {computed.score} follow `{name}`",
            labels=(Label(value.spot.site, "the loss that is computed"),),
            evidence={"also": also},
            fix=fix,
        )  # fmt: skip


def _slip(case: Case, claim: Claim, fix: Fix | None) -> Finding:
    """A slip of another kind in the delta, after which it would be that of the computed loss."""
    slip, experiment = claim.mistake, claim.experiment
    return Finding(
        slip.code, slip.name, slip.severity, experiment.message, experiment.site or case.site,
        explanation=f"mended, the gradients are those of `{case.symbol}` at "
        f"{len(case.study.points)} points", fix=fix,
    )  # fmt: skip


def differs(value: Node, reference: Evaluation) -> bool:
    """Whether a computed scalar is a loss of another kind than the one that is followed.

    The mean absolute error, the accuracy and the root mean square are what people print beside a
    squared error; nobody means to differentiate them.
    """
    functions = {node.function for node in ancestors([value])[-60:]}
    has_log = bool(functions & _LOGS)
    followed = reference.objective.kind
    if followed == "squared-error":
        return has_log
    if followed in ("cross-entropy", "poisson"):
        return not has_log and bool(functions & {np.square, np.power})
    return False
