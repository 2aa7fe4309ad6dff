"""Performing a tape again: unchanged, at other parameter values, or in double precision.

A replay with nothing changed reproduces every recorded value bit for bit; that is the test of the
trace.  Values are computed functionally: a write in place makes a new value, and shares memory with
the old one only when nothing can look at the old one any more.
"""

from __future__ import annotations

import operator
import warnings
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.trace.primitives import (
    add_at,
    assigned,
    astype,
    laid_out,
    leaf,
    setitem,
    view,
    window,
    write_view,
)
from gradlint.trace.tape import Node, root_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    _Performer = Callable[[dict[int, Any]], Any]

_WRITES = {setitem, write_view, add_at, assigned}
_NARROW = (np.dtype(np.float32), np.dtype(np.float16))


class Unrepeatable(Exception):
    """An operation failed when it was performed again."""

    def __init__(self, node: Node, error: Exception) -> None:
        super().__init__(str(error))
        self.node, self.error = node, error


def ancestors(targets: Iterable[Node], stop: Iterable[Node] = ()) -> list[Node]:
    """The targets and everything they were computed from, in order of execution.

    Nodes in ``stop`` are included, their own ancestors are not.
    """
    halt = {node.index for node in stop}
    seen: dict[int, Node] = {}
    stack = list(targets)
    while stack:
        node = stack.pop()
        if node.index in seen:
            continue
        seen[node.index] = node
        if node.index not in halt:
            stack.extend(node.parents)
    return [seen[index] for index in sorted(seen)]


class Route:
    """What leads from given values to some targets: made once by who asks for the same again.

    For ``precise`` and ``bypassed`` see :func:`replay`.
    """

    def __init__(
        self,
        targets: Iterable[Node],
        given: Collection[Node] = (),
        *,
        precise: bool = False,
        bypassed: dict[Node, Node] | None = None,
    ) -> None:
        self.targets, self.precise = list(targets), precise
        order = ancestors(self.targets, stop=given)
        self.given = [node for node in order if node in given]
        self.kept = {node.index for node in self.targets}
        self.changed: set[int] = set()  # whatever is given
        # Operations with their indices, those of what they read, and how they are performed.
        self.steps: list[tuple[Node, int, list[int], _Performer]] = []
        for node in order:
            if node not in given:
                above, perform = [p.index for p in node.parents], performer(node, precise)
                if bypassed and node in bypassed:
                    self.changed.add(node.index)
                    above.append(node.index)
                    perform = operator.itemgetter(bypassed[node].index)
                self.steps.append((node, node.index, above, perform))
        # Who shares memory with whom matters where something is written into it.
        writes = any(node.function in _WRITES for node in order)
        self.uses = Counter(p for step in self.steps for p in step[2]) if writes else {}


def replay(
    targets: Iterable[Node],
    changes: dict[Node, Any] | None = None,
    *,
    precise: bool = False,
    bypassed: dict[Node, Node] | None = None,
) -> dict[int, Any]:
    """The values of the targets and of every value read on the way, by node index.

    ``changes`` gives other values to some nodes.  ``precise`` computes in float64 what the program
    computed in narrower floats.  What is ``bypassed`` hands on the value of one of its parents, as
    if the operation were not there.  Raises :class:`Unrepeatable` where an operation fails.
    """
    changes = changes or {}
    return replay_along(Route(targets, changes, precise=precise, bypassed=bypassed), changes)


def replay_along(route: Route, changes: dict[Node, Any]) -> dict[int, Any]:
    """The same along a route that is known: ``changes`` holds all that is given there."""
    # The program has heard its warnings once; nobody hears those of a replay.
    with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
        return _Replay(route, changes).run()


