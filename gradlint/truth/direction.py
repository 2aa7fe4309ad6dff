"""Which way a step is meant to move its objective: down a loss, up a likelihood.

Names count, and the making; where both are silent, the values tell in which direction there is no
end: what only rises far away has a lowest place, and a negative log-likelihood of densities rises
whichever sign it has.  Where nothing decides, nothing is said.
"""

from __future__ import annotations

import ast
import re
from functools import cached_property
from itertools import takewhile
from typing import TYPE_CHECKING

import numpy as np

from gradlint.reading.misfit import LOGS, MINIMISED, is_likelihood
from gradlint.reading.road import before_projection
from gradlint.trace.replay import Unrepeatable
from gradlint.trace.tape import Node
from gradlint.truth.points import like, rms

if TYPE_CHECKING:
    from gradlint.reading.lineage import Update
    from gradlint.reading.objective import Objective
    from gradlint.reading.step import Step
    from gradlint.truth.study import Study

_MAXIMISED = re.compile(
    r"reward|return|likelihood|loglik|log_lik|\bll\b|elbo|evidence|utility|score|gain|"
    r"fitness|margin|acc|profit",
    re.IGNORECASE,
)
_FOOLING = re.compile(r"adv|attack|pert|fool|^delta$", re.IGNORECASE)
_LIKELIHOOD = re.compile(r"likelihood|log_?lik|\bll\b", re.IGNORECASE)
_CALLED_A_LOSS = re.compile(r"err|entropy|energy|risk|penalty|divergence|devian", re.IGNORECASE)
_SUMS = {np.sum, np.mean}
_LINES, _FAR = 4, (10.0, 100.0, 1000.0)  # directions tried, and how many times as far as from zero
_STEEP = 10.0  # times as high as the others go the other way
_NEAR = 0.01  # of the parameters' size


def sought(study: Study, objective: Objective) -> int:
    """Return −1 for an objective to be minimised, 1 for one to be maximised, 0 if unknown.

    Its name tells, or its making; a scalar without a name of its own counts as what the line that
    makes it speaks of.  That it is positive does not tell: so are variances and Sharpe ratios.
    """
    step = study.step
    if objective.kind == "bare" or objective.is_signed_by_data or _is_opposed(step):
        return 0
    if objective.kind != "computed":
        return -1
    value = objective.values[-1]
    if any(map(MINIMISED.search, value.names)):
        return -1
    names = [*value.names, *objective.functions]
    if _is_likelihood(value, names):
        return 1
    if any(map(_MAXIMISED.search, names)):
        return 0
    if objective.misfit:
        return -1
    if is_likelihood(step, value):
        return 1
    if value.spot is not None and _MAXIMISED.search(value.spot.text):
        return 0
    spoken = any(map(_CALLED_A_LOSS.search, value.names or [*names, *_words(value)]))
    return -1 if spoken and _number(value) > 0.0 else -open_end(study, objective)


def _is_opposed(step: Step) -> bool:
    """Whether all that is learned is kept between two bounds: it may climb a loss as far as those.

    So are inputs that fool a model made, and the critics that tell two distributions apart.  What
    is kept in a ball shows so only once it has reached its surface: there the name tells.
    """
    return all(
        _is_bounded(step, p.update) or any(map(_FOOLING.search, p.node.names))
        for p in step.parameters
    )


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


def _is_bounded(step: Step, update: Update) -> bool:
    """Whether an update clips what it makes on both sides."""
    functions = set()
    for node in map(step.graph.nodes.__getitem__, update.path):
        if node.function is np.clip and None not in node.args[1:3] and len(node.args) > 2:
            return True
        functions.add(node.function)
    return {np.maximum, np.minimum} <= functions


def _words(value: Node) -> list[str]:
    """The names that the statement around a value speaks of."""
    if value.spot is None:
        return []
    around = value.spot.statement
    nodes = ast.walk(value.spot.node if hasattr(around, "body") else around)
    return [str(getattr(n, "id", getattr(n, "attr", ""))) for n in nodes]


def _number(value: Node) -> float:
    """The program's own value of a scalar; nan if it is not known."""
    return float("nan") if value.value is None else float(np.asarray(value.value).reshape(-1)[0])


def _is_likelihood(value: Node, names: list[str]) -> bool:
    """Whether a value is a log-likelihood by its name and by its making.

    People also call its negative so: what is summed up must be logarithms that nothing turns round.
    """
    if any(map(MINIMISED.search, names)) or not any(map(_LIKELIHOOD.search, names)):
        return False
    while value.function in _SUMS and isinstance(value.args[0], Node):
        value = value.args[0]
    return _adds_logarithms(value)


def _adds_logarithms(node: Node) -> bool:
    """Whether a value grows with logarithms: log p, y log p + (1 - y) log(1 - p), y log m - m."""
    if node.function in LOGS:
        return True
    arms = [a for a in node.args[:2] if isinstance(a, Node)]
    if len(arms) != 2:
        return False
    if node.function is np.add:
        return all(map(_adds_logarithms, arms))
    if node.function is np.subtract:
        return _adds_logarithms(arms[0])
    if node.function is np.multiply:
        return any(_adds_logarithms(a) and _is_weight(b) for a, b in (arms, arms[::-1]))
    return False


def _is_weight(node: Node) -> bool:
    return node.value is not None and bool(np.all(np.asarray(node.value) >= 0))
