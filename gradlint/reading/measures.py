"""What a program works out from its gradients: their norms, how far they reach; never a loss."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradlint.reading.graph import is_scalar

if TYPE_CHECKING:
    from gradlint.reading.step import Step
    from gradlint.trace.tape import Node


def made_of_gradients(step: Step) -> set[int]:
    """What is computed, by one place, from the gradients of most parameters.

    One of them may be the error itself, that of a single sample's bias, and a loss made of it.
    """
    made: dict[int, set[int]] = {}  # by place, what it makes of gradients
    owners: dict[int, set[str]] = {}
    for parameter in step.parameters:
        terms = [t.node for g in parameter.gradients[:2] for t in g.terms]
        nodes = [n for term in terms for n in _summed(step, _plain(step, term))]
        for index in step.graph.descendants(nodes) - step.later:
            place = id(step.graph.nodes[index].spot)
            made.setdefault(place, set()).add(index)
            owners.setdefault(place, set()).add(parameter.name)
    most = max(2, len(step.parameters) // 2 + 1)
    if len(step.parameters) == 1 and step.parameters[0].node.shape not in ((), (1,), (1, 1)):
        most = 1  # an array: its gradient is no error of a single output
    return {index for place, found in made.items() if len(owners[place]) >= most for index in found}


def _summed(step: Step, gradient: Node) -> list[Node]:
    """A gradient, and the shares of it that it is the sum of, as of one sample each."""
    found, stack = {gradient.index: gradient}, [gradient]
    learned = {old.index for old in step.olds}  # decayed, and read by the forward pass as well
    while stack:
        node = stack.pop()
        for parent in node.parents if node.function is np.add else ():
            share = _plain(step, parent)
            alike = share.shape == gradient.shape and share.index in step.backward - learned
            if alike and share.shape and share.index not in found:
                found[share.index] = share
                stack.append(share)
    return list(found.values())


def _plain(step: Step, node: Node) -> Node:
    """A gradient without the step size it is multiplied with: a line search tries several.

    An error that an input is multiplied with is none, though both may be single numbers.
    """
    while node.function in (np.multiply, np.true_divide, np.negative):
        arrays = [p for p in node.parents if not is_scalar(p)]
        if len(arrays) != 1 or arrays[0].shape != node.shape:
            break
        if any(is_scalar(p) and p.index in step.dependent for p in node.parents):
            break
        node = arrays[0]
    return node
