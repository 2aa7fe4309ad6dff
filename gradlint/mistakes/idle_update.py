"""GL409 idle-update."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradlint.diagnosis.idle_updates import (
    always_zero,
    consumed,
    drifts,
    idle_updates,
    only_decays,
    stands_still,
    unused_gradient,
)
from gradlint.findings import Finding, Label

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.diagnosis.catalogue import Studied
    from gradlint.trace.tape import Node
    from gradlint.truth.evaluate import Evaluation, Result
    from gradlint.truth.judge import Judged


class IdleUpdate:
    """A parameter is updated at each step and never learns: only zeros or its decay are added.

    What happens
    ------------
    The update line is there and runs, but what it subtracts is a buffer that nobody fills, a
    product with an array that is still zero, the weight decay alone, or at every step the gradient
    that was worked out once before the loop.

    Why it is wrong
    ---------------
    The loss has a slope in this parameter, and the update takes no notice of it. The parameter
    keeps its first value, or shrinks to zero.

    How it shows
    ------------
    Nothing stops and nothing is printed. Training goes on with the other parameters, which make up
    for the one that stands still; a bias that never moves is easily overlooked.

    Fix
    ---
    Put the gradient where the update looks for it: fill the buffer, or use the value that the
    forward pass made in this step.

    Example
    -------
    Bad:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
        W, b = rng.normal(size=(3, 2)), np.zeros(2)
        for step in range(3):
            dW, db = np.zeros_like(W), np.zeros_like(b)
            out = np.tanh(x @ W + b)
            loss = 0.5 * np.sum((out - y) ** 2)
            d = (out - y) * (1 - out ** 2)
            dW += x.T @ d
            W -= 0.01 * dW
            b -= 0.01 * db

    Good:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
        W, b = rng.normal(size=(3, 2)), np.zeros(2)
        for step in range(3):
            dW, db = np.zeros_like(W), np.zeros_like(b)
            out = np.tanh(x @ W + b)
            loss = 0.5 * np.sum((out - y) ** 2)
            d = (out - y) * (1 - out ** 2)
            dW += x.T @ d
            db += d.sum(axis=0)
            W -= 0.01 * dW
            b -= 0.01 * db
    """

    code = "GL409"
    name = "idle-update"
    severity = "error"

    def in_step(self, seen: Studied) -> Iterator[Finding]:
        """Only the weight decay is left of an update, or zeros that nothing was added to."""
        judged, reference = seen.judged, seen.reference
        yield from self._of_zeros(judged, judged.computed or reference)
        yield from self._made_once(judged, reference)
        step = judged.study.step
        for idle in idle_updates(judged, reference):
            spot = idle.new.spot
            if spot is None or unused_gradient(judged, reference, idle) is not None:
                continue
            if only_decays(reference, idle):
                left = "only the weight decay is left in this update"
            elif stands_still(step, reference, idle):
                left = "this update adds nothing but zeros"
            elif drifts(reference, idle):
                left = "this update only adds a number that no gradient has a say in"
            else:
                continue
            place = consumed(idle).spot
            site = spot.file.site(spot.statement)
            if place is not None and place is not spot:
                site = place.site
            name = step.names.of(idle.old)
            yield Finding.of(
                self,
                f"{left}: `{name}` never learns, although the loss depends on it",
                site,
                explanation=f"its gradient is not zero at {len(idle.truths)} points",
                evidence={"parameter": name, "unlisted": list(idle.old.shape)},
            )

    def _made_once(self, judged: Judged, reference: Evaluation) -> Iterator[Finding]:
        """``W -= rate * dW`` in a loop before which alone ``dW`` is worked out."""
        names = judged.study.step.names
        for result in reference.results:
            spot, gradient = result.parameter.update.new.spot, result.gradient.node
            if result.objection is None or result.objection.kind != "once" or spot is None:
                continue
            name = result.parameter.name
            yield Finding.of(
                self,
                f"every step adds the same to `{name}`: `{names.of(gradient)}` stays its gradient "
                f"at the start, whatever `{name}` has become",
                spot.file.site(spot.statement),
                explanation=f"right in the first step, at {len(judged.points)} points",
                help="work the gradient out inside the loop, from the forward pass of the step",
                labels=() if gradient.spot is None else (Label(gradient.spot.site, "made here"),),
                evidence={"parameter": name, "settles": name},
            )

    def _of_zeros(self, judged: Judged, reference: Evaluation) -> Iterator[Finding]:
        """``slope(self.out)`` where nothing was put into `self.out`: every gradient is zero."""
        names = judged.study.step.names
        places: dict[int, tuple[Node, list[Result]]] = {}
        for result, node in always_zero(judged, reference):
            places.setdefault(node.index, (node, []))[1].append(result)
        for node, results in places.values():
            buffer, update = _empty(judged, node), results[0].parameter.update.new.spot
            spot = update if buffer is node else node.spot
            if spot is None:
                continue
            parameters = [result.parameter.name for result in results]
            several = len(parameters) > 1
            told = f" because `{names.of(buffer)}` is still all zeros" if buffer else ""
            told = " in every step" if buffer is node else told
            place = None if buffer is None else buffer.spot
            yield Finding.of(
                self,
                f"`{names.of(node)}` is exactly zero{told}: "
                + ", ".join(f"`{name}`" for name in parameters)
                + f" never {'learn' if several else 'learns'}, although the loss depends on "
                + ("them" if several else "it"),
                spot.file.site(spot.statement),
                explanation=f"zero at {len(judged.points)} points where the true gradient is not",
                labels=() if place is None else (Label(place.site, "made here, never filled"),),
                evidence={"parameters": parameters, "settles": parameters[0]},
            )


def _empty(judged: Judged, node: Node) -> Node | None:
    """The buffer of zeros that makes a value zero: the last that it was made of."""
    graph = judged.study.step.graph
    for index in sorted(graph.ancestors([node]), reverse=True):
        found = graph.nodes[index]
        known = found.is_leaf and found.names and found.shape and found.value is not None
        if known and not found.value.any():
            return found
    return None
