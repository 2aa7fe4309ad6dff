"""Deltas that are a bounded function of a residual: absolute error, Huber's loss, the pinball loss.

Each is recognised by its formula; what only looks like it (branches that are exchanged, a slope
that falls) is no member of the family.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.reading.residuals import difference
from gradlint.trace.tape import Node

if TYPE_CHECKING:
    from gradlint.reading.step import Step

Bounded = tuple[Node, float, str]  # the output, the sign of the delta, the kind of loss

_ABOVE = {np.greater, np.greater_equal}
_BELOW = {np.less, np.less_equal}


def bounded(step: Step, node: Node) -> Bounded | None:
    """What a value is as the derivative of a loss of absolute errors; None if it is none."""
    if node.function is np.sign:
        found = _distance(step, node.args[0])
        return None if found is None else (*found, "absolute-error")
    if node.function is np.clip:
        return _clipped(step, node)
    if node.function is np.where and len(node.args) == 3:
        return _branches(step, node)
    return None


def _clipped(step: Step, node: Node) -> Bounded | None:
    """``clip(output - target, -c, c)``."""
    found = _distance(step, node.args[0])
    bounds = [_number(bound) for bound in node.args[1:3]]
    if found is None or len(bounds) != 2 or None in bounds:
        return None
    low, high = bounds
    return (*found, "huber") if low == -high else None  # type: ignore[operator]


def _branches(step: Step, node: Node) -> Bounded | None:
    """``where(target > output, -q, 1 - q)``: one number above, another one below."""
    condition, (yes, no) = node.args[0], map(_number, node.args[1:])
    if not isinstance(condition, Node) or yes is None or no is None or yes * no >= 0:
        return None
    function, args = condition.function, condition.args
    if function not in _ABOVE | _BELOW or len(args) != 2:
        return None
    zero = _number(args[1]) == 0
    found = _distance(step, args[0]) if zero else difference(step, args, 1.0)
    if found is None:
        return None
    output, sign = found  # of what is above zero where the condition holds
    sign *= 1.0 if function in _ABOVE else -1.0
    return output, (1.0 if yes > 0 else -1.0) * sign, "pinball"


def _distance(step: Step, value: Any) -> tuple[Node, float] | None:
    if not isinstance(value, Node) or value.function is not np.subtract:
        return None
    return difference(step, value.args, 1.0)


def _number(value: Any) -> float | None:
    found = value.value if isinstance(value, Node) else value
    if found is None or np.ndim(found) or isinstance(found, (str, bytes)):
        return None
    return float(found)
