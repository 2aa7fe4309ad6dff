"""What the gradients really are: the study of one step at several parameter points.

At each point the tape is replayed, forward and backward alike, and reverse mode gives the true
cotangent of every forward value.  The first point is the program's own; the verdicts rest on the
others, which are generic: no zero biases, no dead units, no ties.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.reading.graph import is_scalar
from gradlint.reading.updates import placed
from gradlint.trace.replay import Unrepeatable, ancestors, replay
from gradlint.truth.backprop import backprop

if TYPE_CHECKING:
    from gradlint.reading.objective import Objective
    from gradlint.reading.step import Gradient, Parameter, Step
    from gradlint.trace.tape import Node

SMALL, SIZE = 0.1, 0.5  # parameters that are all smaller than this, and the size they are given
FARTHEST = 100.0  # times: what is smaller by more is meant to be small
ALIVE = 0.05  # of a gradient has to be left
_BLUR, _DRAWS = 1e-6, 2  # relative disturbance of each cotangent, and how often it is drawn
JITTER = (0.3, 0.1, 0.03, 0.003)  # of a parameter's own scale; smaller if the larger one fails


@dataclass(eq=False)
class Point:
    """Values of one parameter point."""

    values: dict[int, Any]
    changes: dict[Node, Any]

    def of(self, node: Node) -> Any:
        """The value of a node here."""
        return self.values[node.index]


class Study:
    """One step, replayed at its own and at generic points."""

    def __init__(self, step: Step, seed: int = 0, points: int = 2) -> None:
        self.step = step
        self.seed = seed
        self.wanted = points
        self._orders: dict[Objective, list[Node]] = {}
        self._courses: dict[Gradient, float | None] = {}
        self._terms: dict[tuple[Objective, int], dict[int, float]] = {}

    @cached_property
    def targets(self) -> list[Node]:
        """Everything whose value may be asked for."""
        step = self.step
        reach = step.graph.ancestors(step.gradient_nodes)
        nodes = [step.graph.nodes[i] for i in sorted((step.dependent - step.later) | reach)]
        ours = [n for n in nodes if n.needed or n.names or is_scalar(n)]
        gradients = [t.node for p in step.parameters for g in p.gradients for t in g.terms]
        return [*ours, *gradients]

    @cached_property
    def own(self) -> Point:
        """The program's own point, in float64."""
        changes = {p.node: _double(p.node) for p in self.step.parameters}
        return Point(replay(self.targets, changes, precise=True), changes)

    @cached_property
    def points(self) -> list[Point]:
        """The generic points at which the verdicts are made."""
        rng = np.random.default_rng([self.seed, 20])
        found = []
        for _ in range(self.wanted):
            for size in JITTER:
                point = self._jittered(rng, size)
                if point is not None:
                    found.append(self._enlarged(point))
                    break
        return found

    def _enlarged(self, point: Point) -> Point:
        """The same point, farther from zero, if the parameters are small and nothing saturates.

        A network with weights of 0.01 is as good as linear: tanh's slope at z is 1, whether it is
        written ``1 - a**2`` or ``1 - z**2``.
        """
        largest = max(rms(np.asarray(v, dtype=float)) for v in point.changes.values())
        if not 0 < largest < SMALL:
            return point
        for factor in (SIZE / largest, SIZE / largest / 4):
            if not 1 < factor <= FARTHEST:
                continue
            changes = {
                n: type(v)(factor * v) if type(v) is float else factor * v
                for n, v in point.changes.items()
            }
            there = self._at(changes)
            if there is not None and self._is_alive(there, point):
                return there
        return point

    def _is_alive(self, there: Point, here: Point) -> bool:
        """Whether no gradient has died away, as it does where activations saturate."""
        for node in self.step.gradient_nodes:
            sizes = [float(np.abs(np.asarray(p.of(node), float)).max()) for p in (there, here)]
            if sizes[0] < ALIVE * sizes[1]:
                return False
        return True

    def _jittered(self, rng: np.random.Generator, size: float) -> Point | None:
        changes: dict[Node, Any] = {}
        for parameter in self.step.parameters:
            value = np.asarray(_double(parameter.node), dtype=float)
            moved = np.asarray(rng.normal(size=value.shape))
            moved *= size * _scale(value)
            moved += value
            kind = parameter.node.value
            if type(kind) is float:
                changes[parameter.node] = float(moved)
            elif isinstance(kind, np.matrix):
                changes[parameter.node] = np.matrix(moved)
            else:
                changes[parameter.node] = moved if moved.shape else np.float64(moved)
        return self._at(changes)

    def _at(self, changes: dict[Node, Any]) -> Point | None:
        """The point at given parameters, or None if the program takes another course there."""
        try:
            values = replay(self.targets, changes, precise=True)
        except Unrepeatable:
            return None
        point = Point(values, changes)
        return point if self._is_sound(point) else None

    def _is_sound(self, point: Point) -> bool:
        """Finite everywhere and on the same control flow as the program's own run."""
        for node in self.step.gradient_nodes:
            value = np.asarray(point.of(node), dtype=float)
            if not np.isfinite(value).all() and np.isfinite(np.asarray(node.value, float)).all():
                return False
        for decision in self.step.tape.decisions:
            if (
                decision.index in point.values
                and decision.index <= self.step.end
                and bool(point.of(decision)) != bool(decision.value)
            ):
                return False
        return True

    # -- the reference ----------------------------------------------------------------------

    def order(self, objective: Objective) -> list[Node]:
        """The nodes between parameters and objective, in order of execution."""
        if objective not in self._orders:
            nodes = ancestors(objective.values, stop=[p.node for p in self.step.parameters])
            self._orders[objective] = [n for n in nodes if n.index in self.step.dependent]
        return self._orders[objective]

    def truth(
        self,
        objective: Objective,
        point: Point,
        forced: dict[Node, Any] | None = None,
        edges: dict[tuple[int, int], np.ndarray] | None = None,
    ) -> dict[int, np.ndarray]:
        """The true cotangent of every forward value at a point, by node index."""
        order = self.order(objective)
        return backprop(order, point.values, objective.seeds(point.values), forced, edges)

    def terms(self, objective: Objective, point: Point) -> dict[int, float]:
        """How large every cotangent is before its contributions cancel, by node index.

        Every cotangent on the way is disturbed by a random relative error, and what becomes of that
        is measured.  A gradient that is zero by cancellation (a bias before batch normalisation,
        however many reshapes and broadcasts stand between) comes out as rounding errors of this
        size times the unit of rounding.  (Sums of absolute values through the whole chain would
        be an upper bound that grows with the depth, and excuses what is wrong.)
        """
        key = objective, id(point)
        if key not in self._terms:
            rng = np.random.default_rng([self.seed, 40])
            order, seeds = self.order(objective), objective.seeds(point.values)
            truth = backprop(order, point.values, seeds)
            found: dict[int, float] = {}
            for _ in range(_DRAWS):
                other = backprop(
                    order, point.values, seeds,
                    blurred=lambda g: g * (1 + _BLUR * rng.standard_normal(g.shape)),
                )  # fmt: skip
                for index, value in other.items():
                    if value.dtype != object:
                        moved = float(np.abs(value - truth[index]).max(initial=0.0)) / _BLUR
                        found[index] = max(found.get(index, 0.0), moved)
            self._terms[key] = found
        return self._terms[key]

    def value(self, objective: Objective, changes: dict[Node, Any], frozen: Point) -> float:
        """The objective at other parameter values, its cotangents frozen at a point."""
        fixed = {n: frozen.values.get(n.index, n.value) for n in self.step.constants}
        values = replay(objective.values, {**fixed, **changes}, precise=True)
        seeds = objective.seeds(frozen.values)
        return float(
            sum(
                float(np.sum(seed * np.asarray(values[n.index], float)))
                for n, seed in seeds.items()
            )
        )

    def course(self, gradient: Gradient, parameter: Parameter) -> float | None:
        """The sign with which an update follows a gradient: −1 if it goes against it.

        Known from the learning rate, or, where an optimiser stands between the two, found by
        turning the gradient round; None where its entries do not all tell the same.
        """
        if gradient not in self._courses:
            self._courses[gradient] = self._course(gradient, parameter)
        return self._courses[gradient]

    def _course(self, gradient: Gradient, parameter: Parameter) -> float | None:
        if gradient.by_data:
            return None
        if gradient.scale is not None:
            return float(np.sign(gradient.scale))
        node, new = gradient.node, parameter.update.new
        if len(gradient.terms) != 1 or gradient.terms[0].places:
            return None
        point = self.points[0] if self.points else self.own
        value = np.asarray(point.of(node), dtype=float)
        try:
            there, back = (
                np.asarray(replay([new], {**point.changes, node: v}, precise=True)[new.index])
                for v in (value, -value)
            )
        except Unrepeatable:
            return None
        if there.shape != value.shape or not np.isfinite(there - back).all():
            return None
        signs = set(np.sign((there - back) * value)[value != 0].ravel().tolist())
        return signs.pop() if len(signs) == 1 else None

    def hand(self, gradient: Gradient, parameter: Parameter, point: Point) -> np.ndarray:
        """The hand-written gradient of a parameter at a point, in the parameter's shape."""
        shape = np.shape(point.changes[parameter.node])
        total: Any = None
        for term in gradient.terms:
            part = placed(term, point.of(term.node), shape, point.values)
            if total is None:
                total = part
                continue
            if np.shape(total) not in ((), part.shape) and part.shape != ():
                try:
                    np.broadcast_shapes(np.shape(total), part.shape)
                except ValueError:
                    return part  # of another shape altogether: nothing to add up
            total = total + part
        return np.asarray(0.0 if total is None else total, dtype=float)


def _double(node: Node) -> Any:
    value = node.value
    if value is None:
        value = replay([node])[node.index]
    if getattr(value, "dtype", None) is not None and value.dtype.kind in "fiub":
        return value.astype(np.float64)
    return value


def rms(value: np.ndarray) -> float:
    """The root of the mean square, without a temporary: a parameter may be large."""
    return float(np.sqrt(np.vdot(value, value) / value.size)) if value.size else 0.0


def _scale(value: np.ndarray) -> float:
    size = rms(value)
    return size if size > 1e-12 else 0.3
