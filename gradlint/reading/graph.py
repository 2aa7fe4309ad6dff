"""The tape as a graph: who reads whom, what depends on what, what an update carries over."""

from __future__ import annotations

import math
import operator
from collections import deque
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np

from gradlint.trace.primitives import add_at, assigned, astype, setitem, view, write_view
from gradlint.trace.tape import Node, Tape

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator

_PASSING = {
    view, astype, float, np.copy, np.array, np.asarray, np.asanyarray, np.ascontiguousarray,
    np.reshape, np.ravel, np.transpose, np.squeeze, np.expand_dims, np.clip, np.maximum,
    np.minimum, np.real, np.stack, np.concatenate, np.hstack, np.vstack, np.atleast_1d,
    np.atleast_2d, np.round,
}  # fmt: skip
Key = TypeVar("Key")
_VIEWS = (operator.getitem, np.transpose, view)
_KEPT = 1_000_000  # indices in answers that are remembered: a search asks the same again and again
_DEEP = 8  # operations between a weight matrix and the factor that brings it to a size


class Graph:
    """Readers and reachability on one tape."""

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        self.nodes = tape.nodes
        self.readers: list[list[Node]] = [[] for _ in tape.nodes]
        for node in tape.nodes:
            for parent in node.parents:
                readers = self.readers[parent.index]
                if not readers or readers[-1] is not node:
                    readers.append(node)
        self._children = [[reader.index for reader in readers] for readers in self.readers]
        self._parents = [tuple({p.index for p in node.parents}) for node in tape.nodes]
        self._below = _Answers[tuple[frozenset[int], float, frozenset[int]]]()
        self._above = _Answers[tuple[frozenset[int], int, frozenset[int]]]()
        self._carried: dict[int, tuple[Node, ...]] = {}
        self._decided: dict[int, float] = {}
        self.replaced: dict[tuple[object, ...], tuple[Any, ...]] = {}  # see ``reading/replaced``
        self.executions: dict[Any, Any] = {}  # see ``reading/road``

    def descendants(
        self, sources: Iterable[Node], cut: Iterable[Node] = (), until: float = math.inf
    ) -> frozenset[int]:
        """Indices of everything computed from the sources ``until`` one, the sources included.

        Nothing is followed through the nodes in ``cut``.
        """
        roots = frozenset(node.index for node in sources)
        closed = frozenset(node.index for node in cut)
        key = roots, until, closed
        known = self._below.get(key)
        if known is None:
            seen, stack, children = set(roots), list(roots), self._children
            while stack:
                for child in children[stack.pop()]:
                    if child not in seen and child <= until and child not in closed:
                        seen.add(child)
                        stack.append(child)
            known = self._below.keep(key, seen)
        return known

    @cached_property
    def places(self) -> dict[tuple[int, str, int], tuple[list[int], list[Node]]]:
        """What each argument of an operation at a place is, one execution after the other.

        The executions by their indices, and the values that they read.
        """
        found: dict[tuple[int, str, int], tuple[list[int], list[Node]]] = {}
        for node in self.nodes:
            if node.spot is not None:
                name = getattr(node.function, "__name__", "")
                for position, parent in enumerate(node.parents):
                    indices, values = found.setdefault((id(node.spot), name, position), ([], []))
                    indices.append(node.index)
                    values.append(parent)
        return found

    def ancestors(
        self, targets: Iterable[Node], after: int = -1, cut: Iterable[Node] = ()
    ) -> frozenset[int]:
        """Indices of everything the targets were computed from, younger than ``after``.

        Nothing is followed through the nodes in ``cut``.
        """
        roots = frozenset(node.index for node in targets)
        closed = frozenset(node.index for node in cut)
        key = roots, after, closed
        known = self._above.get(key)
        if known is None:
            seen, stack, parents = set(roots), list(roots), self._parents
            while stack:
                for parent in parents[stack.pop()]:
                    if parent > after and parent not in seen and parent not in closed:
                        seen.add(parent)
                        stack.append(parent)
            known = self._above.keep(key, seen)
        return known

    def way(self, start: Node, end: Node) -> set[int]:
        """Indices of what one value goes through into a later one, the first included."""
        way, parents = {start.index}, self._parents
        for index in sorted(self.ancestors([end], after=start.index)):
            if not way.isdisjoint(parents[index]):
                way.add(index)
        return way

    def decides(self, node: Node) -> float:
        """Index of the first decision that depends on a value; infinite if none does."""
        if node.index not in self._decided:
            ends, found, stack = self._decisions, math.inf, [node.index]
            seen = set(stack)
            while stack:
                for child in self._children[stack.pop()]:
                    if child in ends:
                        found = min(found, child)
                    if child < found and child not in seen:
                        seen.add(child)
                        stack.append(child)
            self._decided[node.index] = found
        return self._decided[node.index]

    @cached_property
    def _decisions(self) -> set[int]:
        return {node.index for node in self.tape.decisions}

    @cached_property
    def ragged(self) -> set[tuple[int, str]]:
        """The operations of the text that work on more values at some times than at others."""
        counts: dict[tuple[int, str], int] = {}
        found = set()
        for node in self.nodes:
            if node.spot is not None:
                key = id(node.spot), getattr(node.function, "__name__", "")
                if counts.setdefault(key, len(node.parents)) != len(node.parents):
                    found.add(key)
        return found

    def carried(self, node: Node) -> tuple[Node, ...]:
        """The arguments of a node that go over into it (see :func:`carried`)."""
        found = self._carried.get(node.index)
        if found is None:
            found = self._carried[node.index] = tuple(carried(node))
        return found


