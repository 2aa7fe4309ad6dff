"""GL307 updated-before-use."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradlint.case import Case, Experiment
from gradlint.findings import Label
from gradlint.trace.replay import Unrepeatable, replay


class UpdatedBeforeUse:
    """A weight is updated before backpropagation has finished reading it."""

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


def _with_old(case: Case, new: object, old: object) -> list[np.ndarray] | None:
    found = []
    for point in case.study.points:
        changes = {**point.changes, new: point.changes[old]}  # type: ignore[index]
        try:
            values = replay([case.node], changes, precise=True)
        except Unrepeatable:
            return None
        found.append(np.asarray(values[case.node.index], dtype=float))
    return found