class _Replay:
    def __init__(self, route: Route, changes: dict[Node, Any]) -> None:
        self.route = route
        self.values: dict[int, Any] = {}
        self.dirty = set(route.changed)  # values that may differ from the recorded ones
        for node in route.given:
            value = self.values[node.index] = changes[node]
            if value is not node.value:
                self.dirty.add(node.index)
        self.copies: dict[int, int] = {}  # buffers made by writes, and the live values in each
        self.inside: dict[int, list[int]] = {}  # values in them: the buffer, and the reads to come

    def run(self) -> dict[int, Any]:
        values, dirty, inside = self.values, self.dirty, self.inside
        for node, index, above, perform in self.route.steps:
            if node.function is leaf:
                values[index] = self._leaf(node)
                continue
            changed = not dirty.isdisjoint(above)
            if changed:
                dirty.add(index)
            if node.value is not None and not changed:
                values[index] = node.value
            else:
                try:
                    made = perform(values)
                    write = node.function in _WRITES and index not in self.route.changed
                    values[index] = self._write(node, made) if write else made
                except Exception as error:  # any operation may fail at other values
                    raise Unrepeatable(node, error) from error
            if self.copies:
                self._occupy(index, values[index])
                if not inside.keys().isdisjoint(above):
                    self._leave(node.parents)
        return values

    def _leaf(self, node: Node) -> Any:
        value = node.value
        if value is None:
            value = node.run()
        if self.route.precise and getattr(value, "dtype", None) in _NARROW:
            self.dirty.add(node.index)
            return value.astype(np.float64)
        return value

    # -- writing in place -------------------------------------------------------------------

    def _write(self, node: Node, rest: Any) -> Any:
        """A new value of a buffer, made in the memory of a copy that nobody else can see."""
        base = self.values[node.args[0].index]
        if not self._is_private(node.args[0]):
            base = np.array(base, order="K", subok=True)
        function = node.function
        if function is write_view:
            base = laid_out(base, rest[1].layout)
            window(base, rest[1])[...] = rest[0]
        elif function is setitem:
            operator.setitem(base, rest[0], rest[1])
        elif function is add_at:
            np.add.at(base, *rest)
        else:
            base[...] = rest[0]
        self.copies.setdefault(id(root_of(base)), 0)
        return base

    def _is_private(self, node: Node) -> bool:
        """Whether a value lies in a copy that nothing will look at any more but what comes next."""
        buffer, uses = self.inside.get(node.index, (0, 0))
        if uses != 1 or node.needed or node.index in self.route.kept:
            return False
        return self.copies[buffer] <= 1

    def _occupy(self, index: int, value: Any) -> None:
        """Note whether a value lies in a copy."""
        if isinstance(value, np.ndarray):
            buffer = id(value if value.base is None else root_of(value))
            if buffer in self.copies:
                self.copies[buffer] += 1
                self.inside[index] = [buffer, self.route.uses.get(index, 0)]

    def _leave(self, parents: Iterable[Node]) -> None:
        """Leave the copies of values that nothing has to read any more."""
        for parent in parents:
            place = self.inside.get(parent.index)
            if place is not None:
                place[1] -= 1
                if not place[1] and not parent.needed and parent.index not in self.route.kept:
                    self.copies[place[0]] -= 1


# -- one operation --------------------------------------------------------------------------------


def performer(node: Node, precise: bool) -> _Performer:
    """An operation as a function of the values before it, by index; made once for each node.

    Of a write, what is written and where.
    """
    known = node.again
    if known is None:
        known = node.again = {}
    if precise not in known:
        known[precise] = _performer(node, precise)
    return known[precise]


def _performer(node: Node, precise: bool) -> _Performer:
    run, args, kwargs = _widened(node) if precise else (node.run, node.args, node.kwargs)
    fill, named = _filler(args), _filler(tuple(kwargs.values()))
    if node.function in _WRITES:
        return _filler(args[1:])
    if kwargs:
        return lambda values: run(*fill(values), **dict(zip(kwargs, named(values), strict=True)))
    return lambda values: run(*fill(values))


def _filler(args: tuple[Any, ...]) -> Callable[[dict[int, Any]], Sequence[Any]]:
    """Arguments as a function of the values before them."""
    places = [(k, a.index) for k, a in enumerate(args) if type(a) is Node]
    if any(isinstance(a, (tuple, list)) and not _is_plain(a) for a in args):
        return lambda values: [_filled(a, values) for a in args]
    if not places:
        return lambda _values: args
    if len(places) == len(args) > 1:
        return operator.itemgetter(*(index for _, index in places))

    def fill(values: dict[int, Any]) -> list[Any]:
        filled = list(args)
        for place, index in places:
            filled[place] = values[index]
        return filled

    return fill


def _is_plain(tree: Any) -> bool:
    """Whether there is no node in a tuple or a list, and in those in it."""
    if isinstance(tree, (tuple, list)):
        return all(map(_is_plain, tree))
    return type(tree) is not Node


def _widened(node: Node) -> tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]:
    """An operation that computes in float64 what it made in narrower floats."""
    run, args, kwargs = node.run, node.args, node.kwargs
    if run in (np.float32, np.float16):
        return np.float64, args[:1], {}
    if node.function is astype and args[1] in _NARROW:
        args = (args[0], np.float64, *args[2:])
    if "dtype" in kwargs and np.dtype(kwargs["dtype"]) in _NARROW:
        kwargs = {**kwargs, "dtype": np.float64}
    return run, args, kwargs


def _filled(value: Any, values: dict[int, Any]) -> Any:
    """An argument with the values of the nodes in it."""
    if type(value) is Node:
        return values[value.index]
    if isinstance(value, (tuple, list)):
        return type(value)(_filled(part, values) for part in value)
    return value


__all__ = ["Route", "Unrepeatable", "ancestors", "replay", "replay_along", "view"]
