"""The road from the gradients of a step to the new values of its parameters, as a part of the tape.

A road starts at ``roots``, values that hold a gradient, and ends at ``tops``, the new values before
a projection.  What else it reads is told apart here: states (made by the same place of an earlier
step, and handed on by this one), data (what the gradients themselves were made of), further arrays
(noise, anchors), and the parameters.  Whether a road is an optimiser's is not known here.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.reading.graph import Graph, is_scalar
from gradlint.structs import struct
from gradlint.trace.replay import replay

if TYPE_CHECKING:
    from gradlint.reading.lineage import Update
    from gradlint.reading.step import Step
    from gradlint.trace.tape import Node

_PROJECTING = {np.clip, np.maximum, np.minimum, np.round, np.where}
_SCALING = {np.multiply, np.true_divide}
LONGEST = 20_000  # operations that are driven again and again


@struct
class Span:
    """One training step on the tape: the operations after ``start``, up to ``end``."""

    start: int
    end: int


Executions = tuple[dict[tuple[int, Any], list["Node"]], dict[int, int]]


class Twins:
    """For values of one step those of another one, made by the same execution of the same place.

    Executions are counted from the end of a step: the first one may hold the setting up as well.
    """

    def __init__(self, graph: Graph, here: Span, there: Span) -> None:
        _, self._position = _by_place(graph, here)
        self._there, _ = _by_place(graph, there)

    def of(self, node: Node) -> Node | None:
        """The twin of a value, or None if there is none for sure."""
        key, position = _place(node), self._position.get(node.index)
        others = self._there.get(key, [])
        if position is None or position >= len(others):
            return None
        twin = others[position]
        return twin if twin.shape == node.shape else None


def _place(node: Node) -> tuple[int, Any]:
    return id(node.spot), node.function


def _by_place(graph: Graph, span: Span) -> Executions:
    """The executions of each place in a step, from its end, and where each stands among them."""
    if span not in graph.executions:
        found: dict[tuple[int, Any], list[Node]] = defaultdict(list)
        for node in reversed(graph.nodes[span.start + 1 : span.end + 1]):
            if node.spot is not None and not node.is_leaf:
                found[_place(node)].append(node)
        stands = {n.index: k for nodes in found.values() for k, n in enumerate(nodes)}
        graph.executions[span] = dict(found), stands
    known: Executions = graph.executions[span]
    return known


@struct(eq=False)
class Stage:
    """A step in which roads are driven, and the step before it, if the tape holds one."""

    step: Step
    span: Span
    earlier: Span | None


class Roads:
    """All roads of one step together: they may share a norm, a scale, a state.

    ``roots`` are the values that hold a gradient, for each parameter of the step.
    """

    def __init__(self, stage: Stage, roots: list[list[Node]]) -> None:
        self.stage, self.roots = stage, roots
        self.graph = stage.step.graph
        self.updates: list[Update] = [p.update for p in stage.step.parameters]
        self.olds = [update.old for update in self.updates]
        self.tops = [before_projection(self.graph, update) for update in self.updates]
        self.states: dict[Node, Node] = {}  # what is handed on, and what takes its place
        self._walk()

    # -- what is on the way -----------------------------------------------------------------

    def _walk(self) -> None:
        """Collect everything the new values are made of, back to what the step was given."""
        judged = [p for p, own in enumerate(self.roots) if own]
        stops = self._starts | {self.olds[p].index for p in judged}
        twins = None
        if self.stage.earlier is not None:
            twins = Twins(self.graph, self.stage.earlier, self.stage.span)
        reached = self.graph.descendants([self.graph.nodes[i] for i in self._starts])
        self.seen: set[int] = set()
        self.given: list[Node] = []  # older than the step, and no states
        stack = [self.tops[p] for p in judged]
        while stack:
            node = stack.pop()
            if node.index in self.seen:
                continue
            self.seen.add(node.index)
            if node.index in stops:
                continue
            if node.index <= self.stage.span.start:
                successor = twins.of(node) if twins is not None else None
                if successor is not None and successor.index in reached:
                    self.states[node] = successor
                    stack.append(successor)
                else:
                    self.given.append(node)
                continue
            stack.extend(node.parents)

    @cached_property
    def _starts(self) -> set[int]:
        return {n.index for nodes in self.roots for n in nodes}

    @cached_property
    def live(self) -> set[int]:
        """Indices of what changes with the gradients and their history."""
        sources = [n for nodes in self.roots for n in nodes] + list(self.states)
        found = {n.index for n in sources}
        for index in sorted(self.seen):
            if any(p.index in found for p in self.graph.nodes[index].parents):
                found.add(index)
        return found & self.seen

    @cached_property
    def sources(self) -> frozenset[int]:
        """What the gradients are computed from, in this step."""
        cut = [*self.olds, *self.states]
        roots = [n for nodes in self.roots for n in nodes]
        return self.graph.ancestors(roots, cut=cut) - {n.index for n in cut}

    @cached_property
    def tainted(self) -> set[int]:
        """Indices of what depends on data and not on the gradients."""
        outer = self._outer
        found: set[int] = set()
        for index in sorted(self.seen | self.sources):
            node = self.graph.nodes[index]
            if index in self.live or node in self.olds:
                continue
            made = any(p.index in found for p in node.parents)
            if index in outer or made or (node in self.given and self._is_made_of(node, outer)):
                found.add(index)
        return found

    @cached_property
    def _outer(self) -> set[int]:
        """The arrays that came from outside."""
        nodes = [self.graph.nodes[i] for i in self.sources]
        nodes += [node for node in self.given if node.is_leaf and node not in self.olds]
        return {n.index for n in nodes if _is_data(n) and not _is_mask(n, self._shapes)}

    def _is_made_of(self, node: Node, outer: set[int]) -> bool:
        return bool(node.shape) and not outer.isdisjoint(self.graph.ancestors([node]))

    @cached_property
    def frozen(self) -> list[Node]:
        """Data where a road reads it: kept as recorded while the road is driven."""
        inside = self.seen - self.tainted - {n.index for nodes in self.roots for n in nodes}
        read = {p.index for i in inside for p in self.graph.nodes[i].parents}
        return [self.graph.nodes[i] for i in sorted(read & self.tainted)]

    @cached_property
    def arrays(self) -> list[Node]:
        """Noise, and anchors (older values of a parameter): they turn round with the rest."""
        found = []
        began = min((i for i in self.seen if i in self.stage.step.dependent), default=0)
        began = max(began, self.stage.span.start)
        for index in sorted(self.seen - self.tainted):
            node = self.graph.nodes[index]
            fresh = node.is_leaf and index > began
            anchor = node in self.given and not node.is_leaf and node.shape in self._shapes
            if (fresh or anchor) and node.shape and node not in self.olds and _is_patternless(node):
                found.append(node)
        return found

    @cached_property
    def _shapes(self) -> set[tuple[int, ...]]:
        return {old.shape for old in self.olds}

    def span_of(self, position: int) -> list[Node]:
        """The operations between a gradient and its parameter's new value, in order."""
        own = self.graph.descendants(self.roots[position], until=self.tops[position].index)
        return [node for node in self.way_of(position) if node.index in own]

    def way_of(self, position: int) -> list[Node]:
        """All operations on gradients and on what is left of earlier ones, in order."""
        starts = {n.index for nodes in self.roots for n in nodes}
        below = self.graph.ancestors([self.tops[position]], after=self.stage.span.start)
        return [self.graph.nodes[i] for i in sorted((below & self.live) - starts)]

    def data_read(self, position: int) -> list[Node]:
        """The data that one road reads, other than places, masks and single numbers."""
        inside = {n.index for n in self.span_of(position)} - {n.index for n in self.roots[position]}
        parents = {p.index for i in inside for p in self.graph.nodes[i].parents}
        pure = self._pure(parents - self.live)
        return [self.graph.nodes[i] for i in sorted(pure & self.tainted)]

    def _pure(self, indices: set[int]) -> set[int]:
        """Values and what they are made of without the help of a gradient."""
        found, stack = set(indices), list(indices)
        while stack:
            node = self.graph.nodes[stack.pop()]
            if node.index in self.tainted or node.index <= self.stage.span.start:
                continue
            fresh = {p.index for p in node.parents} - found - self.live
            found |= fresh
            stack += fresh
        return found

    @cached_property
    def decisions(self) -> list[Node]:
        """Comparisons that depend on the gradients: the course of the program hung on them."""
        reached = self.graph.descendants([n for nodes in self.roots for n in nodes])
        inside = [d for d in self.graph.tape.decisions if d.index in reached]
        return [d for d in inside if d.index <= self.stage.span.end]

    @cached_property
    def recorded(self) -> dict[int, Any]:
        """The values of this step as they were, in double precision."""
        nodes = [*self.tops, *self.frozen, *self.arrays, *self.states, *self.olds]
        nodes += [n for roots in self.roots for n in roots]
        return replay(nodes, precise=True)

    @property
    def are_whole(self) -> bool:
        """Whether every gradient leads to its own parameter's new value."""
        return all(
            {n.index for n in roots} <= self.graph.ancestors([top])
            for roots, top in zip(self.roots, self.tops, strict=True)
        )

    @property
    def too_long(self) -> bool:
        """Whether it would take too long to go over them again and again."""
        return len(self.seen) > LONGEST


