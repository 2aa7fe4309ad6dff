"""What a wrong value was meant to be: the forward value whose cotangent best explains what follows.

A wrong value says nothing by itself, but what the program makes of it does: taken for the right
cotangent, it turns the lines after it into right ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradlint.diagnosis.identify import Identity, is_trivial, proportion
from gradlint.trace.replay import Unrepeatable, replay
from gradlint.truth.evaluate import same

if TYPE_CHECKING:
    from gradlint.diagnosis.cotangents import NamedValues
    from gradlint.reading.step import Step
    from gradlint.trace.tape import Node
    from gradlint.truth.points import Point

_AGAIN = 4
_MOST, _LARGE = 10, 4000  # values that are tried, each with a pass of its own; entries


def _share_a_truth(named: NamedValues, one: Node, other: Node) -> bool:
    """Whether two forward values have one cotangent."""
    a, b = named.truths[0].get(one.index), named.truths[0].get(other.index)
    if a is None or b is None or a.shape != b.shape:
        return False
    return np.allclose(a, b, rtol=1e-9, atol=0)


def is_penalty(
    named: NamedValues, node: Node, role: Node | None, upstream: dict[Node, Identity]
) -> bool:
    """Whether a value is right but for a summand that does not come from the output.

    The derivative of a penalty on a hidden value (a Kullback-Leibler term, sparsity) is added
    to its cotangent like that, and people do not always print the penalty.  It is made of that
    value; a constant, data or another layer's values are no such thing.
    """
    if node.function not in (np.add, np.subtract) or role is None:
        return False
    identities = named.identified()
    flows = [p for p in node.parents if identities.get(p.index) or named.upstream(p, identities)]
    if len(flows) != 1 or flows[0] not in upstream:
        return False
    identity = upstream[flows[0]]
    if identity.part or not _share_a_truth(named, identity.value, role):
        return False
    added = [p for p in node.parents if p is not flows[0]]
    way = identity.factor if node.function is np.add else -identity.factor
    return bool(added) and all(_holds_back(named, p, role, way) for p in added)


def _holds_back(named: NamedValues, added: Node, role: Node, way: float) -> bool:
    """Whether a summand is made of a forward value, and drives it inwards from both of its ends.

    Of any value with the same cotangent; ``way`` is the sign with which it joins the gradient.  A
    penalty has its lowest place inside: what rises or falls throughout is the slope of none.
    """
    penalised = {c.index for c in _alike(named, role)} & named.step.graph.ancestors([added])
    if not penalised:
        return False
    value = named.step.graph.nodes[max(penalised)]
    try:
        low, high = (
            way * np.asarray(replay([added], {value: end})[added.index], dtype=float)
            for end in _ends(named.value(value, 0))
        )
    except Unrepeatable:
        return False
    return bool(np.all(low <= 0.0) and np.all(high >= 0.0))


def _ends(value: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A value at both ends of where it may lie: anywhere, above 0, or between 0 and 1."""
    far = np.full_like(value, 3.0 * float(np.max(np.abs(value), initial=1.0)))
    if np.any(value < 0.0):
        return -far, far
    return np.zeros_like(value), np.ones_like(value) if np.all(value < 1.0) else far


def is_completed(step: Step, value: Node, own: Point, wanted: np.ndarray) -> bool:
    """Whether the step multiplies a value, somewhere, by what makes it a wanted derivative.

    Then the value is what it is meant to be, and the way that leaves the slope out is at fault.
    ``own`` is the program's own point: also what led nowhere, because the program stopped, counts.
    """
    start = np.asarray(own.values[value.index], dtype=float)
    stack, seen = [value], {value.index}
    while stack and start.shape == wanted.shape:
        node = stack.pop()
        for reader in step.graph.readers[node.index]:
            if reader.function is not np.multiply or reader.index in seen:
                continue
            seen.add(reader.index)
            stack.append(reader)
            factors = [p.value for p in reader.parents if p is not node and p.shape == start.shape]
            found = [proportion(start * np.asarray(f, float), wanted) for f in factors]
            if any(c and (start.size > 1 or same(abs(c), 1.0)) for c in found):
                return True
    return False