class _Answers(Generic[Key]):
    """The latest answers, as many as there is room for."""

    def __init__(self) -> None:
        self._known: dict[Key, frozenset[int]] = {}
        self._size = 0

    def get(self, key: Key) -> frozenset[int] | None:
        return self._known.get(key)

    def keep(self, key: Key, found: set[int]) -> frozenset[int]:
        answer = self._known[key] = frozenset(found)
        self._size += len(answer)
        while self._size > _KEPT and len(self._known) > 1:
            self._size -= len(self._known.pop(next(iter(self._known))))
        return answer


def carried(node: Node) -> Iterator[Node]:
    """The arguments whose value goes over into the result one to one, perhaps scaled or moved.

    ``w - g`` carries w over, ``w + g`` may carry either, ``0.99 * w`` carries w, a write into a
    buffer carries the rest of the buffer.
    """
    function, args = node.function, node.args
    if function is np.add:
        yield from _node_args(args[:2])
    elif function is np.subtract:
        yield from _node_args(args[:1])
    elif function in (np.multiply, np.true_divide):
        yield from _scaled(node)
    elif function is write_view:
        yield from _node_args(args[:2])
    elif function in (setitem, add_at):
        if function is add_at or not _is_whole(args[1]):
            yield args[0]
        yield from _node_args(args[2:])
    elif function is assigned or function is np.where:
        yield from _node_args(args[1:])
    elif function in _PASSING:
        yield from _flat(args)
    elif function is operator.getitem:
        yield from _node_args(args[:1])


def _is_whole(index: Any) -> bool:
    """Whether a write leaves nothing of the buffer: ``W[...] = new``, ``W[:] = new``."""
    parts = index if isinstance(index, tuple) else (index,)
    return all(
        part is Ellipsis or (isinstance(part, slice) and part == slice(None)) for part in parts
    )


def _node_args(args: Iterable[Any]) -> Iterator[Node]:
    return (a for a in args if isinstance(a, Node))


def _flat(args: Iterable[Any]) -> Iterator[Node]:
    for part in args:
        if isinstance(part, Node):
            yield part
        elif isinstance(part, (tuple, list)):
            yield from _flat(part)


