"""GL404 unused-gradient."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import numpy as np

from gradlint.diagnosis.context import Experiment
from gradlint.diagnosis.identify import proportion
from gradlint.diagnosis.idle_updates import began_as, idle_updates, truth_of, unused_gradient
from gradlint.findings import Edit, Finding, Fix
from gradlint.reading.graph import Graph, carried, carry_path
from gradlint.trace.primitives import astype, view
from gradlint.trace.replay import Unrepeatable, replay
from gradlint.truth.evaluate import same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.diagnosis.case import Case
    from gradlint.diagnosis.catalogue import Studied
    from gradlint.source.spots import Spot
    from gradlint.trace.tape import Node
    from gradlint.truth.evaluate import Evaluation
    from gradlint.truth.judge import Judged
    from gradlint.truth.points import Point

_WHOLE = (np.add, np.subtract, np.copy, np.array, np.asarray, astype, view, float)


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
    of_updates = True  # a pair has none
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
            spot = own.parameter.update.new.spot
            yield Experiment(
                message,
                0.4,
                corrected=values,
                help=f"use `{name}` in this update",
                fix=None if spot is None else _instead(spot, set(case.node.names), name),
            )

    def in_step(self, seen: Studied) -> Iterator[Finding]:
        """``db1 = b1 - lr * db1`` and ``b1 = b1 - lr * b1``: b1 never learns."""
        judged, reference = seen.judged, seen.reference
        yield from self._bound_elsewhere(judged, reference)
        step = judged.study.step
        for idle in idle_updates(judged, reference):
            gradient, spot = unused_gradient(judged, reference, idle), idle.new.spot
            if gradient is None or spot is None or began_as(step, gradient, idle.new) is not None:
                continue
            name = step.names.of(gradient)
            yield Finding.of(
                self,
                f"this update of `{idle.name}` uses nothing of `{name}`, which is its gradient and "
                "goes nowhere",
                spot.file.site(spot.statement),
                explanation=f"compared at {len(idle.truths)} points",
                help=f"use `{name}` in this update",
                evidence={
                    "parameter": step.names.of(idle.old),
                    "gradient": name,
                    "unlisted": list(idle.old.shape),
                },
                fix=_instead(spot, {idle.name}, name),
            )  # fmt: skip

    def _bound_elsewhere(self, judged: Judged, reference: Evaluation) -> Iterator[Finding]:
        """``db1 = b1 - lr * db1``: the new value goes to another name and b1 never changes."""
        step = judged.study.step
        known = {p.node.index for p in step.parameters}
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
                if _is_update(judged, reference, node, old):
                    yield Finding.of(
                        self, f"the new value of `{old.names[0]}` is bound to `{node.names[-1]}`: "
                        f"`{old.names[0]}` itself never changes",
                        node.spot.file.site(node.spot.statement),
                        help=f"assign it to `{old.names[0]}`",
                    )  # fmt: skip


def _is_update(judged: Judged, reference: Evaluation, node: Node, old: Node) -> bool:
    """Whether ``node = old - constant × ∂L/∂old``, with one constant at all points.

    A product with a number is no update of that number, and what the loss or another parameter's
    update is made of is a delta, not a new value that nobody reads.
    """
    study, objective = judged.study, reference.objective
    graph = study.step.graph
    order = {n.index for n in study.order(objective)}
    if node.value is None or old.value is None or np.shape(node.value) != np.shape(old.value):
        return False
    if not any(r.index in order for r in graph.readers[old.index]) or not _adds(node, old):
        return False
    news = [p.update.new for p in study.step.parameters]
    if node.index in graph.ancestors([*news, *objective.values]):
        return False
    factors = [_rate(judged, reference, node, old, p) for p in (study.own, *study.points)]
    return all(f is not None and same(f, factors[0] or 0.0) for f in factors)


def _rate(
    judged: Judged, reference: Evaluation, node: Node, old: Node, point: Point
) -> float | None:
    """How many times the truth a value is away from the old one at a point, if it is a multiple."""
    try:
        value = replay([node], {**point.changes}, precise=True)[node.index]
    except Unrepeatable:
        return None
    change = np.asarray(value, dtype=float) - np.asarray(old.value, dtype=float)
    true = truth_of(judged, reference, old, point)
    return None if true is None else proportion(change, true)


def _adds(node: Node, old: Node) -> bool:
    """Whether a value is the old one, whole, and a change added to it."""
    path = carry_path(node, {old.index}, old.index) or [node]
    return all(n.function in _WHOLE for n in path[:-1]) and any(
        n.function in (np.add, np.subtract) for n in path[:-1]
    )


def _instead(spot: Spot, own: set[str], name: str) -> Fix | None:
    """Write the gradient where an update takes something else (its own parameter even) for it."""
    statement = spot.statement
    value = getattr(statement, "value", None)
    if not isinstance(statement, ast.Assign | ast.AugAssign) or value is None:
        return None
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    keep = sum(ast.unparse(target) in own for target in targets)
    reads = [n for n in ast.walk(value) if isinstance(n, ast.expr) and ast.unparse(n) in own]
    reads.sort(key=lambda n: (n.lineno, n.col_offset))
    if len(reads) != keep + 1:
        return None
    edit = Edit(spot.file.site(reads[-1]), name)
    return Fix(f"write `{name}` instead of `{ast.unparse(reads[-1])}`", (edit,))


def _learns(graph: Graph, node: Node, old: Node) -> bool:
    """Whether a value depends on an old one in another way than by carrying it over."""
    younger = graph.ancestors([node], after=old.index)
    return any(r is not node and r.index in younger for r in graph.readers[old.index])
