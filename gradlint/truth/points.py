"""Where a step is studied: at the program's own parameters, and at generic points.

A point proves something where nothing about it is special.  Parameters that start at zero, or are
still tiny, are moved to a size at which squashing functions bend; equal ones are moved apart; and
where a relu, an absolute value or a comparison goes one way throughout, another point is sought at
which it goes the other way, because a mask that never switches proves nothing about the line that
applies it.  Every point has to be on the program's own course: the same branches taken, nothing
infinite that was finite, no gradient died away, and no safeguard (an epsilon in ``maximum``, a clip
of a gradient) at work that rested before.

This module knows a step and its replay; truths and verdicts are its users'.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.reading.graph import is_scalar
from gradlint.structs import struct
from gradlint.trace.replay import Unrepeatable, replay
from gradlint.trace.tape import Node

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.reading.step import Step

SMALL, SIZE = 0.1, 0.5  # parameters that are all smaller than this, and the size they are given
FARTHEST = 100.0  # times: what is smaller by more may be meant to be small
FEEBLE = SIZE / FARTHEST  # a parameter below started at zero, or is as good as zero
RAISED = (0.3, 0.03, 0.003)  # the scales at which one is tried, until nothing saturates
_MOST_OF = 0.9  # of the numbers of an array
ALIVE = 0.05  # of a gradient has to be left
JITTER = (0.3, 0.1, 0.03, 0.003)  # of a parameter's own scale; smaller if the larger one fails
STEEP = 6.0  # arguments of exp and tanh beyond which they are flat
DRAWS = 8  # points that are tried to make a mask switch
_TINY = 0.01  # what a comparison is given so that nothing is divided by zero
_SQUASHING = {np.exp, np.tanh, np.expm1, np.logaddexp}
_COMPARISONS = {np.greater, np.greater_equal, np.less, np.less_equal}
_BOUNDS = {np.maximum, np.minimum, np.fmax, np.fmin}
_SIGNED = {np.absolute, np.fabs, np.sign, np.heaviside}


@struct(frozen=False, eq=False)
class Point:
    """Values of one parameter point."""

    values: dict[int, Any]
    changes: dict[Node, Any]

    def of(self, node: Node) -> Any:
        """The value of a node here."""
        return self.values[node.index]


class Places:
    """The points at which one step is looked at."""

    def __init__(self, step: Step, seed: int = 0, wanted: int = 2) -> None:
        self.step, self.wanted = step, wanted
        self.rng = np.random.default_rng([seed, 20])

    @cached_property
    def targets(self) -> list[Node]:
        """Everything whose value may be asked for."""
        step = self.step
        reach = step.graph.ancestors(step.gradient_nodes)
        nodes = [step.graph.nodes[i] for i in sorted((step.dependent - step.later) | reach)]
        ours = [n for n in nodes if n.needed or n.names or is_scalar(n)]
        gradients = [t.node for p in step.parameters for g in p.readings for t in g.terms]
        return [*ours, *gradients]

    @cached_property
    def own(self) -> Point:
        """The program's own point, in float64."""
        changes = {p.node: _double(p.node) for p in self.step.parameters}
        return Point(replay(self.targets, changes, precise=True), changes)

    @cached_property
    def generic(self) -> list[Point]:
        """The points at which the verdicts are made."""
        found = [point for _ in range(self.wanted) if (point := self._generic()) is not None]
        return self._with_switches(found)

    # -- generic points ---------------------------------------------------------------------

    def _generic(self) -> Point | None:
        """A point near the program's own, but for parameters that are as good as zero."""
        for scale in RAISED if self._has_feeble else ():
            point = self._moved(JITTER[0], scale)
            if point is not None and self._is_alive(point, self.own) and self._bends(point):
                return self._enlarged(point)
        for size in JITTER:
            point = self._moved(size)
            if point is not None:
                return self._enlarged(point)
        return None

    @cached_property
    def _has_feeble(self) -> bool:
        return any(rms(_number(_double(p.node))) < FEEBLE for p in self.step.parameters)

    def _moved(self, size: float, raised: float = 0.0, own: float = 1.0) -> Point | None:
        """Every parameter moved by a part of its own scale, or a raised one if it is feeble.

        ``own`` is what is left of its value.
        """
        changes: dict[Node, Any] = {}
        for parameter in self.step.parameters:
            value = _number(_double(parameter.node))
            scale = rms(value)
            if scale < FEEBLE and raised:
                scale = max(scale, raised)
            elif scale <= 1e-12:
                scale = RAISED[0]
            moved = np.asarray(self.rng.normal(size=value.shape))
            moved *= size * scale
            moved += own * value
            changes[parameter.node] = like(parameter.node.value, moved)
        # A copy stays where it is: beside itself a network would agree with it everywhere.
        held = {node: _double(node) for node in self.step.kept if node.value is not None}
        return self._at({**held, **changes})

    def _enlarged(self, point: Point) -> Point:
        """The same point, farther from zero, if the parameters are small and nothing saturates.

        A network with weights of 0.01 is as good as linear: tanh's slope at z is 1, whether it is
        written ``1 - a**2`` or ``1 - z**2``.
        """
        largest = max(rms(_number(v)) for v in point.changes.values())
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
            if there is not None and self._is_alive(there, point) and self._bends(there):
                return there
        return point

    # -- which points will do ---------------------------------------------------------------

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
            value = _number(point.of(node))
            if not np.isfinite(value).all() and np.isfinite(_number(node.value)).all():
                return False
        for decision in self.step.tape.decisions:
            if (
                decision.index in point.values
                and decision.index <= self.step.end
                and bool(point.of(decision)) != bool(decision.value)
            ):
                return False
        return True

    def _is_alive(self, there: Point, here: Point) -> bool:
        """Whether no gradient has died away, as it does where activations saturate."""
        for node in self.step.gradient_nodes:
            sizes = [float(np.abs(_number(p.of(node))).max(initial=0.0)) for p in (there, here)]
            if sizes[0] < ALIVE * sizes[1]:
                return False
        return True

    def _bends(self, point: Point) -> bool:
        """Whether exponentials are where they bend, and what was finite has stayed so."""
        for node in self._numbers:
            there, here = _number(point.of(node)), _number(self.own.of(node))
            if np.isfinite(here).all() and not np.isfinite(there).all():
                return False
        for node in self._squashed:
            steep = [_high(np.abs(_number(p.of(node)))) for p in (point, self.own)]
            if not steep[0] <= max(STEEP, 2 * steep[1]):
                return False
        return True

    @cached_property
    def _ours(self) -> list[Node]:
        """The values of the step that depend on its parameters and are kept at every point."""
        step = self.step
        return [n for n in self.targets if n.index in step.dependent and n.index <= step.end]

    @cached_property
    def _numbers(self) -> list[Node]:
        """Single numbers that depend on the parameters: the losses are among them."""
        return [n for n in self._ours if is_scalar(n) and n.index in self.own.values]

    @cached_property
    def _squashed(self) -> list[Node]:
        """What exponentials are taken of."""
        kept = {n.index for n in self._ours} & self.own.values.keys()
        return [
            parent
            for node in self._ours
            if node.function in _SQUASHING
            for parent in node.parents
            if parent.index in kept and parent.shape
        ]

    # -- masks that never switch ------------------------------------------------------------

    def _with_switches(self, points: list[Point]) -> list[Point]:
        """The points, and one more at which masks switch that are the same at all of them."""
        if not points or not (gates := self._gates(points)):
            return points
        best, most = None, 0
        for draw in range(DRAWS):
            size, own = ((1.0, 1.0), (1.0, 0.0), (3.0, 0.0), (1.0, -1.0))[draw % 4]
            point = self._moved(size, RAISED[0], own)
            if point is None or not self._is_alive(point, points[0]) or not self._bends(point):
                continue
            if any(not _is_idle(gate, [*points, point]) for gate in self._safeguards(points)):
                continue
            count = sum(not _is_idle(gate, [*points, point]) for gate in gates)
            if count > most:
                best, most = point, count
            if most == len(gates):
                break
        return points if best is None else [*points, best]

    def _gates(self, points: list[Point]) -> list[Node]:
        """Masks that the gradients hang on, or should, and that go one way at all points."""
        return [
            gate
            for gate in self._switches(points)
            if not self._guards(gate)
            and (gate.function not in _COMPARISONS or gate.index in self.step.backward)
        ]

    def _safeguards(self, points: list[Point]) -> list[Node]:
        """Bounds that rest at all points, and are there to rest."""
        bounds = [g for g in self._switches(points) if g.function not in _COMPARISONS]
        return [gate for gate in bounds if self._guards(gate)]

    def _switches(self, points: list[Point]) -> Iterator[Node]:
        decisions = {id(node) for node in self.step.tape.decisions}
        for node in self._ours:
            kind = node.function
            if kind.__hash__ is None or id(node) in decisions:
                continue
            if kind in _COMPARISONS or kind in _BOUNDS or kind in _SIGNED or kind is np.clip:
                known = all(n.index in p.values for p in points for n in node.parents)
                if known and _is_idle(node, points):
                    yield node

    def _guards(self, gate: Node) -> bool:
        """Whether a mask compares with a number that is no border of a function, as 1e-8 is none.

        Zero is the border of relu, of a hinge, of an absolute value, and one of those of a clipped
        activation.  A comparison may have any, but for a tiny one.
        """
        if gate.function in _SIGNED:
            return False
        arguments = (*gate.args, *gate.kwargs.values())
        known = [self._constant(a) for a in arguments]
        numbers = [n for n in known if n is not None]
        if gate.function in _COMPARISONS:
            return any(0 < abs(n) < _TINY for n in numbers)
        return bool(numbers) and 0 not in numbers

    def _constant(self, argument: Any) -> float | None:
        """A plain number among the arguments of a mask."""
        if isinstance(argument, Node):
            given = is_scalar(argument) and argument.index not in self.step.dependent
            return float(argument.value) if given and argument.value is not None else None
        return float(argument) if isinstance(argument, (int, float)) else None


