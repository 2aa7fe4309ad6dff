"""The tape: every NumPy operation a program performed, as a graph of values.

A program's values stay plain arrays and floats; the tape knows them *by identity* and keeps every
one of them alive, so an identity never comes to mean two things.  In-place operations make new
versions of a buffer; views know the buffer they look into, and a view that is older than its
buffer's last write is derived anew.  The tape does not know what any operation means.
"""

from __future__ import annotations

import math
import operator
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.structs import struct
from gradlint.trace.primitives import Geometry, geometry_of, leaf, view, write_view

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gradlint.source.spots import Spot


class Node:
    """One value: the operation that made it, its arguments, and where that was written.

    ``args`` and ``kwargs`` hold other nodes where the operation took traced values (also inside
    lists and tuples) and plain values elsewhere.  ``function`` is the NumPy function that says what
    the operation means, ``run`` the callable that performs it again bit for bit.  ``value`` is None
    once an in-place write has overwritten a value that nobody had read: a replay brings it back.
    ``parents`` are the traced values among the arguments, in order, repeated if used twice.
    """

    __slots__ = (
        "again", "args", "dtype", "frame", "function", "index", "kwargs", "names", "needed",
        "parents", "run", "shape", "spot", "stamp", "steady", "value",
    )  # fmt: skip

    def __init__(
        self,
        index: int,
        function: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        value: Any,
        spot: Spot | None,
        run: Callable[..., Any] | None,
        frame: int,
    ) -> None:
        self.index = self.stamp = index
        self.function, self.args, self.kwargs = function, args, kwargs
        self.value, self.spot, self.run, self.frame = value, spot, run or function, frame
        self.parents = _parents(args, kwargs)  # walked again and again: made once
        self.names: list[str] = []
        self.again: dict[bool, Callable[..., Any]] | None = None  # see ``trace/replay``
        self.needed = False  # some operation read the value, not only the shape
        self.steady = False  # an integer made of nothing but integers: the same in every replay
        self.shape: tuple[int, ...] = getattr(value, "shape", ())
        self.dtype = getattr(value, "dtype", None)
        if self.dtype is not None and self.dtype.kind in "iub":
            self.steady = all(parent.steady for parent in self.parents)

    def __repr__(self) -> str:
        name = getattr(self.function, "__name__", str(self.function))
        label = f" {self.names[0]}" if self.names else ""
        return f"<{self.index}{label}: {name} {self.shape}>"

    @property
    def size(self) -> int:
        """How many elements the value has."""
        return math.prod(self.shape)

    @property
    def is_float(self) -> bool:
        """Whether the value is a plain float or an array of floats."""
        return type(self.value) is float if self.dtype is None else self.dtype.kind == "f"

    @property
    def is_leaf(self) -> bool:
        """Whether the value came from outside: data, an initial parameter, a random draw."""
        return self.function is leaf


def _parents(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Node, ...]:
    found = _nodes_in(args)
    return tuple(chain(found, _nodes_in(kwargs.values())) if kwargs else found)


def _nodes_in(tree: Any) -> Iterator[Node]:
    for part in tree:
        if isinstance(part, Node):
            yield part
        elif isinstance(part, (tuple, list)):
            yield from _nodes_in(part)
        elif isinstance(part, slice):
            yield from _nodes_in((part.start, part.stop, part.step))


@dataclass(frozen=True, eq=False, slots=True)
class Invocation:
    """One call of a function of the user's: what it was given and what it returned.

    ``args`` and ``kwargs`` hold nodes for traced values and the objects themselves otherwise;
    ``frame`` is the number of the new frame, ``result`` the node of a traced result.
    """

    spot: Spot
    caller: int
    frame: int
    function: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    start: int
    result: Any


@struct(eq=False, frozen=False)
class Solved:
    """One call of a function of SciPy's that was given a function: a driver, perhaps."""

    function: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    start: int = 0
    end: float = math.inf  # of the operations that were recorded while it ran

    def holds(self, node: Node) -> bool:
        """Whether an operation was recorded while it ran."""
        return self.start <= node.index < self.end


