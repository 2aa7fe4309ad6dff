"""Terms of a parameter alone that join its right gradient on the way into the update.

Where the loss shows no penalty they are an ordinary decay.  Where it states the penalty itself,
what joins the gradient is held to it: half of the penalty, one more, or one of another form is part
of what the update takes for the gradient, and no optimiser's.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING

import numpy as np

from gradlint.reading.sums import terms_of
from gradlint.trace.primitives import assigned, setitem, view, write_view

if TYPE_CHECKING:
    from gradlint.reading.objective import Objective
    from gradlint.reading.step import Gradient, Parameter, Step
    from gradlint.trace.tape import Node
    from gradlint.truth.study import Study

_ADDING = {np.add, np.subtract}
_LINEAR = {
    *_ADDING, np.multiply, np.true_divide, np.negative, np.copy, np.array, np.asarray, np.reshape,
    np.ravel, np.transpose, np.squeeze, np.concatenate, operator.getitem, assigned, setitem, view,
    write_view,
}  # fmt: skip


def joined(study: Study, objective: Objective, parameter: Parameter, own: Gradient) -> Node | None:
    """The last value in which a term of its parameter joins a gradient, if the loss penalises it.

    Only as far as what is done to the gradient is linear: what an optimiser makes of it is a step.
    """
    node = with_own_term(study, parameter, own)
    return node if node is not None and penalises(study, objective, parameter) else None


def with_own_term(study: Study, parameter: Parameter, own: Gradient) -> Node | None:
    """The last value in which a term of its parameter joins a gradient, whatever the loss is."""
    key = ("joined", parameter, own.node)
    if key not in study.remembered:
        study.remembered[key] = _joined(study.step, parameter, own)
    node: Node | None = study.remembered[key]
    return node


def _joined(step: Step, parameter: Parameter, own: Gradient) -> Node | None:
    graph, update = step.graph, parameter.update
    sources = [term.node for term in own.terms]
    linear, found = {node.index for node in sources}, None
    between = graph.ancestors([update.new], after=min(linear)) & graph.descendants(sources)
    for index in sorted(between - linear):
        node = graph.nodes[index]
        if index in update.path or node.function not in _LINEAR:
            continue
        others = [p for p in node.parents if p.index not in linear]
        if len(others) < len(node.parents) and not between & {p.index for p in others}:
            linear.add(index)
            if node.function in _ADDING and any(_is_own(step, parameter, p) for p in others):
                found = node
    return found


def _is_own(step: Step, parameter: Parameter, term: Node) -> bool:
    """Whether a value is made of one parameter, and of no data."""
    above = step.graph.ancestors([term], cut=[p.node for p in step.parameters])
    made_of = [step.graph.nodes[i] for i in above]
    roots = {p.index for n in made_of for p in n.parents} | above
    outer = any(n.is_leaf and n.shape and np.ptp(n.value) for n in made_of)
    return parameter.node.index in roots and not outer


def penalises(study: Study, objective: Objective, parameter: Parameter) -> bool:
    """Whether a summand of a computed loss is made of this parameter, and of no data."""
    if objective.kind != "computed":
        return False
    key = ("penalises", parameter, objective.values[-1])
    if key not in study.remembered:
        terms = terms_of(objective)
        study.remembered[key] = len(terms) > 1 and any(
            _is_own(study.step, parameter, term.values[-1]) for term in terms
        )
    found: bool = study.remembered[key]
    return found