def before_projection(graph: Graph, update: Update) -> Node:
    """The new value of a parameter before it is clipped, masked or brought back to a length."""
    node, path = update.new, update.path
    while node is not update.old:
        function = node.function
        scaling = function in _SCALING and not any(
            is_scalar(a) and not _follows(graph, a, update.old) for a in node.args[:2]
        )
        if function not in _PROJECTING and not scaling:
            break
        below = [p for p in node.parents if p.index in path and p is not update.old]
        if not below:
            break
        node = max(below, key=lambda n: n.index)
    return node


def _follows(graph: Graph, value: Any, old: Node) -> bool:
    from gradlint.trace.tape import Node as Value

    return isinstance(value, Value) and old.index in graph.ancestors([value], after=old.index - 1)


def _is_data(node: Node) -> bool:
    """Whether an array of different numbers came from outside."""
    if not node.is_leaf or not node.shape or node.value is None:
        return False
    value = np.asarray(node.value)
    return value.dtype.kind in "fiuc" and value.size > 0 and bool(np.any(value != value.flat[0]))


def _is_mask(node: Node, shapes: set[tuple[int, ...]]) -> bool:
    """Whether an array of a parameter's shape only says which entries take part."""
    value = np.asarray(node.value)
    return node.shape in shapes and bool(np.all((value == 0) | (value == 1)))


def _is_patternless(node: Node) -> bool:
    value = None if node.value is None else np.asarray(node.value)
    if value is None or value.dtype.kind != "f" or value.size < 2:
        return False
    return not bool(np.all((value == 0) | (value == value.flat[np.argmax(value != 0)])))
