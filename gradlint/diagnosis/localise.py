"""Where a gradient goes wrong: the first operations that spoil what they were handed.

Every value of the backward pass is named by what it really is: ``c · ∂L/∂v`` for some forward value
v.  A value that is nothing of the kind, although what it was made of is, is a suspect.  It is then
taken for granted, and the search goes on behind it.  This module localises; what a suspect did
wrong is the business of ``mistakes``.
"""

from __future__ import annotations

import ast
import operator
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from gradlint.diagnosis import multiples
from gradlint.diagnosis.carriers import read_back, running_sums, vanishing
from gradlint.diagnosis.cotangents import NamedValues
from gradlint.diagnosis.identify import Identity, Truths, proportion
from gradlint.diagnosis.intended import (
    is_completed,
    is_penalty,
    role_of,
    should_vanish,
    summed_role,
)
from gradlint.diagnosis.journal import Journal
from gradlint.diagnosis.slices import odd_slice
from gradlint.diagnosis.suspect import Suspect
from gradlint.reading.graph import is_scalar
from gradlint.trace.primitives import setitem, view
from gradlint.trace.tape import Node
from gradlint.truth.evaluate import same

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from gradlint.truth.evaluate import Evaluation, Result
    from gradlint.truth.judge import Judged

__all__ = ["Diagnosis", "Suspect"]

_ENTRYWISE = {np.add, np.subtract, np.multiply, np.true_divide, np.negative}
_MOVING = {
    view, operator.getitem, np.reshape, np.ravel, np.transpose, np.squeeze, np.concatenate,
    np.hstack, np.vstack, np.column_stack,
}  # fmt: skip
_SCALING = {np.multiply, np.true_divide, np.negative}
_CUTTING = {view, operator.getitem}
_LINES = 12  # so many are blamed in one run
_NEAREST = 8  # values that a gradient was made of, or that may have been meant
_STALE = 6  # suspects in lines blamed before, and no new line will come


