"""One number that users can check themselves: an entry of a gradient, theirs and the true one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.trace.replay import Unrepeatable
from gradlint.truth.evaluate import same

if TYPE_CHECKING:
    from gradlint.truth.evaluate import Evaluation, Result
    from gradlint.truth.study import Study

_LARGE = 2_000_000  # numbers in all values of a step whose loss is not computed twice more
_STEP = 1e-5  # of a central difference, relative to the entry
_NOTHING = 1e-9  # of the true entry: what rounding leaves of terms that cancel
_SHOWN = 0.001  # relative: what four digits cannot tell apart is not shown


def worst_entry(study: Study, reference: Evaluation, result: Result) -> str:
    """``W1[2, 0]: yours 0.412, central difference 0.206``, where the program computed its gradient.

    Empty where the loss is not computed, where all gradients are a multiple of its own, or where a
    central difference tells no more than rounding.
    """
    objective, node = reference.objective, result.parameter.node
    if objective.kind != "computed" or not same(reference.expected(result), 1.0):
        return ""
    point = study.own
    hand = study.hand(result.gradient, result.parameter, point)
    true = study.truth(objective, point).get(node.index)
    whole = np.asarray(point.changes[node], dtype=float)
    if true is None or hand.shape != np.shape(true) or hand.shape != whole.shape:
        return ""
    work = sum(int(np.prod(n.shape)) for n in study.order(objective))
    if not whole.size or work > _LARGE or not np.isfinite(hand).all():
        return ""
    place = np.unravel_index(int(np.argmax(np.abs(hand - true))), whole.shape)
    known, yours = float(true[place]), float(hand[place])
    yours = yours if abs(yours) > _NOTHING * abs(known) else 0.0
    measured = _slope(study, reference, result, place)
    if measured is None or abs(measured - known) > _SHOWN * abs(known):
        return ""
    if abs(yours - known) <= _SHOWN * abs(known):
        return ""
    where = "".join(["[", ", ".join(map(str, place)), "]"]) if place else ""
    return f"{result.parameter.name}{where}: yours {yours:.3g}, central difference {measured:.3g}"


def _slope(
    study: Study, reference: Evaluation, result: Result, place: tuple[Any, ...]
) -> float | None:
    """The central difference of the loss along one entry; None where it cannot be had."""
    point, node = study.own, result.parameter.node
    whole = np.asarray(point.changes[node], dtype=float)
    length = _STEP * max(1.0, abs(float(whole[place])))

    def there(sign: float) -> float:
        moved = whole.copy()
        moved[place] += sign * length
        changed: Any = float(moved) if type(point.changes[node]) is float else moved
        return study.value(reference.objective, {**point.changes, node: changed}, point)

    try:
        return (there(1.0) - there(-1.0)) / (2 * length)
    except Unrepeatable:
        return None
