"""Gradients that are added up sample by sample, each cut down to a length first.

Training with differential privacy clips every sample's gradient by its own norm before it is added
to the others, and adds noise.  The sum is no multiple of any loss's derivative, and is meant: what
is cut is the gradient, and the rule is none that a verdict could be given on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradlint.reading.graph import is_scalar
from gradlint.trace.tape import Node
from gradlint.truth.fit import TOLERANCE, fit, same

if TYPE_CHECKING:
    from gradlint.reading.step import Step
    from gradlint.truth.evaluate import Evaluation, Result
    from gradlint.truth.points import Point
    from gradlint.truth.study import Study

_MOST = 4096  # summands of one gradient that are looked at
_SCALING = {np.multiply, np.true_divide}


def leave_clipped_open(study: Study, evaluation: Evaluation | None, points: list[Point]) -> None:
    """Note which wrong gradients are right but for a cut of every sample's own."""
    for result in evaluation.results if evaluation is not None else ():
        assert evaluation is not None
        if evaluation.agrees(result) or len(result.gradient.terms) != 1:
            continue
        parts = _cut_parts(study.step, result.gradient.terms[0].node)
        if len(parts) > 1 and _is_right(result, parts, evaluation, points):
            name = study.step.names.of(parts[0])
            result.undecided = (
                f"right as far as `{name}`, of which each sample's own is cut down by its size"
            )


def _cut_parts(step: Step, whole: Node) -> list[Node]:
    """The values that are added up, without the cut of each; none if nothing is cut."""
    found: list[Node] = []
    stack, is_cut = [whole], False
    while stack and len(found) < _MOST:
        node = stack.pop()
        part, factor = _scaled(node)
        if node.index not in step.dependent:
            continue  # noise, and where a sum begins
        if node.function in (np.add, np.positive):
            stack += reversed(node.parents)
        elif part is None or part.index not in step.dependent:
            found.append(node)
        elif factor is None or factor.index not in step.dependent:
            stack.append(part)
        elif part.index in step.graph.ancestors([factor]):
            found.append(part)
            is_cut = True
        else:
            found.append(node)
    return found if is_cut and not stack else []


def _scaled(node: Node) -> tuple[Node | None, Node | None]:
    """What a number multiplies, and the number if it was computed: the later one of two."""
    if node.function not in _SCALING or len(node.args) < 2:
        return None, None
    one, other = node.args[:2]
    if not (isinstance(one, Node) and isinstance(other, Node)):
        return next(iter(node.parents), None), None
    if is_scalar(other) and not (is_scalar(one) and other.index < one.index):
        return one, other
    turned = node.function is np.multiply and is_scalar(one)
    return (other, one) if turned else (None, None)


def _is_right(
    result: Result, parts: list[Node], evaluation: Evaluation, points: list[Point]
) -> bool:
    """Whether the values before they are cut add up to one multiple of the truth."""
    factors = []
    for point, truths in zip(points, evaluation.truths, strict=False):
        true = truths.get(result.parameter.node.index)
        if true is None or any(part.index not in point.values for part in parts):
            return False
        hand = np.asarray(sum(np.asarray(point.of(part), dtype=float) for part in parts))
        found = fit(hand, np.asarray(true, float), np.asarray(point.changes[result.parameter.node]))
        if found.error > TOLERANCE or found.decay:
            return False
        factors.append(found.factor)
    return bool(factors) and factors[0] > 0 and all(same(f, factors[0]) for f in factors)
