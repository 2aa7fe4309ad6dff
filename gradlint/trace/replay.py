"""Performing a tape again: unchanged, at other parameter values, or in double precision.

A replay with nothing changed reproduces every recorded value bit for bit; that is the test of the
trace.  Values are computed functionally: a write in place makes a new value, and shares memory with
the old one only when nothing can look at the old one any more.
"""

from __future__ import annotations

import operator
import warnings
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
    from collections.abc import Callable, Iterable

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


def replay(
    targets: Iterable[Node],
    changes: dict[Node, Any] | None = None,
    *,
    precise: bool = False,
    bypassed: dict[Node, Node] | None = None,
    order: list[Node] | None = None,
) -> dict[int, Any]:
    """The values of the targets and of every value read on the way, by node index.

    ``changes`` gives other values to some nodes.  ``precise`` computes in float64 what the program
    computed in narrower floats.  What is ``bypassed`` hands on the value of one of its parents, as
    if the operation were not there.  ``order`` is what :func:`ancestors` gives of the targets up to
    the changes: for who asks for the same again.  Raises :class:`Unrepeatable` where an operation
    fails.
    """
    changes = changes or {}
    targets = list(targets)
    if order is None:
        order = ancestors(targets, stop=changes)
    return _Replay(order, targets, changes, precise, bypassed or {}).run()


class _Replay:
    def __init__(
        self,
        order: list[Node],
        targets: list[Node],
        changes: dict[Node, Any],
        precise: bool,
        bypassed: dict[Node, Node],
    ) -> None:
        self.order, self.changes, self.precise = order, changes, precise
        self.bypassed = bypassed
        self.values: dict[int, Any] = {}
        self.dirty: set[int] = set()  # values that may differ from the recorded ones
        # Who shares memory with whom matters where something is written into it.
        self.writes = any(node.function in _WRITES for node in order)
        self.kept = {node.index for node in targets}
        self.uses: dict[int, int] = {}
        self.residents: dict[int, int] = {}  # live values in each freshly made buffer
        self.lasting: set[int] = set()  # buffers of recorded and given values: never written into
        for node in order if self.writes else ():
            for parent in node.parents:
                self.uses[parent.index] = self.uses.get(parent.index, 0) + 1

    def run(self) -> dict[int, Any]:
        # The program has heard its warnings once; nobody hears those of a replay.
        with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
            for node in self.order:
                made = self._settle(node)
                if self.writes:
                    self._occupy(node, made)
        return self.values

    def _settle(self, node: Node) -> bool:
        """Give a node its value; return whether it was made anew."""
        index, values, dirty = node.index, self.values, self.dirty
        if node in self.changes:
            given = values[index] = self.changes[node]
            if given is not node.value:
                dirty.add(index)
            return False
        if node.function is leaf:
            values[index] = self._leaf(node)
            return False
        if node in self.bypassed:
            dirty.add(index)
            values[index] = values[self.bypassed[node].index]
            return True
        for parent in node.parents:
            if parent.index in dirty:
                dirty.add(index)
                break
        else:
            if node.value is not None:
                values[index] = node.value
                return False
        try:
            write = node.function in _WRITES
            values[index] = self._write(node) if write else performer(node, self.precise)(values)
        except Unrepeatable:
            raise
        except Exception as error:  # any operation may fail at other values
            raise Unrepeatable(node, error) from error
        return True

    def _leaf(self, node: Node) -> Any:
        value = node.value
        if value is None:
            value = node.run()
        if self.precise and getattr(value, "dtype", None) in _NARROW:
            self.dirty.add(node.index)
            return value.astype(np.float64)
        return value

    # -- writing in place -------------------------------------------------------------------

    def _write(self, node: Node) -> Any:
        """A new value of a buffer, made in its own memory if nobody else can see it."""
        base_node = node.args[0]
        base = self.values[base_node.index]
        rest = [_filled(a, self.values) for a in node.args[1:]]
        if not self._is_private(base_node, base):
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
        return base

    def _is_private(self, node: Node, value: Any) -> bool:
        if not isinstance(value, np.ndarray) or id(root_of(value)) in self.lasting:
            return False
        if node.index in self.kept or self.uses.get(node.index, 0) != 1 or node.needed:
            return False
        return self.residents.get(id(root_of(value)), 0) <= 1

    def _occupy(self, node: Node, made: bool) -> None:
        """Note which buffer a value lies in, and leave those of values that are done with."""
        value = self.values[node.index]
        array = isinstance(value, np.ndarray)
        if array and not made:
            self.lasting.add(id(root_of(value)))
        if node in self.changes or node.function is leaf:
            return
        if array:
            key = id(root_of(value))
            self.residents[key] = self.residents.get(key, 0) + 1
        for parent in node.parents:
            index = parent.index
            self.uses[index] -= 1
            if not self.uses[index] and not parent.needed and index not in self.kept:
                gone = self.values.get(index)
                if isinstance(gone, np.ndarray):
                    self.residents[id(root_of(gone))] = self.residents.get(id(root_of(gone)), 1) - 1


# -- one operation --------------------------------------------------------------------------------


def performer(node: Node, precise: bool) -> Callable[[dict[int, Any]], Any]:
    """An operation as a function of the values before it, by index; made once for each node."""
    known = node.again
    if known is None:
        known = node.again = {}
    if precise not in known:
        known[precise] = _performer(node, precise)
    return known[precise]


def _performer(node: Node, precise: bool) -> Callable[[dict[int, Any]], Any]:
    run, args, kwargs = _widened(node) if precise else (node.run, node.args, node.kwargs)
    if args and not kwargs and all(type(a) is Node for a in args):
        get = operator.itemgetter(*(a.index for a in args))
        if len(args) == 1:
            return lambda values: run(get(values))
        return lambda values: run(*get(values))
    return lambda values: run(
        *[_filled(a, values) for a in args], **{k: _filled(v, values) for k, v in kwargs.items()}
    )


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


__all__ = ["Unrepeatable", "ancestors", "replay", "view"]
