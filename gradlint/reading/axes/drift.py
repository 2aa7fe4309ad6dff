"""Updates after which a parameter holds another number of elements than before."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np

from gradlint.reading.axes.rebound import rebound
from gradlint.reading.graph import carry_path
from gradlint.structs import struct

if TYPE_CHECKING:
    from gradlint.reading.axes.scope import Seen
    from gradlint.trace.tape import Node


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
        if old.size == new.size or old.index in changed or old.index in found:
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
    pairs += rebound(seen.graph, seen.end, learned)
    return sorted(pairs, key=lambda pair: pair[1].index)


def _is_a_zero(node: Node) -> bool:
    """Whether a parameter starts as one zero, which stands for zeros of the model's shape."""
    return node.size == 1 and not np.any(node.value)


def _is_number_in_array(old: Node, new: Node) -> bool:
    """Whether a number other than zero became an array that holds one number."""
    return old.shape == () and new.shape != () and new.size == 1 and bool(np.any(old.value))


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
