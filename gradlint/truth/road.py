"""Whether what lies between the right gradients and the parameters is an optimiser.

The gradients are found by their values, in the studied step; the roads behind them are driven in
the step that follows, where states are no longer zero.  One parameter whose road lacks a property
that its siblings' roads have is wrong there.  Where all lack it the rule is one that nothing is
known of, unless it is an optimiser with a slip of its own.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gradlint.reading.lineage import Term
from gradlint.reading.optimisers import rule_of
from gradlint.reading.road import Roads, Span, Stage, Twins
from gradlint.reading.step import Gradient, next_step
from gradlint.trace.replay import Unrepeatable
from gradlint.truth.changes import laid_as
from gradlint.truth.drive import Drive
from gradlint.truth.evaluate import Evaluation, as_consumed, on_the_way, same, settle
from gradlint.truth.guilt import Guilt
from gradlint.truth.objections import Objection
from gradlint.truth.penalised import penalises
from gradlint.truth.runs import Conduct, Root, shares_of

if TYPE_CHECKING:
    from gradlint.reading.objective import Objective
    from gradlint.reading.step import Parameter, Step
    from gradlint.trace.tape import Node
    from gradlint.truth.evaluate import Result
    from gradlint.truth.points import Point
    from gradlint.truth.study import Study

_LARGEST = 2_000_000  # numbers in all parameters: each is driven some sixty times


def hold_roads(study: Study, evaluation: Evaluation | None, points: list[Point]) -> None:
    """Object to what lies between gradients and parameters, where it is no optimiser's."""
    results = evaluation.results if evaluation is not None else []
    if evaluation is None or sum(int(np.prod(r.parameter.node.shape)) for r in results) > _LARGEST:
        return
    held = [_held(study, result, points, evaluation) for result in results]
    _leave_followers(study.step, held)
    settled = [bool(result.undecided) for result in results]
    _judge(study, evaluation, points, held)
    if len(evaluation.results) != len(held):
        return
    _leave_dropped(study, evaluation, points, held, settled)
    for result, found in zip(evaluation.results, held, strict=True):
        if not found and result.objection is None and _grows(study, evaluation.objective, result):
            result.objection = Objection.to(result.gradient.node, "grows")


def _grows(study: Study, objective: Objective, result: Result) -> bool:
    """Whether an update entry by entry, which is on no road, has a decay of the wrong sign."""
    by_entries = any(term.places for term in result.gradient.terms)
    decays = by_entries and result.explained and result.grows
    return decays and not penalises(study, objective, result.parameter)


def _leave_dropped(
    study: Study, evaluation: Evaluation, points: list[Point], held: list[list[Result]],
    settled: list[bool],
) -> None:  # fmt: skip
    """Take back objections that do not stand from the last value that holds the gradient.

    One stands if it does from wherever the gradient may be said to be made.
    """
    doubted = _doubted(evaluation, held, settled)
    if not doubted:
        return
    fresh = [replace(r) for r in evaluation.results]
    for p in doubted:
        fresh[p].objection, fresh[p].undecided = None, ""
    again = replace(evaluation, results=fresh)
    _judge(study, again, points, [found[-1:] for found in held])
    known = {id(result.parameter): result for result in again.results}
    for p in doubted:
        own = evaluation.results[p]
        found = known.get(id(own.parameter))
        if found is not None and not (found.objection or found.undecided):
            straight = own.explained and not own.on_the_way  # what is read as it is stays so
            own = replace(own, objection=None, undecided="") if straight else found
            evaluation.results[p] = own
            settle(evaluation, study)


def _doubted(evaluation: Evaluation, held: list[list[Result]], settled: list[bool]) -> list[int]:
    """The positions of parameters whose gradient may be said to be made in several places."""
    several = [p for p in range(len(held)) if len(held[p]) > 1 and not settled[p]]
    return [p for p in several if _is_doubtful(evaluation.results[p])]


def _is_doubtful(result: Result) -> bool:
    """Whether an objection may be one to where the gradient is said to be made."""
    objection = result.objection
    return bool(result.undecided) or (objection is not None and not objection.fault.slip)


