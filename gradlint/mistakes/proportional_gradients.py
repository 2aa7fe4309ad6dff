"""GL207 proportional-gradients."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradlint.diagnosis.identify import proportion
from gradlint.findings import Finding
from gradlint.truth.evaluate import same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.diagnosis.catalogue import Studied
    from gradlint.reading.step import Step
    from gradlint.trace.tape import Node
    from gradlint.truth.evaluate import Evaluation, Result
    from gradlint.truth.judge import Judged

_SCALING = {np.multiply, np.true_divide, np.negative}


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
        if not _is_tidy(factor) or _are_named_as_they_are(judged, reference, right):
            return  # an untidy one is a learning rate that stands inside a product
        name = value.names[0] if value.names else judged.study.step.names.expression(value)
        yield Finding.of(
            self, f"the gradients are {factor:.6g} times those of `{name}`: harmless, the same as "
            "another learning rate",
            value.spot.site,
            evidence={"factor": factor},
        )  # fmt: skip


def _are_named_as_they_are(judged: Judged, reference: Evaluation, results: list[Result]) -> bool:
    """Whether what has the gradients' names is just the loss's, and the rest is the rate."""
    named = [_named_factor(judged, reference, result) for result in results]
    return any(named) and all(own is None or same(own, 1.0) for own in named)


def _named_factor(judged: Judged, reference: Evaluation, result: Result) -> float | None:
    """How many times the truth the youngest value with a name is that an update is made of."""
    step, own, point = judged.study.step, result.gradient.node, judged.points[0]
    true = reference.truths[0].get(result.parameter.node.index)
    made = step.graph.ancestors([result.parameter.update.new]) & step.backward
    for index in sorted(made, reverse=True):
        node = step.graph.nodes[index]
        if node.names and (_is_of(step, node, own) or _is_of(step, own, node)):
            known = true is not None and index in point.values
            ratio = proportion(np.asarray(point.values[index]), np.asarray(true)) if known else None
            return None if ratio is None else abs(ratio)
    return None


def _is_of(step: Step, value: Node, origin: Node) -> bool:
    """Whether a value is another one times constants."""
    while value is not origin:
        learns = [p for p in value.parents if p.index in step.backward]
        if value.function not in _SCALING or len(learns) != 1 or learns[0].shape != value.shape:
            return False
        value = learns[0]
    return True


def _is_tidy(factor: float) -> bool:
    """Whether a factor is a count, or two, or a half: what means and squares leave behind."""
    return any(n > 1.5 and same(n, round(n)) for n in (factor, 1.0 / factor))
