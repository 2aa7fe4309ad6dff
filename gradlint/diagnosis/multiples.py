"""Right values at a wrong multiple: where a factor came in, was lost, or a sign was turned.

A gradient that is the true one times a constant is wrong only in that constant.  The first value on
its own way whose factor differs from that of what it was made of is where it happened.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from gradlint.diagnosis.identify import proportion
from gradlint.diagnosis.suspect import Suspect
from gradlint.truth.evaluate import same

if TYPE_CHECKING:
    from gradlint.diagnosis.cotangents import NamedValues
    from gradlint.diagnosis.identify import Identity
    from gradlint.trace.tape import Node
    from gradlint.truth.evaluate import Result


def wrong_multiples(named: NamedValues, suspects: list[Suspect]) -> list[Suspect]:
    """The operations that multiplied gradients nobody was blamed for by something wrong."""
    found: dict[int, Suspect] = {}
    blamed = {s.parameter for s in suspects}
    excesses: dict[Result, float] = {}
    for result in named.reference.results:
        if named.reference.agrees(result) or result in blamed:
            continue
        factor = _multiple(named, result)
        if factor is not None:
            excesses[result] = factor / named.reference.expected(result)
    _rescale(named, suspects, excesses)
    for result, excess in excesses.items():
        scale = named.reference.expected(result)
        if same(excess, 1.0) or (result.factor is None and _is_rate(result, excess)):
            named.heirs.append(result)
            continue
        node, factor = _where_multiplied(named, result, excess)
        suspect = found.get(node.index)
        if suspect is None:
            upstream = named.upstream(node, named.identified())
            # One number is a multiple of any: where a line is right for others, it is fed wrongly.
            fed = not result.parameter.node.shape and _is_right_elsewhere(named, node)
            suspect = found[node.index] = Suspect(
                node, result.parameter.node if fed else None, "value" if fed else "multiple",
                scale, upstream, named.truths, factor=factor, parameter=result,
            )  # fmt: skip
        suspect.results.append(result)
    return list(found.values())


def _is_right_elsewhere(named: NamedValues, node: Node) -> bool:
    """Whether the line of a value makes gradients that are right as well."""
    nodes = [
        t.node
        for r in named.reference.results
        for t in (r.gradient.terms if named.reference.agrees(r) else ())
    ]
    return any(n.spot is node.spot and n.function is node.function for n in nodes)


def _is_rate(result: Result, excess: float) -> bool:
    """Whether a factor is the learning rate: where a gradient ends is a guess if it is wrong."""
    rates = [abs(g.scale) for g in result.parameter.readings if g.scale]
    return any(same(abs(excess), rate) or same(abs(excess), 1 / rate) for rate in rates)


def _rescale(named: NamedValues, suspects: list[Suspect], excesses: dict[Result, float]) -> None:
    """Measure what inherits from a suspect of unknown scale by what most of it shares.

    The scale of a wrong value is a guess, unless right values or right gradients vouch for it.
    """
    for suspect in suspects:
        if suspect.kind != "value" or (suspect.exact and named.reference.score):
            continue
        heirs = [r for r in suspect.results if r in excesses]
        shares = [sum(same(excesses[r], excesses[other]) for other in heirs) for r in heirs]
        if heirs:
            shared = excesses[heirs[shares.index(max(shares))]]
            excesses.update({r: excesses[r] / shared for r in heirs})


def _turned(node: Node, identities: dict[int, Identity | None]) -> list[float]:
    """The factors of what a value was made of, if it has the opposite sign of all of it."""
    identity = identities.get(node.index)
    known = [i.factor for p in node.parents if (i := identities.get(p.index)) is not None]
    turned = identity is not None and all(same(factor, -identity.factor) for factor in known)
    return known if turned else []


def flips(named: NamedValues, suspects: list[Suspect]) -> list[Suspect]:
    """Turned signs on the way to gradients that are wrong for another reason as well."""
    identities = named.identified()
    shared = named.gradients_right()
    for suspect in suspects:
        if suspect.parameter is None or suspect.kind != "value" or not suspect.upstream:
            continue
        for node in named.carriers:
            if node.index in shared or node.index >= suspect.node.index:
                continue
            known = _turned(node, identities)
            way, identity = suspect.parameter.gradient.scale, identities.get(node.index)
            if way and identity is not None and way * identity.factor < 0:
                continue  # as the update wants it: what came before is the negative one
            if known and suspect.node.index in named.step.graph.descendants([node]):
                return [
                    Suspect(
                        node, None, "multiple", known[0], {}, named.truths, factor=-1.0,
                        parameter=suspect.parameter, results=[suspect.parameter],
                    )
                ]  # fmt: skip
    return []


def turned_terms(named: NamedValues, suspects: list[Suspect]) -> list[Suspect]:
    """Where one term of a sum that is wrong got its sign, which the others do not have."""
    for suspect in suspects:
        odd = [n for n, i in suspect.upstream.items() if i.factor * suspect.scale < 0]
        if suspect.parameter is None or len(odd) != 1 or len(suspect.upstream) < 2:
            continue
        found = _turned_above(named, suspect, odd[0])
        if found is not odd[0]:
            return [
                Suspect(
                    found, None, "multiple", suspect.scale, {}, named.truths, factor=-1.0,
                    parameter=suspect.parameter, results=[suspect.parameter],
                )
            ]  # fmt: skip
    return []


def _turned_above(named: NamedValues, suspect: Suspect, term: Node) -> Node:
    """The value with a name that a turned term was made of, and no other term."""
    others = named.step.graph.ancestors([n for n in suspect.upstream if n is not term])
    others |= named.gradients_right()
    found: Node = term
    origin: Node | None = term
    while origin is not None and (found is term or not found.names):
        found, above = origin, named.upstream(origin, named.identified()).items()
        turned = (n for n, i in above if i.factor * suspect.scale < 0 and n.index not in others)
        origin = next(turned, None)
    return found


def forgive(named: NamedValues, suspects: list[Suspect]) -> None:
    """Parameters that only inherit unprinted penalties are right, if the rest of them is."""
    reference = named.reference
    for result in reference.results:
        mine = [s for s in suspects if result in s.results or s.parameter is result]
        if reference.agrees(result) or not mine or any(s.kind != "penalty" for s in mine):
            continue
        factor = _multiple_now(named, result)
        if factor is not None and same(factor, reference.expected(result)):
            result.granted = "with a penalty that the loss does not show"


def _multiple(named: NamedValues, result: Result) -> float | None:
    """The factor at which a gradient is the right one, as it was judged or as it is believed."""
    if result.factor is not None:
        return result.factor
    factors = []
    for position, point in enumerate(named.points):
        hand = named.study.hand(result.gradient, result.parameter, point)
        true = named.truths[position].get(result.parameter.node.index)
        if true is None:
            return None
        factors.append(proportion(hand.squeeze(), np.asarray(true).squeeze()))
    if any(f is None for f in factors) or not same(factors[0], factors[-1]):  # type: ignore[arg-type]
        return None
    return factors[0]


def _multiple_now(named: NamedValues, result: Result) -> float | None:
    """The factor under everything taken for granted so far."""
    explained, result.explained = result.explained, False
    try:
        return _multiple(named, result)
    finally:
        result.explained = explained


def _where_multiplied(named: NamedValues, result: Result, excess: float) -> tuple[Node, float]:
    """The value that was multiplied, and by what; the last one if a factor is missing."""
    identities, shared = named.identified(), named.gradients_right()
    mine = named.step.graph.ancestors([t.node for t in result.gradient.terms]) - shared
    own = [n for n in named.carriers if n.index in mine and identities[n.index]]
    for node in own:
        before = next(iter(named.upstream(node, identities).values()), None)
        if before and same(identities[node.index].factor / before.factor, excess):  # type: ignore[union-attr]
            return node, excess
    anew = _scaled_anew(named, own, identities)
    if anew is not None:
        return anew, excess
    layers = _layers(own, [n for n in named.carriers if n.index in shared], identities)
    whole = same(math.prod(factor for _, factor in layers), excess)
    return layers[0] if layers and whole else (result.gradient.node, excess)


def _scaled_anew(
    named: NamedValues, own: list[Node], identities: dict[int, Identity | None]
) -> Node | None:
    """The first of the values that keep their factor to the end, if a number was brought in there.

    As in ``dh = 2 * e / len(X) @ W.T``, where the siblings go on from ``2 * e / len(xb)``.
    """
    first, factor = None, None
    for node in reversed(own):
        identity = identities[node.index]
        if identity is None or (factor is not None and not same(identity.factor, factor)):
            break
        first, factor = node, identity.factor
    if first is None or factor is None or first is own[-1]:
        return None
    before = [i.factor for i in named.upstream(first, identities).values()]
    return first if before and not any(same(f, factor) for f in before) else None


def _layers(
    own: list[Node], right: list[Node], identities: dict[int, Identity | None]
) -> list[tuple[Node, float]]:
    """The executions of the one statement that brings a factor in, layer after layer.

    What a statement that has ``right`` values brings in is no excess.
    """
    fine = {id(node.spot.statement) for node in right if node.spot is not None}
    asked = [n for n in own if n.spot is not None and id(n.spot.statement) not in fine]
    factors = [(n, _of_the_statement(n, identities)) for n in asked]
    changed = [(n, f) for n, f in factors if f and not same(f, 1.0)]
    return changed if len({id(node.spot) for node, _ in changed}) == 1 else []


def _of_the_statement(node: Node, identities: dict[int, Identity | None]) -> float | None:
    """The factor that a whole statement brings in, if all that it is made of is known."""
    spot, after = node.spot, identities[node.index]
    if spot is None or after is None or getattr(spot.statement, "value", None) is not spot.node:
        return None
    entering, stack = list[float](), [node]
    while stack:
        for parent in stack.pop().parents:
            inside = parent.spot is not None and parent.spot.statement is spot.statement
            identity = identities.get(parent.index)
            if inside and parent.frame == node.frame:
                stack.append(parent)
            elif identity is not None and not identity.part:
                entering.append(identity.factor)
    return after.factor / entering[0] if len(entering) == 1 else None
