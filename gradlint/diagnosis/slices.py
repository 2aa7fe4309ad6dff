"""A parameter in slices: ``w[1:] += ...`` and ``w[0] += ...``, each moved by its own statement.

Where one of them is wrong by a factor or its sign, the others say what it should be.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from gradlint.diagnosis.identify import Identity, proportion
from gradlint.diagnosis.suspect import Suspect
from gradlint.reading.updates import taken
from gradlint.structs import struct
from gradlint.truth.evaluate import same

if TYPE_CHECKING:
    from gradlint.diagnosis.cotangents import NamedValues
    from gradlint.reading.lineage import Term
    from gradlint.truth.evaluate import Result


@struct
class _Slice:
    """A term that is ``factor`` times the truth at its place, and moves it ``pull`` times that."""

    term: Term
    factor: float
    pull: float


def odd_slice(named: NamedValues, result: Result) -> Suspect | None:
    """Of several slices of one parameter the one that goes another way than the right one.

    What descends as the loss has it is right; else what moves most entries.
    """
    slices = _slices(named, result)
    descending = [one for one in slices if one.pull < 0]
    exact = [one for one in descending if same(abs(one.factor), 1.0)]
    if not descending:
        return None
    right = max(exact or descending, key=lambda one: math.prod(one.term.node.shape))
    role = result.parameter.node
    for one in slices:
        if not same(one.pull, right.pull):
            wanted = right.pull * one.factor / one.pull
            upstream = named.upstream(one.term.node, named.identified())
            return Suspect(
                one.term.node, role, "value", wanted, upstream, named.truths, parameter=result,
                really=Identity(role, one.factor),
            )  # fmt: skip
    return None


def _slices(named: NamedValues, result: Result) -> list[_Slice]:
    """The slices of a parameter that are multiples of the truth; none if it is not in slices."""
    terms, scale = result.gradient.terms, result.gradient.scale or 1.0
    if len({id(term.places[0]) for term in terms if term.places}) < max(len(terms), 2):
        return []
    known = [(term, _multiple(named, term, result)) for term in terms]
    return [_Slice(t, f, f * t.coefficient * scale) for t, f in known if f is not None]


def _multiple(named: NamedValues, term: Term, own: Result) -> float | None:
    """How many times its place in the true gradient a term is, if it is one multiple of it."""
    factors = []
    for position, point in enumerate(named.points):
        truth = named.truths[position].get(own.parameter.node.index)
        if truth is None:
            return None
        value, there = named.value(term.node, position), taken(term, truth, point.values)
        factors.append(proportion(value, there) if value.shape == there.shape else None)
    alike = all(f is not None and same(f, factors[0] or 0.0) for f in factors)
    return factors[0] if alike else None
