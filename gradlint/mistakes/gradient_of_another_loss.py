"""GL312 gradient-of-another-loss."""

from __future__ import annotations

import ast
from itertools import permutations
from typing import TYPE_CHECKING

import numpy as np

from gradlint.diagnosis.context import Experiment
from gradlint.diagnosis.identify import proportion
from gradlint.diagnosis.intended import is_completed
from gradlint.diagnosis.layers import shortened, slope_of
from gradlint.diagnosis.numbers import Guess
from gradlint.diagnosis.output_delta import remedy
from gradlint.diagnosis.phrasing import fix_of
from gradlint.findings import Finding, Label
from gradlint.mistakes import catalogue
from gradlint.trace.replay import ancestors
from gradlint.truth.verdicts import loss_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.diagnosis.case import Case
    from gradlint.diagnosis.catalogue import Studied
    from gradlint.diagnosis.claims import Claim
    from gradlint.diagnosis.numbers import Numbers
    from gradlint.findings import Fix, Site
    from gradlint.trace.tape import Node
    from gradlint.truth.evaluate import Evaluation
    from gradlint.truth.judge import Judged

_SLOPES = {"GL303", "GL304", "GL312"}  # the two losses differ by the slope of the output


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
    told_for = "another loss"
    vague = True  # it says that a gradient is wrong, not why

    def in_numbers(self, seen: Numbers) -> Iterator[Guess]:
        """The gradient is the difference of two inputs where the loss is no squared error."""
        arrays = [(name, a) for name, a in seen.arrays if a.shape == seen.hand.shape]
        why = "it belongs to a squared error, or to a softmax or sigmoid that comes before"
        for (one, a), (other, b) in permutations(arrays, 2):
            text = f"`{one} - {other}` is no gradient of this loss in {seen.name}"
            yield Guess(text, explanation=why, predicted=a - b)

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

    def in_step(self, seen: Studied) -> Iterator[Finding]:
        """The gradients follow an implied loss while the program states a different one."""
        recording, judged, reference = seen.recording, seen.judged, seen.reference
        stated, followed = judged.stated, judged.followed
        if (
            stated is not reference
            or followed is None
            or followed.objective.kind in ("computed", "bare")
        ):
            return
        value, delta = _amiss(judged, stated, followed)
        if delta is None or delta.spot is None or value.spot is None:
            return
        if 2 * followed.score < len(followed.results):
            return  # what most of the gradients follow is not known
        if _is_completed(judged, stated, followed):
            return  # the way that lacks the slope is at fault, not the error that all start from
        found = remedy(recording, judged, stated, delta, catalogue())
        fix, also, site = None, [], _taken_up(judged, value, delta)
        settles = [r.parameter.name for r in followed.results if followed.agrees(r)]
        if found is not None:
            case, claim = found
            slip, edits = claim.mistake, claim.experiment.edits
            fix = fix_of(case, slip, edits)
            if slip.code not in _SLOPES:
                yield _slip(case, claim, fix, settles)
                return
            also, site = [slip.code], claim.experiment.site or site
        loss = loss_of(judged, followed)
        name = value.names[0] if value.names else value.spot.text
        yield Finding.of(
            self,
            f"`{judged.study.step.names.of(delta)}` starts the gradient of {loss.description}, "
            f"not of `{name}`, which the program computes",
            site,
            explanation=f"{followed.score} of {len(followed.results)} gradients follow it "
            f"exactly, {stated.score} follow `{name}`",
            labels=(Label(value.spot.site, "the loss that is computed"),),
            evidence={"also": also, "settles": settles},
            fix=fix,
        )  # fmt: skip


def _amiss(judged: Judged, stated: Evaluation, followed: Evaluation) -> tuple[Node, Node | None]:
    """The computed scalar that is not followed, and the delta: those of the head at fault."""
    own, scalars, pairs = judged.study.own, stated.objective.values, followed.objective.pairs
    truth = judged.study.truth(stated.objective, own)
    for output, delta in reversed(pairs):
        true = truth.get(output.index)
        if delta is None or true is None:
            continue
        if proportion(np.asarray(own.of(delta), dtype=float), np.asarray(true)) is None:
            made = (v for v in reversed(scalars) if output in ancestors([v]))
            return next(made, scalars[-1]), delta
    return scalars[-1], pairs[-1][1]


def _taken_up(judged: Judged, value: Node, delta: Node) -> Site:
    """Where the delta stands; of a residual that the loss is made of, where it is taken for one."""
    graph, spot = judged.study.step.graph, delta.spot
    forward = graph.ancestors([value])
    if delta.index in forward:
        ways = [r for r in graph.readers[delta.index] if r.index not in forward]
        spot = next((r.spot for r in ways if r.index in judged.study.step.backward), spot) or spot
    assert spot is not None
    return spot.site


def _is_completed(judged: Judged, stated: Evaluation, followed: Evaluation) -> bool:
    """Whether the step itself multiplies the delta by what the stated loss wants, somewhere."""
    value, delta = followed.objective.pairs[-1]
    own = judged.study.own
    true = judged.study.truth(stated.objective, own).get(value.index)
    if delta is None or true is None:
        return False
    return is_completed(judged.study.step, delta, own, np.asarray(true, dtype=float))


def _slip(case: Case, claim: Claim, fix: Fix | None, settles: list[str]) -> Finding:
    """A slip of another kind in the delta, after which it would be that of the computed loss."""
    slip, experiment = claim.mistake, claim.experiment
    return Finding.of(
        slip, experiment.message, experiment.site or case.site,
        explanation=f"mended, the gradients are those of `{case.symbol}` at "
        f"{len(case.study.points)} points", evidence={"settles": settles}, fix=fix,
    )  # fmt: skip
