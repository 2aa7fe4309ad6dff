"""Which values of the backward pass carry a cotangent, and which of them say nothing by themselves.

Between the values that the outputs are compared with and the gradients, outside the forward pass
and before the updates: what is computed there should be the derivative of something.
"""

from __future__ import annotations

import ast
import operator
from typing import TYPE_CHECKING

import numpy as np

from gradlint.reading.alike import Alike
from gradlint.reading.graph import is_scalar
from gradlint.trace.primitives import leaf, setitem
from gradlint.truth.backprop import WRITES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

    from gradlint.reading.graph import Graph
    from gradlint.reading.step import Step
    from gradlint.trace.tape import Node
    from gradlint.truth.evaluate import Evaluation


def find_carriers(
    step: Step, reference: Evaluation, forward: set[int], truth: Mapping[int, np.ndarray]
) -> list[Node]:
    """The values of the backward pass that carry a cotangent, in order of execution."""
    graph, alike = step.graph, Alike(step.graph.nodes)
    gradients = [t.node for r in reference.results for t in r.gradient.terms]
    ends = {n.index for n in gradients}
    fed = _fed(step, reference, forward, truth, alike) - _computed_again(step, forward, alike)
    below = graph.ancestors(gradients)
    updates = set().union(*(r.parameter.update.path for r in reference.results))
    fed |= ends  # (what no error flows into is wrong for that)
    picked = sorted(((step.backward - forward) & fed & below) - updates)
    kept = _carrying(graph, picked, ends)
    return [graph.nodes[i] for i in picked if i in kept and graph.nodes[i].is_float]


def _fed(
    step: Step,
    reference: Evaluation,
    forward: set[int],
    truth: Mapping[int, np.ndarray],
    alike: Alike,
) -> AbstractSet[int]:
    """What is made of the targets, of data that is met later, or of the outputs themselves."""
    graph = step.graph
    if reference.objective.kind == "computed":
        targets = _targets(step, forward, truth)
    else:
        targets = _deltas(step, reference, alike)
    fed = graph.descendants(targets)
    ends = {t.node.index for r in reference.results for t in r.gradient.terms}
    if ends & fed or not step.lineages:  # a pair may leave out the gradient from above
        return fed
    starts = _met_on_the_way_back(step, forward), _taken_from_outputs(step, forward, truth)
    found: list[AbstractSet[int]] = [graph.descendants(nodes) for nodes in starts]
    return next((after for after in found if ends <= after), step.dependent)


def _deltas(step: Step, reference: Evaluation, alike: Alike) -> list[Node]:
    """The deltas of an implied loss; each line may work ``2 * e`` out for itself."""
    deltas = [delta for _, delta in reference.objective.pairs if delta is not None]
    made = alike.numbers(deltas)
    backward = map(step.graph.nodes.__getitem__, sorted(step.backward))
    return [*deltas, *(node for node in backward if alike.number(node) in made)]


def _met_on_the_way_back(step: Step, forward: set[int]) -> list[Node]:
    """Data that only the backward pass reads: labels in another form than in the forward pass."""
    nodes, known = step.graph.nodes, step.dependent | forward
    read = {p for i in forward for p in nodes[i].parents}
    met = {p for i in step.backward - forward for p in nodes[i].parents} - read
    given = [n for n in met if n.index not in known and not is_scalar(n)]
    return [n for n in given if n.value is not None and np.any(np.asarray(n.value))]


def _taken_from_outputs(
    step: Step, forward: set[int], truth: Mapping[int, np.ndarray]
) -> list[Node]:
    """What the backward pass makes of the outputs: where they are compared with the inputs."""
    outputs = map(step.graph.nodes.__getitem__, _behind_all(step, forward, truth))
    return [r for n in outputs for r in step.graph.readers[n.index] if r.index not in forward]


