"""Which values are parameters: what the forward pass reads and an update replaces.

No name is consulted.  A parameter is a value p that some operation reads, that has a successor u at
the same place of the next step, where u carries p over one to one (``p - lr * g``, in place or not,
through lists rebuilt with ``zip``, through writes into parts of a buffer) and also depends on p in
another way: through the forward and the backward pass.
"""

from __future__ import annotations

import math
from collections import defaultdict
from itertools import pairwise
from typing import Any

import numpy as np

from gradlint.reading.apart import is_among, is_left_alone, is_of_a_part, reads_of
from gradlint.reading.graph import (
    Graph,
    carried,
    carry_path,
    index_at,
    is_scalar,
    number_of,
    updated_views,
)
from gradlint.reading.hinges import is_compared, side_of
from gradlint.reading.learned import learned
from gradlint.reading.lineage import Lineage, Term, Update
from gradlint.reading.states import (
    goes_on_alone,
    without_data,
    without_inner,
    without_stages,
    without_states,
    without_transitions,
    without_worlds,
)
from gradlint.trace.meanings import InPlace
from gradlint.trace.primitives import add_at, laid_out, setitem, view, window, write_view
from gradlint.trace.tape import Node

_LONG = 20_000  # operations after which a step that is chosen by data would have been seen
_NUMBERS = "biufcO"  # kinds of arrays that hold numbers, not records or texts


def find_lineages(graph: Graph) -> list[Lineage]:
    """All parameter lineages on the tape, in order of their first reading.

    Several rooms ask for those of a finished tape; a long one takes a second.
    """
    size, found = graph.tape.remembered.get("lineages", (0, []))
    if size != len(graph.nodes):  # it has grown since
        found = _lineages(graph)
        graph.tape.remembered["lineages"] = len(graph.nodes), found
    return list(found)


def _lineages(graph: Graph) -> list[Lineage]:
    """All lineages; where none of them learns, also of what data moves that it has decided upon."""
    lineages = _chained(graph, _candidates(graph))
    if len(graph.nodes) > _LONG:
        return lineages
    if any(_learns(graph, line.updates[0]) for line in lineages):
        return [*lineages, *_held_against_numbers(graph, lineages)]
    return [_moved(line) for line in _chained(graph, _candidates(graph, by_choice=True))]


def _moved(line: Lineage) -> Lineage:
    """A lineage from the first update that data have moved: what is on the right side rests."""
    moving = [any(np.any(term.node.value) for term in u.terms) for u in line.updates]
    began = moving.index(True) if line.updates[0].plain and any(moving) else 0
    return Lineage(line.updates[began:])


def _held_against_numbers(graph: Graph, known: list[Lineage]) -> list[Lineage]:
    """Further lineages, such as the offset of a hinge: moved by data where a sum of both is low."""
    if not any(map(side_of, graph.tape.decisions)):
        return []
    olds = {update.old.index for line in known for update in line.updates}
    chosen = _chained(graph, _candidates(graph, by_choice=True))
    return [
        line
        for line in chosen
        if line.first.index not in olds and line.updates[0].plain
        if is_compared(graph, line.first, line.updates[0].new)
    ]


def made_once(graph: Graph) -> list[Lineage]:
    """Lineages of a single update that goes on with the very values it has learned from.

    Their gradients were worked out before the loop.  Whether they are gradients is for a loss to
    tell: data that are centred again and again look the same.
    """
    lines = _in_chains(graph, _candidates(graph))
    return [line for line in lines if goes_on_alone(graph, line)]


def _learns(graph: Graph, update: Update) -> bool:
    """Whether an update takes in more of the old value than a decay."""
    between = graph.ancestors([update.new], after=update.old.index - 1)
    found = learned(graph, [update.old], graph.descendants([update.old]) & between)
    return any(term.node.index in found for term in update.terms)