def _judge(
    study: Study, evaluation: Evaluation, points: list[Point], held: list[list[Result]]
) -> None:
    if not any(held):
        return
    try:
        data = study.step.graph.ancestors(evaluation.objective.nodes)
        slopes = [evaluation.truths[0].get(r.parameter.node.index) for r in evaluation.results]
        wrong = [
            r.parameter if not r.explained and slope is not None and np.any(slope) else None
            for r, slope in zip(evaluation.results, slopes, strict=True)
        ]
        drive = _drive(study, data, held, wrong)
        if drive is None:
            return
        conduct = drive.conduct()
        _thin(study, evaluation, drive, held)
        turned = _object(study, evaluation, drive, conduct, points)
        if turned:  # they are wrong before any road begins: the others are looked at again
            _judge(
                study, evaluation, points, [[] if p in turned else h for p, h in enumerate(held)]
            )
            return
        _compare(study, evaluation, drive, conduct, points)
        states = _states_among(evaluation, drive)
        evaluation.results = [r for r in evaluation.results if r not in states]
        settle(evaluation, study)
    except Unrepeatable:
        return


def _states_among(evaluation: Evaluation, drive: Drive) -> list[Result]:
    """What was taken for a parameter, and is a state of another one's optimiser."""
    handed_on = {node.index for pair in drive.roads.states.items() for node in pair}
    return [
        result
        for position, result in enumerate(evaluation.results)
        if not drive.roots[position] and drive.roads.updates[position].new.index in handed_on
    ]


def _held(
    study: Study, result: Result, points: list[Point], evaluation: Evaluation
) -> list[Result]:
    """The values that hold a parameter's gradient, if it is right as far as there."""
    settled = result.vanishes or result.granted or result.undecided
    if not result.explained or settled or not study.points:
        return []
    return on_the_way(study, result.parameter, points, evaluation.truths)


def _leave_followers(step: Step, held: list[list[Result]]) -> None:
    """What goes after another parameter's new value is an average of it, or a copy."""
    news = {p.update.new.index: position for position, p in enumerate(step.parameters)}
    for position, parameter in enumerate(step.parameters):
        below = step.graph.ancestors([parameter.update.new], after=parameter.node.index)
        if any(index in below and news[index] != position for index in news):
            held[position] = []


def _drive(
    study: Study, data: frozenset[int], held: list[list[Result]], wrong: list[Parameter | None]
) -> Drive | None:
    """The roads in the following step, or in this one if the tape holds no other.

    Roads without a memory are driven in this step as well where it took another branch: it was
    clipped, and the following one was not.  Where a gradient is ``wrong``, what its update takes in
    stands for it: a norm that all gradients share is made of it as well.
    """
    best: Drive | None = None
    for stage, twins in _stages(study.step):
        own = _all_roots(study.step, data, held, twins)
        if own is None:
            continue
        roots = _with_taken_in(own, wrong, twins)
        roads = Roads(stage, [[root.node for root in each] for each in roots])
        if roads.too_long:
            return None
        if not roads.are_whole:
            continue  # another round of an inner loop: its gradients are not those of this step
        if best and _places(best.roads) == _places(roads):
            break
        drive = Drive(roads, roots, study.seed)
        drive.judged = [p for p, found in enumerate(own) if found]
        best = drive if drive.is_finite else best
        if best is drive and roads.states:
            break
    return best


def _all_roots(
    step: Step, data: frozenset[int], held: list[list[Result]], twins: Twins | None
) -> list[list[Root]] | None:
    """The roots of every road; None where a step does not hold what another one does."""
    roots = [_roots(step, data, found, twins) for found in held]
    alike = all(bool(found) == bool(own) for found, own in zip(held, roots, strict=True))
    return roots if alike else None


def _places(roads: Roads) -> list[set[int]]:
    """Where in the source each road leads along."""
    return [{id(n.spot) for n in roads.way_of(p)} for p in range(len(roads.roots))]


