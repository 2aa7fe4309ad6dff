"""What instrumented code calls: each hook does the user's operation, then tells the tape.

A hook never changes a result, never swallows an exception, and costs a few microseconds.  What a
called function means to the tape is the business of ``calls``.
"""

from __future__ import annotations

import operator
import types
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from gradlint.source.spots import Spot
from gradlint.trace.calls import Calls, elements
from gradlint.trace.deadline import stop
from gradlint.trace.primitives import assigned, leaf, setitem
from gradlint.trace.tape import Node, Tape, is_traceable

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
_NAMED_ELEMENTS = 256  # containers longer than this are data, their elements get no names


class Hooks:
    """The object that instrumented code knows as ``__gradlint__``.

    ``enough`` is asked now and then (at loop heads and calls, at doubling sizes of the tape)
    whether the program may be stopped.
    """

    slice = slice

    def __init__(
        self, tape: Tape, spots: list[Spot], enough: Callable[[Tape], bool] | None = None
    ) -> None:
        self.tape = tape
        self.spots = spots
        self.enough = enough
        self.next_look = 64
        self.stopped = False
        self.pending: dict[str, Any] = {}
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
                meaning = np.matmul if name == "Mult" and _is_matrix(left, right) else function
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
        if not isinstance(target, np.ndarray):
            result = in_place(target, value)
            if is_traceable(result) and (is_traceable(target) or is_traceable(value)):
                args = (self.tape.reference(target), self.tape.reference(value))
                self.tape.record(function, args, {}, result, self.spots[spot], run)
            return self._named(self.spots[spot], result)
        tape = self.tape
        if name == "Mult" and _is_matrix(target, value):
            function = np.matmul
        args = (tape.reference(target), tape.reference(value))
        if name not in _LINEAR:
            args[0].needed = True
        if isinstance(args[1], Node):
            args[1].needed = True
        # A failing in-place operation leaves its target as it was: at worst a copy was made in vain.
        tape.before_write(target)
        result = in_place(target, value)
        node = tape.record(
            function, args, {}, result, self.spots[spot], _InPlace(run), reads=False
        )
        if result is target:
            tape.wrote(target, node)
        return self._named(self.spots[spot], result)

    def _named(self, spot: Spot, result: Any) -> Any:
        target = spot.targets[0] if spot.targets else None
        if isinstance(target, str) and is_traceable(result):
            self.tape.name(result, target)
        return result

    # -- subscripts and attributes ----------------------------------------------------------

    def getitem(self, spot: int, owner: Any, index: Any) -> Any:
        """``owner[index]``."""
        result = owner[index]
        if isinstance(owner, np.ndarray) and is_traceable(result):
            if id(result) not in self.tape.known or result is not self.tape.known[id(result)][0]:
                args = (self.tape.lookup(owner), self.tape.reference(index))
                basic = isinstance(result, np.ndarray) and result.base is not None
                self.tape.record(
                    operator.getitem, args, {}, result, self.spots[spot], reads=not basic
                )
        elif owner is np.c_ or owner is np.r_:
            self.calls.concatenated(self.spots[spot], owner, index, result)
        return result

    def store(self, spot: int, owner: Any) -> Any:
        """What ``owner[index] = value`` stores into: arrays and containers tell the tape."""
        if isinstance(owner, (np.ndarray, dict, list)):
            return _Store(self, self.spots[spot], owner)
        return owner

    def setitem(self, spot: Spot, owner: np.ndarray, index: Any, value: Any) -> None:
        """``owner[index] = value`` on an array."""
        tape = self.tape
        args = (tape.lookup(owner), tape.reference(index), tape.reference(value))
        for part in args[1:]:
            if isinstance(part, Node):
                part.needed = True
        tape.before_write(owner)
        owner[index] = value
        tape.wrote(owner, tape.record(setitem, args, {}, owner, spot, reads=False))

    def augmented_item(self, spot: int, name: str, owner: Any, index: Any, value: Any) -> None:
        """``owner[index] op= value``."""
        current = self.getitem(spot, owner, index)
        place = self.spots[spot]
        if isinstance(owner, np.ndarray):
            function, run, _ = _BINARY[name]
            tape = self.tape
            args = (tape.reference(current), tape.reference(value))
            result = run(current, value)
            if is_traceable(result):
                tape.record(function, args, {}, result, place, run, reads=name not in _LINEAR)
            self.setitem(place, owner, index, result)
            return
        result = self.augmented(spot, name, current, value)
        owner[index] = result
        self._name_item(place, owner, index, result)

    def augmented_attribute(
        self, spot: int, name: str, owner: Any, attribute: str, value: Any
    ) -> None:
        """``owner.attribute op= value``."""
        result = self.augmented(spot, name, getattr(owner, attribute), value)
        setattr(owner, attribute, result)
        if is_traceable(result):
            self.tape.held.append((owner, attribute, self.tape.lookup(result)))

    def attribute(self, spot: int, owner: Any, name: str) -> Any:
        """``owner.T`` and the other attributes that make arrays of arrays."""
        result = getattr(owner, name)
        if isinstance(owner, np.ndarray) and is_traceable(result) and result is not owner:
            self.calls.attribute(self.spots[spot], owner, name, result)
        return result

    # -- binding names ----------------------------------------------------------------------

    def fresh(self, value: Any) -> Any:
        """A number literal as an object of its own."""
        return float.__new__(_Float, value).__pos__() if type(value) is float else value

    def bind(self, spot: int, value: Any) -> Any:
        """``target = value``: the value learns the target's name."""
        for target in self.spots[spot].targets:
            value = self._bind(self.spots[spot], target, value)
        return value

    def _bind(self, spot: Spot, target: Any, value: Any) -> Any:
        if isinstance(target, str):
            self._bind_one(spot, target, value)
        elif isinstance(target, tuple):
            if isinstance(value, np.ndarray) and value.ndim and len(value) == len(target):
                value = list(elements(self.tape, value, spot))
            if isinstance(value, (tuple, list)) and None not in target:
                for part, element in zip(target, value, strict=False):
                    self._bind(spot, part, element)
        return value

    def _bind_one(self, spot: Spot, target: str, value: Any) -> None:
        if target[-1] == "]":
            return  # a subscript: the store knows the key's value
        if is_traceable(value):
            self.tape.name(value, target)
        elif type(value) is int:
            self.tape.integers.setdefault(target, (value, spot))
            self._count(target, value)
        elif isinstance(value, (list, tuple, dict)):
            self._name_elements(target, value)
        elif type(value).__module__ != "builtins" and not isinstance(
            value, (types.ModuleType, type)
        ):
            self.tape.owners.setdefault(id(value), (value, target))
        if "." in target:
            self.pending[target] = value

    def _name_elements(self, target: str, value: Any) -> None:
        if len(value) > _NAMED_ELEMENTS:
            return
        items: Iterable[tuple[Any, Any]] = (
            value.items() if isinstance(value, dict) else enumerate(value)
        )
        for key, element in items:
            text = f"{target}[{key!r}]"
            if is_traceable(element) or type(element) in (list, tuple, dict):
                self._bind_named(text, element)
            elif type(element).__module__ not in ("builtins", "numpy"):
                self.tape.owners.setdefault(id(element), (element, text))

    def _bind_named(self, text: str, element: Any) -> None:
        if is_traceable(element):
            self.tape.name(element, text)
        else:
            self._name_elements(text, element)

    def _name_item(self, spot: Spot, owner: Any, key: Any, value: Any) -> None:
        if isinstance(key, (str, int, tuple)):
            target = spot.node
            if hasattr(target, "target"):
                target = target.target
            self._bind_named_or_owner(f"{spot.file.text_of(target.value)}[{key!r}]", value)

    def _bind_named_or_owner(self, text: str, value: Any) -> None:
        if is_traceable(value):
            self.tape.name(value, text)
        elif isinstance(value, (list, tuple, dict)):
            self._name_elements(text, value)

    def owner(self, spot: int, owner: Any) -> Any:
        """The object of an attribute target: remembers who holds which array."""
        place = self.spots[spot]
        value = self.pending.pop(place.text, None)
        if value is not None:
            if is_traceable(value):
                self.tape.held.append((owner, place.node.attr, self.tape.lookup(value)))
            else:
                self.tape.owners.setdefault(id(value), (value, place.text))
                self._hold_elements(owner, place.node.attr, value)
        return owner

    def _hold_elements(self, owner: Any, attribute: str, value: Any) -> None:
        if isinstance(value, (list, tuple, dict)) and len(value) <= _NAMED_ELEMENTS:
            pairs = value.items() if isinstance(value, dict) else enumerate(value)
            for key, element in pairs:
                if is_traceable(element):
                    name = f"{attribute}[{key!r}]"
                    self.tape.held.append((owner, name, self.tape.lookup(element)))

    # -- loops ------------------------------------------------------------------------------

    def iterate(self, spot: int, iterable: Any) -> Any:
        """What a ``for`` runs over: rows of traced arrays are traced, items learn their names."""
        if isinstance(iterable, (str, bytes, dict)):
            return iterable
        return self._iterate(self.spots[spot], iterable)

    def _iterate(self, spot: Spot, iterable: Any) -> Iterator[Any]:
        target = spot.targets[0]
        source: Any = iterable
        if isinstance(iterable, np.ndarray) and iterable.ndim:
            source = elements(self.tape, iterable, spot)
        for item in source:
            self.look()
            if isinstance(target, tuple):
                if isinstance(item, np.ndarray) and item.ndim and len(item) == len(target):
                    item = tuple(elements(self.tape, item, spot))
                if isinstance(item, tuple) and len(item) == len(target):
                    for part, element in zip(target, item, strict=True):
                        if isinstance(part, str) and is_traceable(element):
                            self.tape.name(element, part)
                        elif isinstance(part, str) and type(element) is int:
                            self._count(part, element)
            elif isinstance(target, str):
                if is_traceable(item):
                    self.tape.name(item, target)
                elif type(item) is int:
                    self._count(target, item)
            yield item

    def _count(self, name: str, value: int) -> None:
        tape = self.tape
        tape.counters.append((len(tape.nodes), tape.frame, name, value))

    def tick(self, _spot: int, test: Any) -> Any:
        """The test of a ``while``: a loop head is a good place to stop."""
        self.look()
        return test

    def look(self) -> None:
        """Stop the program if enough has been seen."""
        if self.stopped:
            stop()
        size = len(self.tape.nodes)
        if size < self.next_look:
            return
        self.next_look = size + max(64, size // 2)
        if size > self.tape.limit or (self.enough is not None and self.enough(self.tape)):
            self.stopped = True
            stop()


class _Float(float):
    """A float subclass: its unary plus makes a plain float that is a new object."""


class _InPlace:
    """An operation whose result takes the dtype of its first argument, as in-place ones do."""

    def __init__(self, run: Callable[[Any, Any], Any]) -> None:
        self.run = run

    def __call__(self, target: Any, value: Any) -> Any:
        result = self.run(target, value)
        if getattr(result, "dtype", None) == getattr(target, "dtype", None):
            return result
        return assigned(target, result)


class _Store:
    """Stands for a container while an item of it is assigned."""

    __slots__ = ("hooks", "owner", "spot")

    def __init__(self, hooks: Hooks, spot: Spot, owner: Any) -> None:
        self.hooks, self.spot, self.owner = hooks, spot, owner

    def __setitem__(self, index: Any, value: Any) -> None:
        if isinstance(self.owner, np.ndarray) and self.owner.dtype != object:
            self.hooks.setitem(self.spot, self.owner, index, value)
            return
        self.owner[index] = value
        self.hooks._name_item(self.spot, self.owner, index, value)


def _is_matrix(left: Any, right: Any) -> bool:
    return isinstance(left, np.matrix) or (
        isinstance(right, np.matrix) and not np.isscalar(left)
    )


__all__ = ["Hooks"]
