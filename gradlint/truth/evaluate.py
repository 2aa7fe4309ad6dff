"""Holding a step's hand-written gradients against one objective, at every point of a study.

A gradient is explained by an objective if it is the same multiple of the truth at every point,
perhaps with a multiple of the parameter itself added (weight decay).  Multiples are then compared
between parameters: a common one is another learning rate, a lonely one is a mistake.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property, partial
from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.reading.lineage import Term
from gradlint.reading.step import Gradient
from gradlint.structs import field, struct
from gradlint.truth.backprop import Underivable
from gradlint.truth.direction import sought
from gradlint.truth.fit import SAME, TOLERANCE, Fit, fit, gap_left, same, steady, top
from gradlint.truth.penalised import joined, penalises
from gradlint.truth.roots import holders, shares, signs_by_data

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gradlint.reading.objective import Objective
    from gradlint.reading.step import Parameter
    from gradlint.trace.tape import Node
    from gradlint.truth.objections import Objection
    from gradlint.truth.points import Point
    from gradlint.truth.study import Study

# A gradient this much smaller than the terms that cancel in it is zero: what is left are their
# rounding errors (measured behind batch and layer norm: 1e-17 to 1e-14 of the terms).
CANCELLED = 1e-11
# What is left of a gradient that cancels almost is known to so many of its terms and no better.
ROUNDING = 1e-13
_SUSPICIOUS = 1e-6  # of the largest gradient: so small, and it is asked what cancels in it
_FEW = 4096  # entries of a parameter that are kept for a second look


@struct(frozen=False, eq=False)
class Result:
    """One parameter under one objective."""

    parameter: Parameter
    gradient: Gradient
    fits: list[Fit]  # one for each point; empty if the shapes do not compare
    explained: bool
    shape: tuple[int, ...]
    samples: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = field(default_factory=list)
    turn: Callable[[], float | None] | None = None  # works its course out: of many, few are asked
    granted: str = ""  # why it counts as right although it does not follow the objective alone
    centre: bool = False  # by custom it is held constant, and moved by a rule of its own
    excuse: Any = None  # the numbers that the loss spells differently, if that is why
    undecided: str = ""  # why the objective cannot tell whether it is right
    objection: Objection | None = None  # to what lies between the gradient and the parameter
    on_the_way: bool = False  # the gradient was found inside of what the update consumes

    @property
    def vanishes(self) -> bool:
        """Whether gradient and truth are both exactly zero at every point."""
        return self.explained and all(fit.vanishes for fit in self.fits)

    @property
    def factor(self) -> float | None:
        """Gradient over truth, where that is one number."""
        return self.fits[0].factor if self.explained and not self.vanishes else None

    @property
    def pull(self) -> float | None:
        """Change of the parameter over truth: ``-learning_rate × factor``; None if it rests."""
        if self.factor is None or not self.gradient.scale:
            return None
        return self.factor * self.gradient.scale

    @property
    def course(self) -> float | None:
        """The sign with which the update follows the gradient, where that is known."""
        return None if self.turn is None else self.turn()

    @property
    def climbs(self) -> bool | None:
        """Whether the update goes along the truth instead of against it, where that is known."""
        if self.factor is None or self.course is None:
            return None
        return self.factor * self.course > 0

    @property
    def grows(self) -> bool:
        """Whether the multiple of the parameter beside the truth moves it away from zero.

        What shrinks it is weight decay, whatever the sign of the rest.
        """
        decay = self.fits[0].decay if self.fits else 0.0
        if self.course is None:
            return decay * (self.factor or 1.0) < 0
        return decay * self.course > 0

    @property
    def error(self) -> float:
        """The worst relative error over all points."""
        return max((fit.error for fit in self.fits), default=float("inf"))


@struct(frozen=False, eq=False)
class Evaluation:
    """All parameters under one objective."""

    objective: Objective
    results: list[Result]
    truths: list[dict[int, np.ndarray]]
    common: float | None = None  # the factor that most parameters share
    by_pull: bool = False
    downhill: bool | None = None  # whether most changes go against the truth

    def agrees(self, result: Result) -> bool:
        """Whether a parameter follows the objective with the common factor."""
        if result.granted or result.undecided:
            return True
        if not result.explained or result.objection is not None:
            return False
        if result.vanishes:
            return True
        value = result.pull if self.by_pull else result.factor
        if value is None or self.common is None:
            return False
        if self.downhill is None or result.climbs is None:
            return same(value, self.common)
        # (A negative gradient that is added descends like a positive one that is subtracted.)
        return same(abs(value), abs(self.common)) and result.climbs != self.downhill

    @property
    def score(self) -> int:
        """How many parameters agree."""
        return sum(self.agrees(r) and not (r.vanishes or r.undecided) for r in self.results)

    def expected(self, result: Result) -> float:
        """The factor that a parameter's gradient should have to agree with the others."""
        if self.common is None:
            return 1.0
        if self.by_pull and result.gradient.scale:
            return self.common / result.gradient.scale
        return self.common


