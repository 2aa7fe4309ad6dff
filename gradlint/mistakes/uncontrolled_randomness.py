"""GL403 uncontrolled-randomness."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradlint.case import Case, Experiment
from gradlint.findings import Label
from gradlint.trace.replay import Unrepeatable, replay
from gradlint.trace.tape import Node


class UncontrolledRandomness:
    """The forward pass draws random numbers that the backward pass does not reuse."""

    code = "GL403"
    name = "uncontrolled-randomness"
    severity = "error"

    def in_gradient(self, case: Case) -> Iterator[Experiment]:
        """The line is right with the numbers that the forward pass drew."""
        graph = case.step.graph
        mine = [
            graph.nodes[i]
            for i in graph.ancestors([case.node])
            if graph.nodes[i].is_leaf and graph.nodes[i].spot is not None
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
        corrected = []
        for point in case.study.points:
            changes = {**point.changes, second: point.values.get(first.index, first.value)}
            try:
                values = replay([case.node], changes, precise=True)
            except Unrepeatable:
                return
            corrected.append(np.asarray(values[case.node.index], dtype=float))
        assert first.spot is not None
        message = (
            f"`{case.written}` draws new random numbers; the backward pass needs those the forward "
            f"pass drew (line {first.spot.row})"
        )
        yield Experiment(
            message, 0.6, corrected=corrected,
            labels=(Label(first.spot.site, "drawn here for the forward pass"),),
            help="keep what the forward pass drew, and use it here",
        )  # fmt: skip