def _scaled(node: Node) -> Iterator[Node]:
    """What a product or a quotient scales: by one number, or to a size or a pattern it is to have.

    Weights whose columns are brought back to a length, or pruned by a mask, are still the weights.
    """
    left, right = node.args[:2]
    pairs = [(left, right), (right, left)] if node.function is np.multiply else [(left, right)]
    for value, factor in pairs:
        if isinstance(value, Node) and (is_scalar(factor) or _restrains(factor, value)):
            yield value


def _restrains(factor: Any, value: Node) -> bool:
    """Whether a factor was made from a value to bring its rows to a size, or only masks it."""
    if not isinstance(factor, Node):
        return False
    if factor.shape == value.shape:
        return _is_mask(factor)
    if math.prod(factor.shape) >= math.prod(value.shape):
        return False
    frontier = [factor]
    for _ in range(_DEEP):
        frontier = [p for node in frontier for p in node.parents if p.index >= value.index]
        if value in frontier:
            return True
        if not frontier or len(frontier) > _DEEP:
            return False
    return False


def _is_mask(factor: Node) -> bool:
    """Whether an array holds only zeros and ones."""
    if factor.value is None:
        return False
    value = np.asarray(factor.value)
    if value.size and value.flat[0] not in (0, 1):  # most are not, and are asked again and again
        return False
    return value.dtype.kind in "biuf" and bool(np.all((value == 0) | (value == 1)))


def is_scalar(value: Any) -> bool:
    """Whether an argument holds one number."""
    return math.prod(value.shape) == 1 if isinstance(value, Node) else np.ndim(value) == 0


def squeezed(shape: Iterable[int]) -> tuple[int, ...]:
    """A shape without its axes of length 1: a bias of one unit may become a single number."""
    return tuple(n for n in shape if n != 1)


def number_of(value: Any) -> float:
    """The number that a scalar argument holds."""
    return float(np.asarray(getattr(value, "value", value)).reshape(-1)[0])


def index_at(index: Any, values: dict[int, Any]) -> Any:
    """A subscript with the numbers that were worked out for it, by the values at one point."""
    if isinstance(index, Node):
        return values.get(index.index, index.value)
    if isinstance(index, tuple | list):
        return type(index)(index_at(part, values) for part in index)
    return index


def updated_views(graph: Graph, old: Node, path: set[int]) -> Iterator[Node]:
    """An old value and the views of it through which it is updated: ``row = W[i]; row += ...``.

    ``path`` is that of the update: what else reads such a row has read the old value.
    """
    yield old
    for reader in graph.readers[old.index]:
        if reader.index in path and reader.function in _VIEWS:
            yield from updated_views(graph, reader, path)


def carry_path(
    new: Node,
    wanted: Container[int],
    oldest: int,
    barren: set[int] | None = None,
    over: Callable[[Node], Iterable[Node]] | None = None,
) -> list[Node] | None:
    """The shortest way from ``new`` back to one of ``wanted`` on which each value carries over.

    Returns the nodes from ``new`` down to the one found, or None.  ``barren`` are values that are
    known to lead to none of them; a search in vain adds to it.  ``over`` tells what goes over into
    a node: :meth:`Graph.carried` of whoever asks often.
    """
    over = over or carried
    queue = deque([new])
    came_from: dict[int, Node | None] = {new.index: None}
    while queue:
        node = queue.popleft()
        if node.index in wanted and node is not new:
            path = [node]
            step = came_from[node.index]
            while step is not None:
                path.append(step)
                step = came_from[step.index]
            return path[::-1]
        for parent in over(node):
            index = parent.index
            if index < oldest or index in came_from:
                continue
            if barren is None or index not in barren or index in wanted:
                came_from[index] = node
                queue.append(parent)
        if len(came_from) > 20_000:
            return None
    if barren is not None:
        barren.update(came_from)
    return None
