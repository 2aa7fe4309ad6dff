"""GL307 updated-before-use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradlint.case import Case, Experiment
from gradlint.findings import Label
from gradlint.trace.replay import Unrepeatable, replay

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.trace.tape import Node


class UpdatedBeforeUse:
    """A weight is updated before backpropagation has finished reading it.

    What happens
    ------------
    A weight is updated while the backward pass still needs it: the delta of the layer below is
    computed with the new value.

    Why it is wrong
    ---------------
    The gradient belongs to the network that made the prediction. With a weight that has moved in
    between, the lower layers follow the gradient of a network that was never run.

    How it shows
    ------------
    An error of the size of the learning rate: a few per cent, too small to be seen in the loss
    curve, too large for a numeric check with a tight tolerance.

    Fix
    ---
    Compute all gradients first, then update all parameters.

    Example
    -------
    Bad:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
        W1, W2 = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
        for step in range(3):
            a = np.tanh(x @ W1)
            out = a @ W2
            loss = 0.5 * np.sum((out - y) ** 2)
            d = out - y
            dW2 = a.T @ d
            W2 -= 0.01 * dW2
            dz = d @ W2.T * (1 - a ** 2)
            W1 -= 0.01 * (x.T @ dz)

    Good:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
        W1, W2 = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
        for step in range(3):
            a = np.tanh(x @ W1)
            out = a @ W2
            loss = 0.5 * np.sum((out - y) ** 2)
            d = out - y
            dW2 = a.T @ d
            dz = d @ W2.T * (1 - a ** 2)
            W2 -= 0.01 * dW2
            W1 -= 0.01 * (x.T @ dz)
    """

    code = "GL307"
    name = "updated-before-use"
    severity = "error"

    def in_gradient(self, case: Case) -> Iterator[Experiment]:
        """The line is right with the weights as they were in the forward pass."""
        reach = case.step.graph.ancestors([case.node])
        for parameter in case.step.parameters:
            new = parameter.update.new
            if new.index not in reach or new.index >= case.node.index:
                continue
            corrected = _with_old(case, new, parameter.node)
            row = new.spot.row if new.spot else None
            where = f" (line {row})" if row else ""
            message = (
                f"`{case.written}` reads `{parameter.name}` after it was updated{where}; "
                "backpropagation needs the weights of the forward pass"
            )
            labels = (Label(new.spot.site, "updated here"),) if new.spot else ()
            yield Experiment(
                message, 0.5, corrected=corrected, labels=labels,
                help=f"move this line above the update of `{parameter.name}`",
            )  # fmt: skip


def _with_old(case: Case, new: Node, old: Node) -> list[np.ndarray] | None:
    found = []
    for point in case.study.points:
        changes = {**point.changes, new: point.changes[old]}
        try:
            values = replay([case.node], changes, precise=True)
        except Unrepeatable:
            return None
        found.append(np.asarray(values[case.node.index], dtype=float))
    return found
