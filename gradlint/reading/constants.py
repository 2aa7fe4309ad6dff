"""What a program works out from its parameters, and its backward pass holds constant by design.

Spectral normalisation turns a vector a little further at each step, ``u = W @ v; u /= norm(u)``,
and goes on from there in the next.  Where the iteration has converged, a small change of W does not
change the singular value through u: so by custom u and v count as given.  So does what several
steps in turn are taken from (the probabilities before a policy was updated, an advantage), and the
inner step of first-order meta-learning.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradlint.reading.residuals import difference
from gradlint.trace.tape import Node

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.reading.step import Step

_NORMS = {np.linalg.norm, np.sqrt}


def held(step: Step) -> Iterator[tuple[Node, ...]]:
    """Values that may be meant as given, one kind after the other."""
    backward = step.graph.ancestors(step.gradient_nodes)
    indices = sorted((step.dependent - step.later) & backward)
    nodes = [step.graph.nodes[index] for index in indices]
    for found in (
        directions(step, nodes),
        bootstrapped(step, nodes),
        _lasting(step, nodes),
        _inner_changes(step, nodes),
    ):
        if found:
            yield tuple(found)


def directions(step: Step, nodes: list[Node]) -> list[Node]:
    """Vectors of unit length that the step works out, if one of them goes on into the next."""
    found = [node for node in nodes if _is_brought_to_length(node)]
    goes_on = any(r.index > step.end for node in found for r in step.graph.readers[node.index])
    return found if goes_on else []


def _is_brought_to_length(node: Node) -> bool:
    """Whether a vector is another one divided by that one's norm."""
    if node.function is not np.true_divide or sum(n > 1 for n in node.shape) != 1:
        return False
    vector, norm = node.args[:2]
    rooted = False
    while isinstance(norm, Node) and norm.shape in ((), (1,), (1, 1)):
        rooted = rooted or norm.function in _NORMS
        if rooted and vector in norm.parents:
            return True
        norm = next((p for p in norm.parents if not p.is_leaf), None)
    return rooted and isinstance(norm, Node) and vector in norm.parents


def bootstrapped(step: Step, nodes: list[Node]) -> list[Node]:
    """Targets that are a reward and an estimate of one's own: ``r + gamma * v(next)``."""
    found: dict[int, Node] = {}
    for node in nodes:
        if node.function is not np.subtract or len(node.args) != 2:
            continue
        resolved = difference(step, node.args, 1.0)
        learning = [a for a in node.args if isinstance(a, Node) and a.index in step.dependent]
        if resolved is not None and len(learning) == 2:
            target = next(a for a in learning if a is not resolved[0])
            found[target.index] = target
    return list(found.values())


def _lasting(step: Step, nodes: list[Node]) -> list[Node]:
    """Values that the same line reads in this step and in the next."""
    return [node for node in nodes if node not in step.olds and _is_lasting(step, node)]


def _is_lasting(step: Step, node: Node) -> bool:
    readers = step.graph.readers[node.index]
    now = {id(r.spot) for r in readers if r.index <= step.end}
    return any(r.index > step.end and id(r.spot) in now for r in readers)


def _inner_changes(step: Step, nodes: list[Node]) -> list[Node]:
    """By how much a parameter is moved before its gradient is taken."""
    ways = set().union(*(p.update.path for p in step.parameters))
    return [
        change
        for node in nodes
        if node.function in (np.add, np.subtract) and node.index not in ways
        for change in node.args[1:]
        if node.args[0] in step.olds and isinstance(change, Node)
        if change.shape == node.shape and node.args[0].index in step.graph.ancestors([change])
    ]
