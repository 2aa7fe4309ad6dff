"""Whose derivative is this, and taken of what?  Hypotheses about functions of each entry by itself.

Activations are where most backward passes go wrong: a slope written for the output is fed the
input, or the other way round, or belongs to another function.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.pairs.wrong import Wrong, close

if TYPE_CHECKING:
    from collections.abc import Callable

    from gradlint.pairs.guards import Claim


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


SLOPES: dict[str, Callable[[Any], Any]] = {
    "the logistic function": lambda x: _sigmoid(x) * (1 - _sigmoid(x)),
    "tanh": lambda x: 1 - np.tanh(x) ** 2,
    "relu": lambda x: (x > 0).astype(float),
    "softplus": _sigmoid,
    "exp": np.exp,
    "sin": np.cos,
}
OUTPUT_SLOPES: dict[str, Callable[[Any], Any]] = {
    "a * (1 - a)": lambda a: a * (1 - a),
    "1 - a**2": lambda a: 1 - a**2,
}


def entrywise(wrong: Wrong) -> Claim | None:
    """Recognise the derivative of an entrywise function: whose it is, and what it was taken of."""
    run, x = wrong.run, np.asarray(wrong.leaf.value)
    if len(run.outputs) != 1 or np.shape(run.outputs[0]) != x.shape or x.size < 2:
        return None
    out, g = np.asarray(run.outputs[0], float), np.asarray(run.cotangents[0], float)
    said = f"the gradient of {wrong.name}"
    with np.errstate(all="ignore"):
        if close(wrong.hand, g):
            text = f"{said} is the upstream gradient itself: the derivative is not applied"
            return wrong.claim("GL304", "missing-activation-derivative", text)
        if close(wrong.hand, g * (g > 0)):
            text = f"{said} is masked by the sign of the upstream gradient, not of {wrong.name}"
            return wrong.claim("GL308", "wrong-operand", text)
        for formula, slope in OUTPUT_SLOPES.items():
            if close(wrong.hand, g * slope(x)):
                text = (
                    f"{said} is `{formula}`, a slope written for the output, taken of {wrong.name}"
                )
                return wrong.claim(
                    "GL301", "derivative-of-preactivation", text, help="feed it the output"
                )
        if out.ndim and np.allclose(out.sum(axis=-1), 1) and close(wrong.hand, g * out * (1 - out)):
            text = f"{said} has the diagonal of softmax's Jacobian only"
            remedy = "out * (dout - np.sum(dout * out, axis=-1, keepdims=True))"
            return wrong.claim("GL311", "softmax-diagonal", text, help=remedy)
        if close(wrong.hand, g * _slope_at(wrong, out), 1e-5):
            text = f"{said} takes the derivative at the output instead of at {wrong.name}"
            return wrong.claim("GL302", "derivative-of-activation", text)
        for name, slope in SLOPES.items():
            if close(wrong.hand, g * slope(x)):
                text = f"{said} uses the derivative of {name}"
                return wrong.claim("GL303", "other-activations-derivative", text)
    return None


def _slope_at(wrong: Wrong, point: Any) -> Any:
    """Differentiate an entrywise function at every entry of another array at once."""
    k, h = wrong.subject.leaves.index(wrong.leaf), 1e-5
    sides = []
    for moved in (point + h, point - h):
        try:
            (out,) = wrong.run.plan.pick(wrong.subject.run_forward({k: moved}))
        except Exception:  # noqa: BLE001 - the output may lie outside the function's domain
            return np.full(point.shape, np.nan)
        sides.append(np.asarray(out, float))
    return (sides[0] - sides[1]) / (2 * h)
