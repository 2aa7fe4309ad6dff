"""What the forward pass reads and the step replaces, and that is none of its parameters.

Nothing vanishes: where the next step reads another array in the place of one, that array is a
parameter with a verdict, or a state with its kind, or fresh data.  This module finds the pairs and
says what the graph knows of them; whether one should have learned is not for it to know.
"""

from __future__ import annotations

import bisect
import operator
from collections import defaultdict
from functools import cached_property
from itertools import islice, pairwise
from typing import TYPE_CHECKING

import numpy as np

from gradlint.reading.apart import is_rewritten
from gradlint.reading.graph import carry_path, squeezed
from gradlint.reading.lineage import Lineage, Term, Update
from gradlint.structs import struct
from gradlint.trace.replay import ancestors

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gradlint.reading.graph import Graph
    from gradlint.reading.step import Step
    from gradlint.trace.tape import Node

_CHAIN = 3  # values of one place that show how each is made of the one before
_NEAR = 60  # pairs of values behind two that are compared
_FETCHES = {operator.getitem, np.take}


@struct(eq=False)
class Replaced:
    """An array as the studied step reads it, and what the next step reads in its place.

    ``carries``: the new value is the old one, moved or scaled.  ``learned``: it depends on what the
    step computed from its parameters.  ``following`` is what the step after the next reads there.
    """

    old: Node
    new: Node
    carries: bool
    learned: bool
    following: Node | None = None


def replaced(step: Step, values: Sequence[Node]) -> list[Replaced]:
    """All given arrays below some values of the forward pass that the next step has others for.

    What only follows from another replacement (``X @ W`` from that of W) is not named.
    """
    moved = tuple((p.node.index, p.update.new.index) for p in step.parameters)
    key = moved, tuple(step.lineages), step.end, tuple(node.index for node in values)
    if key not in step.graph.replaced:  # many mistakes ask
        step.graph.replaced[key] = tuple(_replaced(step, values))
    return list(step.graph.replaced[key])


def _replaced(step: Step, values: Sequence[Node]) -> list[Replaced]:
    graph = step.graph
    pairs = _pairs(step, values)
    olds = {new: old for old, new, _ in pairs}
    below = _Below(graph, olds)
    known = _of_parameters(step) | graph.ancestors(values)
    learned = graph.descendants([parameter.node for parameter in step.parameters])
    found = []
    for old, new, following in pairs:
        if old.index in learned or new.index in known or new.index <= old.index:
            continue
        if not new.is_float:
            continue
        way, learns = _way(graph, old, new), new.index in learned
        if way or not (_is_made_alike(olds, old, new) or below.follows(old, new)):
            found.append(Replaced(old, new, way == "carried", learns, following))
    return found


def _of_parameters(step: Step) -> set[int]:
    """What the step's parameters become, in this step and in the others."""
    return {update.new.index for line in step.own_lineages for update in line.updates}


def _pairs(step: Step, values: Sequence[Node]) -> list[tuple[Node, Node, Node | None]]:
    """What one place reads in this step, in the next and in the one after, where that changes.

    A place that serves several layers reads one value after the other, in each step the same.  What
    it read before the parameters became what they are belongs to earlier steps.  Where it reads a
    plain number now and then (a unit that is off), its values have no such order.
    """
    below = ancestors(values, stop=[p.node for p in step.parameters])
    below = sorted(below, key=lambda node: node.index)
    began = bisect.bisect([n.index for n in below], max(old.index for old in step.olds))
    given = {**_in_turn(below[:began]), **_in_turn(below[began:])}
    pairs: dict[tuple[int, int], tuple[Node, Node, Node | None]] = {}
    for key, olds in given.items():
        following = [] if key[:2] in step.graph.ragged else _after(step, key, 2 * len(olds))
        for place, (old, new) in enumerate(zip(olds, following, strict=False)):
            if old is not new and squeezed(old.shape) == squeezed(new.shape):
                rest = following[place + len(olds) :]
                pairs.setdefault((old.index, new.index), (old, new, next(iter(rest), None)))
    return list(pairs.values())


def _in_turn(nodes: list[Node]) -> dict[tuple[int, str, int], list[Node]]:
    """What each place reads, one value after the other."""
    found: dict[tuple[int, str, int], list[Node]] = {}
    for node in nodes:
        for key, parent in _reads(node):
            if parent not in found.setdefault(key, [])[-1:]:
                found[key].append(parent)
    return found


def _after(step: Step, key: tuple[int, str, int], most: int) -> list[Node]:
    """What a place reads after a step, one value after the other, as far as is asked."""
    indices, values = step.graph.places[key]
    found: list[Node] = []
    for value in islice(values, bisect.bisect(indices, step.end), None):
        if value not in found[-1:]:
            if len(found) == most:
                break
            found.append(value)
    return found


