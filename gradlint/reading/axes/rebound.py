"""Names that a program binds anew to what it learned, in another size than they began with.

Here an update is not told by what later reads of the tape, but by the name: ``b = b - rate * db``
whose ``b`` was the integer 0, or an attribute that holds another array from then on.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from typing import TYPE_CHECKING

from gradlint.reading.graph import carry_path
from gradlint.reading.integers import integer_before

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.reading.graph import Graph
    from gradlint.trace.tape import Node

_INITIAL = 10  # a parameter's first value is made of no more operations than this


def rebound(graph: Graph, end: int, learned: frozenset[int]) -> Iterator[tuple[Node, Node]]:
    """Values bound for good to the name of an initial value that they carry over and learned from.

    ``learned`` is what the studied step computed from its parameters.
    """
    for nodes in _namesakes(graph):
        whole = integer_before(nodes[0])
        if whole is not None and len(nodes) > 1 and nodes[0].index <= end:
            carried = carry_path(nodes[1], {nodes[0].index}, nodes[0].index) is not None
            if carried and _is_read_for(graph, nodes[0], nodes[1], learned):
                yield whole, nodes[0]
        for k, (old, new) in enumerate(itertools.pairwise(nodes)):
            if old.index < new.index <= end and old.size != new.size:
                back = any(later.size == old.size for later in nodes[k + 2 :])
                again = any(r.index > new.index for r in graph.readers[old.index])
                if not back and not again and _learns(graph, old, new, learned):
                    yield old, new


def _namesakes(graph: Graph) -> Iterator[list[Node]]:
    """The values that bear one name, one after the other."""
    labels: dict[str, list[Node]] = defaultdict(list)
    for node in graph.nodes:
        for name in node.names:
            if "." not in name:  # the same attribute may be that of another object
                labels[name].append(node)
    for owner, attribute, node in graph.tape.held:
        labels[f"{id(owner)}.{attribute}"].append(node)
    yield from labels.values()


def _is_initial(node: Node) -> bool:
    """Tell whether a value is made of a few operations, as what a program starts from is."""
    seen = {node.index}
    stack = [node]
    while stack and len(seen) <= _INITIAL:
        for parent in stack.pop().parents:
            if parent.index not in seen:
                seen.add(parent.index)
                stack.append(parent)
    return len(seen) <= _INITIAL


def _learns(graph: Graph, old: Node, new: Node, learned: frozenset[int]) -> bool:
    if not _is_initial(old):
        return False
    if carry_path(new, {old.index}, old.index) is None:
        return False
    return _is_read_for(graph, old, new, learned)


def _is_read_for(graph: Graph, old: Node, new: Node, learned: frozenset[int]) -> bool:
    """Whether a forward pass reads the old value, and the new one is made of what came of it.

    Or of other parameters: ``W2 + rate * hidden`` has lost the part that W2 has in it.
    """
    path = carry_path(new, {old.index}, old.index) or []
    inside = {node.index for node in path}
    younger = graph.ancestors([new], after=old.index)
    others = [r for r in graph.readers[old.index] if r.index not in inside]
    if any(r.index in younger for r in others):
        return True
    return new.index in learned and any(r.index < new.index for r in others)