def evaluate(study: Study, objective: Objective, points: list[Point]) -> Evaluation | None:
    """Every parameter under one objective, or None if its derivative cannot be had.

    There is none either of what depends on none of the step's parameters.
    """
    if any(v.index not in point.values for v in objective.nodes for point in points):
        return None
    try:
        truths = [study.truth(objective, point) for point in points]
    except (Underivable, ValueError):
        return None
    case = _Case(study, objective, points, truths)
    results = [_result(case, p) for p in study.step.parameters]
    for result in results:
        result.undecided = _without_slope(case, result)
    scales = [r.gradient.scale for r in results if r.explained and not r.vanishes]
    if scales and not any(scales):  # an optimiser stands between: its states are not to be blamed
        results = [r if r.explained else _given(case, r) for r in results]
    evaluation = Evaluation(objective, results, truths)
    settle(evaluation, study)
    return evaluation


def _without_slope(case: _Case, result: Result) -> str:
    """Why the objective has no derivative to hold a gradient against that it does not explain."""
    if result.vanishes and result.parameter.update.plain:  # made of data that a branch has chosen
        return "its gradient is zero in this step, as it should be, and may not be in another"
    if result.explained:
        return ""
    index = result.parameter.node.index
    truths = [np.asarray(truth[index], float) for truth in case.truths if index in truth]
    if not all(isfinite(top(truth)) for truth in truths):  # a root has no slope at 0
        return "its true gradient is not a finite number"
    if not any(map(np.any, truths)) and _is_flat(case, result.parameter):
        return "the loss changes with it by jumps only, so its true gradient is zero"
    return ""


def _is_flat(case: _Case, parameter: Parameter) -> bool:
    """Whether a parameter acts on the objective only through steps: rounding, signs, thresholds.

    People replace the derivative of these by another one on purpose.
    """
    between = {n.index for n in case.study.order(case.objective)}
    readers = case.study.step.graph.readers[parameter.node.index]
    return any(reader.index in between for reader in readers)


@struct(eq=False)
class _Case:
    """One objective with its derivatives at every point."""

    study: Study
    objective: Objective
    points: list[Point]
    truths: list[dict[int, np.ndarray]]

    @cached_property
    def largest(self) -> list[float]:
        """The largest entry of any parameter's true gradient, at each point."""
        nodes = [p.node.index for p in self.study.step.parameters]
        return [max((top(t[i]) for i in nodes if i in t), default=0.0) for t in self.truths]

    def settle(
        self, found: Fit, parameter: Parameter, k: int, hand: np.ndarray, true: np.ndarray
    ) -> Fit:
        """The fit at a point, unless both sides are what rounding leaves of terms that cancel."""
        size = max(top(hand), top(true))
        if not size <= _SUSPICIOUS * self.largest[k]:
            return found
        terms = self.study.terms(self.objective, self.points[k]).get(parameter.node.index, 0.0)
        resolved = found.error <= TOLERANCE or gap_left(hand, true) > ROUNDING * terms
        return found if size > CANCELLED * terms and resolved else Fit(1.0, 0.0, vanishes=True)


