"""Updates after which a parameter holds another number of elements than before."""

from __future__ import annotations

import itertools
from collections import defaultdict
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np

from gradlint.reading.graph import carry_path
from gradlint.reading.integers import integer_before
from gradlint.structs import struct

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.reading.axes.scope import Seen
    from gradlint.reading.graph import Graph
    from gradlint.trace.tape import Node

_INITIAL = 10  # a parameter's first value is made of no more operations than this


@struct(eq=False)
class Drift:
    """``node`` is the operation in which the parameter ``old`` takes another shape."""

    old: Node
    new: Node
    node: Node

    @property
    def read(self) -> Node:
        """What the forward pass reads: the old value, unless it is an integer, or the new one."""
        return self.old if self.old.index >= 0 else self.new


_FOUND: WeakKeyDictionary[Seen, list[Drift]] = WeakKeyDictionary()  # several mistakes ask


def drifts(seen: Seen) -> list[Drift]:
    """Find the first update of each parameter that changes how many elements it has."""
    if seen not in _FOUND:
        _FOUND[seen] = _drifts(seen)
    return _FOUND[seen]


def _drifts(seen: Seen) -> list[Drift]:
    if seen.before is not None:
        return []
    pairs = _replacements(seen)
    found: dict[int, Drift] = {}
    changed: set[int] = set()
    for old, new in pairs:
        if _size(old) == _size(new) or old.index in changed or old.index in found:
            continue
        drift = _drift(old, new)
        if drift is not None and (not _is_a_zero(old) or takes_samples(seen, drift.node)):
            found[old.index] = drift
            changed |= seen.graph.descendants([new])
    same = [pair for pair in pairs if _is_number_in_array(*pair)]
    for old, new in same if found else ():  # harmless by itself, but the same slip again
        drift = _drift(old, new)
        if drift is not None and old.index not in changed:
            found.setdefault(old.index, drift)
            changed |= seen.graph.descendants([new])
    return sorted(found.values(), key=lambda drift: drift.node.index)


def _replacements(seen: Seen) -> list[tuple[Node, Node]]:
    """(old, new): what is replaced, by an update or under its name, in the new ones' order."""
    pairs = [(u.old, u.new) for u in seen.updates]
    learned = frozenset() if seen.step is None else frozenset(seen.step.dependent)
    pairs += _rebound(seen.graph, seen.end, learned)
    return sorted(pairs, key=lambda pair: pair[1].index)


def _is_a_zero(node: Node) -> bool:
    """Whether a parameter starts as one zero, which stands for zeros of the model's shape."""
    return _size(node) == 1 and not np.any(node.value)


def _is_number_in_array(old: Node, new: Node) -> bool:
    """Whether a number other than zero became an array that holds one number."""
    return old.shape == () and new.shape != () and _size(new) == 1 and bool(np.any(old.value))


def _size(node: Node) -> int:
    return int(np.prod(node.shape, dtype=int))


def _drift(old: Node, new: Node) -> Drift | None:
    """The operation between two values in which a parameter takes another shape."""
    path = carry_path(new, {old.index}, old.index) if old.index >= 0 else [new]
    for node in reversed(path or ()):
        if node.shape != old.shape:
            return None if node.spot is None else Drift(old, new, node)
    return None


def takes_samples(seen: Seen, node: Node) -> bool:
    """Tell whether one of the axes that a parameter takes on runs over data, not over the model."""
    return seen.step is not None and any(
        axis is not None
        and not seen.axes.classes.is_unsure(axis)
        and not any(source.index in seen.model for source, _ in seen.axes.sources(axis))
        for axis in seen.axes.of(node)
    )


def _rebound(graph: Graph, end: int, learned: frozenset[int]) -> Iterator[tuple[Node, Node]]:
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
            if old.index < new.index <= end and _size(old) != _size(new):
                back = any(_size(later) == _size(old) for later in nodes[k + 2 :])
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