def _behind_all(step: Step, forward: set[int], truth: Mapping[int, np.ndarray]) -> frozenset[int]:
    """The values of the forward pass that every parameter with a gradient has entered."""
    last = max(forward, default=-1)
    live = [
        step.graph.descendants([p.node], until=last)
        for p in step.parameters
        if np.any(truth.get(p.node.index, 0.0))
    ]
    return frozenset.intersection(*live) & forward if live else frozenset()


def _carrying(graph: Graph, picked: list[int], ends: set[int]) -> set[int]:
    """What leads to some ends; what only decides a branch or a mask carries nothing."""
    kept = set(ends)
    for index in reversed(picked):
        readers = (r for r in graph.readers[index] if r.index in kept)
        if any(r.dtype is None or r.dtype.kind != "b" for r in readers):
            kept.add(index)
    return kept


def _computed_again(step: Step, forward: set[int], alike: Alike) -> set[int]:
    """Values of the forward pass that the backward pass works out once more; errors are none."""
    known = alike.numbers([step.graph.nodes[i] for i in forward])
    again = (step.graph.nodes[i] for i in step.backward)
    return {n.index for n in again if n.function is not np.subtract and alike.number(n) in known}


def running_sums(graph: Graph, carriers: list[Node]) -> set[int]:
    """Sums and stores that a later execution of the same line adds to: nothing to judge yet.

    Nor are buffers that nothing reads before more is stored in them.
    """
    found = {n.index for n in carriers if n.function in WRITES and _is_filled_on(graph, n)}
    totals: dict[int, list[set[int]]] = {}  # by line: what each of its last sums was made of
    for node in reversed(carriers):
        adds_up = node.spot is not None and isinstance(node.spot.node, ast.AugAssign)
        if not adds_up and node.function not in WRITES:
            continue
        later = totals.setdefault(id(node.spot), [])
        if any(node.index in summed for summed in later):
            found.add(node.index)
        else:
            later.append(_summed(node))
    return found


def _is_filled_on(graph: Graph, version: Node) -> bool:
    """Whether all that reads a buffer stores something else in it."""
    readers = graph.readers[version.index]
    return bool(readers) and all(r.function in WRITES and r.args[0] is version for r in readers)


def read_back(graph: Graph, store: Node) -> list[Node]:
    """What reads just what was stored under an index, before something else is stored there."""
    found, version = [], store
    while True:
        readers = graph.readers[version.index]
        found += [r for r in readers if r.function is operator.getitem and is_at(r, store)]
        later = [r for r in readers if r.function is setitem and r.args[0] is version]
        if len(later) != 1 or is_at(later[0], store):
            return found
        version = later[0]


def is_at(node: Node, store: Node) -> bool:
    """Whether two reads or writes are at one index that is a number, or several."""
    one, other = node.args[1], store.args[1]
    plain = all(type(part) is int for part in (other if isinstance(other, tuple) else (other,)))
    return plain and type(one) is type(other) and bool(one == other)


def vanishing(carriers: list[Node], values: Mapping[int, object]) -> set[int]:
    """Carriers that are zero throughout: they say nothing about what they were made of."""
    return {
        n.index
        for n in carriers
        if n.index in values and not np.any(np.asarray(values[n.index], dtype=float))
    }


def _summed(node: Node) -> set[int]:
    """Everything that one running sum was made of by its own line, and by stores in between."""
    seen: set[int] = set()
    stack = [node]
    while stack:
        for parent in stack.pop().parents:
            same_line = parent.spot is node.spot or parent.spot is None
            goes_on = same_line or parent.function is np.add or parent.function in WRITES
            if parent.index not in seen and goes_on:
                seen.add(parent.index)
                stack.append(parent)
    return seen


def _targets(step: Step, forward: set[int], truth: Mapping[int, np.ndarray]) -> list[Node]:
    """What the outputs are compared with: values that enter after every parameter has."""
    graph = step.graph
    late = _behind_all(step, forward, truth)
    early = graph.ancestors([graph.nodes[i] for i in forward - late])
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
