"""Values that are updated like parameters and are none: states of optimisers, streams, adjoints.

A state acts on what is learned only through a parameter's update; a stream or an adjoint lives and
dies within one step; the state of an environment is made afresh for every episode.
"""

from __future__ import annotations

import bisect
from typing import TYPE_CHECKING

import numpy as np

from gradlint.reading.graph import Graph, carried, carry_path, updated_views
from gradlint.reading.learned import learned
from gradlint.trace.tape import Node

if TYPE_CHECKING:
    from gradlint.reading.lineage import Lineage, Update

_PRODUCTS = {np.matmul, np.dot, np.einsum, np.tensordot, np.convolve}


def without_inner(graph: Graph, lineages: list[Lineage]) -> list[Lineage]:
    """Drop values that live and die within one step of another parameter: streams and adjoints."""
    inner = [
        line
        for line in lineages
        if (end := _end_of_life(graph, line)) is not None
        and any(other is not line and _lives_within(graph, line, end, other) for other in lineages)
    ]
    # The last step may have been stopped half-way: what is inner in one step is so in all.
    places = {id(update.new.spot) for line in inner for update in line.updates}
    return [
        line
        for line in lineages
        if line not in inner and not all(id(u.new.spot) in places for u in line.updates)
    ]


def _end_of_life(graph: Graph, line: Lineage) -> int | None:
    """When a lineage is over; None if it goes on into the next round of the outermost loop."""
    last_read = _last_shared_read(graph, line)
    if not last_read:
        return None
    end = max(last_read, line.updates[-1].new.index)
    rounds = graph.tape.rounds
    goes_on = bisect.bisect(rounds, line.updates[0].new.index) != bisect.bisect(rounds, end)
    return None if goes_on and not _is_restarted(graph, line, end) else end


def _lives_within(graph: Graph, line: Lineage, end: int, other: Lineage) -> bool:
    """Whether the whole life of a lineage lies between two updates of another, which needs it."""
    for update in other.updates:
        if update.new.index > end:
            began = update.old.index < line.updates[0].new.index
            return began and _depends(graph, update.new, line.first)
    return False


def _is_restarted(graph: Graph, line: Lineage, end: int) -> bool:
    """Whether what read a lineage goes on with a value that was made afresh after its end.

    The state of an environment lives for many rounds and is reset for the next episode.
    """
    places = {id(r.spot) for r in graph.readers[line.first.index] if r.spot is not None}
    for node in graph.nodes[end + 1 :]:
        if id(node.spot) in places:
            return any(_is_fresh(parent, end) for parent in node.parents)
    return False


def _is_fresh(value: Node, since: int) -> bool:
    """Whether nothing older than a moment is carried over into a value."""
    stack, seen = [value], {value.index}
    while stack:
        node = stack.pop()
        if node.index <= since:
            return False
        further = [parent for parent in carried(node) if parent.index not in seen]
        seen.update(parent.index for parent in further)
        stack += further
    return True


def _last_shared_read(graph: Graph, line: Lineage) -> int:
    places = {id(r.spot) for r in graph.readers[line.first.index] if r.spot is not None}
    return max(
        (
            reader.index
            for update in line.updates
            for reader in graph.readers[update.new.index]
            if id(reader.spot) in places
        ),
        default=0,
    )


def _depends(graph: Graph, new: Node, old: Node) -> bool:
    return old.index in graph.ancestors([new], after=old.index - 1)


def without_states(graph: Graph, lineages: list[Lineage]) -> list[Lineage]:
    """Drop optimiser states: they act on what is learned only through a parameter's new value.

    A state that is added to a parameter before the forward pass (Nesterov's look-ahead) acts at
    once, but is scaled down at each step and carried into that parameter's update.
    """
    lineages = [line for line in lineages if not _is_momentum(line, lineages)]
    lineages = [line for line in lineages if not _is_a_rate(graph, line, lineages)]
    kept = _learning(graph, lineages)
    if len(kept) == len(lineages):
        return kept
    # ``m += 0.1 * (g - m)`` reads m beside carrying it, and is a state if others learn through it.
    averages = [line for line in kept if _is_average(graph, line.updates[0])]
    without = _learning(graph, [line for line in lineages if line not in averages])
    return without if len(without) > len(kept) - len(averages) else kept


