"""GL403 uncontrolled-randomness."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from gradlint.diagnosis.context import Experiment
from gradlint.findings import Label
from gradlint.trace.replay import Unrepeatable, replay

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.diagnosis.case import Case
    from gradlint.trace.tape import Node


class UncontrolledRandomness:
    """The forward pass draws random numbers that the backward pass does not reuse.

    What happens
    ------------
    The forward pass draws random numbers, and the backward pass draws its own instead of using the
    same ones again: dropout with two masks, noise that is sampled twice.

    Why it is wrong
    ---------------
    The gradient belongs to the units that took part in the prediction. With a second mask, units
    that were dropped receive an error, and some that took part receive none.

    How it shows
    ------------
    Training is noisier than it should be, and a numeric check gives another result at each run.

    Fix
    ---
    Keep what the forward pass drew, and use it again: `mask` is drawn once in each step.

    Example
    -------
    Bad:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
        W1, W2 = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
        for step in range(3):
            h = np.tanh(x @ W1)
            mask = rng.random(h.shape) < 0.5
            a = h * mask
            out = a @ W2
            loss = 0.5 * np.sum((out - y) ** 2)
            d = out - y
            mask = rng.random(h.shape) < 0.5
            dz = d @ W2.T * mask * (1 - h ** 2)
            W2 -= 0.01 * (a.T @ d)
            W1 -= 0.01 * (x.T @ dz)

    Good:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
        W1, W2 = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
        for step in range(3):
            h = np.tanh(x @ W1)
            mask = rng.random(h.shape) < 0.5
            a = h * mask
            out = a @ W2
            loss = 0.5 * np.sum((out - y) ** 2)
            d = out - y
            dz = d @ W2.T * mask * (1 - h ** 2)
            W2 -= 0.01 * (a.T @ d)
            W1 -= 0.01 * (x.T @ dz)
    """

    code = "GL403"
    name = "uncontrolled-randomness"
    severity = "error"
    told_for = "a changing result"

    def in_gradient(self, case: Case) -> Iterator[Experiment]:
        """The line is right with the numbers that the forward pass drew."""
        graph = case.step.graph
        mine = [
            graph.nodes[i]
            for i in graph.ancestors([case.node])
            if graph.nodes[i].spot is not None and _may_be_drawn(graph.nodes[i])
        ]
        order = case.diagnosis.forward | graph.ancestors(case.diagnosis.objective.values)
        drawn = [graph.nodes[i] for i in order if graph.nodes[i].is_leaf]
        for second in mine:
            if second.index in order or second.spot is None or second.index > case.node.index:
                continue
            for first in drawn:
                if first.shape == second.shape and first is not second and first.spot is not None:
                    yield from self._reused(case, first, second)

    def _reused(self, case: Case, first: Node, second: Node) -> Iterator[Experiment]:
        if first.value is not None and np.array_equal(first.value, second.value):
            return  # the same numbers: nothing was drawn anew
        assert first.spot is not None
        message = (
            f"`{case.written}` draws new random numbers; the backward pass needs those the forward "
            f"pass drew (line {first.spot.row})"
        )
        yield Experiment(
            message, 0.6, corrected=partial(_with_the_first, case, first, second),
            labels=(Label(first.spot.site, "drawn here for the forward pass"),),
            help="keep what the forward pass drew, and use it here",
        )  # fmt: skip


def _may_be_drawn(node: Node) -> bool:
    """Whether a value may come from a generator: zeros, to add to them, do not."""
    if not node.is_leaf:
        return False
    value = np.asarray(node.value)
    return not (value.size > 1 and bool(np.all(value == value.flat[0])))


def _with_the_first(case: Case, first: Node, second: Node) -> list[np.ndarray] | None:
    """What the line computes at every point from what was drawn first."""
    corrected = []
    for point in case.study.points:
        changes = {**point.changes, second: point.values.get(first.index, first.value)}
        try:
            values = replay([case.node], changes, precise=True)
        except Unrepeatable:
            return None
        corrected.append(np.asarray(values[case.node.index], dtype=float))
    return corrected