def _chained(graph: Graph, candidates: list[Update]) -> list[Lineage]:
    lineages = _in_chains(graph, candidates)
    lineages = without_transitions(without_data(graph, lineages))
    return without_worlds(graph, without_inner(graph, without_states(graph, lineages)))


def _in_chains(graph: Graph, candidates: list[Update]) -> list[Lineage]:
    chains: dict[int, Update] = {}
    for update in _successors(graph, candidates):
        chains.setdefault(update.old.index, update)
    lineages = []
    heads = set(chains) - {update.new.index for update in chains.values()}
    for head in sorted(heads):
        updates = []
        at: int | None = head
        while at is not None and at in chains:
            updates.append(chains[at])
            at = chains[at].new.index if chains[at].new.index > at else None
        lineages.append(Lineage(updates))
    return without_stages(lineages)


def _successors(graph: Graph, candidates: list[Update]) -> list[Update]:
    """The updates that replace a value for good, the likeliest of each value first.

    A value that one place turns into something new again and again, each time from itself, is an
    input, unless another place replaces it in the end: then these were trials (of a line search).
    Where it is changed element by element, the last change counts.
    """
    places: dict[tuple[int, int], list[Update]] = {}
    written = _written(candidates)
    for update in candidates:
        places.setdefault((update.old.index, id(update.new.spot)), []).append(update)
    olds = {update.old.index for update in candidates}
    trials: dict[int, list[Node]] = defaultdict(list)
    last: list[Update] = []
    for (old, _), updates in places.items():
        kept = _unless_continued(graph, updates, written)
        if len(kept) > 1 and updates[0].new.spot is not None:
            goes_on = kept[-1].new.index in olds and not _outlived(graph, kept[-1])
            kept = kept[-1:] if goes_on else []
            trials[old] += _tried(graph, updates, kept)
        last += kept
    last = [u for u in last if u.old.index not in trials or not _outlived(graph, u)]
    last = _outermost(graph, _whole(graph, last, written), written)
    for update in last:
        update.tried = trials.get(update.old.index, [])
    return sorted(last, key=lambda update: (_outlived(graph, update), update.new.index))


def _written(candidates: list[Update]) -> list[Node]:
    """The versions of arrays that updates write into, entry after entry."""
    return [u.new for u in candidates if u.new.function in (setitem, write_view)]


def _unless_continued(graph: Graph, updates: list[Update], written: list[Node]) -> list[Update]:
    """The updates of one value in one place, without those that a later one only continues."""
    kept = updates[:1]
    for update in updates[1:]:
        if kept[-1].new.index not in graph.ancestors([update.new], after=update.old.index):
            kept.append(update)
        elif not kept[-1].used or _is_half_way(graph, updates[0], kept[-1], update, written):
            kept[-1] = update
    return kept


def _whole(graph: Graph, updates: list[Update], written: list[Node]) -> list[Update]:
    """Without first parts of a step that two statements make: minus the expected, plus the seen."""
    by_old: dict[int, list[Update]] = defaultdict(list)
    for update in updates:
        by_old[update.old.index].append(update)
    return [
        update
        for update in updates
        if not any(
            update.new.index in other.path and _is_half_way(graph, update, update, other, written)
            for other in by_old[update.old.index]
            if other is not update
        )
    ]


def _outermost(graph: Graph, updates: list[Update], written: list[Node]) -> list[Update]:
    """The updates that are no part of another one."""
    around: dict[int, list[Update]] = defaultdict(list)
    olds = {update.old.index for update in updates}
    for update in updates:
        for old in olds.intersection(update.path):
            around[old].append(update)
    return [
        update
        for update in updates
        if not any(_is_within(graph, update, o, written) for o in around[update.old.index])
    ]


def _is_within(graph: Graph, part: Update, whole: Update, written: list[Node]) -> bool:
    """Whether an update is one of several writes, row after row, that make up another one."""
    later = part.old.index > whole.old.index and part.old.index in whole.path
    if not later or (part.new.index not in whole.path and part.new is not whole.new):
        return False
    read = _read_for(graph, part, part.old, part.old, written)
    read = [r for r in read if r.index not in whole.path]
    return all(is_left_alone(r, whole.old) for r in read)


