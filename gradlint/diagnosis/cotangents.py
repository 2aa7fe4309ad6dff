"""What every value of the backward pass is, under what is believed so far.

At first the believed cotangents are the true ones.  Once a wrong value has been blamed it is taken
for granted: the true pass is continued from it, and what comes after it is named as if it were
right, so that later lines are only blamed for mistakes of their own.
"""

from __future__ import annotations

import operator
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from gradlint.diagnosis.carriers import find_carriers, is_at
from gradlint.diagnosis.identify import Identity, Truths, ranked
from gradlint.reading.residuals import residual
from gradlint.reading.sums import terms_of
from gradlint.truth.backprop import WRITES, Underivable
from gradlint.truth.evaluate import same

if TYPE_CHECKING:
    from gradlint.diagnosis.identify import Ranked
    from gradlint.diagnosis.suspect import Suspect
    from gradlint.reading.objective import Objective
    from gradlint.trace.tape import Node
    from gradlint.truth.evaluate import Evaluation, Result
    from gradlint.truth.judge import Judged
    from gradlint.truth.points import Point


_TERMS = 32  # terms of an objective that are looked at one by one: a reverse pass for each


class NamedValues:
    """The values of one judged step, and what each of them is."""

    def __init__(self, judged: Judged, reference: Evaluation) -> None:
        self.judged = judged
        self.study = judged.study
        self.step = judged.study.step
        self.points: list[Point] = judged.points
        self.reference = reference
        self.suspects: list[Suspect] = []
        self.heirs: list[Result] = []  # wrong gradients that only inherit from the suspects
        self.forced: dict[Node, list[np.ndarray]] = {}
        self._ranked: dict[Objective, Ranked] = {}
        self._regions: dict[Node, tuple[list[Node], set[Node]]] = {}
        known = self._believe({})
        assert known is not None  # it was derived once already
        self.known: Truths = known
        self._identities: dict[int, Identity | None] = {}
        self._marks: dict[int, dict[bool, float | None]] = {}  # of backward values

    @property
    def truths(self) -> list[dict[int, np.ndarray]]:
        """The true cotangents at every point, given the suspects so far."""
        return self.known.truths

    @property
    def objective(self) -> Objective:
        """The objective everything is held against."""
        return self.reference.objective

    @cached_property
    def forward(self) -> set[int]:
        """Indices of the values the objective was computed from."""
        return {n.index for n in self.study.order(self.objective)}

    @cached_property
    def carriers(self) -> list[Node]:
        """The values of the backward pass that carry a cotangent, in order of execution."""
        return find_carriers(self.step, self.reference, self.forward, self.truths[0])

    # -- naming values ----------------------------------------------------------------------

    def value(self, node: Node, position: int) -> np.ndarray:
        """A backward value at a point."""
        return np.asarray(self.points[position].values[node.index], dtype=float)

    def identify(self, node: Node) -> Identity | None:
        """What a value is; None if it is nothing known."""
        if node.index not in self._identities:
            found = None
            if all(node.index in point.values for point in self.points):
                values = [self.value(node, k) for k in range(len(self.points))]
                found = self.known.identify(values, marks=self._marks.setdefault(node.index, {}))
            self._identities[node.index] = found
        return self._identities[node.index]

    def named_by(self, known: Truths, node: Node) -> Identity | None:
        """What a value is under other truths; None if it is nothing known."""
        if any(node.index not in point.values for point in self.points):
            return None
        values = [self.value(node, k) for k in range(len(known.truths))]
        return known.identify(values, marks=self._marks.setdefault(node.index, {}))

    def identified(self) -> dict[int, Identity | None]:
        """What each carrier is; a sum of parts of one cotangent is a part of it.

        So is the sum over the places that read one entry: ``x[t]`` here and ``x[t]`` there.
        """
        identities: dict[int, Identity | None] = {}
        for node in self.carriers:
            found = self.identify(node)
            if found is None and node.function is np.add:
                parts = [identities.get(p.index) for p in node.parents]
                found = _part_of_one(*parts) if len(parts) == 2 else None
            identities[node.index] = found
        return identities

    def upstream(self, node: Node, identities: dict[int, Identity | None]) -> dict[Node, Identity]:
        """The nearest right backward values a value was made of."""
        carriers = {n.index for n in self.carriers}
        found: dict[Node, Identity] = {}
        stack = list(node.parents)
        seen: set[int] = set()
        while stack:
            parent = stack.pop()
            if parent.index in seen:
                continue
            seen.add(parent.index)
            inside = parent.index in carriers
            identity = identities.get(parent.index) if inside else self._shared(parent)
            if identity is not None:
                found[parent] = identity
            elif inside:
                stack.extend(parent.parents)
        return dict(sorted(found.items(), key=lambda item: -item[0].index))

    def _shared(self, node: Node) -> Identity | None:
        """What a residual is that the computed loss is made of as well: ``error`` in both."""
        if node.index not in self.forward or residual(self.step, node) is None:
            return None
        if any(node.index not in point.values for point in self.points):
            return None
        values = [self.value(node, k) for k in range(len(self.points))]
        return self.known.identify(values, self.step.graph.ancestors([node]) - {node.index})

    def is_of_one_output(self, node: Node) -> bool:
        """Whether a value is a derivative of a single term of the objective.

        Backpropagation through time may follow the loss of each step by itself; such a value is
        right, and no derivative of the whole.
        """
        return any(self.named_by(known, node) is not None for known in self._of_single_terms)

    @cached_property
    def _of_single_terms(self) -> list[Truths]:
        """The truths of each term of the objective alone, if there are a few of them."""
        terms = terms_of(self.objective)
        if not 1 < len(terms) <= _TERMS:
            return []
        found = [self._believe({}, term) for term in terms]
        return [known for known in found if known is not None]

    def starts_right(self) -> bool:
        """Whether the backward pass starts from a constant that is a derivative, as of a mean."""
        given = {p for n in self.carriers for p in n.parents if p.index not in self.step.dependent}
        values = [np.asarray(p.value) for p in given if p.shape and p.value is not None]
        return any(
            value.dtype.kind == "f" and self.known.identify([value] * len(self.points)) is not None
            for value in values
        )

    def gradients_right(self) -> frozenset[int]:
        """What the gradients that are right were made of: no mistake can be there."""
        right = [
            t.node
            for r in self.reference.results
            if self.reference.agrees(r)
            for t in r.gradient.terms
        ]
        return self.step.graph.ancestors(right) if right else frozenset()

    @cached_property
    def right_updates(self) -> set[int]:
        """What stands between a right gradient and the new value of its parameter."""
        found: set[int] = set()
        for result in self.reference.results:
            if self.reference.agrees(result):
                below = self.step.graph.ancestors([result.parameter.update.new])
                nodes = [t.node for t in result.gradient.terms]
                found |= below & self.step.graph.descendants(nodes)
        return found

    # -- believing --------------------------------------------------------------------------

    def _believe(
        self, forced: dict[Node, list[np.ndarray]], objective: Objective | None = None
    ) -> Truths | None:
        """The truths when some cotangents are taken as given."""
        objective = objective or self.objective
        truths, edges = [], []
        for position, point in enumerate(self.points):
            through: dict[tuple[int, int], np.ndarray] = {}
            given = {node: values[position] for node, values in forced.items()}
            try:
                truths.append(self.study.truth(objective, point, given, through))
            except Underivable:
                return None
            edges.append(through)
        if objective not in self._ranked:
            self._ranked[objective] = ranked(self.study.order(objective), self.step.dependent)
        return Truths(self._ranked[objective], truths, edges)

    def continued(
        self, role: Node, node: Node, scale: float, points: int | None = None
    ) -> Truths | None:
        """The truths if a wrong value were the cotangent of a forward value.

        What that value was not made of stays as it is known.  A first look does with fewer
        ``points``.
        """
        given = self._given(role, node, scale)
        if given is None:
            return None
        truths, edges = [], []
        for position in range(len(self.points[:points])):
            try:
                found, through = self._anew(role, given[position], position)
            except Underivable:
                return None
            truths.append(found)
            edges.append(through)
        return Truths(self._ranked[self.objective], truths, edges)

    def _anew(
        self, role: Node, given: np.ndarray, position: int
    ) -> tuple[dict[int, np.ndarray], dict[tuple[int, int], np.ndarray]]:
        """The truths at a point, and what came along each way, if one cotangent were another."""
        known, ways = self.known.truths[position], self.known.edges[position]
        above, border = self._above(role)
        forced = {n: known[n.index] for n in border if n.index in known}
        among = [n for n in above if n not in border or n in forced]
        forced |= {n: values[position] for n, values in self.forced.items()}
        forced[role] = given
        through: dict[tuple[int, int], np.ndarray] = {}
        found = self.study.truth(self.objective, self.points[position], forced, through, among)
        fresh = {n.index for n in among if n not in border}
        return (
            {**known, **{index: g for index, g in found.items() if index in fresh}},
            {**ways, **{way: g for way, g in through.items() if way[1] in fresh}},
        )

    def _above(self, role: Node) -> tuple[list[Node], set[Node]]:
        """What a forward value was made of, itself, and the border: what else reads any of that.

        The cotangents of the border are known; but those of versions of a buffer that was written
        into may have been handed on to the version before, and have to be formed again.
        """
        if role not in self._regions:
            order, readers = self.study.order(self.objective), self.step.graph.readers
            above = set(self.forward & self.step.graph.ancestors([role]))
            stack = list(above)
            while stack:
                versions = {r.index for r in readers[stack.pop()] if r.function in WRITES}
                fresh = (versions & self.forward) - above
                above |= fresh
                stack += fresh
            read = {reader.index: reader for index in above for reader in readers[index]}
            border = {r for i, r in read.items() if i in self.forward and i not in above}
            whole = above | {n.index for n in border}
            self._regions[role] = [n for n in order if n.index in whole], border
        return self._regions[role]

    def grant(self, wrong: dict[Node, tuple[Node, float]]) -> bool:
        """Take wrong values for cotangents from now on; False if nothing follows from them.

        ``wrong`` holds by forward value the backward value and the scale at which it is taken.
        """
        given = {role: self._given(role, node, scale) for role, (node, scale) in wrong.items()}
        forced = {role: values for role, values in given.items() if values is not None}
        known = self._believe({**self.forced, **forced}) if forced else None
        if known is None:
            return False
        self.forced.update(forced)
        self.known = known
        self._identities = {}
        return True

    def _given(self, role: Node, node: Node, scale: float) -> list[np.ndarray] | None:
        """A backward value in the shape and at the scale of a cotangent, at every point."""
        given = []
        for position in range(len(self.points)):
            shape = np.shape(self.truths[position][role.index])
            value = self.value(node, position)
            if value.size != int(np.prod(shape)):
                return None
            given.append(value.reshape(shape) / scale)
        return given


def _part_of_one(one: Identity | None, other: Identity | None) -> Identity | None:
    """What two summands are a part of, if it is one cotangent."""
    if one is None or other is None or not same(one.factor, other.factor):
        return None
    if one.part and other.part and one.value is other.value:
        return one
    a, b = one.value, other.value
    if a is b or not a.function is b.function is operator.getitem or a.args[0] is not b.args[0]:
        return None
    return replace(one, part=True) if is_at(a, b) else None
