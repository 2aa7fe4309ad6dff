"""The known families of losses, one row each: how a backward pass shows which one it starts from.

Where no loss is computed, what the gradients start from tells which is meant.  It may be a
residual, output minus target, taken through the link function that belongs to the family; or a
value whose own formula is the derivative by the output: the sign of a residual, a clip of it.  What
only looks like that (branches that are exchanged, a slope that falls) is no member of the family.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.reading.residuals import difference
from gradlint.reading.scaled import multiplied
from gradlint.structs import struct
from gradlint.trace.tape import Node

if TYPE_CHECKING:
    from collections.abc import Callable

    from gradlint.reading.step import Step

Array = np.ndarray
Signed = tuple[Node, float]  # an output, and the sign with which a value is the derivative by it

_FEW = 64  # numbers, or samples, that rule most links out
_ABOVE = {np.greater, np.greater_equal}
_BELOW = {np.less, np.less_equal}


@struct
class Family:
    """One family of losses.

    ``said`` words it for a report, with ``{output}``.  ``link`` tells whether outputs are made of
    values by the function with which the residual is the derivative by these.  ``delta`` finds the
    output that a value is the family's derivative by; such losses grow less fast than a square,
    which may be watched beside them.  What explains as much as a ``rare`` one is meant instead.
    """

    name: str
    said: str
    link: Callable[[Array, Array], bool] | None = None
    delta: Callable[[Step, Node], Signed | None] | None = None
    rare: bool = False


FAMILIES: dict[str, Family] = {}


def family(name: str, said: str, **how: Any) -> None:
    """State a family of losses; ``how`` it is recognised are the fields of :class:`Family`."""
    FAMILIES[name] = Family(name, said, **how)


def linked(values: Array, outputs: Array) -> str | None:
    """The family whose canonical link makes the outputs of the values; None if none does."""
    with np.errstate(all="ignore"):
        known = (f for f in FAMILIES.values() if f.link is not None and f.link(values, outputs))
        return next((f.name for f in known), None)


def derivative_of_a_family(step: Step, node: Node) -> tuple[Node, float, str] | None:
    """(output, sign, family) of a value that is the derivative of a loss by its own formula."""
    for known in FAMILIES.values():
        found = known.delta(step, node) if known.delta is not None else None
        if found is not None:
            return (*found, known.name)
    return None


# -- link functions -----------------------------------------------------------------------------


def _is_sigmoid_or_softmax(z: Array, a: Array) -> bool:
    return _entrywise(z, a, lambda v: 1.0 / (1.0 + np.exp(-v)), 1e-12) or bool(softmax_axes(z, a))


def _is_exponential(z: Array, a: Array) -> bool:
    return _entrywise(z, a, np.exp, 1e-8)


def _is_step(z: Array, a: Array) -> bool:
    """Whether a says on which side of zero each entry of z is: 1 and −1, or 1 and 0."""
    sides = set(np.unique(a).tolist())
    if a.shape != z.shape or not 0 < len(sides) <= 2 or not sides <= {-1, 0, 1}:
        return False
    return bool(np.all((z == 0) | ((a > 0) == (z > 0))))


def _entrywise(z: Array, a: Array, function: Callable[[Array], Array], atol: float) -> bool:
    """Whether a function of each entry makes a of z; the first few rule most of them out."""
    pairs = (z.reshape(-1)[:_FEW], a.reshape(-1)[:_FEW]), (z, a)
    return z.size > 0 and all(
        np.allclose(made, function(given), rtol=1e-6, atol=atol) for given, made in pairs
    )


def softmax_axes(z: Array, a: Array) -> list[int]:
    """The axes over which a is the softmax of z; most are ruled out by the first few samples."""
    found = []
    with np.errstate(all="ignore"):
        for axis in [k for k in range(z.ndim) if z.shape[k] > 1]:
            few = tuple(slice(None if k == axis else _FEW) for k in range(z.ndim))
            if _is_softmax(z[few], a[few], axis) and _is_softmax(z, a, axis):
                found.append(axis)
    return found


def _is_softmax(z: Array, a: Array, axis: int) -> bool:
    e = np.exp(z - z.max(axis=axis, keepdims=True))
    return np.allclose(a, e / e.sum(axis=axis, keepdims=True), rtol=1e-6)


# -- derivatives by their formula ---------------------------------------------------------------


def distance(step: Step, value: Any) -> Signed | None:
    """(output, sign) of the difference between an output and a target."""
    if not isinstance(value, Node) or value.function is not np.subtract:
        return None
    return difference(step, value.args, 1.0)


def _signed(step: Step, node: Node) -> Signed | None:
    """``sign(output - target)``."""
    if node.function is not np.sign or not isinstance(node.args[0], Node):
        return None
    value, sign = node.args[0], 1.0
    while (found := multiplied(value)) is not None and found[1]:
        value, sign = found[0], sign * float(np.sign(found[1]))  # the size counts for nothing
    signed = distance(step, value)
    return None if signed is None else (signed[0], sign * signed[1])


def _clipped(step: Step, node: Node) -> Signed | None:
    """``clip(output - target, -c, c)``."""
    bounds = [_number(bound) for bound in node.args[1:3]] if node.function is np.clip else []
    if len(bounds) != 2 or None in bounds or bounds[0] != -bounds[1]:  # type: ignore[operator]
        return None
    return distance(step, node.args[0])


def _branches(step: Step, node: Node) -> Signed | None:
    """``where(target > output, -q, 1 - q)``: one number above, another one below."""
    if node.function is not np.where or len(node.args) != 3:
        return None
    condition, (yes, no) = node.args[0], map(_number, node.args[1:])
    if not isinstance(condition, Node) or yes is None or no is None or yes * no >= 0:
        return None
    function, args = condition.function, condition.args
    if function not in _ABOVE | _BELOW or len(args) != 2:
        return None
    zero = _number(args[1]) == 0
    found = distance(step, args[0]) if zero else difference(step, args, 1.0)
    if found is None:
        return None
    output, sign = found  # of what is above zero where the condition holds
    sign *= 1.0 if function in _ABOVE else -1.0
    return output, (1.0 if yes > 0 else -1.0) * sign


def _number(value: Any) -> float | None:
    found = value.value if isinstance(value, Node) else value
    if found is None or np.ndim(found) or isinstance(found, (str, bytes)):
        return None
    return float(found)


# -- the families -------------------------------------------------------------------------------

family("squared-error", "½ Σ ({output} − target)²")  # the residual itself, through no link
family("cross-entropy", "the cross-entropy of {output}", link=_is_sigmoid_or_softmax)
family("poisson", "the Poisson loss of {output}", link=_is_exponential, rare=True)
family("perceptron", "the perceptron loss of {output}", link=_is_step, rare=True)
family("absolute-error", "Σ |{output} − target|", delta=_signed)
family("huber", "Huber's loss of {output}", delta=_clipped)
family("pinball", "the pinball loss of {output}", delta=_branches)
family("hinge", "the hinge loss of {output}")  # by the side of a threshold that it is found on