def _is_half_way(
    graph: Graph, first: Update, earlier: Update, later: Update, written: list[Node]
) -> bool:
    """Whether a later update still learns from the forward pass that read the old value.

    A block that is used twice moves twice in one backward pass: nothing that was read of the old
    value for its first change has been read of the new one for the next.
    """

    def reads(value: Node, update: Update) -> list[Node]:
        own = update.new.spot.statement if update.new.spot is not None else None
        found = _read_for(graph, update, value, first.old, written)
        return [  # (its decay is in its own statement)
            r
            for r in found
            if r.index not in update.path and r.spot is not None and r.spot.statement is not own
        ]

    read = {id(r.spot) for r in reads(first.old, first)}
    again = reads(earlier.new, later)
    way = [r for r in graph.readers[earlier.new.index] if r.index in later.path]
    if any(id(r.spot) in read for r in way):
        return False  # the next forward pass begins: ``a.x * b.x`` of an engine scales either
    if read and all(is_left_alone(r, first.old) for r in again):  # row after row of one array
        before = reads(first.old, later)
        return not again or not all(map(is_of_a_part, before)) or is_among(later.new, before)
    return bool(read) and not read & {id(r.spot) for r in again}


def _read_for(
    graph: Graph, update: Update, value: Node, since: Node, written: list[Node]
) -> list[Node]:
    """What reads a value for an update, worked out ``since`` an older one.

    What flows through another array that is ``written`` to belongs to another step.
    """
    ends = (node for node in written if since.index < node.index < update.new.index)
    others = [node for node in ends if node.index not in update.path]
    below = graph.ancestors([update.new], after=since.index, cut=others)
    return [r for r in reads_of(graph, value) if r.index in below]


def _tried(graph: Graph, updates: list[Update], kept: list[Update]) -> list[Node]:
    """All that a line makes of one value, where it does so again and again."""
    accepted = {update.new for update in kept}
    old, example = updates[0].old.index, updates[0].new
    return [
        node
        for node in graph.nodes[old : updates[-1].new.index + 1]
        if node.spot is example.spot and node.function is example.function
        if node not in accepted and carry_path(node, {old}, old) is not None
    ]


def _outlived(graph: Graph, update: Update) -> bool:
    """Whether the old value is still read after the new one was: then it was not replaced."""
    first = min((r.index for r in graph.readers[update.new.index]), default=update.new.index)
    return any(r.index > first for r in graph.readers[update.old.index])


def _reads(graph: Graph) -> dict[tuple[Any, ...], list[tuple[Node, Node]]]:
    """For each operation at a place and argument of it: (reading operation, value read) in order.

    ``w[0] += u`` reads, adds and writes at one place.
    """
    reads: dict[tuple[Any, ...], list[tuple[Node, Node]]] = defaultdict(list)
    for node in graph.nodes:
        if node.spot is None:
            continue
        key = id(node.spot), getattr(node.function, "__name__", "")
        for position, parent in enumerate(node.parents):
            reads[*key, position].append((node, _turned(graph, parent)))
    return reads


def _turned(graph: Graph, value: Node) -> Node:
    """A matrix for what is only another look at the whole of it, through which it is written to.

    ``Q = Q.T`` before ``Q[k][j] += ...``: each version of ``Q`` is one of the matrix beneath it.
    """
    if value.function not in (view, np.transpose) or not isinstance(value.args[0], Node):
        return value
    beneath = value.args[0]
    whole = math.prod(value.shape) == math.prod(beneath.shape)
    written = any(reader.function is write_view for reader in graph.readers[beneath.index])
    return beneath if whole and (written or value.function is view) else value


