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
    from collections.abc import Iterable

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
) -> dict[int, Any]:
    """The values of the targets and of every value read on the way, by node index.

    ``changes`` gives other values to some nodes.  ``precise`` computes in float64 what the program
    computed in narrower floats.  What is ``bypassed`` hands on the value of one of its parents, as
    if the operation were not there.  Raises :class:`Unrepeatable` where an operation fails.
    """
    changes = changes or {}
    targets = list(targets)
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
        self.kept = {node.index for node in targets}
        self.uses: dict[int, int] = {}
        self.residents: dict[int, int] = {}  # live values in each freshly made buffer
        self.lasting: set[int] = set()  # buffers of recorded and given values: never written into
        for node in order:
            for parent in node.parents:
                self.uses[parent.index] = self.uses.get(parent.index, 0) + 1

    def run(self) -> dict[int, Any]:
        # The program has heard its warnings once; nobody hears those of a replay.
        with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
            for node in self.order:
                self._settle(node)
        return self.values

    def _settle(self, node: Node) -> None:
        index = node.index
        if node in self.changes:
            given = self.changes[node]
            if given is not node.value:
                self.dirty.add(index)
            self._keep(index, given)
            return
        if node.function is leaf:
            self._keep(index, self._leaf(node))
            return
        if node in self.bypassed:
            self.dirty.add(index)
            self.values[index] = self.values[self.bypassed[node].index]
            self._release(node)
            return
        fresh = any(parent.index in self.dirty for parent in node.parents)
        if not fresh and node.value is not None:
            self._keep(index, node.value)
        else:
            if fresh:
                self.dirty.add(index)
            try:
                self.values[index] = self._perform(node)
            except Unrepeatable:
                raise
            except Exception as error:  # any operation may fail at other values
                raise Unrepeatable(node, error) from error
        self._release(node)

    def _keep(self, index: int, value: Any) -> None:
        self.values[index] = value
        if isinstance(value, np.ndarray):
            self.lasting.add(id(root_of(value)))

    def _leaf(self, node: Node) -> Any:
        value = node.value
        if value is None:
            value = node.run()
        if self.precise and getattr(value, "dtype", None) in _NARROW:
            self.dirty.add(node.index)
            return value.astype(np.float64)
        return value

    def _perform(self, node: Node) -> Any:
        function = node.function
        if function in _WRITES:
            return self._write(node)
        args = [self._argument(a) for a in node.args]
        if self.precise:
            if function is astype and args[1] in _NARROW:
                args[1] = np.float64
            if node.run in (np.float32, np.float16):
                return np.float64(args[0])
        kwargs = {name: self._argument(value) for name, value in node.kwargs.items()}
        if self.precise and "dtype" in kwargs and np.dtype(kwargs["dtype"]) in _NARROW:
            kwargs["dtype"] = np.float64
        return node.run(*args, **kwargs)

    def _argument(self, value: Any) -> Any:
        if isinstance(value, Node):
            return self.values[value.index]
        if isinstance(value, (tuple, list)):
            return type(value)(self._argument(part) for part in value)
        return value

    def _write(self, node: Node) -> Any:
        """A new value of a buffer, made in its own memory if nobody else can see it."""
        base_node = node.args[0]
        base = self.values[base_node.index]
        rest = [self._argument(a) for a in node.args[1:]]
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

    def _release(self, node: Node) -> None:
        value = self.values[node.index]
        if isinstance(value, np.ndarray):
            key = id(root_of(value))
            self.residents[key] = self.residents.get(key, 0) + 1
        for parent in node.parents:
            index = parent.index
            self.uses[index] -= 1
            if not self.uses[index] and not parent.needed and index not in self.kept:
                gone = self.values.get(index)
                if isinstance(gone, np.ndarray):
                    self.residents[id(root_of(gone))] = self.residents.get(id(root_of(gone)), 1) - 1


__all__ = ["Unrepeatable", "ancestors", "replay", "view"]
