"""A loss of several parts that the program never adds up: two heads, an error and a penalty."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.reading.graph import is_scalar
from gradlint.reading.objective import Objective
from gradlint.structs import struct

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gradlint.trace.tape import Node


@struct(eq=False)
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


def terms_of(objective: Objective) -> list[Objective]:
    """What an objective adds up: its pairs, or the scalars that a computed loss is a total of."""
    if isinstance(objective, Sum):
        return [each for term in objective.terms for each in terms_of(term)]
    if objective.kind == "computed":
        summands = [each for value in objective.values for each in _summands(value)]
        return [Objective("computed", ((node, None),)) for node in summands]
    if objective.kind == "unprinted":  # one formula of all its values
        return [objective]
    return [
        replace(
            objective,
            pairs=(pair,),
            outputs=objective.outputs[place : place + 1],
            parts=objective.parts[place : place + 1],
            samples=objective.samples[place : place + 1],
        )
        for place, pair in enumerate(objective.pairs)
    ]


def _summands(scalar: Node) -> list[Node]:
    """The scalars that one is the total of, plus and minus alike."""
    found, stack = [], [scalar]
    while stack:
        node = stack.pop()
        if node.function in (np.add, np.subtract) and all(is_scalar(p) for p in node.parents):
            stack += node.parents
        elif not node.is_leaf:
            found.append(node)
    return found


def total(terms: Iterable[Objective], weights: Iterable[float]) -> Sum:
    """The first objective, which comes last in ``pairs``, and weighted others of its kind."""
    first, *others = terms
    pairs = (*(pair for term in others for pair in term.pairs), *first.pairs)
    return Sum(
        first.kind, pairs, outputs=first.outputs, misfit=first.misfit,
        terms=(first, *others), weights=(1.0, *weights),
    )  # fmt: skip