def _result(case: _Case, parameter: Parameter) -> Result:
    """A parameter's gradient, with the terms of its own that join it where the loss has such."""
    result = _without_own_terms(case, parameter)
    if not result.explained or result.vanishes:
        return result
    node = joined(case.study, case.objective, parameter, result.gradient)
    if node is None:
        return result
    whole = _reading(case, parameter, Gradient((Term(1.0, node),), result.gradient.scale))
    return result if whole.explained else whole


def _without_own_terms(case: _Case, parameter: Parameter) -> Result:
    """The first reading of a parameter's gradient that is explained, or the first of all.

    Where the rate is known, one that needs no factor but a sign is meant before: a mean's divisor
    may stand in the gradient or beside the rate.  Inside an optimiser the one that needs none is:
    ``loss_scale`` comes and goes there.
    """
    results = []
    for gradient in _readings(case, parameter):
        result = _reading(case, parameter, gradient)
        if result.explained and not _needs_more(result):
            return result
        results.append(result)
    explained = [result for result in results if result.explained]
    explained.sort(key=_needs_more)
    if explained:
        return explained[0]
    if case.objective.kind == "bare":  # of a delta that is only believed anything is a multiple
        return results[0]
    found = on_the_way(case.study, parameter, case.points, case.truths)
    return found[-1] if found else _before_projection(case, results[0])


def _readings(case: _Case, parameter: Parameter) -> list[Gradient]:
    """What may be meant as a gradient; of a hinge the change, if data say in it which side it is.

    ``rate * (target - guess) * x`` has no rate of its own then.
    """
    everything = [g for p in case.study.step.parameters for g in p.gradients]
    if case.objective.kind == "hinge" and any(gradient.by_data for gradient in everything):
        return parameter.gradients[:1]
    return parameter.readings


def _needs_more(result: Result) -> int:
    """How much has to be supposed of a gradient: a factor (of a change, a rate), an optimiser."""
    factor, gradients = result.factor or 1.0, result.parameter.gradients
    whole = result.gradient is gradients[0] is not result.parameter.gradient
    if result.gradient.scale is None:
        return 2 if same(factor, 1.0) else 3
    return 1 if whole or not same(abs(factor), 1.0) else 0


def _before_projection(case: _Case, result: Result) -> Result:
    """A wrong gradient as it was before only a triangle of it was kept."""
    gradient, node = result.gradient, result.gradient.node
    if node.function not in (np.triu, np.tril) or len(gradient.terms) != 1:
        return result
    inner = replace(gradient.terms[0], node=node.args[0])
    return _reading(case, result.parameter, Gradient((inner,), gradient.scale, gradient.by_data))


def on_the_way(
    study: Study,
    parameter: Parameter,
    points: list[Point],
    truths: list[dict[int, np.ndarray]],
    only: Node | None = None,
) -> list[Result]:
    """The gradient as it is held by values inside of what an update consumes, by any of them."""
    held = [([node], fits) for node, fits in holders(study, parameter, points, truths, only)]
    if not held and only is None:
        together = shares(study, parameter, points, truths)
        held = [together] if together is not None else []
    found = []
    for nodes, fits in held:
        gradient = Gradient(tuple(Term(1.0, node) for node in nodes), None)
        signed = any(signs_by_data(study.step, parameter, node) for node in nodes)
        turn = None if signed else partial(study.course, gradient, parameter)
        shape = nodes[-1].shape
        found.append(Result(parameter, gradient, fits, True, shape, [], turn, on_the_way=True))
    return found


def as_consumed(
    study: Study, evaluation: Evaluation, points: list[Point], parameter: Parameter
) -> Result:
    """What an update consumes, held against the truth as it is."""
    case = _Case(study, evaluation.objective, points, evaluation.truths)
    return _reading(case, parameter, parameter.gradient)


def _given(case: _Case, result: Result) -> Result:
    """An unexplained gradient as the optimiser was given it, if there is an optimiser."""
    gradients = result.parameter.readings
    inner = next((g for g in gradients if g.scale is None), None)
    if inner is None or result.gradient is inner:
        return result
    return _reading(case, result.parameter, inner)


