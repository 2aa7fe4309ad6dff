"""GL209 altered-gradient."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradlint.diagnosis.bypass import without
from gradlint.findings import Finding, Label

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.diagnosis.catalogue import Studied
    from gradlint.truth.evaluate import Result
    from gradlint.truth.judge import Judged

# What is measured on the road from the gradient to the parameter, by the property that is lost.
_TOLD = {
    "finite": "with other gradients of the same size the new `{name}` is no finite number",
    "branch": "the program takes another branch for the opposite gradient",
    "odd": "the opposite gradient does not give the opposite step",
    "even": "the opposite gradient gives the same step",
    "data": "with other data, and the same gradient, the step is another one",
    "weights": "with another `{name}`, and the same gradient, the step is another one",
    "degree": "a gradient a thousand times as large gives a step of quite another size",
    "direction": "for some gradients the step goes against the direction of the others",
    "history": "what earlier gradients leave behind pushes the other way",
    "drift": "numbers move `{name}` even where the gradient is zero",
    "memory": "what an earlier gradient leaves behind grows from step to step",
    "response": "the same gradients give another step than they give its siblings",
}
_ELSEWHERE = {"grows", "overwritten", "once"}  # what other mistakes tell


class AlteredGradient:
    """Between a right gradient and its parameter stands an operation that changes what it says.

    What happens
    ------------
    The gradient of one parameter is right, and on its way into the update something is done to it
    that no optimiser does: its absolute value is taken, it is squared, multiplied by the weights,
    cut off on one side, or something that is no gradient is added to it.

    Why it is wrong
    ---------------
    A step has to turn round when the gradient turns round, has to vanish with it, and depends on
    nothing but the gradients and, through a decay, on the parameter itself. The siblings' updates
    have these properties; this one has not, so it descends no loss.

    How it shows
    ------------
    One parameter drifts in one direction, or hardly moves, while the others learn. The loss falls
    at first and stays too high. A numeric check of the gradient by itself finds nothing.

    Fix
    ---
    Take the operation away: what the update subtracts is a rate times the gradient, or what an
    optimiser makes of it for all parameters alike.

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
            dW = np.abs(x.T @ d)
            db = d.sum(axis=0)
            W -= 0.01 * dW
            b -= 0.01 * db

    Good:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
        W, b = rng.normal(size=(3, 2)), np.zeros(2)
        for step in range(3):
            out = np.tanh(x @ W + b)
            loss = 0.5 * np.sum((out - y) ** 2)
            d = (out - y) * (1 - out ** 2)
            dW = x.T @ d
            db = d.sum(axis=0)
            W -= 0.01 * dW
            b -= 0.01 * db
    """

    code = "GL209"
    name = "altered-gradient"
    severity = "error"

    def in_step(self, seen: Studied) -> Iterator[Finding]:
        """The road behind a right gradient lacks a property that its siblings' roads have."""
        judged, reference = seen.judged, seen.reference
        places: dict[tuple[int, str], list[Result]] = {}  # a loop over all is told once
        for result in reference.results:
            objection = result.objection
            if objection is None or objection.kind in _ELSEWHERE or objection.fault.slip:
                continue
            places.setdefault((id(objection.fault.node.spot), objection.kind), []).append(result)
        for results in places.values():
            found = self._said(judged, results[0], [r.parameter.name for r in results])
            if found is not None:
                yield found

    def _said(self, judged: Judged, result: Result, parameters: list[str]) -> Finding | None:
        objection, names = result.objection, judged.study.step.names
        assert objection is not None
        fault, name = objection.fault, parameters[0]
        spot = fault.node.spot
        if spot is None:
            return None
        more = f" and {len(parameters) - 1} more" if len(parameters) > 1 else ""
        right = result.gradient.node
        fix = without(fault.node, fault.kept)
        written = names.expression(fault.node)
        labels = (Label(right.spot.site, "right as far as here"),) if right.spot else ()
        return Finding.of(
            self, f"`{written}` changes the gradient of `{name}`{more} on its way into the "
            "update, as no optimiser does",
            spot.site,
            explanation=f"`{names.of(right)}` is the gradient of `{name}`; behind it "
            + _TOLD[objection.kind].format(name=name),
            help=fix.message if fix is not None else "subtract a rate times the gradient itself",
            labels=labels if right.spot and right.spot.row != spot.row else (),
            evidence={"parameter": name, "property": objection.kind, "settles": name},
            fix=fix,
        )  # fmt: skip
