"""Choosing the objective a step follows, and the verdict on each of its parameters.

A computed loss that explains every gradient settles the matter.  Otherwise the losses that the
program only implies are tried, the natural ones first; the one that explains most is taken, and a
computed loss wins a tie.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.reading.families import FAMILIES
from gradlint.reading.implied import bare, implied
from gradlint.reading.objective import Objective, computed, reused
from gradlint.reading.residuals import targets_of
from gradlint.reading.sums import Sum, total
from gradlint.structs import field, struct
from gradlint.trace.replay import ancestors
from gradlint.truth.centres import grant_centres
from gradlint.truth.clipped_samples import leave_clipped_open
from gradlint.truth.differences import derivative
from gradlint.truth.evaluate import Evaluation, Result, evaluate, same
from gradlint.truth.literals import excuse
from gradlint.truth.mixtures import leave_mixtures_open
from gradlint.truth.points import like, rms
from gradlint.truth.road import hold_roads
from gradlint.truth.stated import Statements
from gradlint.truth.terms import with_terms
from gradlint.truth.thinned import thinned

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from gradlint.trace.tape import Node
    from gradlint.truth.points import Point
    from gradlint.truth.study import Study

_MOST_BARE, _FEW_BARE = 60, 8  # deltas that are tried, in a small step and in a large one
_SMALL = 20_000  # parameters up to which candidates are compared at every point
_ARBITER = 3e-4  # relative: a central difference of a whole network at a generic point


@struct(frozen=False, eq=False)
class Judged:
    """The outcome for one step.

    ``followed`` is the evaluation the verdicts rest on, ``computed`` that of the loss the program
    computes, if it does, which may be another one.  ``stated`` is a loss that the program states of
    the very outputs of what it follows, and does not follow: it is held to that.
    """

    study: Study
    points: list[Point]
    followed: Evaluation | None
    computed: Evaluation | None = None
    stated: Evaluation | None = None
    others: list[Evaluation] = field(default_factory=list)
    confirmed: bool = True
    worst_difference: float = 0.0

    @property
    def wrong(self) -> list[Result]:
        """Parameters whose gradient does not follow the objective."""
        if self.followed is None:
            return []
        return [r for r in self.followed.results if not self.followed.agrees(r)]


def judge_step(study: Study) -> Judged:
    """The verdict on a step: the objective it follows, and who departs from it."""
    points = study.points
    if not points:
        points = [study.own]
    # A parameter of one element is a multiple of anything at one point: two points tell.
    size = sum(int(np.prod(p.node.shape)) for p in study.step.parameters)
    first = points if size <= _SMALL else points[:1]
    computed_ones = _without_stages(list(_evaluated(study, computed(study.step), first)))
    for evaluation in computed_ones:
        excuse(study, evaluation, first)
    best_computed = _best(computed_ones)
    everything = computed_ones
    if best_computed is None or best_computed.score < len(study.step.parameters):
        most_bare = _MOST_BARE if size <= _SMALL else _FEW_BARE
        everything = _with_implied(study, computed_ones, first, most_bare)
    best = _best(everything)
    judged = Judged(study, points, None, others=everything)
    if best is None:
        return judged
    judged.followed = _followed(study, best, best_computed, points)
    if judged.followed is not None:
        _grant(study, judged.followed, points)
    if best_computed is not None:
        same = best_computed.objective is best.objective
        again = judged.followed if same else evaluate(study, best_computed.objective, points)
        judged.computed = again
        stated = _stated(study, judged.followed or best, everything)
        if stated is not None and best.objective is not stated:
            judged.stated = evaluate(study, stated, points)
            leave_clipped_open(study, judged.stated, points)
    _leave_sums_open(judged)
    _hold_roads(judged)
    _hold_to_whole(judged, everything)
    _arbitrate(judged)
    _forget_the_way(everything)
    return judged


def _grant(study: Study, followed: Evaluation, points: list[Point]) -> None:
    """Leave open what cannot be judged by the objective that is followed; grant what is custom."""
    leave_mixtures_open(study, followed, points)
    leave_clipped_open(study, followed, points)
    excuse(study, followed, points)
    grant_centres(study, followed, points)
    _leave_halves_open(followed)
    _leave_costs_open(followed)


def _forget_the_way(others: list[Evaluation]) -> None:
    """Of objectives that are looked at no more keep the parameters' derivatives alone.

    Those of a whole batch are as large as the batch, one for each operation.
    """
    for evaluation in others:
        nodes = [result.parameter.node.index for result in evaluation.results]
        evaluation.truths = [{i: t[i] for i in nodes if i in t} for t in evaluation.truths]


def _with_implied(
    study: Study, computed_ones: list[Evaluation], points: list[Point], most_bare: int
) -> list[Evaluation]:
    """Computed losses, implied and reused ones, bare deltas if none fits, and sums."""
    everything = [*computed_ones, *_evaluated(study, implied(study.step), points)]
    best = _best(everything)
    if best is None or best.score < len(study.step.parameters):
        everything += _explaining(study, reused(study.step), points)
        best = _best(everything)
    if best is None or best.score == 0:
        everything += _evaluated(study, islice(bare(study.step), most_bare), points)
    return [*everything, *_evaluated(study, _sums(everything), points)]


def _stated(study: Study, followed: Evaluation, known: list[Evaluation]) -> Objective | None:
    """What is computed that the step is held to: where implied losses add up, of each of them."""
    computed_ones = [e for e in known if e.objective.kind == "computed"]
    parts = _parts(followed, known)
    best = [Statements(study, part, followed).best(computed_ones) for part in parts]
    found = list(dict.fromkeys(e.objective for e in best if e is not None))
    if not found or None in best:
        return None
    if len(found) == 1:
        return found[0]
    for whole in computed_ones:  # what the program adds up itself it adds up as it means to
        own = [o for o in found if Statements(study, followed).adds_up(whole.objective, o)]
        if len(own) == len(found):
            return whole.objective
    return total(found, [1.0] * (len(found) - 1)) if len(found) == len(parts) else None


def _parts(followed: Evaluation, known: list[Evaluation]) -> list[Evaluation]:
    """What a step follows, one by one; none where that is a sum of other than implied losses."""
    objective = followed.objective
    if not isinstance(objective, Sum):
        return [followed]
    parts = [e for term in objective.terms for e in known if e.objective is term]
    implied_ones = [e for e in parts if e.objective.is_implied]
    return implied_ones if len(implied_ones) == len(objective.terms) else []


def _followed(
    study: Study, best: Evaluation, computed: Evaluation | None, points: list[Point]
) -> Evaluation | None:
    """What a step follows, with the terms that are not printed; rather than a delta of no loss."""
    followed = evaluate(study, best.objective, points)
    if best.objective.kind != "bare" or computed is None:
        return None if followed is None else with_terms(study, followed, points)
    own = evaluate(study, computed.objective, points)
    found = own if own is None else with_terms(study, own, points)
    return followed if found is own else found


def _leave_halves_open(followed: Evaluation) -> None:
    """A step of which one part is made of data alone is not judged by its other part."""
    for result in followed.results:
        if result.parameter.given and result.gradient is not result.parameter.whole:
            spot = result.parameter.given[-1].node.spot
            line = f" (line {spot.row})" if spot is not None else ""
            result.undecided = f"a part of its step is made of data alone{line}"


def _leave_sums_open(judged: Judged) -> None:
    """``output - -y`` is a sum, and the sum of an output and its target is the error of no loss."""
    followed = judged.followed
    if followed is None or judged.stated is not None or not followed.objective.is_implied:
        return
    for _, delta in followed.objective.pairs:
        for target in targets_of(judged.study.step, delta) if delta is not None else ():
            if target.function is np.negative and not target.names and target.spot is not None:
                for result in followed.results:
                    result.undecided = (
                        f"the target is turned round in line {target.spot.row}, and no loss is "
                        "computed that would say whether it is to be"
                    )


def _leave_costs_open(followed: Evaluation) -> None:
    """Samples that count by weights of either sign: down in rewards may be down in costs."""
    if not followed.objective.is_signed_by_data:
        return
    for result in followed.results:
        if result.climbs:
            name = (*followed.objective.samples[-1].names, "what its samples are weighted by")[0]
            result.undecided = f"right if `{name}` is a cost, and upside down if it is a reward"


def judge_by(study: Study, objective: Objective) -> Judged | None:
    """The verdict on a step by a loss that is known to be meant."""
    points = study.points or [study.own]
    evaluation = evaluate(study, objective, points)
    if evaluation is None:
        return None
    judged = Judged(study, points, evaluation, evaluation, others=[evaluation])
    _hold_roads(judged)
    _arbitrate(judged)
    return judged


def _hold_roads(judged: Judged) -> None:
    """What lies between the gradients and the parameters is judged under every loss that counts."""
    for evaluation in {judged.followed, judged.computed, judged.stated} - {None}:
        hold_roads(judged.study, evaluation, judged.points)


def _hold_to_whole(judged: Judged, known: list[Evaluation]) -> None:
    """Where a road does what none does: the sum that what is followed is only a part of is meant.

    What is added to a right gradient on its way is meant for the derivative of the other part.
    """
    followed = judged.followed
    if followed is None or judged.stated is not None or followed.objective.kind != "computed":
        return
    objected = {r.parameter for r in followed.results if r.objection and not r.objection.fault.slip}
    statements = Statements(judged.study, followed)
    for whole in known if objected else ():
        wrong = {r.parameter for r in whole.results if not whole.agrees(r)}
        is_sum = whole.objective.kind == "computed" and whole.objective is not followed.objective
        if is_sum and wrong == objected and statements.adds_up(whole.objective, followed.objective):
            judged.stated = evaluate(judged.study, whole.objective, judged.points)
            hold_roads(judged.study, judged.stated, judged.points)
            return


def _evaluated(
    study: Study, objectives: Iterable[Objective], points: list[Point]
) -> Iterable[Evaluation]:
    """How well each objective explains the gradients, up to one that explains them all."""
    for objective in objectives:
        if not objective.holds_at(points[0].values):
            continue
        evaluation = evaluate(study, objective, points)
        if evaluation is None or not any(np.any(t) for t in _parameter_truths(evaluation)):
            continue
        yield evaluation
        complete = evaluation.score and all(map(evaluation.agrees, evaluation.results))
        complete = complete and not any(r.on_the_way for r in evaluation.results)
        if complete and (objective.kind != "computed" or _is_natural(evaluation)):
            return  # (of computed losses the one itself is preferred to a multiple of it)


def _explaining(
    study: Study, objectives: Iterable[Objective], points: list[Point]
) -> list[Evaluation]:
    """The objectives that explain every gradient."""
    found = _evaluated(study, objectives, points)
    return [e for e in found if e.score and all(map(e.agrees, e.results))]


def _without_stages(evaluations: list[Evaluation]) -> list[Evaluation]:
    """Without scalars on the way to another one whose derivatives are only used on the way.

    ``height, width = np.exp(theta)``: the chain rule reads ``exp(theta)``, and nobody learns it.
    """
    below = {e: {n.index for n in ancestors(e.objective.values)} for e in evaluations}
    return [e for e in evaluations if not _is_stage(e, [below[o] for o in below if o is not e])]


def _is_stage(evaluation: Evaluation, others: list[set[int]]) -> bool:
    objective = evaluation.objective
    explained = [r for r in evaluation.results if r.explained]
    if objective.misfit or objective.has_name or not explained:
        return False
    inside = any(objective.values[-1].index in below for below in others)
    return inside and all(r.on_the_way for r in explained)


def _sums(evaluations: list[Evaluation]) -> Iterator[Objective]:
    """Objectives of different parameters, added up: the heads of one network."""
    computed_ones = [e for e in evaluations if e.objective.kind == "computed"]
    natural = [e for e in evaluations if e.objective.is_implied]
    for group in (computed_ones, natural):
        chosen = _complementary(group)
        if len(chosen) > 1:
            common = [e.common or 1.0 for e in chosen]
            weights = [abs(c / common[0]) for c in common[1:]]
            yield total([e.objective for e in chosen], weights)


def _complementary(group: list[Evaluation]) -> list[Evaluation]:
    """The best evaluations of which each agrees with gradients that no better one agrees with."""
    chosen, covered = list[Evaluation](), set[str]()
    for evaluation in sorted(group, key=_rank, reverse=True):
        own = _agreeing(evaluation)
        first = chosen[0] if chosen else evaluation
        alike = same(abs(first.common or 1.0), abs(evaluation.common or 1.0))
        sure = alike or len(own) > 1  # one gradient alone may just be off
        if own and sure and not own & covered and not evaluation.by_pull:
            chosen.append(evaluation)
            covered |= own
    return chosen


def _agreeing(evaluation: Evaluation) -> set[str]:
    """The parameters whose gradients an objective explains, and not because they vanish."""
    results = filter(evaluation.agrees, evaluation.results)
    return {r.parameter.name for r in results if not (r.vanishes or r.undecided)}


def _parameter_truths(evaluation: Evaluation) -> list[np.ndarray]:
    truth = evaluation.truths[0]
    nodes = [r.parameter.node.index for r in evaluation.results]
    return [truth[index] for index in nodes if index in truth]


def _best(evaluations: list[Evaluation]) -> Evaluation | None:
    """The evaluation that agrees with most gradients.

    Where another one has gradients that are just those of a computed loss, and multiples of them,
    the multiples are wrong, unless they are the large majority.
    """
    if not evaluations:
        return None
    best = max(evaluations, key=_rank)
    best = max((e for e in evaluations if _is_whole_of(e, best)), key=_rank, default=best)
    said = [
        e
        for e in evaluations
        if e.objective.kind == "computed" and e.score and _is_natural(e)
        if _explained(e) >= _explained(best) and best.objective.kind != "computed"
        if 2 * e.score >= best.score
    ]
    return max(said, key=_rank) if said else best


def _is_whole_of(whole: Evaluation, part: Evaluation) -> bool:
    """Whether a computed loss explains as much as a part of it, by more of what the updates take.

    Of ``C @ w - m`` the first term alone is the derivative of the first term of the loss.
    """
    kinds = {whole.objective.kind, part.objective.kind}
    if whole is part or kinds != {"computed"} or whole.score < part.score:
        return False
    pairs = [
        (one.gradient.node, other.gradient.node)
        for one, other in zip(part.results, whole.results, strict=False)
        if one.explained and other.explained
    ]
    inside = part.objective.values[-1] in ancestors(whole.objective.values)
    return inside and all(a is not b and a in ancestors([b]) for a, b in pairs) and bool(pairs)


def _is_natural(evaluation: Evaluation) -> bool:
    """Whether the gradients are those of the objective itself, up to their sign."""
    return evaluation.common is not None and same(abs(evaluation.common), 1.0)


def _rank(evaluation: Evaluation) -> tuple[int, int, bool, int, tuple[bool, bool, int]]:
    """How good a reading is; what nothing tells apart goes to the youngest: it holds the others."""
    objective = evaluation.objective
    family = FAMILIES.get(objective.kind)
    implied_one = 1 if family is not None and family.rare else 2
    kind = {"computed": 3, "bare": 0}.get(objective.kind, implied_one)
    loss_like = (objective.has_name, objective.misfit, objective.values[-1].index)
    return evaluation.score, kind, _is_natural(evaluation), _explained(evaluation), loss_like


def _explained(evaluation: Evaluation) -> int:
    """How many gradients are multiples of the true ones."""
    return sum(result.explained for result in evaluation.results)


def _arbitrate(judged: Judged) -> None:
    """Central differences of the replayed objective along one random direction at each point."""
    followed = judged.followed
    if followed is None:
        return
    study, objective = judged.study, followed.objective
    rng = np.random.default_rng([study.seed, 7])
    for point, truth in zip(judged.points, followed.truths, strict=True):
        few = thinned(study, objective, point)
        if few is not None and _difference(few.value, few.truth, point, followed, rng).confirms:
            continue
        found = _difference(
            lambda moved, point=point: study.value(objective, moved, point),  # type: ignore[misc]
            truth, point, followed, rng,
        )  # fmt: skip
        judged.worst_difference = max(judged.worst_difference, found.relative)
        judged.confirmed = judged.confirmed and found.confirms is not False


@struct
class _Difference:
    """How far a derivative is from central differences; both None where they cannot be had."""

    confirms: bool | None
    relative: float = 0.0


def _difference(
    value: Callable[[dict[Node, Any]], float],
    truth: dict[int, np.ndarray],
    point: Point,
    followed: Evaluation,
    rng: np.random.Generator,
) -> _Difference:
    """Hold the derivative along one random direction against central differences."""
    directions = {}
    slope = size = 0.0
    for result in followed.results:
        node = result.parameter.node
        own = np.asarray(point.changes[node], dtype=float)
        scale = rms(own) or 1.0
        direction = rng.integers(0, 2, own.shape, dtype=np.int8) * (2.0 * scale)
        direction -= scale
        directions[node] = direction
        part = direction * truth.get(node.index, 0.0)
        slope += float(np.sum(part))
        size += float(np.sqrt(np.sum(np.square(part))))

    def along(t: float) -> float:
        return value(
            {
                node: like(point.changes[node], point.changes[node] + t * direction)
                for node, direction in directions.items()
            }
        )

    estimate = derivative(along)
    if not np.isfinite(estimate.error) or estimate.kink is not None:
        return _Difference(None)
    gap = abs(estimate.value - slope)
    return _Difference(gap <= 10 * estimate.error + _ARBITER * size, gap / max(size, 1e-300))