class Diagnosis(NamedValues):
    """The localisation of one judged step: its suspects, found one after the other."""

    def __init__(self, judged: Judged, reference: Evaluation) -> None:
        super().__init__(judged, reference)
        self.excused: set[int] = set()
        self.journal = Journal()

    @cached_property
    def running(self) -> set[int]:
        """Sums that a later execution of the same line adds to: nothing to judge yet."""
        return running_sums(self.step.graph, self.carriers)

    @cached_property
    def zeros(self) -> set[int]:
        """Carriers that vanish: they say nothing about what they were made of."""
        return vanishing(self.carriers, self.points[0].values)

    @cached_property
    def sound(self) -> set[int]:
        """What is a true cotangent before anything is taken for granted: no slip makes it wrong."""
        return {i for i, known in self.identified().items() if known and not known.part}

    # -- the search -------------------------------------------------------------------------

    def run(self) -> list[Suspect]:
        """All suspects, in order of execution."""
        lines: list[int] = []
        assert self.sound is not None  # worked out under the true cotangents
        while True:
            suspect = self._next()
            if suspect is None:
                break
            self.suspects += [suspect, *self._take_for_granted(suspect)]
            lines.append(id(suspect.node.spot))
            if len(set(lines)) >= _LINES or set(lines[-_STALE:]) <= set(lines[:-_STALE]):
                break
        for suspect in self.suspects:
            if suspect.parameter is not None:
                suspect.truths = self.truths  # with every mistake before it taken for granted
        self.suspects += [twin for suspect in self.suspects for twin in self._twins(suspect)]
        multiples.forgive(self, self.suspects)
        self.suspects += multiples.flips(self, self.suspects)
        self.suspects += multiples.turned_terms(self, self.suspects)
        self.suspects += multiples.wrong_multiples(self, self.suspects)
        return sorted(self.suspects, key=lambda s: s.node.index)

    def _twins(self, suspect: Suspect) -> list[Suspect]:
        """Other lines that compute the same wrong value once more."""
        if suspect.kind != "value" or suspect.role is None or suspect.parameter is not None:
            return []
        value, reach = self.value(suspect.node, 0), self.step.graph.descendants([suspect.node])
        found = []
        for node in self.carriers:
            if node.index in reach or node.function is not suspect.node.function:
                continue
            other = self.value(node, 0)
            if node is suspect.node or other.shape != value.shape or not np.allclose(other, value):
                continue
            upstream = self.upstream(node, self.identified())
            twin = replace(suspect, node=node, upstream=upstream, results=[])
            self._inherit(twin)
            found.append(twin)
        return found

    def _next(self) -> Suspect | None:
        identities = self.identified()
        good = {index for index, identity in identities.items() if identity is not None}
        recovered = self._recovered(good | self.sound)
        settled = self._settled() | self.excused | self.right_updates
        for node in self.carriers:
            if node.index in recovered or node.index in self.running or node.index in settled:
                continue
            if not self._matters(node):
                continue
            whole = self._inner(node, self._whole(node, recovered), identities)
            if whole.index in settled and node.index not in self.step.later:
                continue
            upstream = self.upstream(whole, identities)
            return (
                self._incomplete(whole, upstream)
                or self._unlike_its_neighbours(whole, upstream)
                or self._misplaced(whole, upstream)
                or self._suspect(whole, upstream)
            )
        return self._mistaken(identities)

    def _recovered(self, good: set[int]) -> set[int]:
        """Good values, and the partial products and sums that good values are made of.

        That one entry is right says nothing of the others: of what is read entry by entry, all are.
        """
        recovered, idle = set(good), self.zeros | self._taken_for_others()
        carriers = {c.index for c in self.carriers}
        for node in reversed(self.carriers):
            if node.index not in recovered:
                readers = [r for r in self._readers(node) if r.index in carriers]
                telling = _telling(node, readers, recovered | self.zeros)
                if any(r.index in recovered and r.index not in idle for r in telling):
                    recovered.add(node.index)
        return recovered | self.zeros

    def _readers(self, node: Node) -> list[Node]:
        """What reads a value, also where it was stored: the other entries there are not its own."""
        found = []
        for reader in self.step.graph.readers[node.index]:
            stored = reader.function is setitem and reader.args[2:] == (node,)
            found += (read_back(self.step.graph, reader) if stored else []) or [reader]
        return found

    def _taken_for_others(self) -> set[int]:
        """Wrong gradients that happen to be another value's: nothing they are made of is right."""
        identities, found = self.identified(), set[int]()
        for result in self.reference.results:
            if not self.reference.agrees(result):
                own = result.parameter.node
                for node in (term.node for term in result.gradient.terms):
                    identity = identities.get(node.index)
                    if identity is not None and identity.value is not own:
                        found |= {node.index} if node.shape == own.shape else set()
        return found

    def _settled(self) -> set[int]:
        """What the blamed lines themselves computed: the whole line where it adds up."""
        found: set[int] = set()
        for suspect in self.suspects:
            spot = suspect.node.spot
            found.add(suspect.node.index)
            if spot is None:
                continue
            if isinstance(spot.node, ast.AugAssign):
                found |= {
                    n.index for n in self.carriers if n.spot and n.spot.statement is spot.node
                }
            stack = [suspect.node]
            while stack:
                for parent in stack.pop().parents:
                    inside = parent.spot is not None and parent.spot.statement is spot.statement
                    if inside and parent.frame == suspect.node.frame and parent.index not in found:
                        found.add(parent.index)
                        stack.append(parent)
        return found

    def _matters(self, node: Node) -> bool:
        """Whether some parameter that is not explained yet inherits from a value."""
        reach = self.step.graph.descendants([node])
        for result in self.reference.results:
            nodes = [t.node for t in result.gradient.terms]
            if any(n.index in reach for n in nodes) and not self._explained(result):
                return True
        return False

    def _explained(self, result: Result) -> bool:
        """Whether a gradient is right, or what follows from the suspects so far."""
        if result.objection is not None:
            return True  # the gradient is right: what comes behind it is another matter
        return self.reference.agrees(result) or self._explained_by(self.known, result)

    def _explained_by(self, known: Truths, result: Result) -> bool:
        """Whether a gradient is one multiple of what some truths say, at all points."""
        node = result.parameter.node
        factors = []
        for position, point in enumerate(self.points):
            hand = self.study.hand(result.gradient, result.parameter, point)
            true = known.truths[position].get(node.index)
            if true is None or np.size(hand) != np.size(true):
                return False
            factors.append(proportion(hand.squeeze(), np.asarray(true).squeeze()))
        return all(f is not None and same(f, factors[0] or 0.0) for f in factors)

    def _whole(self, node: Node, recovered: set[int]) -> Node:
        """The value of the whole statement in which a value first goes wrong.

        A line that adds to what it left the last time is one value: its last.
        """
        if node.spot is None:
            return node
        statement = node.spot.statement
        carriers = {c.index for c in self.carriers}
        current = node
        adds_up = isinstance(statement, ast.AugAssign)
        while adds_up or getattr(statement, "value", None) is not current.spot.node:  # type: ignore[union-attr]
            readers = [
                r
                for r in self.step.graph.readers[current.index]
                if r.spot is not None
                and r.spot.statement is statement
                and r.index in carriers
                and r.frame == node.frame
            ]
            if len(readers) != 1 or readers[0].index in recovered or self._is_update(readers[0]):
                return current
            current = readers[0]
        return current

    def _inner(self, node: Node, whole: Node, identities: dict[int, Identity | None]) -> Node:
        """The part of a line that is wrong by itself, if the rest of the line makes good use of it.

        In ``X.T @ (dh * (1 - h**2))`` the slope may be wrong while the product is not.
        """
        if any(s.node.spot is whole.spot for s in self.suspects):
            return whole  # as in the round before
        statement = whole.spot.statement if whole.spot else None
        current = node
        while current is not whole:
            readers = [
                r
                for r in self.step.graph.readers[current.index]
                if r.spot is not None and r.spot.statement is statement
            ]
            if len(readers) != 1 or readers[0].index > whole.index:
                break
            entrywise = {current.function, readers[0].function} <= _ENTRYWISE
            if not entrywise and self._is_used_well(current, whole, identities):
                return current
            current = readers[0]
        return whole

    def _is_used_well(
        self, node: Node, whole: Node, identities: dict[int, Identity | None]
    ) -> bool:
        """Whether a line comes right if a part of it was a right cotangent."""
        upstream = self.upstream(node, identities)
        wholes = [i.factor for i in upstream.values() if not i.part]
        role = role_of(self, node, wholes[0], upstream) if wholes else None
        known = None if role is None else self.continued(role, node, wholes[0])
        meant = None if known is None else self.named_by(known, whole)
        own = self._own_parameter(whole)
        target = None if own is None else own.parameter.node
        if meant is None or meant.value is role:
            return False
        return target is None or target.shape != whole.shape or meant.value is target

    def _is_update(self, node: Node) -> bool:
        return any(node.index in r.parameter.update.path for r in self.reference.results)

    def _take_for_granted(self, suspect: Suspect) -> list[Suspect]:
        """Note who inherits the error, and continue the true pass from the wrong value.

        Other executions of the line are taken for granted with it, and returned.
        """
        role, reach = suspect.role, self._inherit(suspect)
        if suspect.parameter is not None or role is None:
            again = []
        else:
            again = self._other_executions(suspect, role, reach)
            wrong = {s.role: (s.node, s.scale) for s in [*again, suspect] if s.role is not None}
            if self.grant(wrong):
                return again
        # nothing can be said of what comes after it
        self.excused |= {n.index for n in self.carriers if n.index in reach}
        return []

    def _other_executions(
        self, suspect: Suspect, role: Node, inherited: frozenset[int]
    ) -> list[Suspect]:
        """The same operation on other samples, as wrong as the first; not on what is made of it."""
        identities, reach = self.identified(), set(inherited)
        found = []
        for node in self.carriers:
            if node.index in reach or identities.get(node.index) is not None:
                continue
            one = self._execution(suspect, role, node, identities)
            if one is not None:
                reach |= self._inherit(one)
                found.append(one)
        return found

    def _execution(
        self, suspect: Suspect, role: Node, node: Node, identities: dict[int, Identity | None]
    ) -> Suspect | None:
        """A value as a suspect, if it is made as another suspect is and plays such a role."""
        if not _are_alike(node, suspect.node) or node.index in self.running:
            return None
        upstream = self.upstream(node, identities)
        wholes = [i for i in upstream.values() if not i.part]
        below = self.step.graph.ancestors([i.value for i in wholes])
        known = self.known.candidates(self.value(node, 0).shape)
        roles = [c for c in known if c.index in below and _are_alike(c, role)]
        if not roles:
            return None
        scale, meant = wholes[0].factor, max(roles, key=lambda c: c.index)
        if upstream.keys() == suspect.upstream.keys():  # another unit, not another sample
            among = frozenset(c.index for c in roles)
            meant = role_of(self, node, scale, {}, among) or meant
        return Suspect(node, meant, suspect.kind, scale, upstream, self.truths)

    def _inherit(self, suspect: Suspect) -> frozenset[int]:
        """Note the parameters whose gradients are made of a suspect, and all that is."""
        reach = self.step.graph.descendants([suspect.node])
        for result in self.reference.results:
            if any(t.node.index in reach for t in result.gradient.terms):
                suspect.results.append(result)
        return reach

    # -- what is wrong with a value ---------------------------------------------------------

    def _incomplete(self, node: Node, upstream: dict[Node, Identity]) -> Suspect | None:
        """A value of some paths only is used as if it carried all: blame it, not its user."""
        parts = [i.value for i in upstream.values() if i.part]
        if len(set(parts)) < len(parts):
            return None  # the user adds up paths itself
        way = self.step.graph.ancestors([node])
        for parent, identity in upstream.items():
            if self._is_added_to(parent, way):
                continue  # so it does here
            if identity.part and parent.index not in self.excused:
                made = self._computed_as(parent)
                return Suspect(
                    made, identity.value, "part", identity.factor, {}, self.truths,
                    parameter=self._own_parameter(parent),
                )  # fmt: skip
        return None

    def _is_added_to(self, value: Node, way: Collection[int]) -> bool:
        """Whether something is added to a value or a part of it: ``g[1:] += lam * w[1:]``."""
        stack = [value]
        while stack:
            for reader in self.step.graph.readers[stack.pop().index]:
                if reader.index in way and reader.function in (np.add, np.subtract):
                    return True
                others = [arg for arg in reader.args if arg is not value]
                scaled = reader.function in _SCALING and all(map(is_scalar, others))
                if reader.index in way and (scaled or reader.function in _CUTTING):
                    stack.append(reader)
        return False

    def _computed_as(self, node: Node) -> Node:
        """The value that was computed, where another was only cut out of what it was joined to."""
        stack, values = [node], [self.value(node, k) for k in range(len(self.points))]
        while stack:
            moved = stack.pop()
            if moved.function not in _MOVING:
                continue
            for parent in moved.parents:
                stack.append(parent)
                if parent not in self.carriers or parent.shape != node.shape:
                    continue
                if all(np.array_equal(self.value(parent, k), v) for k, v in enumerate(values)):
                    return self._computed_as(parent)
        return node

    def _unlike_its_neighbours(self, node: Node, upstream: dict[Node, Identity]) -> Suspect | None:
        """Of several right values that fill one buffer the one that is another multiple."""
        stored, version = [], node
        while version.function is setitem and isinstance(version.args[2], Node):
            stored.append(version.args[2])
            version = version.args[0]
        known = [(part, upstream[part]) for part in stored if part in upstream]
        factors = [identity.factor for _, identity in known if not identity.part]
        common = [f for f in factors if 2 * sum(same(f, other) for other in factors) > len(factors)]
        for part, identity in known if len(factors) == len(stored) > 2 and common else ():
            if not same(identity.factor, common[0]):
                own = self.upstream(part, self.identified())
                return Suspect(part, identity.value, "value", common[0], own, self.truths)
        return None

    def _misplaced(self, node: Node, upstream: dict[Node, Identity]) -> Suspect | None:
        """A right value is used as what it is not: a layer's derivative was left out before."""
        for parent in _few_of_each_line(upstream):
            identity = upstream[parent]
            if parent.index in self.excused or identity.part or not parent.names:
                continue
            below = self.step.graph.ancestors([identity.value]) & self.forward
            shape = self.value(parent, 0).shape
            candidates = [c for c in self.known.candidates(shape) if c.index in below]
            near = sorted(c.index for c in candidates)[-_NEAREST:]
            for candidate in [c for c in candidates if c.index in near]:
                if candidate is identity.value or self._becomes(candidate, parent):
                    continue
                if self._leads_to(candidate, parent, node):
                    return Suspect(
                        parent, candidate, "value", identity.factor, {parent: identity},
                        self.truths, really=identity,
                    )  # fmt: skip
        return None

    def _becomes(self, role: Node, node: Node) -> bool:
        """Whether the program makes a value into the cotangent of another one somewhere."""
        own = self.study.own
        wanted = self.study.truth(self.objective, own).get(role.index)
        return wanted is not None and is_completed(self.step, node, own, wanted)

    def _leads_to(self, role: Node, node: Node, reader: Node) -> bool:
        """Whether a value has a name if what it was made of was the cotangent of another value."""
        identity = self.identify(node)
        factor = 1.0 if identity is None else identity.factor
        for points in (1, None):  # a first look at one point costs less
            known = self.continued(role, node, factor, points)
            if known is None or self.named_by(known, reader) is None:
                return False
        return True

    def _mistaken(self, identities: dict[int, Identity | None]) -> Suspect | None:
        """A right derivative that an update takes for that of its own parameter."""
        blamed = {s.parameter for s in self.suspects}
        for result in self.reference.results:
            node = result.gradient.node
            if self._explained(result) or result in blamed or node.index in self.excused:
                continue
            if any(result in s.results for s in self.suspects if s.role is None):
                continue
            really = identities.get(node.index) or self.identify(node)
            odd = odd_slice(self, result)
            if odd is not None:
                return odd
            if really is None:
                continue
            made, first = self._made(node, really, result)
            scale = self._wanted(result, node) * first.factor / really.factor
            return self._left_out(result, identities) or Suspect(
                made, result.parameter.node, "value", scale, self.upstream(made, identities),
                self.truths, parameter=result, really=first,
            )  # fmt: skip
        return None

    def _made(self, node: Node, really: Identity, own: Result) -> tuple[Node, Identity]:
        """The value a wrong gradient is only a multiple of, if nothing but this gradient needs it.

        Then it went wrong there; else it is right, and taken for what it is not.
        """
        for parent in node.parents:
            if parent.index not in self.step.backward or parent.shape != node.shape:
                continue
            identity = self.identify(parent)
            if identity is None or identity.part or identity.value is not really.value:
                continue
            if not self.step.is_shared(own.parameter, parent, [node]):
                return self._made(parent, identity, own)
        return node, really

    def _left_out(self, result: Result, identities: dict[int, Identity | None]) -> Suspect | None:
        """A right value that a gradient was made of as if it were that of a value further down."""
        below = self.step.graph.ancestors([result.gradient.node])
        below -= self.gradients_right()
        named = [n for n in reversed(self.carriers) if n.names and n.index in below]
        for node in named[:_NEAREST]:
            identity = identities.get(node.index)
            if identity is None or identity.part or node is result.gradient.node:
                continue
            earlier = self.step.graph.ancestors([identity.value]) & self.forward
            earlier -= {p.node.index for p in self.step.parameters}
            candidates = self.known.candidates(self.value(node, 0).shape)
            for candidate in [c for c in candidates if c.index in earlier][: 2 * _NEAREST]:
                known = self.continued(candidate, node, identity.factor)
                if candidate is identity.value or known is None:
                    continue
                if self._explained_by(known, result):
                    return Suspect(
                        node, candidate, "value", identity.factor, {node: identity}, self.truths,
                        really=identity,
                    )  # fmt: skip
        return None

    def _suspect(self, node: Node, upstream: dict[Node, Identity]) -> Suspect:
        own = self._own_parameter(node)
        if own is not None:
            scale, exact = self._wanted(own, node), self.reference.common is not None
            role: Node | None = own.parameter.node
        else:
            wholes = [self._factor(u, node) for u, i in upstream.items() if not i.part]
            factors = wholes or [i.factor for i in upstream.values()]
            scale = factors[0] if factors else abs(self.reference.common or 1.0)
            scale, exact = (scale, True) if wholes else (abs(scale), False)
            role = summed_role(self, node, scale, upstream) or role_of(self, node, scale, upstream)
            role = None if should_vanish(self, node, role) else role
        kind = "penalty" if own is None and is_penalty(self, node, role, upstream) else "value"
        return Suspect(node, role, kind, scale, upstream, self.truths, parameter=own, exact=exact)

    def _factor(self, value: Node, whole: Node) -> float:
        """How many times a cotangent a right value is, as the line got it in which it is used.

        Which multiple the line itself makes of it is what the line may have wrong.
        """
        identities, statement = self.identified(), whole.spot and whole.spot.statement
        mine = identities.get(value.index) or self._shared(value)
        assert mine is not None
        while value.spot is not None and value.spot.statement is statement:
            known = [(p, identities.get(p.index)) for p in value.parents if p.shape == value.shape]
            bases = [(p, i) for p, i in known if i is not None and i.value is mine.value]
            if len(bases) != 1 or bases[0][1].part:
                break
            value, mine = bases[0]
        return mine.factor

    def _wanted(self, own: Result, node: Node) -> float:
        """How many times the truth a value has to be that a parameter's update takes.

        Of ``W -= 0.1 * g / n`` the value ``0.1 * g / n`` is a tenth of the gradient.
        """
        scale, meant = self.reference.expected(own), own.gradient
        for gradient in (meant, *own.parameter.gradients):
            for term in gradient.terms:
                if term.node is node:
                    rates = (meant.scale or 1.0) / (gradient.scale or meant.scale or 1.0)
                    return scale * rates / term.coefficient
        return scale

    def _own_parameter(self, node: Node) -> Result | None:
        for result in self.reference.results:
            own = (*result.parameter.gradients, result.gradient)
            if any(t.node is node for g in own for t in g.terms):
                others = [r for r in self.reference.results if r is not result]
                reach = self.step.graph.descendants([node])
                shared = any(
                    t.node.index in reach and t.node is not node
                    for r in others
                    for t in r.gradient.terms
                )
                if not shared:
                    return result
        return None


def _few_of_each_line(values: Iterable[Node]) -> list[Node]:
    """Of the executions of one line the two youngest and the oldest: the others are like them."""
    executions: dict[int, list[Node]] = {}
    for value in values:
        executions.setdefault(id(value.spot), []).append(value)
    few = {n for found in executions.values() for n in (*found[:2], found[-1])}
    return [value for value in values if value in few]


def _telling(node: Node, readers: list[Node], right: set[int]) -> list[Node]:
    """The readers that tell whether a value is right: one entry does only with all others."""
    cut = [r for r in readers if r.function in _CUTTING and r.shape != node.shape]
    whole = [r for r in readers if r not in cut]
    return whole or ([] if any(r.index not in right for r in cut) else cut)


def _are_alike(one: Node, other: Node) -> bool:
    """Whether one operation of the program made both."""
    return one.spot is other.spot and one.function is other.function