def _with_taken_in(
    roots: list[list[Root]], wrong: list[Parameter | None], twins: Twins | None
) -> list[list[Root]]:
    """The roots of all roads, with what stands for a gradient that is wrong."""
    pairs = zip(roots, wrong, strict=True)
    return [own or ([] if p is None else _taken_in(p, twins)) for own, p in pairs]


def _taken_in(parameter: Parameter, twins: Twins | None) -> list[Root]:
    """What an update takes in as its gradient, before all that may be an optimiser's."""
    gradient, shape = parameter.gradients[-1], parameter.node.shape
    twin = twins.of(gradient.node) if twins is not None else gradient.node
    whole = len(gradient.terms) == 1 and not gradient.terms[0].places
    return [Root(twin, 1.0)] if whole and twin is not None and twin.shape == shape else []


def _stages(step: Step) -> list[tuple[Stage, Twins | None]]:
    found: list[tuple[Stage, Twins | None]] = []
    here, after = Span(-1, step.end), next_step(step)
    if after is not None:
        there = Span(step.end, after.end)
        twins = Twins(step.graph, here, there)
        found.append((Stage(after, there, here), twins))
    youngest = max(old.index for old in step.olds)
    began = all(not old.is_leaf for old in step.olds)
    own = Stage(step, Span(youngest, step.end), Span(-1, youngest)) if began else None
    return [*found, (own or Stage(step, here, None), None)]


def _roots(step: Step, data: frozenset[int], held: list[Result], twins: Twins | None) -> list[Root]:
    """The first values that hold a gradient: none of them was made of another."""
    graph, found = step.graph, list[Root]()
    chosen: list[Result] = []
    for result in held:
        node = result.gradient.node
        first = min((r.gradient.node.index for r in chosen), default=node.index)
        above = graph.ancestors([node], after=first - 1)
        made_of = [r for r in chosen if r.gradient.node.index in above]
        if not all(_is_finished(step, data, r.gradient.node, node) for r in made_of):
            continue
        chosen = [*(r for r in chosen if r not in made_of), result]
    for result in chosen:
        nodes = [term.node for term in result.gradient.terms]
        for node, share in zip(nodes, shares_of(len(nodes)), strict=True):
            twin = twins.of(node) if twins is not None else node
            if twin is None:
                return []
            found.append(Root(twin, result.fits[0].factor, float(share)))
    return found


def _is_finished(step: Step, data: frozenset[int], part: Node, whole: Node) -> bool:
    """Whether a gradient was complete later, only no different yet: more of the pass went into it.

    Further parts of a sum happened to be zero (what a first state is multiplied with, an absent
    letter, a target); an identity of the model made a part equal to the whole; or one number was
    multiplied by another, which makes a multiple of any.
    """
    way = step.graph.way(part, whole)
    return any(
        p.index in step.dependent or (p.index in data and (p.shape or not p.is_leaf))
        for index in way - {part.index}
        for p in step.graph.nodes[index].parents
        if p.index not in way
    )


def _thin(study: Study, evaluation: Evaluation, drive: Drive, held: list[list[Result]]) -> None:
    """Two numbers may happen to be a multiple of a gradient; as one they must follow all others."""
    back = Twins(study.step.graph, drive.roads.stage.span, Span(-1, study.step.end))
    here = drive.roads.stage.step is study.step
    for p in drive.judged:
        result = evaluation.results[p]
        own = [*drive.roads.roots[p], *drive.plain[p]]
        known = set(own) if here else {back.of(node) for node in own}
        terms = result.gradient.terms
        small = int(np.prod(result.parameter.node.shape)) <= 2
        if not small or len(terms) != 1 or terms[0].node in known:
            continue
        sound = [r for r in held[p] if r.gradient.node in known]
        whole = [r for r in sound if same(abs(r.factor or 0.0), 1.0)]
        if sound:
            evaluation.results[p] = (whole or sound)[-1]
    settle(evaluation, study)


# -- one property after the other ----------------------------------------------------------------


