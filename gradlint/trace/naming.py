"""Which names, attributes and keys the program gives to its values: told to the tape.

Names are for the people who read findings, and for the places where objects hold their arrays;
what a value is never follows from its name.
"""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, Any

from gradlint.trace.tape import Tape, is_traceable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gradlint.source.spots import Spot
    from gradlint.trace.tape import Invocation, Node

_NAMED_ELEMENTS = 256  # containers longer than this are data, their elements get no names
_CONTAINERS = (list, tuple, dict)


class Naming:
    """Gives names to values as they are bound."""

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        self.pending: dict[str, Any] = {}  # values on their way into an attribute

    def bind(self, spot: Spot, target: Any, value: Any) -> None:
        """``target = value``, for a target that may be a tuple of targets."""
        if isinstance(target, str):
            self._bind_one(spot, target, value)
        elif isinstance(target, tuple) and isinstance(value, (tuple, list)) and None not in target:
            for part, element in zip(target, value, strict=False):
                self.bind(spot, part, element)

    def _bind_one(self, spot: Spot, target: str, value: Any) -> None:
        if target[-1] == "]":
            return  # a subscript: the store knows the key's value
        if is_traceable(value):
            self.tape.name(value, target)
        elif type(value) is int:
            self.tape.integers.setdefault(target, (value, spot))
            self.count(target, value)
        elif isinstance(value, _CONTAINERS):
            self._elements(target, value)
        elif "." not in target and _is_object(value):
            # (an attribute's is named a moment later, by the object that holds it)
            self.tape.owners.setdefault(id(value), (value, target))
        if "." in target:
            self.pending[target] = value

    def loop(self, target: Any, item: Any) -> None:
        """``for target in ...`` has come to ``item``."""
        if isinstance(target, tuple):
            if isinstance(item, (tuple, list)) and len(item) == len(target):
                for part, element in zip(target, item, strict=True):
                    self.loop(part, element)
        elif isinstance(target, str):
            if is_traceable(item):
                self.tape.name(item, target)
            elif type(item) is int:
                self.count(target, item)

    def count(self, name: str, value: int) -> None:
        """An integer was bound to a name: the index of a layer or of a time step, perhaps."""
        tape = self.tape
        tape.counters.append((len(tape.nodes), tape.frame, name, value))

    def item(self, spot: Spot, key: Any, value: Any) -> None:
        """``owner[key] = value``, written at a spot."""
        if not isinstance(key, (str, int, tuple)) or spot.node is None:
            return
        target = getattr(spot.node, "target", spot.node)
        text = f"{spot.file.text_of(target.value)}[{key!r}]"
        if is_traceable(value):
            self.tape.name(value, text)
        elif isinstance(value, _CONTAINERS):
            self._elements(text, value)

    def hold(self, spot: Spot, owner: Any) -> None:
        """``owner`` is the object of an attribute target: remember which arrays it holds."""
        value = self.pending.pop(spot.text, None)
        if value is None:
            return
        if is_traceable(value):
            node = self.tape.lookup(value)
            if node.spot is not None and node.spot.statement is not spot.statement:
                self.tape.handed.append((spot, node))
        self.attribute(owner, spot.node.attr, value)

    def built(self, owner: Any) -> None:
        """``owner`` was made by a constructor that nobody wrote: of a dataclass, of a namespace."""
        for attribute, value in getattr(owner, "__dict__", {}).items():
            self.attribute(owner, attribute, value)

    def attribute(self, owner: Any, attribute: str, value: Any) -> None:
        """A value is now an attribute of an object, however it came there."""
        if is_traceable(value):
            self.held(owner, attribute, value)
        elif _is_object(value) or isinstance(value, _CONTAINERS):
            self._member(value, owner, attribute)
            self._hold_elements(owner, attribute, value)

    def given(self, function: Any, args: tuple[Any, ...]) -> None:
        """Objects in a list that a function is given are known by its parameter, if by nothing."""
        for position, value in enumerate(args):
            if type(value) in (list, tuple) and value and _is_object(value[0]):
                names = getattr(getattr(function, "__code__", None), "co_varnames", ())
                if position < len(names):
                    self._elements(names[position], value)

    def held(self, owner: Any, attribute: str, value: Any) -> None:
        """An array is now an attribute of an object."""
        self.tape.held.append((owner, attribute, self.tape.lookup(value)))

    def _elements(self, target: str, value: Any) -> None:
        if len(value) > _NAMED_ELEMENTS:
            return
        for part, element in _parts(value):
            text = f"{target}{part}"
            if is_traceable(element):
                self.tape.name(element, text)
            elif type(element) in _CONTAINERS:
                self._elements(text, element)
            elif "." not in target and type(element).__module__ not in ("builtins", "numpy"):
                self.tape.owners.setdefault(id(element), (element, text))

    def _hold_elements(self, owner: Any, attribute: str, value: Any) -> None:
        if isinstance(value, _CONTAINERS) and len(value) <= _NAMED_ELEMENTS:
            for part, element in _parts(value):
                name = f"{attribute}{part}"
                if is_traceable(element):
                    self.held(owner, name, element)
                elif type(element) in _CONTAINERS:
                    self._hold_elements(owner, name, element)
                elif type(element).__module__ not in ("builtins", "numpy"):
                    self._member(element, owner, name)

    def _member(self, value: Any, owner: Any, name: str) -> None:
        """An object without a name of its own is known by what holds it first."""
        if id(value) not in self.tape.owners:
            self.tape.members.setdefault(id(value), (value, owner, name))


def users_names_first(tape: Tape) -> None:
    """Put what a value is called where it is used before what a helper called it for a moment.

    A helper is called in several places, or before the training begins: ``q`` of ``orthogonal`` is
    both ``U`` and ``V``.  A backward pass that is called in one place keeps its names.
    """
    calls = {call.frame: call for call in tape.invocations}
    places: dict[Any, set[int]] = {}
    for call in tape.invocations:
        places.setdefault(_code(call), set()).add(id(call.spot))
    begin = tape.rounds[0] if tape.rounds else 0
    frames: dict[Node, dict[str, int]] = {}
    for _, frame, text, node in tape.bound:
        frames.setdefault(node, {}).setdefault(text, frame)
    for node, bound in frames.items():
        if len(node.names) > 1:
            passing = {
                name
                for name, frame in bound.items()
                if frame in calls and (node.index < begin or len(places[_code(calls[frame])]) > 1)
            }
            node.names.sort(key=passing.__contains__)


def _code(call: Invocation) -> Any:
    return getattr(call.function, "__code__", None) or call.function


def _parts(value: Any) -> Iterable[tuple[str, Any]]:
    """What is written behind a container to get at each of its elements, and the element."""
    if isinstance(value, dict):
        return ((f"[{key!r}]", element) for key, element in value.items())
    fields = getattr(value, "_fields", None)  # of a named tuple
    if fields is not None and len(fields) == len(value):
        return ((f".{name}", element) for name, element in zip(fields, value, strict=True))
    return ((f"[{position}]", element) for position, element in enumerate(value))


def _is_object(value: Any) -> bool:
    """Whether a value is an instance of a class of somebody's."""
    known = isinstance(value, (types.ModuleType, type))
    return type(value).__module__ != "builtins" and not known