def without_stages(lineages: list[Lineage]) -> list[Lineage]:
    """Drop what a parameter is half-way through its update, before it is brought back to a length.

    ``w = w + lr * g`` and ``w = w / norm(w)`` make two sequences of values of one parameter.
    """
    several = [line for line in lineages if not _is_of_several(line, lineages)]
    ways = [  # (data may move a parameter in one round, and only its decay in another)
        (line, update.old.index, update.path)
        for line in several
        for update in (line.updates if line.updates[0].plain else line.updates[:1])
    ]
    return [
        line
        for line in several
        if not any(
            other is not line and old < line.first.index and line.first.index in way
            for other, old, way in ways
        )
    ]


def _is_of_several(line: Lineage, lineages: list[Lineage]) -> bool:
    """Whether what is one update here holds several steps of another lineage: those of an epoch."""
    whole = line.updates[0]
    return any(
        other is not line
        and other.first.index in whole.path
        and sum(u.new.index in whole.path for u in other.updates) > 1
        for other in lineages
    )


def without_transitions(lineages: list[Lineage]) -> list[Lineage]:
    """Drop values that move on by themselves before they are corrected: the state of a filter.

    ``x = F @ x; x = x + K @ (z - H @ x)`` estimates what changes by itself, and ``P = F @ P @ F.T``
    says how sure it is: what is corrected in one round is a product with what the one before left,
    and the loss that a parameter has would be of that one.
    """
    return [line for line in lineages if len(line.updates) > 1 or not _moves_on(line.first)]


def _moves_on(value: Node) -> bool:
    """Whether a statement gives a name to a product with what had that name before."""
    if value.spot is None or not value.names:
        return False
    statement, stack, multiplied = value.spot.statement, [value], False
    while stack:
        node = stack.pop()
        inside = node.spot is not None and node.spot.statement is statement
        if inside and not (node is not value and set(node.names) & set(value.names)):
            multiplied = multiplied or node.function in _PRODUCTS
            stack += [p for p in node.parents if p.index < node.index]
        elif multiplied and set(node.names) & set(value.names) and node.shape == value.shape:
            return True
    return False


def without_worlds(graph: Graph, lineages: list[Lineage]) -> list[Lineage]:
    """Drop what moves by itself, or follows data alone, where others learn from it.

    ``s = s + 0.1 * np.array([s[1], 2 * a - 1])`` is the state of a world that a model acts in, and
    ``mean += (x - mean) / n`` an average of what it is shown.
    """
    worlds = [
        line
        for line in lineages
        if _moves_by_numbers(graph, line) or _follows_data(graph, line, lineages)
    ]
    others = [update.new for line in lineages if line not in worlds for update in line.updates]
    learned_from = graph.ancestors(others) if worlds and others else frozenset()
    return [
        line
        for line in lineages
        if line not in worlds or not any(u.old.index in learned_from for u in line.updates)
    ]


def _follows_data(graph: Graph, line: Lineage, lineages: list[Lineage]) -> bool:
    """Whether a lineage averages what no other one has a part in."""
    others = {u.old.index for other in lineages if other is not line for u in other.updates}
    return all(
        _is_average(graph, update) and not others & graph.ancestors([update.new])
        for update in line.updates
    )


def _moves_by_numbers(graph: Graph, line: Lineage) -> bool:
    """Whether no array of data and no other value of the program goes into a lineage's updates."""
    for update in line.updates:
        made_of = graph.ancestors([update.new], cut=[update.old])
        given = (graph.nodes[index] for index in made_of)
        if any(n.is_leaf and n.shape and np.ptp(n.value) for n in given if n is not update.old):
            return False
    first = line.updates[0]
    between = graph.ancestors([first.new], after=first.old.index - 1)
    found = learned(graph, [first.old], graph.descendants([first.old]) & between)
    return bool(line.first.shape) and any(term.node.index in found for term in first.terms)


def without_data(graph: Graph, lineages: list[Lineage]) -> list[Lineage]:
    """Drop what is changed again and again by what was made of it once: data that are centred.

    ``row[i] = row[i] - mean[i]`` takes away in each round what the rows were before the first.
    """
    return [line for line in lineages if not goes_on_alone(graph, line)]