def _object(
    study: Study, evaluation: Evaluation, drive: Drive, conduct: Conduct, points: list[Point]
) -> set[int]:
    """Object to roads that are no optimiser's; what is wrong before its road begins is returned."""
    results = evaluation.results
    bad = [p for p in drive.judged if conduct.objections[p] is not None]
    good = [p for p in drive.judged if conduct.objections[p] is None]
    if not bad:
        _slips(results, drive, conduct)
        return set()
    guilt = Guilt(drive, conduct, good)
    found = {p: guilt.objection(p, conduct.objections[p]) for p in bad}  # type: ignore[arg-type]
    turned = {p for p in bad if _is_backward(drive, found[p], results[p], p, bool(good))}
    for p in turned:
        results[p] = as_consumed(study, evaluation, points, results[p].parameter)
    unknown = set(bad) - turned
    for p in sorted(unknown):
        if good or found[p].is_certain:
            results[p].objection = found[p]
            unknown.discard(p)
    if not turned:  # (else what they share with the others may be all there is to say)
        _leave_unknown(study, evaluation, drive, points, unknown)
    settle(evaluation, study)
    return turned if unknown else set()


def _leave_unknown(
    study: Study, evaluation: Evaluation, drive: Drive, points: list[Point], unknown: set[int]
) -> None:
    """A rule that all parameters have may be meant; what only some of them have is no rule."""
    results = evaluation.results
    common = all(result.explained for result in results)
    for p in sorted(unknown):
        if common:
            results[p].undecided = _unknown(study, drive, p, results[p])
        else:
            results[p] = as_consumed(study, evaluation, points, results[p].parameter)
            evaluation.common = None


def _is_backward(
    drive: Drive, objection: Objection, result: Result, position: int, alone: bool
) -> bool:
    """Whether what is at fault belongs to the backward pass, and is for the diagnosis to explain.

    It brings the gradient into another shape, or no single operation can be left out.  A rule that
    is none of an optimiser but goes along the gradient is no slip.
    """
    if not result.on_the_way or objection.is_certain:
        return False
    if len(result.gradient.terms) > 1:  # done to each sample, before they are added up
        return True
    if objection.kind == "odd" and drive.follows_at_all_sizes(position):
        return False
    fault = objection.fault
    return fault.node.size != result.parameter.node.size or (alone and fault.kept is None)


def _slips(results: list[Result], drive: Drive, conduct: Conduct) -> None:
    """Slips that leave a rule an optimiser, but not the one that it is by its formula."""
    guilt = Guilt(drive, conduct, [])
    for p in drive.judged:
        node = guilt.plain_size(p)
        if node is not None:
            results[p].objection = Objection.to(node, "odd", "plain-size")
        idle = guilt.overwritten(p)
        if idle is not None:
            results[p].objection = Objection.to(idle, "history", "overwritten-moment")
        turned = guilt.turned_look_ahead(p)
        if turned is not None:
            results[p].objection = Objection.to(turned, "history", "turned-look-ahead")


def _unknown(study: Study, drive: Drive, position: int, result: Result) -> str:
    """What is said of a rule that nothing is known of."""
    span = drive.roads.way_of(position)
    top = drive.roads.tops[position]
    rows = sorted({n.spot.row for n in (*span, top) if n.spot is not None}) or [0]
    rule = rule_of(span)
    where = f"line {rows[0]}" if rows[0] == rows[-1] else f"lines {rows[0]}–{rows[-1]}"
    name = study.step.names.of(result.gradient.node)
    told = f"a {rule}, which gradlint does not judge" if rule else "none that gradlint knows"
    return f"right as far as `{name}`; the update rule in {where} is {told}"


# -- rates -----------------------------------------------------------------------------------------


