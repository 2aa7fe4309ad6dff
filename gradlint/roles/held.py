"""Directions that a program iterates by itself, and that its backward pass holds constant.

Spectral normalisation turns a vector a little further at each step, ``u = W @ v; u /= norm(u)``,
and goes on from there in the next.  Where the iteration has converged, a small change of W does not
change the singular value through u: so by custom u and v count as given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradlint.trace.tape import Node

if TYPE_CHECKING:
    from gradlint.roles.step import Step

_NORMS = {np.linalg.norm, np.sqrt}


def held_directions(step: Step) -> tuple[Node, ...]:
    """Vectors of unit length that the step works out, if one of them goes on into the next."""
    backward = step.graph.ancestors(step.gradient_nodes)
    found = [
        node
        for node in map(step.graph.nodes.__getitem__, sorted(step.dependent - step.later))
        if node.index in backward and _is_brought_to_length(node)
    ]
    goes_on = any(r.index > step.end for node in found for r in step.graph.readers[node.index])
    return tuple(found) if goes_on else ()


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