def summed_role(
    named: NamedValues, node: Node, scale: float, upstream: dict[Node, Identity]
) -> Node | None:
    """A sum stays the cotangent of what its only right summand is the cotangent of.

    Several forward values may share that cotangent (z = mu + noise): the one that best explains
    what follows is meant.  If none of them does, but a value further down does, it is no sum by
    intention: parentheses were lost.
    """
    wholes = [u for u, i in upstream.items() if not i.part]
    if node.function not in (np.add, np.subtract) or len(wholes) != 1:
        return None
    if wholes[0] not in node.parents:
        return None
    identity = upstream[wholes[0]]
    alike = frozenset(c.index for c in _alike(named, identity.value))
    others = [p for p in node.parents if p is not wholes[0]]
    kept = alike & named.step.graph.ancestors(others) or alike
    return role_of(named, node, scale, upstream, kept) or identity.value


def _candidates(
    named: NamedValues, node: Node, upstream: dict[Node, Identity], among: frozenset[int] | None
) -> list[Node]:
    """The forward values that a wrong value may have been meant for, the likeliest first."""
    found = named.known.candidates(named.value(node, 0).shape)
    below = _below(named, upstream, among)
    if below is not None:
        inside = [c for c in found if c.index in below]
        found = sorted(inside, key=lambda c: -c.index)  # the nearest first
    found = [c for c in found if c not in named.reference.objective.values]
    before = [s.role for s in named.suspects if s.role and s.node.spot is node.spot]
    again = [c for c in found if any(c.spot is r.spot for r in before if r.shape == c.shape)]
    return again[:_AGAIN] or found


def _below(
    named: NamedValues, upstream: dict[Node, Identity], among: frozenset[int] | None
) -> frozenset[int] | None:
    """What comes before the values that a wrong one was made of, or is ``among`` others."""
    alike = [c for i in upstream.values() if not i.part for c in _alike(named, i.value)]
    if not alike:
        return among
    return named.step.graph.ancestors(alike) - {v.index for v in alike} | (among or frozenset())


def _made_of(named: NamedValues, node: Node) -> tuple[list[Node], dict[int, Node]]:
    """What is made of a value, and the parameters that gradients among it belong to."""
    reach = named.step.graph.descendants([node])
    after = [n for n in named.carriers if n.index in reach and n.index > node.index][:40]
    gradients = [(t.node, r) for r in named.reference.results for t in r.gradient.terms]
    return after, {made.index: result.parameter.node for made, result in gradients}


def role_of(
    named: NamedValues,
    node: Node,
    scale: float,
    upstream: dict[Node, Identity],
    among: frozenset[int] | None = None,
) -> Node | None:
    """The forward value that best explains what is made of a wrong value.

    Before what it was made of in the program's own order, or ``among`` others.  What the same line
    was meant to be in another round of its loop, it is in this one, too.
    """
    after, wanted = _made_of(named, node)
    best: tuple[int, Node] | None = None
    most = _MOST if named.value(node, 0).size > _LARGE else 4 * _MOST
    for candidate in _candidates(named, node, upstream, among)[:most]:
        if not candidate.names and is_trivial(candidate, named.step.dependent):
            continue  # −z tells no more than z
        known = named.continued(candidate, node, scale, 1 if node.shape else None)
        if known is None:
            continue
        found = [(n, i) for n in after if (i := named.named_by(known, n)) is not None]
        count = sum(i.value is not candidate for _, i in found)
        count += sum(i.value is wanted.get(n.index) for n, i in found)
        if count and (best is None or count > best[0]):
            best = (count, candidate)
    return None if best is None else best[1]


def _alike(named: NamedValues, value: Node) -> list[Node]:
    """A forward value and all others of its cotangent: a bias, and the sum it is added to."""
    found = named.known.alike(named.truths[0][value.index])
    return found if value in found else [value, *found]


def _alike_before(named: NamedValues, meant: Node, node: Node) -> list[Node]:
    """The executions of the operation that made one value, before another one was made."""
    nodes = named.step.graph.nodes[: node.index]
    return [n for n in nodes if n.spot is meant.spot and n.function is meant.function]


def should_vanish(named: NamedValues, node: Node, role: Node | None) -> bool:
    """Whether a line that was blamed before meets the one case where the truth is zero.

    In the first step the state of a recurrent network is zero, and so is the derivative of
    what only scales it: there is no value to take the line's result for.
    """
    before = [s for s in named.suspects if s.node.spot is node.spot and s.role is not None]
    if not before or role is None or before[-1].role is None:
        return False
    meant, taken = before[-1].role, {s.role for s in named.suspects}
    if role.spot is meant.spot:
        return False
    alike = [n for n in _alike_before(named, meant, node) if n not in taken]
    inside = [n for n in alike if n.index in named.step.dependent]
    return bool(inside) and not any(np.any(named.truths[0].get(n.index, 0.0)) for n in inside)
