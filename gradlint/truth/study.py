"""What the gradients really are: the study of one step at several parameter points.

At each point the tape is replayed, forward and backward alike, and reverse mode gives the true
cotangent of every forward value.  The first point is the program's own; the verdicts rest on the
others, which are generic: no zero biases, no dead units, no ties.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.reading.updates import placed
from gradlint.trace.replay import Unrepeatable, ancestors, replay
from gradlint.truth.backprop import Plans, backprop
from gradlint.truth.points import Places

if TYPE_CHECKING:
    from gradlint.reading.objective import Objective
    from gradlint.reading.step import Gradient, Parameter, Step
    from gradlint.trace.tape import Node
    from gradlint.truth.points import Point

_TRUTHS = 4  # derivatives that are remembered: what is chosen is asked for again
_LARGE = 1_000_000  # numbers in them: of larger ones two, one for each point
_BLUR, _DRAWS = 1e-6, 2  # relative disturbance of each cotangent, and how often it is drawn


class Study:
    """One step, replayed at its own and at generic points."""

    def __init__(self, step: Step, seed: int = 0, points: int = 2) -> None:
        self.step = step
        self.seed = seed
        self.places = Places(step, seed, points)
        self._orders: dict[Objective, list[Node]] = {}
        self._courses: dict[Gradient, float | None] = {}
        self._plans: Plans = {}
        self._truths: dict[tuple[Objective, Point], dict[int, np.ndarray]] = {}
        self._terms: dict[tuple[Objective, int], dict[int, float]] = {}
        self.remembered: dict[tuple[object, ...], Any] = {}  # what others found out about it

    @property
    def targets(self) -> list[Node]:
        """Everything whose value may be asked for."""
        return self.places.targets

    @property
    def own(self) -> Point:
        """The program's own point, in float64."""
        return self.places.own

    @property
    def points(self) -> list[Point]:
        """The generic points at which the verdicts are made."""
        return self.places.generic

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
        among: list[Node] | None = None,
    ) -> dict[int, np.ndarray]:
        """The true cotangent of every forward value at a point, by node index.

        Flow starts from the objective, or from what is ``forced`` among it; with ``among``, only
        those values are gone through.
        """
        order, plain = among or self.order(objective), not forced and edges is None
        key = objective, point
        if plain and key in self._truths:
            return self._truths[key]
        found = backprop(
            order, point.values, objective.seeds(point.values), forced, edges, plans=self._plans
        )
        if plain:
            size = sum(np.size(value) for value in found.values())
            while len(self._truths) >= (_TRUTHS if size < _LARGE else _TRUTHS // 2):
                self._truths.pop(next(iter(self._truths)))
            self._truths[key] = found
        return found

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
            truth = self.truth(objective, point)
            found: dict[int, float] = {}
            for _ in range(_DRAWS):
                other = backprop(
                    order, point.values, seeds, plans=self._plans,
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
        new = parameter.update.new
        if any(term.places for term in gradient.terms):
            return None
        point = self.points[0] if self.points else self.own
        values = {t.node: np.asarray(point.of(t.node), dtype=float) for t in gradient.terms}
        turned = {node: -value for node, value in values.items()}
        value = np.asarray(sum(values.values()))
        try:
            there, back = (
                np.asarray(replay([new], {**point.changes, **given}, precise=True)[new.index])
                for given in (values, turned)
            )
        except Unrepeatable:
            return None
        if there.shape != value.shape or not np.isfinite([there, back]).all():
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