def _compare(
    study: Study, evaluation: Evaluation, drive: Drive, conduct: Conduct, points: list[Point]
) -> None:
    """Rates that differ where they enter the updates are factors in single gradients."""
    like = [p for p in drive.judged if conduct.rates[p] and _is_comparable(drive, conduct, p)]
    if _step_alike(conduct, like):
        _grant_factors(evaluation, like)
        return
    known = _entering_all(drive, conduct, like)
    within = {p: abs((conduct.rates[p] or 0.0) / size) for p, (_, size) in known.items()}
    if all(same(w, 1.0) for w in within.values()):
        return  # rates of their own, in statements before the updates
    # (A factor that a gradient has before its road begins is no matter of the road.)
    sizes = {p: abs(size / drive.roots[p][0].factor) for p, (_, size) in known.items()}
    usual = max(sizes.values(), key=lambda v: sum(same(v, size) for size in sizes.values()))
    for p, (node, _) in known.items():
        if node in drive.plain[p] or node in drive.roads.roots[p]:
            _read_there(study, evaluation, drive, points, p, node, -within[p])
        elif not same(sizes[p], usual):
            place = Guilt(drive, conduct, []).fed(node, p)
            evaluation.results[p].objection = Objection.to(place, "response")


def _step_alike(conduct: Conduct, like: list[int]) -> bool:
    """Whether all parameters move by the same multiple of their true gradients."""
    rates = [conduct.rates[p] or 0.0 for p in like]
    return len(rates) > 1 and _are_alike(rates)


def _grant_factors(evaluation: Evaluation, like: list[int]) -> None:
    """A factor of which the update rule takes no notice, as that of Adam, makes no other step."""
    for result in (evaluation.results[p] for p in like):
        own, common = result.factor, evaluation.common
        if own and common and own * common > 0 and not same(own, common) and not evaluation.by_pull:
            result.granted = (
                f"{own / common:.4g} times its siblings', of which the update rule takes no notice"
            )


def _entering_all(drive: Drive, conduct: Conduct, like: list[int]) -> dict[int, tuple[Node, float]]:
    """What enters each update, where the rates differ there; else nothing."""
    entering = {p: _entering(drive, conduct, p) for p in like}
    known = {p: found for p, found in entering.items() if found is not None}
    sizes = [abs(size) for _, size in known.values()]
    return {} if len(known) < len(like) or _are_alike(sizes) else known


def _are_alike(numbers: list[float]) -> bool:
    return all(same(number, numbers[0]) for number in numbers)


def _is_comparable(drive: Drive, conduct: Conduct, position: int) -> bool:
    """Whether the rate of a road can be held against others: no norm of its own, no data in it."""
    alone = conduct.coupled[position] or drive.takes_a_rate(position)
    return not alone and conduct.objections[position] is None


def _read_there(
    study: Study, evaluation: Evaluation, drive: Drive, points: list[Point], position: int,
    node: Node, scale: float,
) -> None:  # fmt: skip
    """Take what enters an update for the gradient, with all factors before it."""
    back = Twins(study.step.graph, drive.roads.stage.span, Span(-1, study.step.end))
    twin = node if drive.roads.stage.step is study.step else back.of(node)
    parameter = evaluation.results[position].parameter
    if twin is None:
        return
    for result in on_the_way(study, parameter, points, evaluation.truths, twin):
        gradient = Gradient((Term(1.0, twin),), scale)
        evaluation.results[position] = replace(result, gradient=gradient)


def _entering(drive: Drive, conduct: Conduct, position: int) -> tuple[Node, float] | None:
    """What enters the statement of an update, and how many times a steady gradient it is."""
    roads, steady = drive.roads, conduct.steady
    top = roads.tops[position]
    if top.spot is None or steady is None:
        return None
    best, pattern = None, drive.patterns[0][position]
    for node in _before(roads, position, top.spot.statement):
        value = np.asarray(steady.values.get(node.index, np.nan), dtype=float)
        laid = laid_as(value, pattern)
        if laid is None or not np.isfinite(laid).all():
            continue
        rate = drive.rate(laid, position)
        if rate and np.allclose(laid, rate * pattern * (laid != 0), rtol=1e-6, atol=0):
            best = (node, rate)
    return best


def _before(roads: Roads, position: int, statement: object) -> list[Node]:
    """The values on a road that a statement reads and does not make."""
    span = [*roads.roots[position], *roads.span_of(position)]
    inside = [n for n in span if n.spot is not None and n.spot.statement is statement]
    read = {parent.index for node in inside for parent in node.parents}
    return [n for n in span if n.index in read and n not in inside]