def _reading(case: _Case, parameter: Parameter, gradient: Gradient) -> Result:
    """One reading of a parameter's gradient, held against the truth at every point."""
    study, points = case.study, case.points
    shape = np.shape(points[0].changes[parameter.node]) if points else parameter.node.shape
    fits, hand_shape = [], None
    samples: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    for k, (point, truth) in enumerate(zip(points, case.truths, strict=True)):
        true = truth.get(parameter.node.index)
        true = np.zeros(shape) if true is None else np.asarray(true)
        hand = study.hand(gradient, parameter, point)
        hand_shape = hand.shape if hand_shape is None else hand_shape
        value = np.asarray(point.changes[parameter.node], dtype=float)
        fits.append(case.settle(fit(hand, true, value), parameter, k, hand, true))
        if value.size <= _FEW and hand.shape == true.shape == value.shape:
            samples.append((hand, true, value))
    explained = bool(fits) and all(f.error <= TOLERANCE for f in fits) and _steady(fits)
    if explained:
        fits = _with_decay_of_update(case, gradient, parameter, fits)
    turn = _turn(case, gradient, parameter) if explained else None
    return Result(parameter, gradient, fits, explained, hand_shape or (), samples, turn)


def _turn(case: _Case, gradient: Gradient, parameter: Parameter) -> Callable[[], float | None]:
    """What works the course of an update out, where data decide upon it as upon the loss."""
    if gradient.by_data and gradient.scale and _is_weighed(case, gradient, parameter):
        return partial(float, np.sign(gradient.scale))
    return partial(case.study.course, gradient, parameter)


def _is_weighed(case: _Case, gradient: Gradient, parameter: Parameter) -> bool:
    """Whether the loss is weighted by the very data that decide which way the update goes."""
    graph = case.study.step.graph
    weights = {n.index for n in signs_by_data(case.study.step, parameter, gradient.node)}
    deltas = [delta for _, delta in case.objective.pairs if delta is not None]
    return bool(weights) and weights <= graph.ancestors(deltas)


def _with_decay_of_update(
    case: _Case, gradient: Gradient, parameter: Parameter, fits: list[Fit]
) -> list[Fit]:
    """What decays in the end, where the update shrinks the weights: ``w = (1 - lr * lam) * w``.

    It may be the penalty that the gradient lacks.  Of a penalty that the gradient holds it is
    another helping; of one that no loss shows it is a rule of its own.
    """
    if not gradient.scale or parameter.update.keep == 1.0:
        return fits
    more = (parameter.update.keep - 1.0) / gradient.scale
    if abs(more + fits[0].decay) <= SAME * abs(fits[0].decay):
        return [replace(f, decay=0.0) for f in fits]
    if not fits[0].decay and penalises(case.study, case.objective, parameter):
        return [replace(f, decay=f.decay + more) for f in fits]
    return fits


def _steady(fits: list[Fit]) -> bool:
    live = [f for f in fits if not f.vanishes]
    return not live or (bool(live[0].factor) and steady(live))


def _with_common_factor(evaluation: Evaluation, result: Result) -> None:
    """Weight decay where too few entries are touched to tell it from a factor: take the others'."""
    if len(result.samples) < 2 or evaluation.common is None:
        return
    factor = evaluation.expected(result)
    if result.explained and (not _is_one_number(result) or same(result.factor or 0.0, factor)):
        return
    decays = []
    for hand, true, value in result.samples:
        touched = ((hand != 0) | (true != 0)) & (value != 0)
        if not touched.any():
            return
        rest = (hand - factor * true)[touched] / value[touched]
        if np.ptp(rest) > TOLERANCE * max(top(rest), 1e-300):
            return
        decays.append(float(rest[0]))
    if all(same(d, decays[0]) for d in decays) and decays[0]:
        result.fits = [Fit(factor, 0.0, d) for d in decays]
        result.explained = True


def _is_one_number(result: Result) -> bool:
    """Whether a gradient touches a single entry: that is a multiple of the truth whatever it is."""
    return all(np.count_nonzero((hand != 0) | (true != 0)) == 1 for hand, true, _ in result.samples)


