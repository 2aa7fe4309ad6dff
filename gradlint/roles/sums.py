"""A loss of several parts that the program never adds up: two heads, an error and a penalty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gradlint.roles.objective import Objective

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np

    from gradlint.trace.tape import Node


@dataclass(frozen=True, eq=False)
class Sum(Objective):
    """The first of the ``terms``, plus the others times their ``weights``."""

    terms: tuple[Objective, ...] = ()
    weights: tuple[float, ...] = ()

    def holds_at(self, values: dict[int, object]) -> bool:
        """Whether every term's link function is there, by the values at one point."""
        return all(term.holds_at(values) for term in self.terms)

    def seeds(self, values: dict[int, Any]) -> dict[Node, np.ndarray]:
        """The cotangents that start the reverse pass."""
        found: dict[Node, np.ndarray] = {}
        for term, weight in zip(self.terms, self.weights, strict=True):
            for node, seed in term.seeds(values).items():
                found[node] = found.get(node, 0.0) + weight * seed
        return found


def total(terms: Iterable[Objective], weight: float = 1.0) -> Sum:
    """The sum of objectives of one kind, the first of which comes last in ``pairs``."""
    first, *others = terms
    pairs = (*(pair for term in others for pair in term.pairs), *first.pairs)
    weights = (1.0, *[weight] * len(others))
    return Sum(first.kind, pairs, outputs=first.outputs, terms=(first, *others), weights=weights)
