"""What a program works out from its gradients: their norms, how far they reach; never a loss."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gradlint.reading.step import Step


def made_of_gradients(step: Step) -> set[int]:
    """What is computed, by one place, from the gradients of most parameters.

    One of them may be the error itself, that of a single sample's bias, and a loss made of it.
    """
    made: dict[int, set[int]] = {}  # by place, what it makes of gradients
    owners: dict[int, set[str]] = {}
    for parameter in step.parameters:
        nodes = [t.node for g in parameter.gradients for t in g.terms]
        for index in step.graph.descendants(nodes) - step.later:
            place = id(step.graph.nodes[index].spot)
            made.setdefault(place, set()).add(index)
            owners.setdefault(place, set()).add(parameter.name)
    most = max(2, len(step.parameters) // 2 + 1)
    return {index for place, found in made.items() if len(owners[place]) >= most for index in found}
