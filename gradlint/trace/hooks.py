"""What instrumented code calls: each hook does the user's operation, then tells the tape.

A hook never changes a result, never swallows an exception, and costs a few microseconds.  What a
called function means to the tape is the business of ``calls``.
"""

from __future__ import annotations

import builtins
import math
import operator
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.trace.calls import Calls
from gradlint.trace.course import Course, Loop
from gradlint.trace.deadline import stop
from gradlint.trace.elements import traced_items, unpacked
from gradlint.trace.libraries import original
from gradlint.trace.meanings import InPlace, float_at, is_matrix_product
from gradlint.trace.naming import Naming
from gradlint.trace.numpy_calls import changes_of
from gradlint.trace.primitives import leaf, setitem
from gradlint.trace.tape import Node, Tape, is_traceable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gradlint.source.spots import Spot

_BINARY: dict[str, tuple[Any, Callable[[Any, Any], Any], Callable[[Any, Any], Any]]] = {
    "Add": (np.add, operator.add, operator.iadd),
    "Sub": (np.subtract, operator.sub, operator.isub),
    "Mult": (np.multiply, operator.mul, operator.imul),
    "Div": (np.true_divide, operator.truediv, operator.itruediv),
    "FloorDiv": (np.floor_divide, operator.floordiv, operator.ifloordiv),
    "Mod": (np.remainder, operator.mod, operator.imod),
    "Pow": (np.power, operator.pow, operator.ipow),
    "MatMult": (np.matmul, operator.matmul, operator.imatmul),
    "LShift": (np.left_shift, operator.lshift, operator.ilshift),
    "RShift": (np.right_shift, operator.rshift, operator.irshift),
    "BitOr": (np.bitwise_or, operator.or_, operator.ior),
    "BitXor": (np.bitwise_xor, operator.xor, operator.ixor),
    "BitAnd": (np.bitwise_and, operator.and_, operator.iand),
}
_COMPARE: dict[str, tuple[Any, Callable[[Any, Any], Any]]] = {
    "Lt": (np.less, operator.lt),
    "LtE": (np.less_equal, operator.le),
    "Gt": (np.greater, operator.gt),
    "GtE": (np.greater_equal, operator.ge),
    "Eq": (np.equal, operator.eq),
    "NotEq": (np.not_equal, operator.ne),
}
_UNARY: dict[str, tuple[Any, Callable[[Any], Any]]] = {
    "USub": (np.negative, operator.neg),
    "UAdd": (np.positive, operator.pos),
    "Invert": (np.invert, operator.invert),
}
# ``W -= g`` needs the old W for nothing but its shape: no copy is kept of it.
_LINEAR = {"Add", "Sub"}