class Tape:
    """Everything that was recorded, in order of execution.

    A tape that takes over from one ``before`` knows the names of what that one has seen, and keeps
    its values as they were.
    """

    def __init__(self, limit: int = 3_000_000, before: Tape | None = None) -> None:
        self.before = before
        self.origins: dict[int, Node] = {}  # a leaf's index -> the value on a tape before
        self.saved: set[int] = set()  # buffers that the tape before has copies of
        self.nodes: list[Node] = []
        self.limit = limit
        self.known: dict[int, tuple[Any, Node]] = {}
        self.written: dict[int, Node] = {}  # buffer -> its current version
        self.views: dict[int, list[Node]] = {}  # buffer -> values that lie in it
        self.frame = 0
        self.integers: dict[str, tuple[int, Spot]] = {}  # sizes the program gave names to
        # Objects that hold arrays, and their names; object -> (itself, its owner, attribute).
        self.owners: dict[int, tuple[Any, str]] = before.owners if before else {}
        self.members: dict[int, tuple[Any, Any, str]] = before.members if before else {}
        self.held: list[tuple[Any, str, Node]] = []  # (owner object, attribute, value)
        self.handed: list[tuple[Spot, Node]] = []  # places that put a value elsewhere as it is
        self.rounds: list[int] = []  # where each round of an outermost loop began
        self.counters: list[
            tuple[int, int, str, int]
        ] = []  # (when, frame, name, value) of integers
        self.bound: list[tuple[int, int, str, Node]] = []  # (when, frame, variable, its value)
        self.invocations: list[Invocation] = []
        self.solved: list[Solved] = []
        self.arguments: dict[int, dict[str, Node]] = {}  # frame -> its traced parameters by name
        self.decisions: list[Node] = []  # comparisons of scalars: control flow may hang on them
        self.remembered: dict[str, Any] = {}  # what others found out about it

    def __len__(self) -> int:
        return len(self.nodes)

    # -- recording --------------------------------------------------------------------------

    def record(
        self,
        function: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        value: Any,
        spot: Spot | None,
        run: Callable[..., Any] | None = None,
        *,
        reads: bool = True,
    ) -> Node:
        """Append one operation whose arguments are nodes already (see :meth:`reference`)."""
        node = Node(len(self.nodes), function, args, kwargs, value, spot, run, self.frame)
        self.nodes.append(node)
        if reads:
            for parent in node.parents:
                parent.needed = True
        self._know(value, node)
        if isinstance(value, (tuple, list)):
            for position, part in enumerate(value):
                if is_traceable(part) and id(part) not in self.known:
                    self.record(operator.getitem, (node, position), {}, part, spot)
        return node

    def _know(self, value: Any, node: Node) -> None:
        if isinstance(value, np.ndarray):
            self.known[id(value)] = (value, node)
            if value.base is not None:
                self.views.setdefault(id(root_of(value)), []).append(node)
        elif is_traceable(value):
            self.known[id(value)] = (value, node)

    def lookup(self, value: Any) -> Node:
        """The node of an array or float as it is now; an unknown one becomes a leaf or a view."""
        entry = self.known.get(id(value))
        if entry is None:
            return self._adopt(value)
        node = entry[1]
        if self.written and isinstance(value, np.ndarray):
            root = value if value.base is None else root_of(value)
            current = self.written.get(id(root))
            if current is not None and node.stamp < current.index:
                node = current if root is value else self._look_into(current, root, value)
                self.known[id(value)] = (value, node)
        return node

    def _adopt(self, value: Any) -> Node:
        if isinstance(value, np.ndarray) and value.base is not None:
            root = root_of(value)
            if root is not value:
                return self._look_into(self.lookup(root), root, value)
        node = self.record(leaf, (), {}, value, None)
        if self.before is not None:
            self.before.introduce(value, node, self)
        return node

    def introduce(self, value: Any, node: Node, after: Tape) -> None:
        """Tell the tape after this one what a value is called."""
        entry = self.known.get(id(value))
        if entry is not None:
            node.names.extend(name for name in entry[1].names if name not in node.names)
            after.origins.setdefault(node.index, entry[1])
            held = [(owner, name) for owner, name, old in self.held if old is entry[1]]
            after.held.extend((owner, name, node) for owner, name in held)
        if self.before is not None and not node.names:
            self.before.introduce(value, node, after)

    def _look_into(self, node: Node, root: Any, value: Any) -> Node:
        geometry = geometry_of(value, root)
        if geometry is None:  # another dtype of the same bytes: its history cannot be told
            return self.record(leaf, (), {}, value, None)
        return self.record(view, (node, geometry), {}, value, None, reads=False)

    def is_known(self, value: Any) -> bool:
        """Whether a float or array has been seen before."""
        return id(value) in self.known

    def reference(self, value: Any) -> Any:
        """An argument as the tape holds it: arrays and floats as nodes, containers alike."""
        kind = type(value)
        if kind is float or isinstance(value, (np.ndarray, np.number)):
            return self.lookup(value)
        if kind is list or kind is tuple:
            return kind(self._element(part) for part in value)
        if kind is slice:
            parts = (value.start, value.stop, value.step)
            if any(isinstance(p, np.generic) for p in parts):
                return slice(*(p.item() if isinstance(p, np.generic) else p for p in parts))
        if kind is memoryview and isinstance(value.obj, np.ndarray):
            return self.lookup(np.asarray(value))  # ``x.data``: another look into the same buffer
        if kind is bytes and id(value) in self.known:
            return self.known[id(value)][1]  # what ``x.tobytes()`` made
        return value

    def index(self, value: Any) -> Any:
        """A subscript as the tape holds it: NumPy integers that no replay changes are plain."""
        if isinstance(value, np.integer):
            node = self.lookup(value)
            return int(value) if node.steady else node
        if type(value) in (list, tuple):
            return type(value)(map(self.index, value))
        return self.reference(value)

    def _element(self, value: Any) -> Any:
        kind = type(value)
        if kind is float:
            entry = self.known.get(id(value))
            return value if entry is None else entry[1]
        if isinstance(value, (np.ndarray, np.number)) or kind is list or kind is tuple:
            return self.reference(value)
        return value

    # -- writing in place -------------------------------------------------------------------

    def before_write(self, target: np.ndarray) -> None:
        """Save what still needs the present contents of the buffer under ``target``."""
        root = root_of(target)
        if self.before is not None and id(root) not in self.saved:
            self.saved.add(id(root))
            if self.before.has_seen(root):
                self.before.before_write(root)
        current = self.lookup(root)
        for node in [current, *self.views.pop(id(root), ())]:
            if node.value is None:
                continue
            if node.needed or (node.function is leaf and node.run is leaf) or node.names:
                node.value = node.value.copy()
            else:
                node.value = None

    def has_seen(self, root: np.ndarray) -> bool:
        """Whether this tape, or one before it, holds values that lie in a buffer."""
        if id(root) in self.known or id(root) in self.views:
            return True
        return self.before is not None and self.before.has_seen(root)

    def relaid(self, array: np.ndarray, before: Node, old: np.ndarray, after: Node) -> None:
        """``array`` has got another shape: ``before`` is what it was, which ``old`` still shows."""
        before.value = old
        root = root_of(array)
        self.views.setdefault(id(root), []).append(before)
        if root is array and id(root) in self.written:
            self.written[id(root)] = after

    def wrote(self, target: np.ndarray, node: Node) -> None:
        """``node`` is the new value of ``target``, whose buffer has just been changed."""
        root = root_of(target)
        if root is not target:
            geometry = geometry_of(target, root)
            base = self.lookup(root)
            if geometry is None:
                whole = self.record(leaf, (), {}, root, node.spot)
            else:
                whole = self.record(
                    write_view, (base, node, geometry), {}, root, node.spot, reads=False
                )
            self.written[id(root)] = whole
            self.known[id(root)] = (root, whole)
            node.stamp = whole.index
        else:
            self.written[id(root)] = node
        self.known[id(target)] = (target, node)

    # -- names ------------------------------------------------------------------------------

    def name(self, value: Any, text: str) -> None:
        """A value was bound to a name, an attribute or a key."""
        node = self.lookup(value)
        if text not in node.names:
            node.names.append(text)
        if text.isidentifier():
            self.bound.append((len(self.nodes), self.frame, text, node))


def is_traceable(value: Any) -> bool:
    """Whether the tape follows values of this kind: arrays, NumPy numbers, Python floats."""
    return type(value) is float or isinstance(value, (np.ndarray, np.number))


def root_of(array: np.ndarray) -> np.ndarray:
    """The array that owns the memory an array looks into."""
    root, base = array, array.base
    while base is not None:
        if isinstance(base, np.ndarray):
            root = base
        elif isinstance(base, memoryview) and isinstance(base.obj, np.ndarray):
            root = base = base.obj
        elif type(base).__name__ != "DummyArray":  # as_strided hides its array behind one of these
            break
        base = base.base
    return root


__all__ = ["Geometry", "Node", "Tape", "is_traceable", "root_of"]