def _of_right_sign(evaluation: Evaluation, value: float, way: int) -> float:
    """A common multiple, or its negative where more updates of that sign go the right way.

    Where nothing says which way that is and as many climb as descend, the climbing ones are wrong.
    """
    courses = [r.climbs for r in evaluation.results]
    if not way and courses.count(True) == courses.count(False):
        way = -1
    right = [r for r in evaluation.results if way and r.climbs is (way > 0)]
    values = [(r.pull if evaluation.by_pull else r.factor) or 0.0 for r in right]
    kept, turned = (sum(same(v, c) for v in values) for c in (value, -value))
    return -value if turned > kept else value


@struct(order=True)
class _Vote:
    """A multiple that gradients may have in common, or changes; the greatest vote wins."""

    kin: int  # those of the other sign count: one sign is wrong, not two factors
    members: int
    natural: bool  # just the gradient of the loss that is computed
    arrays: int
    of_gradients: bool
    smallness: float  # to forget a mean is more common than to take one too many
    value: float


def _votes(evaluation: Evaluation) -> Iterator[_Vote]:
    for by_pull in (False, True):
        values = [(r, r.pull if by_pull else r.factor) for r in evaluation.results]
        known = [(r, v) for r, v in values if v is not None]
        made = np.array([v for _, v in known])
        held = np.array([bool(r.fits) and r.parameter.node.shape != () for r, _ in known])
        said = evaluation.objective.kind == "computed" and not by_pull
        for _, value in known:
            members, kin = _alike(made, value), _alike(np.abs(made), abs(value))
            arrays = int(np.count_nonzero(members & held))
            yield _Vote(
                int(np.count_nonzero(kin)), int(np.count_nonzero(members)),
                said and same(abs(value), 1.0), arrays, not by_pull, -abs(value), value,
            )  # fmt: skip


def _alike(values: np.ndarray, value: float) -> np.ndarray:
    """Which of many factors are :func:`same` as one."""
    with np.errstate(invalid="ignore"):
        alike: np.ndarray = np.abs(values - value) <= SAME * np.maximum(np.abs(values), abs(value))
    return alike


def _elected(evaluation: Evaluation, votes: list[_Vote]) -> _Vote:
    """The vote that wins: one that says just what the loss does, where no large majority differs.

    Where no two gradients have one multiple, and a rate stands in one of them, the changes count.
    """
    best, natural = max(votes), [vote for vote in votes if vote.natural]
    scales = [r.gradient.scale for r in evaluation.results if r.factor is not None]
    if best.kin == 1 and len(set(scales)) > 1:
        best = max((vote for vote in votes if not vote.of_gradients), default=best)
    if best.kin < len(scales) and natural and 2 * max(natural).kin >= best.kin:
        return max(natural)
    return best


def _of_the_largest(evaluation: Evaluation, vote: _Vote) -> float:
    """A multiple as the largest array has it: what a few numbers are by is less exact."""
    values = [(r, r.factor if vote.of_gradients else r.pull) for r in evaluation.results]
    members = [(r, v) for r, v in values if v is not None and same(v, vote.value)]
    sizes = [int(np.prod(r.parameter.node.shape)) for r, _ in members]
    return members[sizes.index(max(sizes))][1]


def settle(evaluation: Evaluation, study: Study) -> None:
    """Find the multiple that most parameters share: of the gradients, or of the changes.

    Where they do not all share one, gradients that are just those of the loss are right, unless a
    large majority has another.  Of two signs the one that moves the objective its ``way`` is right.
    """
    way = sought(study, evaluation.objective)
    votes = list(_votes(evaluation))
    if votes:
        best = _elected(evaluation, votes)
        evaluation.by_pull = not best.of_gradients
        evaluation.common = _of_right_sign(evaluation, _of_the_largest(evaluation, best), way)
        for result in evaluation.results:
            _with_common_factor(evaluation, result)
        climbing = [
            r.climbs
            for r in evaluation.results
            if r.climbs is not None
            and same((r.pull if evaluation.by_pull else r.factor) or 0.0, evaluation.common)
        ]
        if climbing:
            evaluation.downhill = climbing.count(False) * 2 >= len(climbing)


__all__ = [
    "CANCELLED", "SAME", "TOLERANCE", "Evaluation", "Fit", "Result", "as_consumed", "evaluate",
    "fit", "same", "settle",
]  # fmt: skip