class Hooks:
    """The object that instrumented code knows as ``__gradlint__``.

    ``enough`` is asked now and then (at loop heads and calls, at doubling sizes of the tape)
    whether the program may be stopped; with a ``course`` it goes on behind its training loop.
    """

    slice = slice

    def __init__(
        self,
        tape: Tape,
        spots: list[Spot],
        enough: Callable[[Tape], bool] | None = None,
        course: Course | None = None,
    ) -> None:
        self.tape = tape
        self.spots = spots
        self.enough, self.course = enough, course
        self.next_question: float = 64
        self.stopped = False
        self.loops: list[Loop] = []  # the ``for`` loops under way
        self.whiles: dict[int, Loop] = {}  # the ``while`` loops that were met
        self.naming = Naming(tape)
        self.calls = Calls(tape, self)
        self.call = self.calls.call
        for name, row in _BINARY.items():
            setattr(self, name, self._binary(name, *row[:2]))
        for name, compare in _COMPARE.items():
            setattr(self, name, self._compare(*compare))
        for name, unary in _UNARY.items():
            setattr(self, name, self._unary(*unary))

    # -- operators --------------------------------------------------------------------------

    def _binary(self, name: str, function: Any, run: Callable[[Any, Any], Any]) -> Any:
        tape, spots = self.tape, self.spots
        reference = tape.reference

        def hook(spot: int, left: Any, right: Any) -> Any:
            result = run(left, right)
            if is_traceable(result) and (is_traceable(left) or is_traceable(right)):
                meaning = _meaning(name, function, left, right)
                args = (reference(left), reference(right))
                tape.record(meaning, args, {}, result, spots[spot], run)
            elif type(result) is float:  # 1 / m: a constant that knows where it was written
                tape.record(leaf, (), {}, result, spots[spot])
            return result

        return hook

    def _compare(self, function: Any, run: Callable[[Any, Any], Any]) -> Any:
        tape, spots = self.tape, self.spots

        def hook(spot: int, left: Any, right: Any) -> Any:
            result = run(left, right)
            if is_traceable(left) or is_traceable(right):
                args = (tape.reference(left), tape.reference(right))
                if isinstance(result, np.ndarray):
                    tape.record(function, args, {}, result, spots[spot], run)
                elif isinstance(result, (bool, np.bool_)):
                    decision = tape.record(function, args, {}, result, spots[spot], run)
                    tape.decisions.append(decision)
            return result

        return hook

    def _unary(self, function: Any, run: Callable[[Any], Any]) -> Any:
        tape, spots = self.tape, self.spots

        def hook(spot: int, value: Any) -> Any:
            result = run(value)
            if is_traceable(value) and is_traceable(result) and result is not value:
                tape.record(function, (tape.reference(value),), {}, result, spots[spot], run)
            return result

        return hook

    def augmented(self, spot: int, name: str, target: Any, value: Any) -> Any:
        """``target op= value`` for a target that the caller then binds again."""
        function, run, in_place = _BINARY[name]
        tape, place = self.tape, self.spots[spot]
        if not isinstance(target, np.ndarray):
            result = in_place(target, value)
            if is_traceable(result) and (is_traceable(target) or is_traceable(value)):
                args = (tape.reference(target), tape.reference(value))
                tape.record(function, args, {}, result, place, run)
            return self._named(place, result)
        args = (tape.reference(target), tape.reference(value))
        if name not in _LINEAR:
            args[0].needed = True
        if isinstance(args[1], Node):
            args[1].needed = True
        # A failing operation leaves its target as it was: at worst a copy was made in vain.
        tape.before_write(target)
        result = in_place(target, value)
        meaning = _meaning(name, function, target, value)
        node = tape.record(meaning, args, {}, result, place, InPlace(run), reads=False)
        if result is target:
            tape.wrote(target, node)
        return self._named(place, result)

    def _named(self, spot: Spot, result: Any) -> Any:
        target = spot.targets[0] if spot.targets else None
        if isinstance(target, str) and is_traceable(result):
            self.tape.name(result, target)
        elif isinstance(result, dict):
            self.naming.bind(spot, target, result)  # what a container has got is its element
        return result

    # -- subscripts and attributes ----------------------------------------------------------

    def getitem(self, spot: int, owner: Any, index: Any) -> Any:
        """``owner[index]``."""
        result = owner[index]
        if isinstance(owner, np.ndarray) and is_traceable(result):
            if id(result) not in self.tape.known or result is not self.tape.known[id(result)][0]:
                args = (self.tape.lookup(owner), self.tape.index(index))
                basic = isinstance(result, np.ndarray) and result.base is not None
                self.tape.record(
                    operator.getitem, args, {}, result, self.spots[spot], reads=not basic
                )
        elif owner is np.c_ or owner is np.r_:
            self.calls.numpy.concatenated(self.spots[spot], owner, index, result)
        elif isinstance(owner, np.flatiter):
            self.calls.numpy.flat_item(self.spots[spot], owner, index, result)
        elif type(owner) is memoryview and is_traceable(result):
            node = self.tape.reference(owner)
            if isinstance(node, Node):
                self.tape.record(
                    operator.getitem, (node, index), {}, result, self.spots[spot], float_at
                )
        return result

    def store(self, spot: int, owner: Any) -> Any:
        """What ``owner[index] = value`` stores into: arrays and containers tell the tape."""
        if isinstance(owner, (np.ndarray, dict, list, np.flatiter)):
            return _Store(self, self.spots[spot], owner)
        if type(owner) is memoryview and isinstance(owner.obj, np.ndarray):
            return _Store(self, self.spots[spot], np.asarray(owner))
        return owner

    def setitem(self, spot: Spot, owner: np.ndarray, index: Any, value: Any) -> None:
        """``owner[index] = value`` on an array."""
        tape = self.tape
        args = (tape.lookup(owner), tape.index(index), tape.reference(value))
        for part in args[1:]:
            if isinstance(part, Node):
                part.needed = True
        tape.before_write(owner)
        owner[index] = value
        tape.wrote(owner, tape.record(setitem, args, {}, owner, spot, reads=False))

    def load_item(self, spot: int, owner: Any, index: Any) -> Any:
        """``owner[index]`` of ``owner[index] op= value``: read before the value is worked out."""
        return spot, owner, index, self.getitem(spot, owner, index)

    def augmented_item(self, loaded: Any, name: str, value: Any) -> None:
        """``owner[index] op= value``."""
        spot, owner, index, current = loaded
        place, tape = self.spots[spot], self.tape
        if isinstance(owner, np.ndarray) and is_traceable(current):
            function, run, in_place = _BINARY[name]
            args = (tape.reference(current), tape.reference(value))
            try:
                result = run(current, value)
                fits = _fits(result, current)
            except Exception:
                in_place(current, value)  # raises what the program has to see, in the same words
                raise
            if not fits:
                in_place(current, value)
            if is_traceable(result):
                tape.record(function, args, {}, result, place, run, reads=name not in _LINEAR)
            self.setitem(place, owner, index, result)
            return
        result = self.augmented(spot, name, current, value)
        owner[index] = result
        self.naming.item(place, index, result)

    def load_attribute(self, spot: int, owner: Any, attribute: str) -> Any:
        """``owner.attribute`` of ``owner.attribute op= value``."""
        return spot, owner, attribute, getattr(owner, attribute)

    def augmented_attribute(self, loaded: Any, name: str, value: Any) -> None:
        """``owner.attribute op= value``."""
        spot, owner, attribute, current = loaded
        result = self.augmented(spot, name, current, value)
        if isinstance(owner, np.ndarray):
            self.calls.numpy.assign(self.spots[spot], owner, attribute, result)
            return
        setattr(owner, attribute, result)
        if is_traceable(result):
            self.naming.held(owner, attribute, result)

    def attribute(self, spot: int, owner: Any, name: str) -> Any:
        """``owner.T`` and the other attributes that make arrays of arrays."""
        result = getattr(owner, name)
        if isinstance(owner, np.ndarray) and is_traceable(result) and result is not owner:
            self.calls.numpy.attribute(self.spots[spot], owner, name, result)
        return result

    def text(self, spot: int, function: Any, source: Any, *spaces: Any) -> tuple[Any, ...]:
        """What ``eval(source, ...)`` and ``exec(source, ...)`` are called with."""
        if isinstance(source, str) and function in (eval, exec) and _sees_hooks(spaces):
            code = self.calls.texts.compiled(self.spots[spot], source, function.__name__)
            return (source if code is None else code, *spaces)
        return (source, *spaces)

    # -- binding names ----------------------------------------------------------------------

    def fresh(self, value: Any) -> Any:
        """A number literal as an object of its own."""
        return float.__new__(_Float, value).__pos__() if type(value) is float else value

    def bind(self, spot: int, value: Any) -> Any:
        """``target = value``: the value learns the target's name."""
        place = self.spots[spot]
        for target in place.targets:
            value = unpacked(self.tape, target, value, place)
            self.naming.bind(place, target, value)
        return value

    def bind_each(self, spot: int, value: Any) -> Any:
        """``a = (b, c) = value``: the value once for each target, taken apart where it will be."""
        place = self.spots[spot]
        values = [unpacked(self.tape, target, value, place) for target in place.targets]
        for target, each in zip(place.targets, values, strict=True):
            self.naming.bind(place, target, each)
        return values

    def owner(self, spot: int, owner: Any) -> Any:
        """The object of an attribute target: remembers who holds which array."""
        self.naming.hold(self.spots[spot], owner)
        return _Fields(self, self.spots[spot], owner) if isinstance(owner, np.ndarray) else owner

    # -- loops ------------------------------------------------------------------------------

    def iterate(self, spot: int, iterable: Any) -> Any:
        """What a ``for`` runs over: rows of traced arrays are traced, items learn their names."""
        if isinstance(iterable, (str, bytes, dict)):
            return iterable
        return self._iterate(self.spots[spot], iterable)

    def _iterate(self, spot: Spot, iterable: Any) -> Iterator[Any]:
        target, loop = spot.targets[0], Loop()
        outermost = not self.loops
        self.loops.append(loop)
        try:
            for item in traced_items(self.tape, iterable, spot):
                if loop.over:
                    return
                if outermost:
                    self.tape.rounds.append(len(self.tape))
                loop.begin(len(self.tape))
                self.stop_if_enough()
                item = unpacked(self.tape, target, item, spot)  # noqa: PLW2901 - taken apart
                self.naming.loop(target, item)
                yield item
        finally:
            self.loops.remove(loop)
            if (loop.over or loop.whole) and outermost and self.course is not None:
                self.course.arrive()

    def spread(self, spot: int, iterable: Any) -> Any:
        """What ``*iterable`` in a call or a display runs over."""
        return traced_items(self.tape, iterable, self.spots[spot])

    def tick(self, spot: int, test: Any) -> Any:
        """The test of a ``while``: a loop head is a good place to stop."""
        loop = self.whiles.setdefault(spot, Loop())
        if loop.over or (loop.whole and not test):
            del self.whiles[spot]
            if not self.loops and self.course is not None:
                self.course.arrive()
            return False
        loop.begin(len(self.tape))
        if not self.loops:
            self.tape.rounds.append(len(self.tape))
        self.stop_if_enough()
        return test

    def stop_if_enough(self) -> None:
        """Stop the program if enough has been seen."""
        if self.stopped or (self.course is not None and self.course.is_late()):
            stop()
        size = len(self.tape.nodes)
        if size < self.next_question:
            return
        self.next_question = size + max(64, size // 2)
        with original():
            seen = self.enough is not None and self.enough(self.tape)
        if size > self.tape.limit or seen:
            if size <= self.tape.limit and self.course is not None and self.course.leave(self):
                return
            self.stopped = True
            stop()

    def retire(self) -> None:
        """Others have taken over; loops and calls that are under way may still come back here."""
        self.enough, self.next_question = None, math.inf


class _Float(float):
    """A float subclass: its unary plus makes a plain float that is a new object."""


class _Fields:
    """Stands for an array while an attribute of it is assigned."""

    __slots__ = ("_assign",)
    _assign: Any

    def __init__(self, hooks: Hooks, spot: Spot, owner: np.ndarray) -> None:
        assign = hooks.calls.numpy.assign
        object.__setattr__(self, "_assign", lambda name, value: assign(spot, owner, name, value))

    def __setattr__(self, name: str, value: Any) -> None:
        self._assign(name, value)


class _Store:
    """Stands for a container while an item of it is assigned."""

    __slots__ = ("hooks", "owner", "spot")

    def __init__(self, hooks: Hooks, spot: Spot, owner: Any) -> None:
        self.hooks, self.spot, self.owner = hooks, spot, owner

    def __setitem__(self, index: Any, value: Any) -> None:
        owner = self.owner
        if isinstance(owner, np.ndarray) and owner.dtype != object:
            self.hooks.setitem(self.spot, owner, index, value)
        elif isinstance(owner, np.flatiter):
            self._flat(owner, index, value)
        else:
            owner[index] = value
            self.hooks.naming.item(self.spot, index, value)

    def _flat(self, flat: np.flatiter, index: Any, value: Any) -> None:
        """``x.flat[index] = value`` writes the entries of x in the order of its axes."""
        array = flat.base
        chosen = np.arange(array.size)[index]
        if np.ndim(value) and np.shape(value) != np.shape(chosen):
            changes_of(self.hooks.tape, [array], self.spot, lambda: flat.__setitem__(index, value))
            return
        self.hooks.setitem(self.spot, array, np.unravel_index(chosen, array.shape), value)


def _sees_hooks(spaces: tuple[Any, ...]) -> bool:
    """Whether code that runs with these globals finds the hooks among its builtins."""
    space = spaces[0] if spaces else None
    given = space.get("__builtins__", builtins) if isinstance(space, dict) else builtins
    return given is builtins or given is vars(builtins)


def _meaning(name: str, function: Any, left: Any, right: Any) -> Any:
    """The NumPy function of an operator; for matrices some operators mean another one."""
    if name == "Mult" and is_matrix_product(left, right):
        return np.matmul
    if name == "Pow" and isinstance(left, np.matrix):
        return np.linalg.matrix_power
    return function


def _fits(result: Any, current: Any) -> bool:
    """Whether an in-place operation on an array can put its result there."""
    if not isinstance(current, np.ndarray):
        return True
    return np.shape(result) == current.shape and np.can_cast(
        result.dtype, current.dtype, "same_kind"
    )
