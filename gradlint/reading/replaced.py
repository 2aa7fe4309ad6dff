"""What the forward pass reads and the step replaces, and that is none of its parameters.

Nothing vanishes: where the next step reads another array in the place of one, that array is a
parameter with a verdict, or a state with its kind, or fresh data.  This module finds the pairs and
says what the graph knows of them; whether one should have learned is not for it to know.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gradlint.reading.graph import carried
from gradlint.trace.replay import ancestors

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gradlint.reading.step import Step
    from gradlint.trace.tape import Node

_PATIENCE = 2000  # values that one may be carried over to
_FETCHES = {"getitem", "take"}


@dataclass(frozen=True, eq=False)
class Replaced:
    """An array as the studied step reads it, and what the next step reads in its place.

    ``carries``: the new value is the old one, moved or scaled.  ``learned``: it depends on what the
    step computed from its parameters.  ``reordered``: it holds the old one's rows in another order.
    """

    old: Node
    new: Node
    carries: bool
    learned: bool
    reordered: bool = False

    @property
    def name(self) -> str:
        """What the program calls the value."""
        return next((n for n in (*self.old.names, *self.new.names)), "")


def replaced(step: Step, values: Iterable[Node]) -> Iterator[Replaced]:
    """All given arrays below some values of the forward pass that the next step has others for."""
    graph = step.graph
    below = {node.index: node for node in ancestors(values, stop=step.olds)}
    learned = graph.descendants(step.olds)
    news = {update.new.index for line in step.lineages for update in line.updates}
    given: dict[tuple[int, str, int], Node] = {}
    for index in sorted(below):
        for key, parent in _reads(below[index]):
            given.setdefault(key, parent)
    after: dict[tuple[int, str, int], Node] = {}
    for node in graph.nodes[step.end + 1 :]:
        for key, parent in _reads(node):
            if key in given:
                after.setdefault(key, parent)
    seen = set()
    for key, old in given.items():
        new = after.get(key)
        if new is None or new is old or (old.index, new.index) in seen:
            continue
        seen.add((old.index, new.index))
        if old.index in learned or new.index in news or new.index <= old.index:
            continue
        if old.shape == new.shape and new.dtype is not None and new.dtype.kind == "f":
            way = _way(graph.readers, old, new)
            yield Replaced(old, new, way == "carried", new.index in learned, way == "reordered")


def _reads(node: Node) -> Iterator[tuple[tuple[int, str, int], Node]]:
    """The arguments of an operation, each with the place where it is read."""
    if node.spot is not None:
        name = getattr(node.function, "__name__", "")
        for position, parent in enumerate(node.parents):
            yield (id(node.spot), name, position), parent


def _way(readers: list[list[Node]], old: Node, new: Node) -> str:
    """How an old value goes over into a new one: not at all, one to one, or in another order."""
    seen, stack = {old.index: "carried"}, [old]
    while stack and len(seen) < _PATIENCE:
        node = stack.pop()
        for reader in readers[node.index]:
            if reader.index in seen or reader.index > new.index or node not in carried(reader):
                continue
            fetches = getattr(reader.function, "__name__", "") in _FETCHES
            seen[reader.index] = "reordered" if fetches else seen[node.index]
            if reader is new:
                return seen[reader.index]
            if reader.shape == old.shape:
                stack.append(reader)
    return ""