def _candidates(graph: Graph, *, by_choice: bool = False) -> list[Update]:
    """The updates that learn from the old values; or by data that these have decided upon."""
    found: dict[tuple[int, int], Update] = {}
    for sequence in _reads(graph).values():
        earlier: dict[int, Node] = {}
        barren: set[int] = set()  # (an older value never leads to a younger one)
        readers: dict[int, Node] = {}
        oldest = len(graph.nodes)
        for reader, value in sequence:
            if value.index not in earlier:
                update = None
                if earlier:
                    update = _try(graph, value, earlier, oldest, found, barren, by_choice=by_choice)
                oldest = min(oldest, value.index)
                if update is not None and readers[update.old.index].index not in update.path:
                    update.used = True
                earlier[value.index] = value
                readers[value.index] = reader
    if not found:
        _by_name(graph, found, by_choice=by_choice)
    return sorted(found.values(), key=lambda update: update.new.index)


def _try(
    graph: Graph,
    new: Node,
    earlier: dict[int, Node],
    oldest: int,
    found: dict[tuple[int, int], Update],
    barren: set[int] | None = None,
    *,
    by_choice: bool = False,
) -> Update | None:
    if new.is_leaf or (new.dtype is not None and new.dtype.kind not in _NUMBERS):
        return None
    path = carry_path(new, earlier, oldest, barren, graph.carried)
    if path is None:
        return None
    old = path[-1]
    if (old.index, new.index) not in found:
        update = _update(graph, path)
        if by_choice and not (update is not None and _learns(graph, update)):
            update = _chosen(graph, path) or update
        if update is not None:
            found[old.index, new.index] = update
    return found.get((old.index, new.index))


def _by_name(
    graph: Graph, found: dict[tuple[int, int], Update], *, by_choice: bool = False
) -> None:
    """A program that is run for one step only: the update is bound to the parameter's name."""
    last: dict[str, Node] = {}
    labels: dict[int, list[str]] = {n.index: list(n.names) for n in graph.nodes if n.names}
    for owner, attribute, node in graph.tape.held:
        labels.setdefault(node.index, []).append(f"{id(owner)}.{attribute}")
    for index in sorted(labels):
        node = graph.nodes[index]
        for label in labels[index]:
            before = last.get(label)
            if before is not None and before is not node:
                _try(graph, node, {before.index: before}, before.index, found, by_choice=by_choice)
            last[label] = node
    for version in list(graph.tape.written.values()):
        root = version
        while root.function in (write_view, setitem) or _is_in_place(root):
            root = root.args[0]
        if root is not version:
            _try(graph, version, {root.index: root}, root.index, found, by_choice=by_choice)
    for update in found.values():
        update.named = True


def _is_in_place(node: Node) -> bool:
    return isinstance(node.run, InPlace)


def _update(graph: Graph, path: list[Node]) -> Update | None:
    """The update along a path from the new value to the old one, if it learns from the old one."""
    new, old = path[0], path[-1]
    if not _read_beside(graph, old, new, {node.index for node in path[:-1]}):
        return None
    update = Update(old, new, 1.0, [])
    update.keep = _walk(path, 1.0, (), update)
    read = _read_beside(graph, old, new, update.path) if update.terms else set()
    learns = read and not read.isdisjoint(graph.ancestors([new], after=old.index))
    return update if learns else None


def _read_beside(graph: Graph, old: Node, new: Node, path: set[int]) -> set[int]:
    """What reads an old value before the new one is there, beside the path between the two."""
    return {
        reader.index
        for value in updated_views(graph, old, path)
        for reader in graph.readers[value.index]
        if reader.index <= new.index and reader.index not in path
    }


def _chosen(graph: Graph, path: list[Node]) -> Update | None:
    """The update along a path whose terms are data that the old value has decided upon.

    As that of a hinge is, where ``if margin < 1`` has chosen which samples are added up.
    """
    new, old = path[0], path[-1]
    line = plain_lineage(old, new) if graph.decides(old) < new.index else None
    return line.updates[0] if line is not None else None


