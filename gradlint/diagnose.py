"""Where a gradient goes wrong: the first operations of the backward pass that are not what they
should be, given what they were handed.

Every value of the backward pass is named by what it really is: ``c · ∂L/∂v`` for some forward value
v.  A value that is nothing of the kind, although what it was made of is, is a suspect.  Its value is
then taken for granted (the true pass is continued from it), so that later lines are only blamed for
mistakes of their own.  This module localises; what a suspect did wrong is the business of
``mistakes``.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from gradlint.identify import Identity, Truths, proportion
from gradlint.reference.backprop import Underivable
from gradlint.reference.evaluate import Evaluation, Result, same
from gradlint.roles.graph import is_scalar
from gradlint.trace.primitives import leaf

if TYPE_CHECKING:
    from gradlint.reference.judge import Judged
    from gradlint.reference.truth import Point
    from gradlint.roles.objective import Objective
    from gradlint.trace.tape import Node

_ROUNDS = 12


@dataclass(eq=False)
class Suspect:
    """An operation of the backward pass that is wrong by itself.

    ``node`` is the wrong value, ``role`` the forward value whose cotangent it should be (None if
    that cannot be told), ``scale`` the factor at which it should be it (so that the right value is
    ``scale * truths[k][role]`` at point k).  ``upstream`` are the backward values it was made of
    that are right.  ``kind`` tells a wrong multiple (``factor`` times too large) from a wrong value.
    ``results`` are the parameters that inherit the error.  ``really`` is what the value is, where it
    is a right derivative of something else.  Without ``exact`` the scale is known up to a positive
    constant only.
    """

    node: Node
    role: Node | None
    kind: str
    scale: float
    upstream: dict[Node, Identity]
    truths: list[dict[int, np.ndarray]]
    factor: float = 1.0
    parameter: Result | None = None
    results: list[Result] = field(default_factory=list)
    really: Identity | None = None
    exact: bool = True

    def right_value(self, position: int) -> np.ndarray | None:
        """What the value should be at a point, or None if its role is unknown."""
        if self.role is None:
            return None
        truth = self.truths[position].get(self.role.index)
        return None if truth is None else self.scale * truth


class Diagnosis:
    """The localisation of one judged step."""

    def __init__(self, judged: Judged, reference: Evaluation) -> None:
        self.judged = judged
        self.study = judged.study
        self.step = judged.study.step
        self.points: list[Point] = judged.points
        self.reference = reference
        self.forced: dict[Node, list[np.ndarray]] = {}
        known = self._believe({})
        assert known is not None  # it was derived once already
        self.known: Truths = known
        self._identities: dict[int, Identity | None] = {}
        self._summed: dict[int, set[int]] = {}
        self.suspects: list[Suspect] = []
        self.excused: set[int] = set()

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
        graph = self.step.graph
        inner = self.step.backward - self.forward
        targets = self._targets()
        fed = graph.descendants(targets) if targets else set()
        gradients = {t.node.index for r in self.reference.results for t in r.gradient.terms}
        if not gradients & fed:
            fed = self.step.dependent
        below = graph.ancestors([t.node for r in self.reference.results for t in r.gradient.terms])
        updates = set().union(*(r.parameter.update.path for r in self.reference.results))
        picked = sorted((inner & fed & below) - updates)
        return [graph.nodes[i] for i in picked if _is_float(graph.nodes[i])]

    @cached_property
    def running(self) -> set[int]:
        """Sums that a later execution of the same line adds to: nothing to judge yet."""
        found: set[int] = set()
        last: dict[int, list[Node]] = {}
        for node in reversed(self.carriers):
            if node.spot is None or not isinstance(node.spot.node, ast.AugAssign):
                continue
            later = last.setdefault(id(node.spot), [])
            if any(node.index in self._sources(other) for other in later):
                found.add(node.index)
            else:
                later.append(node)
        return found

    def _sources(self, node: Node) -> set[int]:
        """Everything that one running sum was made of by its own line."""
        if node.index not in self._summed:
            seen: set[int] = set()
            stack = [node]
            while stack:
                for parent in stack.pop().parents:
                    same_line = parent.spot is node.spot or parent.spot is None
                    if parent.index not in seen and (same_line or parent.function is np.add):
                        seen.add(parent.index)
                        stack.append(parent)
            self._summed[node.index] = seen
        return self._summed[node.index]

    def _targets(self) -> list[Node]:
        """What the outputs are compared with: values that enter after every parameter has."""
        graph, step = self.step.graph, self.step
        if self.objective.kind != "computed":
            return [delta for _, delta in self.objective.pairs if delta is not None]
        reaching = [graph.descendants([p.node]) for p in step.parameters]
        truth = self.truths[0]
        live = [
            reach
            for reach, p in zip(reaching, step.parameters, strict=True)
            if np.any(truth.get(p.node.index, 0.0))
        ]
        late = set.intersection(*live) & self.forward if live else set()
        early = graph.ancestors([graph.nodes[i] for i in self.forward - late])
        found: dict[int, Node] = {}
        for index in late:
            parents = list(graph.nodes[index].parents)
            if not any(p.index in late for p in parents):
                continue
            for parent in parents:
                if parent.index in step.dependent or _is_coefficient(graph.nodes[index], parent):
                    continue
                for origin in _origins(parent):
                    if origin.index not in early:
                        found[origin.index] = origin
        return list(found.values())

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
                found = self.known.identify(values)
            self._identities[node.index] = found
        return self._identities[node.index]

    def _believe(self, forced: dict[Node, list[np.ndarray]]) -> Truths | None:
        """The truths when some cotangents are taken as given."""
        truths, edges = [], []
        for position, point in enumerate(self.points):
            through: dict[tuple[int, int], np.ndarray] = {}
            given = {node: values[position] for node, values in forced.items()}
            try:
                truths.append(self.study.truth(self.objective, point, given, through))
            except Underivable:
                return None
            edges.append(through)
        order = self.study.order(self.objective)
        return Truths(order, truths, edges, self.step.dependent)

    # -- the search -------------------------------------------------------------------------

    def run(self) -> list[Suspect]:
        """All suspects, in order of execution."""
        for _ in range(_ROUNDS):
            suspect = self._next()
            if suspect is None:
                break
            self.suspects.append(suspect)
            self._take_for_granted(suspect)
        for suspect in self.suspects:
            if suspect.parameter is not None:
                suspect.truths = self.truths  # with every mistake before it taken for granted
        self._forgive()
        self.suspects += self._flips()
        self.suspects += self._wrong_multiples()
        return sorted(self.suspects, key=lambda s: s.node.index)

    def _next(self) -> Suspect | None:
        identities = self._identified()
        good = {index for index, identity in identities.items() if identity is not None}
        recovered = self._recovered(good)
        settled = self._settled() | self.excused
        for node in self.carriers:
            if node.index in recovered or node.index in self.running or node.index in settled:
                continue
            if not self._matters(node):
                continue
            whole = self._whole(node, recovered)
            upstream = self._upstream(whole, identities)
            return (
                self._incomplete(whole, upstream)
                or self._misplaced(whole, upstream)
                or self._suspect(whole, upstream)
            )
        return self._mistaken(identities)

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

    def _incomplete(self, node: Node, upstream: dict[Node, Identity]) -> Suspect | None:
        """A value that carries some paths only is used as if it carried all: blame it, not its user."""
        if node.function in (np.add, np.subtract):
            return None  # the user adds up paths itself
        for parent, identity in upstream.items():
            if identity.part and parent.index not in self.excused:
                return Suspect(
                    parent, identity.value, "part", identity.factor, {}, self.truths,
                    parameter=self._own_parameter(parent),
                )  # fmt: skip
        return None

    def _misplaced(self, node: Node, upstream: dict[Node, Identity]) -> Suspect | None:
        """A right value is used as something it is not: a layer's derivative was left out before."""
        for parent, identity in upstream.items():
            if parent.index in self.excused or identity.part or not parent.names:
                continue
            below = self.step.graph.ancestors([identity.value]) & self.forward
            for candidate in self.known.candidates(self.value(parent, 0).shape)[:16]:
                if candidate is identity.value or candidate.index not in below:
                    continue
                known = self._continued(candidate, parent, identity.factor)
                if known is not None and self._named_by(known, node):
                    return Suspect(
                        parent, candidate, "value", identity.factor, {parent: identity},
                        self.truths, really=identity,
                    )  # fmt: skip
        return None

    def _named_by(self, known: Truths, node: Node) -> bool:
        if any(node.index not in point.values for point in self.points):
            return False
        values = [self.value(node, k) for k in range(len(self.points))]
        return known.identify(values) is not None

    def _mistaken(self, identities: dict[int, Identity | None]) -> Suspect | None:
        """A right derivative that an update takes for that of its own parameter."""
        blamed = {s.parameter for s in self.suspects}
        for result in self.reference.results:
            node = result.gradient.node
            if self._explained(result) or result in blamed or node.index in self.excused:
                continue
            if any(result in s.results for s in self.suspects if s.role is None):
                continue
            if identities.get(node.index) is None and self.identify(node) is None:
                continue
            scale = self.reference.expected(result)
            return Suspect(
                node, result.parameter.node, "value", scale, self._upstream(node, identities),
                self.truths, parameter=result, really=self.identify(node),
            )  # fmt: skip
        return None

    def _identified(self) -> dict[int, Identity | None]:
        """What each carrier is; a sum of parts of one cotangent is a part of it."""
        identities: dict[int, Identity | None] = {}
        for node in self.carriers:
            found = self.identify(node)
            if found is None and node.function is np.add:
                parts = [identities.get(p.index) for p in node.parents]
                if len(parts) == 2 and all(p is not None and p.part for p in parts):
                    one, other = parts
                    assert one is not None
                    assert other is not None
                    if one.value is other.value and same(one.factor, other.factor):
                        found = one
            identities[node.index] = found
        return identities

    def _matters(self, node: Node) -> bool:
        """Whether some parameter that is not explained yet inherits from a value."""
        reach = self.step.graph.descendants([node])
        for result in self.reference.results:
            nodes = [t.node for t in result.gradient.terms]
            if any(n.index in reach for n in nodes) and not self._explained(result):
                return True
        return False

    def _explained(self, result: Result) -> bool:
        if self.reference.agrees(result):
            return True
        node = result.parameter.node
        for position, point in enumerate(self.points):
            hand = self.study.hand(result.gradient, result.parameter, point)
            true = self.truths[position].get(node.index)
            if true is None or proportion(hand.squeeze(), np.asarray(true).squeeze()) is None:
                return False
        return np.size(hand) == np.size(true)

    def _recovered(self, good: set[int]) -> set[int]:
        """Good values, and the partial products and sums that good values are made of."""
        recovered = set(good)
        for node in reversed(self.carriers):
            if node.index not in recovered:
                readers = self.step.graph.readers[node.index]
                if any(r.index in recovered and r.index not in self.zeros for r in readers):
                    recovered.add(node.index)
        return recovered | self.zeros

    @cached_property
    def zeros(self) -> set[int]:
        """Carriers that vanish: they say nothing about what they were made of."""
        return {
            n.index
            for n in self.carriers
            if n.index in self.points[0].values and not np.any(self.value(n, 0))
        }

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

    def _is_update(self, node: Node) -> bool:
        return any(node.index in r.parameter.update.path for r in self.reference.results)

    def _suspect(self, node: Node, upstream: dict[Node, Identity]) -> Suspect:
        own = self._own_parameter(node)
        if own is not None:
            scale, exact = self.reference.expected(own), self.reference.common is not None
            role: Node | None = own.parameter.node
        else:
            wholes = [i.factor for i in upstream.values() if not i.part]
            factors = wholes or [i.factor for i in upstream.values()]
            scale = factors[0] if factors else abs(self.reference.common or 1.0)
            scale, exact = (scale, True) if wholes else (abs(scale), False)
            role = self._summed_role(node, upstream) or self._role(node, scale, upstream)
        kind = "penalty" if own is None and self._is_penalty(node, role, upstream) else "value"
        return Suspect(node, role, kind, scale, upstream, self.truths, parameter=own, exact=exact)

    def _is_penalty(self, node: Node, role: Node | None, upstream: dict[Node, Identity]) -> bool:
        """Whether a value is right but for a summand that does not come from the output.

        The derivative of a penalty on a hidden value (a Kullback-Leibler term, sparsity) is added to
        its cotangent like that, and people do not always print the penalty.
        """
        if node.function not in (np.add, np.subtract) or role is None:
            return False
        identities = self._identified()
        flows = [
            p for p in node.parents if identities.get(p.index) or self._upstream(p, identities)
        ]
        if len(flows) != 1 or flows[0] not in upstream:
            return False
        identity = upstream[flows[0]]
        one, other = self.truths[0].get(identity.value.index), self.truths[0].get(role.index)
        if identity.part or one is None or other is None or one.shape != other.shape:
            return False
        return bool(np.allclose(one, other, rtol=1e-9, atol=0))

    def _upstream(self, node: Node, identities: dict[int, Identity | None]) -> dict[Node, Identity]:
        """The nearest right backward values a value was made of."""
        carriers = {n.index for n in self.carriers}
        found: dict[Node, Identity] = {}
        stack = [p for p in node.parents if p.index in carriers]
        seen: set[int] = set()
        while stack:
            parent = stack.pop()
            if parent.index in seen:
                continue
            seen.add(parent.index)
            identity = identities.get(parent.index)
            if identity is not None:
                found[parent] = identity
            else:
                stack.extend(p for p in parent.parents if p.index in carriers)
        return dict(sorted(found.items(), key=lambda item: -item[0].index))

    def _own_parameter(self, node: Node) -> Result | None:
        for result in self.reference.results:
            if any(t.node is node for g in result.parameter.gradients for t in g.terms):
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

    def _summed_role(self, node: Node, upstream: dict[Node, Identity]) -> Node | None:
        """A sum stays the cotangent of what its only right summand is the cotangent of.

        Several forward values may share that cotangent (z = mu + noise): the one that best explains
        what follows is meant.
        """
        wholes = [u for u, i in upstream.items() if not i.part]
        if node.function not in (np.add, np.subtract) or len(wholes) != 1:
            return None
        if wholes[0] not in node.parents:
            return None
        identity = upstream[wholes[0]]
        true = self.truths[0][identity.value.index]
        alike = {
            c.index
            for c in self.known.candidates(true.shape)
            if self.truths[0][c.index].shape == true.shape
            and np.allclose(self.truths[0][c.index], true, rtol=1e-9, atol=0)
        }
        others = [p for p in node.parents if p is not wholes[0]]
        penalised = alike & self.step.graph.ancestors(others)
        return self._role(node, identity.factor, {}, penalised or alike) or identity.value

    def _role(
        self,
        node: Node,
        scale: float,
        upstream: dict[Node, Identity],
        below: set[int] | None = None,
    ) -> Node | None:
        """The forward value that best explains what is made of a wrong value."""
        wholes = [i.value for i in upstream.values() if not i.part]
        if wholes and below is None:
            below = self.step.graph.ancestors(wholes) - {v.index for v in wholes}
        reach = self.step.graph.descendants([node])
        after = [n for n in self.carriers if n.index in reach and n.index > node.index][:40]
        best: tuple[int, Node] | None = None
        candidates = [
            c
            for c in self.known.candidates(self.value(node, 0).shape)
            if below is None or c.index in below
        ]
        for candidate in candidates[:10]:
            known = self._continued(candidate, node, scale)
            if known is None:
                continue
            count = sum(
                known.identify([self.value(n, k) for k in range(len(self.points))]) is not None
                for n in after
                if n.index in self.points[0].values
            )
            if count and (best is None or count > best[0]):
                best = (count, candidate)
        return None if best is None else best[1]

    def _continued(self, role: Node, node: Node, scale: float) -> Truths | None:
        """The truths if a wrong value were the cotangent of a forward value."""
        forced = dict(self.forced)
        forced[role] = given = []
        for position in range(len(self.points)):
            shape = np.shape(self.truths[position][role.index])
            value = self.value(node, position)
            if value.size != int(np.prod(shape)):
                return None
            given.append(value.reshape(shape) / scale)
        return self._believe(forced)

    def _take_for_granted(self, suspect: Suspect) -> None:
        node, role = suspect.node, suspect.role
        reach = self.step.graph.descendants([node])
        for result in self.reference.results:
            if any(t.node.index in reach for t in result.gradient.terms):
                suspect.results.append(result)
        known = None
        if role is not None and suspect.parameter is None:
            known = self._continued(role, node, suspect.scale)
        if known is None:
            self.excused |= {n.index for n in self.carriers if n.index in reach}
            return
        assert role is not None
        self.forced[role] = [
            self.value(node, k).reshape(np.shape(self.truths[k][role.index])) / suspect.scale
            for k in range(len(self.points))
        ]
        self.known = known
        self._identities = {}

    def _forgive(self) -> None:
        """Parameters that only inherit unprinted penalties are right, if the rest of them is."""
        for result in self.reference.results:
            mine = [s for s in self.suspects if result in s.results or s.parameter is result]
            if self.reference.agrees(result) or not mine or any(s.kind != "penalty" for s in mine):
                continue
            factor = self._multiple_now(result)
            if factor is not None and same(factor, self.reference.expected(result)):
                result.granted = "with a penalty that the loss does not show"

    def _multiple_now(self, result: Result) -> float | None:
        """The factor under everything taken for granted so far."""
        explained, result.explained = result.explained, False
        try:
            return self._multiple(result)
        finally:
            result.explained = explained

    def _flips(self) -> list[Suspect]:
        """Turned signs on the way to gradients that are wrong for another reason as well."""
        found: dict[int, Suspect] = {}
        identities = self._identified()
        right = [
            t.node
            for r in self.reference.results
            if self.reference.agrees(r)
            for t in r.gradient.terms
        ]
        shared = self.step.graph.ancestors(right) if right else set()
        for suspect in self.suspects:
            if suspect.parameter is None or suspect.kind != "value" or not suspect.upstream:
                continue
            for node in self.carriers:
                identity = identities.get(node.index)
                if node.index in shared or identity is None or node.index >= suspect.node.index:
                    continue
                reach = self.step.graph.descendants([node])
                before = [identities.get(p.index) for p in node.parents]
                known = [i for i in before if i is not None]
                if suspect.node.index in reach and known and all(
                    same(i.factor, -identity.factor) for i in known
                ):  # fmt: skip
                    found.setdefault(
                        node.index,
                        Suspect(
                            node, None, "multiple", known[0].factor, {}, self.truths, factor=-1.0,
                            parameter=suspect.parameter, results=[suspect.parameter],
                        ),
                    )  # fmt: skip
        return list(found.values())[:1]

    # -- right values at a wrong multiple ---------------------------------------------------

    def _wrong_multiples(self) -> list[Suspect]:
        found: dict[int, Suspect] = {}
        blamed = {s.parameter for s in self.suspects}
        for result in self.reference.results:
            if self.reference.agrees(result) or result in blamed:
                continue
            factor = self._multiple(result)
            if factor is None:
                continue
            excess = factor / self.reference.expected(result)
            if same(excess, 1.0):
                continue
            node = self._where_multiplied(result, excess)
            suspect = found.get(node.index)
            if suspect is None:
                identities = self._identified()
                scale = self.reference.expected(result)
                own = result if any(t.node is node for t in result.gradient.terms) else None
                suspect = Suspect(
                    node, None, "multiple", scale, self._upstream(node, identities), self.truths,
                    factor=excess, parameter=own or result,
                )  # fmt: skip
                found[node.index] = suspect
            suspect.results.append(result)
        return list(found.values())

    def _multiple(self, result: Result) -> float | None:
        if result.factor is not None:
            return result.factor
        factors = []
        for position, point in enumerate(self.points):
            hand = self.study.hand(result.gradient, result.parameter, point)
            true = self.truths[position].get(result.parameter.node.index)
            if true is None:
                return None
            factors.append(proportion(hand.squeeze(), np.asarray(true).squeeze()))
        if any(f is None for f in factors) or not same(factors[0], factors[-1]):  # type: ignore[arg-type]
            return None
        return factors[0]

    def _where_multiplied(self, result: Result, excess: float) -> Node:
        """The operation that multiplied by the excess, or the last one if a factor is missing."""
        right = [
            t.node
            for r in self.reference.results
            if self.reference.agrees(r)
            for t in r.gradient.terms
        ]
        shared = self.step.graph.ancestors(right) if right else set()
        mine = self.step.graph.ancestors([t.node for t in result.gradient.terms])
        for node in self.carriers:
            if node.index in shared or node.index not in mine:
                continue
            after = self.identify(node)
            parents = [p for p in node.parents if p.index in {c.index for c in self.carriers}]
            before = [i for i in map(self.identify, parents) if i is not None]
            if after is not None and before and same(after.factor / before[0].factor, excess):
                return node
        return result.gradient.node


def _is_float(node: Node) -> bool:
    return type(node.value) is float or (node.dtype is not None and node.dtype.kind == "f")


def _is_coefficient(node: Node, parent: Node) -> bool:
    """Whether a number scales what it meets, as 1/n does, rather than being compared with it."""
    return is_scalar(parent) and node.function not in (np.subtract, np.add, np.equal)


def _origins(node: Node) -> list[Node]:
    """A target and what it was made from, as long as that is no plain number."""
    found = {node.index: node}
    stack = list(node.parents)
    while stack:
        parent = stack.pop()
        if parent.index not in found and (not is_scalar(parent) or parent.function is not leaf):
            found[parent.index] = parent
            stack.extend(parent.parents)
    return list(found.values())
