"""In which direction an objective has no end: what only rises far away has a lowest place.

Heights along straight lines, from a generic point and from zero; names are for ``direction``.
"""

from __future__ import annotations

from functools import cached_property
from itertools import takewhile
from typing import TYPE_CHECKING

import numpy as np

from gradlint.reading.road import before_projection
from gradlint.trace.replay import Unrepeatable
from gradlint.truth.points import like, rms

if TYPE_CHECKING:
    from gradlint.reading.objective import Objective
    from gradlint.trace.tape import Node
    from gradlint.truth.study import Study

_LINES, _FAR = 4, (10.0, 100.0, 1000.0)  # directions tried, and how many times as far as from zero
_STEEP = 10.0  # times as high as the others go the other way
_NEAR = 0.01  # of the parameters' size


def open_end(study: Study, objective: Objective) -> int:
    """Return 1 for an objective that only rises far away from here, −1 for one that falls, or 0.

    Nothing is said where a parameter is brought back to a length, to bounds or to an average by its
    update, nor of a spread, whose lowest place is where all parameters are zero: a variance rises
    without an end, and is made large on a sphere.
    """
    key = "open end", objective
    if key not in study.remembered:
        free = all(
            before_projection(study.step.graph, p.update) is p.update.new
            for p in study.step.parameters
        )
        study.remembered[key] = _Rays(study, objective).end() if free else 0
    return int(study.remembered[key])


class _Rays:
    """The heights of an objective along straight lines, from a generic point and from zero."""

    def __init__(self, study: Study, objective: Objective) -> None:
        self._study, self._objective = study, objective
        self._point = study.points[0] if study.points else study.own
        rng = np.random.default_rng([study.seed, 23])
        values = {n: np.asarray(v, dtype=float) for n, v in self._point.changes.items()}
        lines = [
            {n: rng.normal(size=v.shape) * (rms(v) or 1.0) for n, v in values.items()}
            for _ in range(_LINES)
        ]
        self._here, self._zero = values, {n: np.zeros_like(v) for n, v in values.items()}
        self._rays = [{n: w * v for n, v in line.items()} for line in lines for w in (1.0, -1.0)]

    def end(self) -> int:
        """The way all rays go in the end; 0 if not all go one way, or one ends on a level."""
        try:
            return next((way for way in (1, -1) if self._all_go(way) and self._tells(way)), 0)
        except (Unrepeatable, ValueError, ArithmeticError):
            return 0

    def _all_go(self, way: int) -> bool:
        """Whether all rays that can be followed rise in the end (or fall), and far."""
        return (
            len(self._ends) > _LINES
            and all(way * last > 0 for _, last in self._ends)
            and max(way * h for h, _ in self._ends) > -_STEEP * min(way * h for h, _ in self._ends)
        )

    @cached_property
    def _ends(self) -> list[tuple[float, float]]:
        """How much higher each ray ends than it began, and how much of it is its last piece."""
        ends = []
        for ray in self._rays:
            heights = [self._height(self._here, ray, far) for far in (0.0, *_FAR)]
            finite = list(takewhile(np.isfinite, heights))
            if len(finite) > 1:
                ends.append((finite[-1] - finite[0], finite[-1] - finite[-2]))
        return ends

    def _tells(self, way: int) -> bool:
        """Whether some ray from zero goes down first (or up): its data say where it is to end."""
        start = self._height(self._zero, self._rays[0], 0.0)
        return any(way * self._height(self._zero, ray, _NEAR) < way * start for ray in self._rays)

    def _height(
        self, start: dict[Node, np.ndarray], ray: dict[Node, np.ndarray], t: float
    ) -> float:
        moved = {
            node: like(self._point.changes[node], value + t * ray[node])
            for node, value in start.items()
        }
        with np.errstate(all="ignore"):  # far away it may be anything
            return self._study.value(self._objective, moved, self._point)