def plain_lineage(old: Node, new: Node) -> Lineage | None:
    """The step from one value to another that carries it over, though it learns nothing of it.

    A gradient may be made of data alone: that of a hinge is, where ``if margin < 1`` has chosen.
    """
    path = carry_path(new, {old.index}, old.index)
    if path is None:
        return None
    update = Update(old, new, 1.0, [], plain=True)
    update.keep = _walk(path, 1.0, (), update)
    return Lineage([update]) if update.terms and update.keep == 1.0 else None


def _walk(path: list[Node], factor: float, places: tuple[Node, ...], update: Update) -> float:
    """Collect the summands along a path; returns what is left of the old value's coefficient.

    What was written at one place of a buffer was worked out from the buffer as earlier writes left
    it: where its path meets the path of the buffer, the rest has its own turn there.
    """
    known = set(update.path)
    update.path.update(node.index for node in path[:-1])
    for node, following in pairwise(path):
        if node.index in known:
            break
        function, args = node.function, node.args
        if function is np.add:
            other = args[1] if args[0] is following else args[0]
            _term(update, factor, other, places)
        elif function is np.subtract:
            _term(update, -factor, args[1], places)
        elif function in (np.multiply, np.true_divide):
            scale = _scaling(node, following)
            factor *= 1.0 if scale is None else scale
        elif function in (write_view, setitem) and following is args[0]:
            inner = _carried_within(node, update)
            if inner is not None:
                _walk(inner, factor, (*places, node), update)
        elif function is write_view:  # what is written carries on: the buffer is seen through it
            places = (*places, node)
        elif function is add_at and following is args[0]:
            _term(update, factor, args[2], (*places, node))
    return factor


def _scaling(node: Node, carried_on: Node) -> float | None:
    """What a product or a quotient multiplies the value with; None if not with one number."""
    left, right = node.args
    other = right if left is carried_on else left
    if not is_scalar(other):
        return None
    number = number_of(other)
    if node.function is not np.true_divide:
        return number
    return 1.0 / number if number else None


def _carried_within(write: Node, update: Update) -> list[Node] | None:
    """The path that carries an old value through what is written, if it is carried there.

    It ends where it meets what is known to carry the old value: a buffer may be written to
    thousands of times within one update.
    """
    values = write.args[1] if write.function is write_view else write.args[2]
    if not isinstance(values, Node):
        return None
    wanted, old = update.path, update.old.index
    wanted.add(old)
    found = carry_path(values, wanted, old)
    wanted.discard(old)
    return found


def _term(update: Update, coefficient: float, value: Any, places: tuple[Node, ...]) -> None:
    if isinstance(value, Node):
        update.terms.append(Term(coefficient, value, places))


def placed(term: Term, value: Any, shape: tuple[int, ...], values: dict[int, Any]) -> np.ndarray:
    """The value of a term as a summand of the whole parameter.

    ``values`` are those of all nodes at the point in question: what is nearest or largest, and so
    is written to, may be another row there.
    """
    amount: np.ndarray = np.asarray(value, dtype=float) * term.coefficient
    for write in reversed(term.places):
        base = np.zeros(write.shape)
        if write.function is write_view:
            window(base, write.args[2])[...] = amount
        elif write.function is add_at:
            np.add.at(base, index_at(write.args[1], values), amount)
        else:
            index = index_at(write.args[1], values)
            base[index] = amount
        amount = base
    if amount.shape != shape and amount.size == int(np.prod(shape)):
        return amount.reshape(shape)
    return amount


def taken(term: Term, value: np.ndarray, values: dict[int, Any]) -> np.ndarray:
    """The part of a whole parameter's value at which a term is put: the inverse of ``placed``."""
    for write in term.places:
        if write.function is write_view:
            value = window(laid_out(np.array(value), write.args[2].layout), write.args[2])
        else:
            value = np.asarray(value[index_at(write.args[1], values)])
    return value


__all__ = ["Lineage", "Term", "Update", "carried", "find_lineages", "placed", "view"]
