"""Numbers that a loss and its backward pass spell differently: an epsilon, a rounded constant.

``log(a + 1e-3)`` in the loss beside ``1e-12`` in its derivative, or 0.797885 for √(2/π), make a
gradient that is not quite that of the loss.  It counts as right where replacing just such numbers
closes the gap: every small number that is added or that bounds something taken away, or every
number of three digits and more moved within its own last digit.  Nothing else is forgiven: a number
that is wrong by more is a mistake.

This module judges numbers of one step; it knows neither lines nor causes.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.structs import struct
from gradlint.trace.replay import Unrepeatable, replay
from gradlint.truth.evaluate import Evaluation, evaluate
from gradlint.truth.fit import TOLERANCE
from gradlint.truth.points import Point

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from gradlint.trace.tape import Node
    from gradlint.truth.evaluate import Result
    from gradlint.truth.study import Study

EPSILON = 0.01  # numbers up to this may be there so that nothing is divided by zero
NOTHING = 1e-12  # what is left of one where zero gives no number
DIGITS = (3, 12)  # a rounded constant has at least and at most so many
STEPS = 3  # of Gauss and Newton: the first leaves the square of a rounding
NEAR, ROUNDED = 0.5, 0.01  # relative: what is farther off is off for another reason
CLOSED, NOISE = 10.0, 1e-9  # times: the gap has to become smaller by that, if there is one
MOST = 16  # constants that are moved together
ROUNDING, CUT = 0.6, 0.99  # of a last digit: 3.1416 is rounded, 3.1415 cut off, 0.999 is no 1
ROWS = 2048  # entries of gradients that the moved digits are found from
DISTINCT = 1e-4  # relative: directions that move the gap by less are left where they are
_BOUNDS = {np.maximum, np.minimum, np.fmax, np.fmin, np.clip}
_GUARDED = {np.log, np.log2, np.log10, np.sqrt, np.power, np.float_power, np.reciprocal, math.log,
            math.sqrt, math.pow}  # fmt: skip


@struct(eq=False)
class Excuse:
    """What closes the gap: the numbers as they are written, and the gap that they leave."""

    literals: tuple[Node, ...]
    gap: float

    def __str__(self) -> str:
        numbers = ", ".join(f"{n.value!r}" for n in self.literals[:4])
        return f"but for numbers that its derivative spells differently ({numbers})"


def excuse(
    study: Study,
    evaluation: Evaluation | None,
    points: list[Point],
    found_wrong: Collection[str] = (),
) -> None:
    """Grant what follows the objective but for such numbers.

    What was ``found_wrong`` by a finer measure is wrong as well.
    """
    if evaluation is None or not study.points:
        return
    agrees, named = evaluation.agrees, found_wrong
    wrong = [r for r in evaluation.results if r.parameter.name in named or not agrees(r)]
    near = [r for r in wrong if r.error <= NEAR]
    if not near:
        return
    case = _Case(study, evaluation, points, wrong)
    for literals, other in case.readings(max(r.error for r in near)):
        cured = _cured(near, other)
        spoilt = sum(not other.agrees(r) for r in other.results)
        if cured and spoilt + len(cured) <= len(wrong):
            _grant(cured, literals)
            evaluation.common = other.common if evaluation.common is None else evaluation.common
            return


def _cured(near: list[Result], other: Evaluation) -> list[Result]:
    """What agrees under other numbers, and far better than before."""
    again = {r.parameter: r for r in other.results}
    cured = [r for r in near if other.agrees(again[r.parameter])]
    return [r for r in cured if CLOSED * again[r.parameter].error <= max(r.error, NOISE)]


def _grant(cured: list[Result], literals: tuple[Node, ...]) -> None:
    told = Excuse(literals, max(r.error for r in cured))
    for result in cured:
        result.granted, result.excuse = str(told), told


class _Case:
    """One evaluation with gradients that are a little off."""

    def __init__(
        self, study: Study, evaluation: Evaluation, points: list[Point], wrong: list[Result]
    ) -> None:
        self.study, self.evaluation, self.points = study, evaluation, points
        self.graph, self.objective = study.step.graph, evaluation.objective
        self.wrong = wrong

    def readings(self, error: float) -> Iterator[tuple[tuple[Node, ...], Evaluation]]:
        """The verdicts under other numbers."""
        literals = self._literals()
        small = [n for n in literals if self._is_epsilon(n)]
        for number in (0.0, NOTHING) if small else ():
            other = self._under({n: math.copysign(number, n.value) for n in small})
            if other is not None:
                yield tuple(small), other
                break
        rounded = [n for n in literals if last_digit(n.value) > 0.0]
        if rounded and len(rounded) <= MOST and error <= ROUNDED:
            numbers = self._moved(rounded)
            other = None if numbers is None else self._under(numbers)
            if other is not None:
                yield tuple(rounded), other

    def _literals(self) -> list[Node]:
        """The plain numbers that the loss and the gradients are made with."""
        step, graph = self.study.step, self.graph
        readings = [g for r in self.evaluation.results for g in r.parameter.readings]
        ends = [t.node for g in readings for t in g.terms]
        region = graph.ancestors([*ends, *self.objective.values]) & step.dependent
        read = {p.index: p for index in region for p in graph.nodes[index].parents}
        return [
            read[index]
            for index in sorted(read)
            if read[index].is_leaf and type(read[index].value) is float
            if index not in step.dependent
        ]

    def _is_epsilon(self, node: Node) -> bool:
        """Whether a number is so small, and only there to guard a quotient or a logarithm."""
        dependent = self.study.step.dependent
        readers = [r for r in self.graph.readers[node.index] if r.index in dependent]
        return 0 < abs(node.value) <= EPSILON and all(map(self._guards, readers))

    def _guards(self, total: Node) -> bool:
        if total.function in _BOUNDS:
            return True
        readers = self.graph.readers[total.index]
        return total.function in (np.add, np.subtract) and all(
            r.function in _GUARDED
            or (r.function is np.true_divide and r.args[1] is total and r.args[0] is not total)
            for r in readers
        )

    # -- other numbers ----------------------------------------------------------------------

    def _under(self, numbers: dict[Node, float]) -> Evaluation | None:
        there = self._at(numbers)
        return None if there is None else evaluate(self.study, self.objective, there)

    def _at(self, numbers: dict[Node, float]) -> list[Point] | None:
        """The points with other numbers in the program's text."""
        found = []
        for point in self.points:
            changes: dict[Node, Any] = {**point.changes, **numbers}
            try:
                values = replay(self.study.targets, changes, precise=True)
            except Unrepeatable:
                return None
            ends = [np.asarray(values[n.index]) for n in self.objective.values]
            if not all(np.isfinite(end).all() for end in ends):
                return None
            found.append(Point(values, changes))
        return found

    def _moved(self, rounded: list[Node]) -> dict[Node, float] | None:
        """The digits that come after the last one, found by least squares."""
        start = {n: float(n.value) for n in rounded}
        units = {n: last_digit(n.value) for n in rounded}
        numbers = dict(start)
        for _ in range(STEPS):
            gap = self._gap(numbers)
            moved = [self._gap({**numbers, n: numbers[n] + units[n]}) for n in rounded]
            moved.append(self._gap(numbers, stretched=TOLERANCE))  # so may the common factor
            columns = [m - gap for m in moved if m is not None and gap is not None]
            if gap is None or len(columns) < len(moved) or len(gap) < len(moved):
                return None
            parts = np.linalg.lstsq(np.stack(columns, axis=1), -gap, rcond=DISTINCT)[0]
            for node, part in zip(rounded, parts[:-1], strict=True):
                numbers[node] += float(part) * units[node]
            if not all(_is_spelling(start[n], numbers[n], units[n]) for n in rounded):
                return None
        return numbers

    def _gap(self, numbers: dict[Node, float], stretched: float = 0.0) -> np.ndarray | None:
        """How far the wrong gradients are from the truth, each in units of its largest entry.

        The truth may be ``stretched`` by a part of it.
        """
        there, parts = self._at(numbers), []
        for point in there or ():
            truth = self.study.truth(self.objective, point)
            for result in self.wrong:
                true = np.ravel(truth.get(result.parameter.node.index, 0.0))
                hand = self.study.hand(result.gradient, result.parameter, point).ravel()
                if hand.size != true.size or not np.isfinite(hand).all():
                    return None
                gap = hand - (1 + stretched) * self._factor(result) * true
                parts.append(gap[:ROWS] / max(float(np.abs(hand).max()), 1e-300))
        return np.concatenate(parts) if parts else None

    def _factor(self, result: Result) -> float:
        """The multiple of the truth that a gradient is meant to be: one, if it is nearly that."""
        found = result.fits[0].factor
        expected = self.evaluation.expected(result)
        return expected if abs(found - expected) <= ROUNDED * abs(expected) else found


def _is_spelling(written: float, meant: float, unit: float) -> bool:
    """Whether a number is another one rounded, or cut off after some digits."""
    longer = (meant - written) * math.copysign(1.0, written) / unit
    return -ROUNDING <= longer <= CUT


def last_digit(value: float) -> float:
    """A unit of the last digit that a number is written with; 0 if that is no rounding."""
    if not math.isfinite(value) or not value:
        return 0.0
    from decimal import Decimal  # only where numbers differ

    digits = Decimal(repr(value)).normalize().as_tuple()
    count, exponent = len(digits.digits), int(digits.exponent)
    is_rounded = exponent < 0 and DIGITS[0] <= count <= DIGITS[1]
    return float(10.0**exponent) if is_rounded else 0.0
