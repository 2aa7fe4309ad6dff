"""What failing sizes have in common: the simplest condition that all outcomes bear out.

A condition is a conjunction of one or two plain facts about sizes: ``b > 1``, ``i = h``.  It holds
for every size that failed and for none that passed, or it is not told.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations

from gradlint.structs import struct

Sizes = Mapping[str, int]
Outcome = tuple[Sizes, bool]
"""Sizes, and whether the test passed there."""

_RELATIONS: dict[str, Callable[[int, int], bool]] = {
    ">": operator.gt,
    "=": operator.eq,
    "<": operator.lt,
    "≠": operator.ne,
}
_LEAST_FACTS = 2  # a condition that only one passing or failing size speaks for is a guess


@struct
class Fact:
    """One condition: an axis compared with a number or with another axis."""

    axis: str
    relation: str
    other: int | str

    def holds(self, sizes: Sizes) -> bool:
        """Whether these sizes meet it."""
        other = self.other if isinstance(self.other, int) else sizes[self.other]
        return _RELATIONS[self.relation](sizes[self.axis], other)

    def __str__(self) -> str:
        return f"{self.axis} {self.relation} {self.other}"


def pattern_of(outcomes: Sequence[Outcome]) -> tuple[Fact, ...] | None:
    """Find the facts that hold where the test failed and nowhere else; empty: it always fails.

    >>> outcomes = [({"b": b, "i": i}, b == 1) for b in (1, 2, 3) for i in (1, 2)]
    >>> describe(pattern_of(outcomes))
    'every b > 1'
    """
    failed = [sizes for sizes, passed in outcomes if not passed]
    passed = [sizes for sizes, passed in outcomes if passed]
    if min(len(failed), len(passed) or _LEAST_FACTS) < _LEAST_FACTS:
        return None
    for facts in _candidates(failed[0]):
        if all(_all_hold(facts, sizes) for sizes in failed) and not any(
            _all_hold(facts, sizes) for sizes in passed
        ):
            return facts
    return None


def describe(facts: Iterable[Fact]) -> str:
    """Write a condition as in ``every b > 1 with i = h``."""
    said = " with ".join(map(str, facts))
    return f"every {said}" if said else "all sizes"


def _all_hold(facts: Iterable[Fact], sizes: Sizes) -> bool:
    return all(fact.holds(sizes) for fact in facts)


def _candidates(sizes: Sizes) -> Iterator[tuple[Fact, ...]]:
    """Yield conditions that these failing sizes meet, the plainest first."""
    yield ()
    facts = [fact for fact in _facts(list(sizes)) if fact.holds(sizes)]
    yield from ((fact,) for fact in facts)
    yield from combinations(facts, 2)


def _facts(axes: Sequence[str]) -> Iterator[Fact]:
    for limit in (1, 2, 3):
        for axis in axes:
            yield Fact(axis, ">", limit)
            yield Fact(axis, "=", limit)
    for axis, other in combinations(axes, 2):
        yield from (Fact(axis, relation, other) for relation in ("≠", "=", ">", "<"))