def _is_idle(node: Node, points: list[Point]) -> bool:
    """Whether a mask goes one way at all points, in all its entries."""
    ways = [np.asarray(way) for point in points for way in _ways(node, point)]
    count = len(ways) // len(points)
    for k in range(count):
        one = ways[k::count]
        if any(w.any() for w in one) and not all(w.all() for w in one):
            return False
    return True


def _ways(node: Node, point: Point) -> list[Any]:
    """Which way a mask goes, entry by entry; a clip has two."""
    args = [point.values[a.index] if isinstance(a, Node) else a for a in node.args]
    kind = node.function
    if kind in _SIGNED:
        return [np.asarray(args[0]) > 0]
    if kind is np.clip:
        bounds = [*args[1:3], node.kwargs.get("min"), node.kwargs.get("max")]
        return [np.asarray(args[0]) > b for b in bounds if b is not None]
    if kind in _BOUNDS:
        return [np.asarray(args[0]) > args[1]]
    return [kind(args[0], args[1])]


def _high(sizes: np.ndarray) -> float:
    """What nine of ten sizes do not exceed (``np.quantile`` loads ``numpy.ma``)."""
    ordered = np.sort(sizes, axis=None)
    place = _MOST_OF * (ordered.size - 1)
    low, high = ordered[int(place)], ordered[min(int(place) + 1, ordered.size - 1)]
    return float(low + (place - int(place)) * (high - low))


def _number(value: Any) -> np.ndarray:
    """A value as real numbers; several results of one call one behind the other."""
    if isinstance(value, tuple):
        return np.concatenate([np.ravel(_number(part)) for part in value or (0.0,)])
    return np.asarray(np.real(value), dtype=float)


def like(kind: Any, value: np.ndarray) -> Any:
    """A value of the type that the program has in its place."""
    if type(kind) is float:
        return float(value)
    if isinstance(kind, np.matrix):
        return np.asarray(value).view(np.matrix)
    return value if value.shape else np.float64(value)


def _double(node: Node) -> Any:
    value = node.value
    if value is None:
        value = replay([node])[node.index]
    if getattr(value, "dtype", None) is not None and value.dtype.kind in "fiub":
        return value.astype(np.float64, copy=False)
    return value


def rms(value: np.ndarray) -> float:
    """The root of the mean square, without a temporary: a parameter may be large."""
    return float(np.sqrt(np.vdot(value, value) / value.size)) if value.size else 0.0