def overwritten_lineages(graph: Graph) -> list[Lineage]:
    """Arrays from outside in whose place the program later reads what was made of them alone.

    Nothing of the old one is carried over.  What was such a step, and what is a state, a loss has
    to tell.
    """
    chains: dict[int, list[Node]] = {}
    began = next(iter(graph.tape.rounds), 0)
    for _, values in graph.places.values():
        known = list(islice(dict.fromkeys(values), _CHAIN))
        if _is_chain(graph, known, began):
            chains.setdefault(known[0].index, known)
    made = [n.index for chain in chains.values() for n in chain[1:]]
    for old, new in () if chains else _rebound(graph):
        chains[old.index] = [old, new]
    return [
        Lineage([Update(a, b, 0.0, [Term(1.0, b)], path={b.index}) for a, b in pairwise(chain)])
        for first, chain in sorted(chains.items())
        if first not in made
    ]


def _rebound(graph: Graph) -> Iterator[tuple[Node, Node]]:
    """Arrays that every round reads as they were, and what a round gave their name to instead.

    ``for p, g in pairs: p = -rate * g``: nothing reads the new value.  Of several of one shape the
    first belongs to the first.
    """
    rounds, taken = list(pairwise(graph.tape.rounds)), set[int]()
    if not rounds:
        return
    began, ended = max(rounds, key=lambda pair: pair[1] - pair[0])  # of the first loop that works
    unread = [
        n
        for n in graph.nodes[began:ended]
        if n.names and n.shape and not n.is_leaf and n.spot and not graph.readers[n.index]
    ]
    for old in graph.nodes[:began]:
        if any(reader.index > ended for reader in graph.readers[old.index]):
            free = (n for n in unread if n.index not in taken and _takes_its_name(graph, old, n))
            for new in islice(free, 1):
                taken.add(new.index)
                yield old, new


def _takes_its_name(graph: Graph, old: Node, new: Node) -> bool:
    """Whether a value was made of another one, in its shape and under a name of its."""
    alike = new.shape == old.shape and not set(old.names).isdisjoint(new.names)
    return alike and new.index in graph.descendants([old])


def _is_chain(graph: Graph, chain: list[Node], began: int) -> bool:
    """Whether each array was worked out from the one before, and is not that one moved.

    The first comes from outside, or was made before the rounds ``began``.
    """
    outside = chain[0].is_leaf or chain[0].index < began
    return (
        len(chain) > 1
        and outside
        and all(
            new.index in graph.descendants([old])
            and old.shape == new.shape
            and new.dtype is not None
            and new.is_float
            and not new.is_leaf
            and not _way(graph, old, new)
            for old, new in pairwise(chain)
        )
    )


def _is_made_alike(olds: dict[Node, Node], old: Node, new: Node) -> bool:
    """Whether both were made by the same operations, one of them of values that were replaced.

    A look at what is near, which settles most; what it does not see may still follow.
    """
    stack, seen = list(zip(old.parents, new.parents, strict=False)), set[tuple[int, int]]()
    while stack and len(seen) < _NEAR:
        mine, other = stack.pop()
        if mine is other or (mine.index, other.index) in seen:
            continue
        if olds.get(other) is mine:
            return True
        seen.add((mine.index, other.index))
        if mine.function is other.function:
            stack += zip(mine.parents, other.parents, strict=False)
    return False


class _Below:
    """Which replaced values each value was made of, and which of those that replaced them.

    A bit for every pair, in the order of the new ones: one way along the tape answers for all.
    """

    def __init__(self, graph: Graph, olds: dict[Node, Node]) -> None:
        self._graph, self._olds = graph, olds
        self._news = sorted(new.index for new in olds)

    def follows(self, old: Node, new: Node) -> bool:
        """Whether a value was made of a replaced one, as its successor of what replaced that."""
        olds, news = self._masks
        both = self._made_of(olds, old) & self._made_of(news, new)
        return bool(both >> bisect.bisect(self._news, old.index))

    @cached_property
    def _masks(self) -> tuple[list[int], list[int]]:
        """For each value what of the old ones it was made of, and of the new ones, itself too."""
        nodes = self._graph.nodes
        bits = {index: 1 << place for place, index in enumerate(self._news)}
        own: dict[int, int] = defaultdict(int)
        for new, old in self._olds.items():
            own[old.index] |= bits[new.index]
        olds, news = list[int](), list[int]()
        for node in nodes[: self._news[-1] + 1]:
            olds.append(self._made_of(olds, node) | own.get(node.index, 0))
            news.append(self._made_of(news, node) | bits.get(node.index, 0))
        return olds, news

    def _made_of(self, masks: list[int], node: Node) -> int:
        mask = 0
        for parent in node.parents:
            mask |= masks[parent.index]
        return mask


def _reads(node: Node) -> Iterator[tuple[tuple[int, str, int], Node]]:
    """The arguments of an operation, each with the place where it is read."""
    if node.spot is not None:
        name = getattr(node.function, "__name__", "")
        for position, parent in enumerate(node.parents):
            yield (id(node.spot), name, position), parent


def _way(graph: Graph, old: Node, new: Node) -> str:
    """How an old value goes over into a new one: not at all, one to one, or in another order."""

    def over(node: Node) -> Iterator[Node]:
        return (p for p in graph.carried(node) if p is old or p.shape == old.shape)

    path = carry_path(new, {old.index}, old.index, over=over)
    if path is None or is_rewritten(new, old):
        return ""
    return "reordered" if any(node.function in _FETCHES for node in path[:-1]) else "carried"
