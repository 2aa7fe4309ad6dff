"""Values that are made in one way of the same values: a function that is called once more.

``f(w)`` in the test of a line search and ``X @ w`` in the gradient compute the same output twice.
It knows the tape only, and nothing of what the values are for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.trace.tape import Node

if TYPE_CHECKING:
    from collections.abc import Iterable


class Alike:
    """The way each value is made, as a number: two values with one number are one value."""

    def __init__(self, nodes: list[Node]) -> None:
        self._nodes = nodes
        self._numbers: dict[Any, int] = {}
        self._found: list[int] = []

    def number(self, node: Node) -> int:
        """The number of the way a value is made."""
        while len(self._found) <= node.index:
            self._found.append(self._number_of(self._nodes[len(self._found)]))
        return self._found[node.index]

    def numbers(self, nodes: Iterable[Node]) -> set[int]:
        """The numbers of several values."""
        return {self.number(node) for node in nodes}

    def _number_of(self, node: Node) -> int:
        value = node.value
        if node.is_leaf and isinstance(value, np.ndarray) and value.dtype.kind in "iu":
            key: Any = ("indices", value.shape, value.tobytes())  # np.arange(n), made anew
        elif node.is_leaf:
            key = ("leaf", node.index)
        else:
            key = (node.function, self._key(node.args), self._key(tuple(node.kwargs.items())))
        try:
            return self._numbers.setdefault(key, len(self._numbers))
        except TypeError:  # an argument that has no hash
            return self._numbers.setdefault(("own", node.index), len(self._numbers))

    def _key(self, part: Any) -> Any:
        if isinstance(part, Node):
            return ("node", self._found[part.index])
        if isinstance(part, (tuple, list)):
            return tuple(map(self._key, part))
        if isinstance(part, slice):
            return ("slice", *map(self._key, (part.start, part.stop, part.step)))
        if isinstance(part, np.ndarray):
            return ("array", id(part))
        return (type(part), part)