def goes_on_alone(graph: Graph, line: Lineage) -> bool:
    """Whether the line that made a lineage's only update makes more that learn nothing anew."""
    update, count = line.updates[-1], 0
    if len(line.updates) > 1 or update.new.spot is None:
        return False
    at = update.new
    for node in graph.nodes[at.index + 1 :]:
        if node.spot is at.spot and node.function is at.function:
            if carry_path(node, {at.index}, at.index) is None:
                return False
            at, count = node, count + 1
    return count > 1


def _learning(graph: Graph, lineages: list[Lineage]) -> list[Lineage]:
    """The lineages that learn by themselves, not only through another one's update."""
    news = {update.new.index: line for line in lineages for update in line.updates}
    kept = []
    for line in lineages:
        blocked = {index for index, owner in news.items() if owner is not line}
        if any(u.plain or _learns_by_itself(graph, u, blocked) for u in line.updates):
            kept.append(line)
    return kept


def _is_average(graph: Graph, update: Update) -> bool:
    """Whether the old value is only scaled and added to other things of its shape."""
    between = graph.ancestors([update.new], after=update.old.index - 1)
    reached = graph.descendants([update.old]) & between
    for index in reached - {update.old.index}:
        node = graph.nodes[index]
        plain = list(carried(node))
        if node.function is np.subtract:
            plain += [a for a in node.args if isinstance(a, Node)]
        for parent in node.parents:
            if parent.index in reached and (parent not in plain or parent.shape != node.shape):
                return False
    return True


def _is_momentum(line: Lineage, lineages: list[Lineage]) -> bool:
    if line.updates[0].keep >= 1.0:
        return False
    return any(other is not line and _takes_in(other.updates[0], line.first) for other in lineages)


def _is_a_rate(graph: Graph, line: Lineage, lineages: list[Lineage]) -> bool:
    """Whether a value goes into the steps of another, and itself moves on by masks and numbers.

    A gain for each weight grows while two slopes agree in sign and shrinks where they do not; data
    and slopes themselves are never added to it.
    """
    old, new = line.updates[0].old, line.updates[0].new
    news = {u.new.index for other in lineages if other is not line for u in other.updates}
    others = [graph.nodes[index] for index in news]
    inside = graph.ancestors([new], after=old.index - 1, cut=others) - news
    if not old.shape or _grows(graph, old, inside) or not news & graph.descendants([old]):
        return False
    reached = graph.descendants([old]) & inside
    moved = [graph.nodes[index] for index in reached - {old.index}]
    parents = [p for node in moved for p in node.parents if p.index not in reached]
    by_itself = all(node.shape == old.shape for node in moved) and all(map(_is_given, parents))
    return bool(moved) and by_itself


def _grows(graph: Graph, old: Node, inside: frozenset[int]) -> bool:
    """Whether something of another shape is made of a value: most parameters are soon told."""
    stack, seen = [old], {old.index}
    while stack:
        for reader in graph.readers[stack.pop().index]:
            if reader.index in inside and reader.index not in seen:
                if reader.shape != old.shape:
                    return True
                seen.add(reader.index)
                stack.append(reader)
    return False


def _is_given(value: Node) -> bool:
    """Whether a value only says which entries are meant, or is one number."""
    return value.shape == () or (value.dtype is not None and value.dtype.kind == "b")


def _takes_in(update: Update, value: Node) -> bool:
    """Whether a value goes over into what an update makes, added or subtracted."""
    wanted, summands = {value.index}, [term.node for term in update.terms]
    if value in summands:
        return True
    return any(carry_path(n, wanted, value.index) is not None for n in (update.new, *summands))


def _learns_by_itself(graph: Graph, update: Update, blocked: set[int]) -> bool:
    """Whether the update depends on its old value other than through somebody else's update."""
    limit = update.new.index
    views = updated_views(graph, update.old, update.path)
    stack = [r for v in views for r in graph.readers[v.index] if r.index not in update.path]
    seen: set[int] = set()
    while stack:
        node = stack.pop()
        if node.index in seen or node.index in blocked or node.index > limit:
            continue
        if node is update.new:
            return True
        seen.add(node.index)
        stack.extend(graph.readers[node.index])
    return False
