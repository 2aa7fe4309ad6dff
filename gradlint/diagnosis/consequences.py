"""The experiment that needs no theory of a line: alter it, run the rest of the backward pass again.

A line altered in one way is right if every gradient that was made from it comes out right, at every
parameter point, and none that was right before is spoilt.  What the line should have computed need
not be known for that, so it settles lines in loops, inside larger expressions, and where several
forward values have the same shape.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.diagnosis.bearing import may_be_made_right, unlike
from gradlint.diagnosis.line import Scene, Unknown
from gradlint.reading.graph import squeezed
from gradlint.structs import struct
from gradlint.trace.replay import Route, replay, replay_along
from gradlint.truth.evaluate import TOLERANCE, fit, same
from gradlint.truth.points import Point

if TYPE_CHECKING:
    import ast

    from gradlint.diagnosis.context import Context
    from gradlint.reading.step import Gradient
    from gradlint.trace.tape import Node
    from gradlint.truth.evaluate import Result
    from gradlint.truth.fit import Fit

_EXECUTIONS = 40  # of one line in one step; a line that runs more often is not tried
_WORK = 120_000  # operations that may be run again for one line, large arrays counting for more
_TELLING = 8  # times the whole price: every point, with room for a first look
_EXECUTION = 12  # operations that evaluating the line once counts for
_SMALL = 4_000  # entries of an array that count as one operation


@struct(eq=False)
class Course:
    """The executions of a line that some gradients are made from, and what runs between them.

    ``price`` is the number of operations that takes, large arrays counting for more; ``routes`` are
    the ways through the stages that were gone before.
    """

    results: list[Result]
    nodes: list[Node]
    stages: list[list[Node]]
    price: float
    routes: dict[int, Route]


class Consequences:
    """Everything that follows from the executions of a line, ready to be run again.

    The line of one case, or the lines of several that are altered together.
    """

    def __init__(self, *cases: Context) -> None:
        case = cases[0]
        self.cases, self.study, self.reference = cases, case.study, case.reference
        self.graph = case.step.graph
        self.left = _WORK
        self._meant: dict[Result, list[Gradient]] = {}
        self.below = self.graph.ancestors(_ends(self.reference.results))
        self.owners = {n: case for case in cases for n in self._executions(case)}
        self.nodes = sorted(self.owners, key=lambda node: node.index)
        last = max(self.below, default=-1)
        reach = self.graph.descendants(self.nodes, until=last) if self.nodes else frozenset()
        self.region = reach & self.below
        self.price = self._price(self.region, len(self.nodes))

    def _executions(self, case: Context) -> list[Node]:
        """The values of a line, one for each time it ran on the way to some gradient."""
        own, nodes = case.added, self.graph.nodes
        found = [
            nodes[i]
            for i in sorted(self.below & case.step.dependent)
            if nodes[i].spot is own.spot and nodes[i].function is own.function
        ]
        return found if len(found) <= _EXECUTIONS else []

    @cached_property
    def concerned(self) -> list[Result]:
        """The parameters whose gradients are made from the line."""
        return [
            r
            for r in self.reference.results
            if any(t.node.index in self.region for t in r.gradient.terms)
        ]

    @cached_property
    def cured(self) -> frozenset[str]:
        """The names of the parameters that come right with the line."""
        return frozenset(r.parameter.name for r in self.concerned if not self.reference.agrees(r))

    @cached_property
    def scenes(self) -> dict[Node, Scene]:
        """The scene of every execution."""
        namespace = self.cases[0].recording.namespace
        return {node: Scene(self.study, node, namespace) for node in self.nodes}

    def _course(self, results: list[Result]) -> Course:
        """What has to be run again before each execution, and after the last."""
        ends = _ends(results)
        region = self.region & self.graph.ancestors(list(ends))
        nodes = [n for n in self.nodes if n.index in region]
        inner = [self.graph.nodes[i] for i in sorted(region) if i not in self._own]
        kept = [n for n in inner if n.needed or n.names]
        bounds = [-1, *(n.index for n in nodes), len(self.graph.nodes)]
        stages = [[n for n in kept if a < n.index < b] for a, b in pairwise(bounds)]
        stages[-1] += [n for n in ends - set(nodes) if n not in stages[-1]]
        return Course(results, nodes, stages, self._price(region, len(nodes)), {})

    def _price(self, region: frozenset[int], executions: int) -> float:
        nodes = self.graph.nodes
        return sum(1 + nodes[i].size / _SMALL for i in region) + _EXECUTION * executions

    @cached_property
    def whole(self) -> Course:
        """The way to all gradients that are made from the line."""
        return self._course(self.concerned)

    @cached_property
    def shortest(self) -> Course:
        """The way to the wrong gradient that takes the least: a first look that settles most."""
        wrong = [r for r in self.concerned if not self.reference.agrees(r)]
        return min((self._course([r]) for r in wrong), key=lambda course: course.price)

    @cached_property
    def ends(self) -> set[Node]:
        """What the gradients of the parameters concerned are read from."""
        return _ends(self.concerned)

    @cached_property
    def _decays(self) -> bool:
        """Whether gradients that are right contain a decay that the loss does not show."""
        reference = self.reference
        return any(f.decay for r in reference.results if reference.agrees(r) for f in r.fits)

    @cached_property
    def _own(self) -> set[int]:
        return {n.index for n in self.nodes}

    @cached_property
    def given(self) -> list[dict[Node, Any]]:
        """What is known beforehand at each point: everything the line has no part in.

        Versions of a buffer that were written over since are worked out once, from what lasts.
        """
        nodes = self.graph.nodes
        border = {p.index for i in self.region for p in nodes[i].parents} - self.region
        known, outside = border & self._lasting, self._lasting - self.region
        gone = [nodes[i] for i in sorted(border - known)]
        found = []
        for point in self.study.points:
            given = {**point.changes, **{nodes[i]: point.values[i] for i in known}}
            if gone:
                lasting = {**point.changes, **{nodes[i]: point.values[i] for i in outside}}
                values = replay(gone, lasting, precise=True)
                given.update((node, values[node.index]) for node in gone)
            found.append(given)
        return found

    @cached_property
    def kept(self) -> list[dict[int, Any]]:
        """The values at each point that the line has no part in, as far as they last."""
        lasting = self._lasting - self.region
        return [{i: point.values[i] for i in lasting} for point in self.study.points]

    @cached_property
    def _lasting(self) -> set[int]:
        """What a point knows for good: a version of a buffer may have been written over since."""
        known = {node.index for node in self.study.targets}
        return known.intersection(*(point.values for point in self.study.points))

    @property
    def spent(self) -> float:
        """The operations that were run again so far."""
        return _WORK - self.left

    def reserve(self) -> None:
        """Let one more line be tried to the end: the one that is going to be told."""
        self.left = max(self.left, int(_TELLING * (self.price + 1)))

    # -- the experiment ---------------------------------------------------------------------

    def come_right(self, *expressions: ast.expr) -> bool:
        """Whether the gradients come right if each line computes another expression."""
        if not self.cured or not self.study.points or self.left < self.price:
            return False
        instead = dict(zip(self.cases, expressions, strict=True))
        if not all(self._is_plausible(case, new) for case, new in instead.items()):
            return False
        first, whole = self.shortest, self.whole
        short = 2 * first.price < whole.price
        try:
            if short and not self._are_right(first, [self._without(instead, 0, first)]):
                return False
            points = []
            for position in range(len(self.study.points)):
                points.append(self._without(instead, position, whole))
                if not position and not self._are_right(whole, points):
                    return False
        except Exception:  # noqa: BLE001 - an altered line may fail in any way; then it is no remedy
            return False
        return self._are_right(whole, points)

    @cached_property
    def may_be_cause(self) -> bool:
        """Whether every wrong gradient may come right by another value of the line.

        What does not hang on a line that ran once is wrong for another reason.
        """
        wrong = [r for r in self.concerned if not self.reference.agrees(r)]
        if len(self.nodes) != 1 or not self.study.points or self._decays:
            return True
        node = self.nodes[0]
        try:
            made = [self._instead(0, v) for v in unlike(np.asarray(node.value, dtype=float))]
        except Exception:  # noqa: BLE001 - a program may fail in any way at strange values
            return True
        return all(any(self._may(r, g, made) for g in self._readings(r)) for r in wrong)

    def _may(self, result: Result, gradient: Gradient, made: list[Point]) -> bool:
        """Whether what the line has no part in of a gradient is right."""
        true = self.reference.truths[0].get(result.parameter.node.index)
        hands = [self.study.hand(gradient, result.parameter, p) for p in made]
        own = self.study.hand(gradient, result.parameter, self.study.points[0])
        return true is None or may_be_made_right(own, np.asarray(true), hands)

    def right_with(self, values: list[np.ndarray]) -> bool:
        """Whether the gradients come right if the one execution of the line had these values."""
        if not self.cured or len(self.nodes) != 1 or self.left < self.price:
            return False
        try:
            points = [self._instead(position, value) for position, value in enumerate(values)]
        except Exception:  # noqa: BLE001 - an altered line may fail in any way; then it is no remedy
            return False
        return self._are_right(self.whole, points)

    def _instead(self, position: int, value: np.ndarray) -> Point:
        """A point as it would be if the one execution of the line had another value."""
        node = self.nodes[0]
        self.left -= int(self.whole.price)
        point = Point(dict(self.kept[position]), dict(self.given[position]))
        point.values[node.index] = point.changes[node] = value
        self._run(point, self.whole.stages[-1])
        return point

    def _is_plausible(self, case: Context, expression: ast.expr) -> bool:
        """Whether an altered line still makes something of the shape that is wanted."""
        self.left -= 1
        try:
            last = [node for node in self.nodes if self.owners[node] is case][-1]
            shape = np.shape(self.scenes[last].at(expression, 0))
        except Exception:  # noqa: BLE001 - an altered line may fail in any way; then it is no remedy
            return False
        own = case.suspect.parameter
        shapes = [last.shape, *([own.parameter.node.shape] if own else [])]
        return squeezed(shape) in map(squeezed, shapes)

    def _without(self, instead: dict[Context, ast.expr], position: int, course: Course) -> Point:
        """A point as it would be with the lines altered."""
        self.left -= int(course.price)
        point = Point(dict(self.kept[position]), dict(self.given[position]))
        for stage, node in enumerate(course.nodes):
            self._pass(point, course, stage)
            value = self.scenes[node].under(instead[self.owners[node]], point)
            value = self._value(node, value, point)
            point.values[node.index] = point.changes[node] = value
        self._pass(point, course, len(course.nodes))
        return point

    def _pass(self, point: Point, course: Course, stage: int) -> None:
        """Go through a stage of a course: what is given there is the same at every point."""
        route = course.routes.get(stage)
        if route is None:
            missing = [n for n in course.stages[stage] if n.index not in point.values]
            route = course.routes[stage] = Route(missing, point.changes, precise=True)
        self._along(point, route)

    def _run(self, point: Point, targets: list[Node]) -> None:
        missing = [n for n in targets if n.index not in point.values]
        self._along(point, Route(missing, point.changes, precise=True))

    def _along(self, point: Point, route: Route) -> None:
        found = replay_along(route, point.changes) if route.targets else {}
        for node in route.targets:
            point.values[node.index] = point.changes[node] = found[node.index]

    def _value(self, node: Node, value: Any, point: Point) -> Any:
        """What an execution leaves, given the value of its altered expression."""
        if self.owners[node].accumulates:
            old = node.args[0]
            before = old
            if hasattr(old, "index") and hasattr(old, "function"):
                if old.index not in point.values:
                    self._run(point, [old])
                before = point.values[old.index]
            value = before - value if node.function is np.subtract else before + value
        if not np.all(np.isfinite(value)):
            raise Unknown("not a number")
        return float(value) if type(node.value) is float else np.asarray(value, dtype=float)

    # -- the judgement ----------------------------------------------------------------------

    def _are_right(self, course: Course, points: list[Point]) -> bool:
        return all(
            any(self._is_right(result, gradient, points) for gradient in self._readings(result))
            for result in course.results
        )

    def _readings(self, result: Result) -> list[Gradient]:
        """A gradient as it was read, or as it may have been meant where it fitted nothing."""
        if result.explained:
            return [result.gradient]
        kept = self._meant.get(result)
        if kept is None:
            known = [g for g in result.parameter.readings if {t.node for t in g.terms} <= self.ends]
            own = [] if result.gradient in known else [result.gradient]
            points = self.study.points
            # (What is right as it stands is no part of what is wrong.)
            kept = [*own, *(g for g in known if not self._is_right(result, g, points))]
            self._meant[result] = kept
        return kept

    def _fit(self, result: Result, gradient: Gradient, position: int, point: Point) -> Fit:
        """How a gradient compares with the truth at a point."""
        node = result.parameter.node
        value = np.asarray(point.changes[node], dtype=float)
        hand = self.study.hand(gradient, result.parameter, point)
        true = self.reference.truths[position].get(node.index)
        return fit(hand, np.zeros(value.shape) if true is None else np.asarray(true), value)

    def _is_right(self, result: Result, gradient: Gradient, points: list[Point]) -> bool:
        """Whether a gradient is the right multiple of the truth, and the same at every point."""
        if result.vanishes:
            return True
        fits = [self._fit(result, gradient, k, point) for k, point in enumerate(points)]
        if any(found.error > TOLERANCE for found in fits):
            return False
        live = [f for f in fits if not f.vanishes]
        if not live:
            return True
        if live[0].decay and not self._decays:
            return False
        alike = all(
            same(f.factor, live[0].factor) and same(f.decay, live[0].decay) for f in live[1:]
        )
        return alike and self._is_expected(result, gradient, live[0].factor)

    def _is_expected(self, result: Result, gradient: Gradient, factor: float) -> bool:
        """Whether a gradient is the multiple of the truth that the others are, or moves as they."""
        reference, scale = self.reference, gradient.scale
        known = reference.common is not None
        if known and same(factor, reference.expected(replace(result, gradient=gradient))):
            return True
        if not known or not any(r.explained for r in reference.results):
            return factor * (-1.0 if scale is None else scale) < 0
        pulls = [r.pull for r in reference.results if r.pull is not None and reference.agrees(r)]
        return any(same(factor * (scale or 0.0), pull) for pull in pulls)


def _ends(results: list[Result]) -> set[Node]:
    """What some gradients are read from."""
    return {t.node for r in results for g in (*r.parameter.readings, r.gradient) for t in g.terms}
