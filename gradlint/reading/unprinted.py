"""Terms of a loss that people differentiate and do not print, each known by its formula.

A table of few rows: the divergence of a code from a standard normal, the squares of hidden values,
and the entropy of chances.  Whether a backward pass holds one, and how much of it, is for the truth
to say.
"""

from __future__ import annotations

import operator
from itertools import permutations
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.reading.graph import is_scalar
from gradlint.reading.objective import Objective
from gradlint.reading.sums import terms_of
from gradlint.structs import struct
from gradlint.trace.primitives import view
from gradlint.trace.tape import Node

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gradlint.reading.names import Names
    from gradlint.reading.step import Step

_MOST = 8  # hidden values whose squares are tried, youngest last


@struct(eq=False)
class Term(Objective):
    """A term that nothing in the program computes: its values, and its slope at each of them."""

    slopes: tuple[Callable[[np.ndarray], np.ndarray], ...] = ()
    said: str = ""

    def seeds(self, values: dict[int, Any]) -> dict[Node, np.ndarray]:
        """The cotangents that start the reverse pass, by the formula of the term."""
        return {
            value: slope(np.asarray(values[value.index], dtype=float))
            for value, slope in zip(self.values, self.slopes, strict=True)
        }

    def told(self, names: Names) -> str:
        """The term in words."""
        return self.said.format(*map(names.of, self.values))


def unprinted(step: Step, own: Objective, forward: list[Node]) -> list[Term]:
    """The terms that a step may hold beside its loss, of values the ``forward`` pass computes.

    What the loss itself says of a value by a summand of its own is no matter of liberty.
    """
    codes = list(_codes(step, forward))
    hidden = [n for n in forward if n.index in step.backward and _is_hidden(step, n)][-_MOST:]
    found = [
        Term(
            "unprinted", ((mean, None), (spread, None)), slopes=(_itself, _of_spread),
            said="the divergence of ({}, {}) from a standard normal",
        )
        for mean, spread in codes
    ]  # fmt: skip
    found += [
        Term("unprinted", ((node, None),), slopes=(_itself,), said="½ Σ {}²") for node in hidden
    ]
    spoken = _spoken_of(step, own, {v.index for term in found for v in term.values})
    found = [term for term in found if not spoken & {v.index for v in term.values}]
    return found + [
        Term("unprinted", ((node, None),), slopes=(_of_entropy,), said="minus the entropy of {}")
        for node in forward
        if _is_hidden(step, node) and _are_chances(node) and not _is_weighed_by_log(step, node)
    ]


def _itself(value: np.ndarray) -> np.ndarray:
    return value


def _of_spread(value: np.ndarray) -> np.ndarray:
    """The slope of ½ s² − log s: any way of making s, exp(½ v) or a softplus, goes on from it."""
    with np.errstate(all="ignore"):
        return value - 1.0 / value


def _of_entropy(value: np.ndarray) -> np.ndarray:
    """The slope of Σ p log p: as a bonus, entropy is taken off the loss."""
    with np.errstate(all="ignore"):
        return np.asarray(np.log(value) + 1.0)


def _are_chances(node: Node) -> bool:
    """Whether the entries of a value are positive and add up to one, along one axis."""
    value = np.asarray(node.value, dtype=float)
    sums = [value.sum(axis=axis) for axis in range(value.ndim) if value.shape[axis] > 1]
    return bool(np.all(value > 0)) and any(np.allclose(total, 1.0) for total in sums)


def _is_weighed_by_log(step: Step, node: Node) -> bool:
    """Whether the program itself computes p log p before any gradient: it says what it wants."""
    logs = {r.index for r in step.graph.readers[node.index] if r.function is np.log}
    products = (r for r in step.graph.readers[node.index] if r.function is np.multiply)
    return any(
        logs & {p.index for p in r.parents} for r in products if r.index not in step.backward
    )


def _codes(step: Step, forward: list[Node]) -> Iterator[tuple[Node, Node]]:
    """(mean, spread) wherever a value is drawn as ``mean + spread * noise``."""
    for node in forward:
        parts = node.args[:2] if node.function is np.add else ()
        for mean, drawn in (parts, parts[::-1]) if len(parts) == 2 else ():
            spread = _spread(step, drawn) if _learns(step, mean) else None
            if spread is not None:
                yield mean, spread


def _spread(step: Step, drawn: Any) -> Node | None:
    """What noise is multiplied with, if a value is that product."""
    if not _learns(step, drawn) or drawn.function is not np.multiply:
        return None
    for spread, noise in permutations(drawn.args[:2]):
        given = isinstance(noise, Node) and not _learns(step, noise) and not is_scalar(noise)
        if given and _learns(step, spread) and np.all(np.asarray(spread.value, float) > 0):
            return spread  # type: ignore[no-any-return]
    return None


def _is_hidden(step: Step, node: Node) -> bool:
    """Whether a value with a name of its own is an array, and no part of another one."""
    if node.function in (operator.getitem, view):
        return False
    floats = node.dtype is not None and node.dtype.kind == "f"
    return floats and bool(node.shape) and node not in step.olds and bool(node.names)


def _learns(step: Step, value: Any) -> bool:
    return isinstance(value, Node) and step.inside(value)


def _spoken_of(step: Step, own: Objective, values: set[int]) -> set[int]:
    """The values that some summand of a loss is made of without any parameter behind them."""
    found: set[int] = set()
    olds = {old.index for old in step.olds}
    for summand in terms_of(own) if own.kind == "computed" else ():
        met, stack, seen = set[int](), list(summand.values), set[int]()
        while stack:
            node = stack.pop()
            if node.index in values or node.index in olds:
                met.add(node.index)
            elif step.inside(node) and node.index not in seen:
                seen.add(node.index)
                stack += node.parents
        if not met & olds:
            found |= met
    return found
