"""GL205 ascent-update."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

import numpy as np

from gradlint.findings import Finding
from gradlint.trace.tape import Node
from gradlint.turned import turned

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.diagnose import Diagnosis
    from gradlint.findings import Severity
    from gradlint.reference.evaluate import Evaluation
    from gradlint.reference.judge import Judged
    from gradlint.trace.record import Recording

# A quantity that people maximise is called so, and one that they minimise as well; its value cannot
# tell (a negative log-likelihood and a log-likelihood of densities may both have either sign).
_MINIMISED = re.compile(
    r"loss|cost|nll|\bneg_|negative|\b[ms]se\b|\bbce\b|cross_?ent|xent", re.IGNORECASE
)
_MAXIMISED = re.compile(
    r"reward|return|likelihood|loglik|log_lik|\bll\b|elbo|evidence|objective|utility|score|gain|"
    r"fitness|margin|acc|profit",
    re.IGNORECASE,
)
_LIKELIHOOD = re.compile(r"likelihood|log_?lik|\bll\b", re.IGNORECASE)
_SUMS = {np.sum, np.mean}
_LOGS = {np.log, np.log1p, np.log2, np.log10}


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

    def in_step(
        self,
        recording: Recording,
        judged: Judged,
        reference: Evaluation,
        diagnosis: Diagnosis | None,
    ) -> Iterator[Finding]:
        """All changes go along the derivative of the loss instead of against it, or a likelihood's.

        A log-likelihood is maximised: there the update that goes down is the wrong one.
        """
        up = climbs(judged, reference)
        if not up and not _sinks(judged, reference):
            return
        for result in reference.results:
            spot = result.parameter.update.new.spot
            if spot is None or (result.climbs is not up):
                continue
            factor = result.factor or 1.0
            kind = "minus " if factor < 0 else ""
            way = "climbs the loss" if up else "lowers the log-likelihood"
            yield Finding(
                self.code, self.name, cast("Severity", self.severity),
                f"this update {way}: "
                f"`{judged.study.step.names.of(result.gradient.node)}` is {kind}the gradient "
                f"of `{result.parameter.name}`, so it has to be "
                f"{'added' if (factor < 0) == up else 'subtracted'}",
                spot.file.site(spot.statement),
                explanation=f"a small step of the update {'raises' if up else 'lowers'} it at "
                "every point tried",
                evidence={"parameter": result.parameter.name, "factor": factor},
                fix=turned(r.parameter.update.new.spot for r in reference.results),
            )  # fmt: skip
            return  # one finding tells the story; the others follow the same convention


def climbs(judged: Judged, reference: Evaluation) -> bool:
    """Whether the common convention moves every parameter up the loss."""
    if reference.downhill is not False or not judged.confirmed:
        return False
    objective = reference.objective
    if objective.kind == "bare":
        return False
    if objective.kind != "computed":
        return True
    value = objective.values[-1]
    if any(_MINIMISED.search(name) for name in value.names):
        return True
    names = _names(judged, value)
    if _MAXIMISED.search(" ".join([*names, value.spot.text if value.spot else ""])):
        return False
    number = value.value
    return number is not None and float(number) > 0.0


def _sinks(judged: Judged, reference: Evaluation) -> bool:
    """Whether every parameter moves down what is a log-likelihood by its name and by its making.

    People also call its negative so: it must be negative itself, a sum of logarithms without a
    minus sign in front.
    """
    if reference.downhill is not True or reference.objective.kind != "computed":
        return False
    value = reference.objective.values[-1]
    names = _names(judged, value)
    if any(map(_MINIMISED.search, names)) or not any(map(_LIKELIHOOD.search, names)):
        return False
    number, node = value.value, value
    while node.function in _SUMS and isinstance(node.args[0], Node):
        node = node.args[0]
    return judged.confirmed and number is not None and float(number) < 0 and node.function in _LOGS


def _names(judged: Judged, value: Node) -> list[str]:
    """What a value is called, and the functions that give it back."""
    calls = [c.function for c in judged.study.step.tape.invocations if c.result is value]
    return [*value.names, *(getattr(function, "__name__", "") for function in calls)]
