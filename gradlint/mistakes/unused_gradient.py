"""GL404 unused-gradient."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, cast

from gradlint.case import Case, Experiment
from gradlint.findings import Finding
from gradlint.identify import proportion
from gradlint.roles.graph import Graph, carried

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.diagnose import Diagnosis
    from gradlint.findings import Severity
    from gradlint.reference.evaluate import Evaluation
    from gradlint.reference.judge import Judged
    from gradlint.trace.record import Recording
    from gradlint.trace.tape import Node


class UnusedGradient:
    """A gradient is computed and never used; the update uses something else.

    What happens
    ------------
    A gradient is computed, and the update uses something else: another parameter's gradient, the
    parameter itself, or a name that was not meant.

    Why it is wrong
    ---------------
    What the update subtracts is not the derivative of its parameter, however right the line is that
    computed the derivative.

    How it shows
    ------------
    A linter calls the variable unused. The parameter decays, stands still or drifts, while the
    others train.

    Fix
    ---
    Use in the update of each parameter the gradient that carries its name.

    Example
    -------
    Bad:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 4))
        W1, b1 = rng.normal(size=(3, 4)), np.zeros(4)
        W2, b2 = rng.normal(size=(4, 4)), np.zeros(4)
        for step in range(3):
            a = np.tanh(x @ W1 + b1)
            out = a @ W2 + b2
            loss = 0.5 * np.sum((out - y) ** 2)
            d = out - y
            dW2, db2 = a.T @ d, d.sum(axis=0)
            dz = d @ W2.T * (1 - a ** 2)
            dW1, db1 = x.T @ dz, dz.sum(axis=0)
            W1 -= 0.01 * dW1
            b1 -= 0.01 * db1
            W2 -= 0.01 * dW2
            b2 -= 0.01 * db1

    Good:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 4))
        W1, b1 = rng.normal(size=(3, 4)), np.zeros(4)
        W2, b2 = rng.normal(size=(4, 4)), np.zeros(4)
        for step in range(3):
            a = np.tanh(x @ W1 + b1)
            out = a @ W2 + b2
            loss = 0.5 * np.sum((out - y) ** 2)
            d = out - y
            dW2, db2 = a.T @ d, d.sum(axis=0)
            dz = d @ W2.T * (1 - a ** 2)
            dW1, db1 = x.T @ dz, dz.sum(axis=0)
            W1 -= 0.01 * dW1
            b1 -= 0.01 * db1
            W2 -= 0.01 * dW2
            b2 -= 0.01 * db2
    """

    code = "GL404"
    name = "unused-gradient"
    severity = "error"
    of_multiples = True  # also asked about right values at a wrong multiple

    def in_gradient(self, case: Case) -> Iterator[Experiment]:
        """Another value of the backward pass, which nobody uses, is what the update wants."""
        own = case.suspect.parameter
        if own is None or case.right is None:
            return
        graph = case.step.graph
        for node in graph.nodes[own.parameter.node.index : case.step.end]:
            if (
                not node.names
                or node.shape != own.parameter.node.shape
                or graph.readers[node.index]
            ):
                continue
            values = case.of(node)
            if values is None:
                values = [case.scene.value_of(node, p) for p in case.study.points]
            name = node.names[0]
            message = (
                f"the update of `{own.parameter.name}` uses `{case.written}`; `{name}`, which is "
                "its gradient, is computed and never used"
            )
            yield Experiment(message, 0.4, corrected=values, help=f"use `{name}` in this update")

    def in_step(
        self,
        recording: Recording,
        judged: Judged,
        reference: Evaluation,
        diagnosis: Diagnosis | None,
    ) -> Iterator[Finding]:
        """``db1 = b1 - lr * db1``: the new value goes to another name and b1 never changes."""
        step = judged.study.step
        known = {p.node.index for p in step.parameters}
        truth = reference.truths[0]
        point = judged.points[0]
        for index in sorted(step.graph.descendants([p.node for p in step.parameters])):
            node = step.graph.nodes[index]
            if (
                node.spot is None
                or node.index > step.end
                or not isinstance(node.spot.statement, ast.Assign)
            ):
                continue
            for old in carried(node):
                if old.index in known or not old.names or not old.is_leaf:
                    continue
                if set(old.names) & set(node.names) or not node.names:
                    continue
                if not _learns(step.graph, node, old):
                    continue
                if self._is_update(judged, node, old, truth, point):
                    yield Finding(
                        self.code, self.name, cast("Severity", self.severity),
                        f"the new value of `{old.names[0]}` is bound to `{node.names[-1]}`: "
                        f"`{old.names[0]}` itself never changes",
                        node.spot.file.site(node.spot.statement),
                        help=f"assign it to `{old.names[0]}`",
                    )  # fmt: skip

    def _is_update(self, judged: Judged, node: Node, old: Node, truth: dict, point: object) -> bool:  # type: ignore[type-arg]
        """Whether ``node = old - constant × ∂L/∂old`` although no one reads it again."""
        import numpy as np

        order = (
            {n.index for n in judged.study.order(judged.followed.objective)}
            if judged.followed
            else set()
        )
        readers = judged.study.step.graph.readers[old.index]
        if node.value is None or old.value is None or np.shape(node.value) != np.shape(old.value):
            return False
        if not any(r.index in order for r in readers):
            return False
        change = np.asarray(node.value, dtype=float) - np.asarray(old.value, dtype=float)
        true = self._truth_at_own_point(judged, old)
        return true is not None and proportion(change, true) is not None

    def _truth_at_own_point(self, judged: Judged, old: Node):  # type: ignore[no-untyped-def]
        import numpy as np

        from gradlint.reference.backprop import backprop
        from gradlint.trace.replay import ancestors

        study, followed = judged.study, judged.followed
        if followed is None:
            return None
        objective = followed.objective
        nodes = ancestors(objective.values, stop=[*(p.node for p in study.step.parameters), old])
        reach = study.step.graph.descendants([old, *(p.node for p in study.step.parameters)])
        order = [n for n in nodes if n.index in reach]
        values = study.own.values
        missing = [n for n in order if n.index not in values]
        if missing:
            from gradlint.trace.replay import replay

            values = {**replay(order, study.own.changes, precise=True), **values}
        found = backprop(order, values, objective.seeds(values)).get(old.index)
        return None if found is None else np.asarray(found)


def _learns(graph: Graph, node: Node, old: Node) -> bool:
    """Whether a value depends on an old one in another way than by carrying it over."""
    younger = graph.ancestors([node], after=old.index)
    return any(r is not node and r.index in younger for r in graph.readers[old.index])
