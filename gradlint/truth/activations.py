"""Activation functions and their derivatives, as functions of the input and of the output.

Sources: the defining formulas; ``from_output`` is the derivative with the inverse substituted,
given only where people write it so.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np

from gradlint.structs import struct

Function = Callable[[np.ndarray], np.ndarray]
_SAME = 1e-7  # relative to the largest entry
_PROBED = 64  # entries that tell most functions apart


@struct
class Activation:
    """One activation: its value and derivative at z, and the derivative written in its output a.

    ``text`` and ``output_text`` are the derivative as source, with ``{x}`` for the argument.
    """

    name: str
    value: Function
    slope: Function
    text: str
    from_output: Function | None = None
    output_text: str = ""


def _sigmoid(z: np.ndarray) -> np.ndarray:
    return 0.5 * (1.0 + np.tanh(0.5 * z))


_erf = np.vectorize(math.erf, otypes=[float])


def _normal_cdf(z: np.ndarray) -> np.ndarray:
    return np.asarray(0.5 * (1.0 + _erf(z / math.sqrt(2.0))))


def _gelu_slope(z: np.ndarray) -> np.ndarray:
    slope: np.ndarray = _normal_cdf(z) + z * np.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)
    return slope


ACTIVATIONS = (
    Activation(
        "sigmoid", _sigmoid, lambda z: _sigmoid(z) * (1 - _sigmoid(z)),
        "1 / (1 + np.exp(-{x})) * (1 - 1 / (1 + np.exp(-{x})))",
        lambda a: a * (1 - a), "{x} * (1 - {x})",
    ),
    Activation(
        "tanh", np.tanh, lambda z: 1 - np.tanh(z) ** 2, "1 - np.tanh({x}) ** 2",
        lambda a: 1 - a * a, "1 - {x} ** 2",
    ),
    Activation(
        "relu", lambda z: np.maximum(z, 0), lambda z: (z > 0) * 1.0, "({x} > 0)",
        lambda a: (a > 0) * 1.0, "({x} > 0)",
    ),
    Activation(
        "softplus", lambda z: np.logaddexp(0, z), _sigmoid, "1 / (1 + np.exp(-{x}))",
        lambda a: 1 - np.exp(-a), "1 - np.exp(-{x})",
    ),
    Activation("sine", np.sin, np.cos, "np.cos({x})"),
    Activation("exp", np.exp, np.exp, "np.exp({x})", lambda a: a, "{x}"),
    Activation(
        "swish", lambda z: z * _sigmoid(z),
        lambda z: _sigmoid(z) * (1 + z * (1 - _sigmoid(z))),
        "1 / (1 + np.exp(-{x})) * (1 + {x} * (1 - 1 / (1 + np.exp(-{x}))))",
    ),
    Activation("gelu", lambda z: z * _normal_cdf(z), _gelu_slope, ""),
    Activation(
        "arctan", np.arctan, lambda z: 1 / (1 + z * z), "1 / (1 + {x} ** 2)",
        lambda a: np.cos(a) ** 2, "np.cos({x}) ** 2",
    ),
    Activation(
        "softsign", lambda z: z / (1 + np.abs(z)), lambda z: 1 / (1 + np.abs(z)) ** 2,
        "1 / (1 + np.abs({x})) ** 2", lambda a: (1 - np.abs(a)) ** 2, "(1 - np.abs({x})) ** 2",
    ),
    Activation("square", np.square, lambda z: 2 * z, "2 * {x}"),
    Activation("identity", lambda z: z, np.ones_like, "1"),
)  # fmt: skip


def leaky(alpha: float) -> Activation:
    """Leaky ReLU with slope ``alpha`` below zero."""
    return Activation(
        "leaky relu",
        lambda z: np.where(z > 0, z, alpha * z),
        lambda z: np.where(z > 0, 1.0, alpha),
        f"np.where({{x}} > 0, 1, {alpha:g})",
        lambda a: np.where(a > 0, 1.0, alpha),
        f"np.where({{x}} > 0, 1, {alpha:g})",
    )


def elu(alpha: float) -> Activation:
    """Exponential linear unit with scale ``alpha``."""
    return Activation(
        "elu",
        lambda z: np.where(z > 0, z, alpha * np.expm1(np.minimum(z, 0))),
        lambda z: np.where(z > 0, 1.0, alpha * np.exp(np.minimum(z, 0))),
        f"np.where({{x}} > 0, 1, {alpha:g} * np.exp({{x}}))",
        lambda a: np.where(a > 0, 1.0, a + alpha),
        f"np.where({{x}} > 0, 1, {{x}} + {alpha:g})",
    )


def recognise(z: np.ndarray, a: np.ndarray) -> Activation | None:
    """The activation with ``a = f(z)``, by its values; None if it is none of the known ones."""
    if z.shape != a.shape or not z.size:
        return None
    places = np.linspace(0, z.size - 1, min(z.size, _PROBED)).astype(int)
    some, out = z.ravel()[places], a.ravel()[places]
    largest = float(np.abs(a).max()) or 1.0
    with np.errstate(all="ignore"):
        for activation in (*ACTIVATIONS, *_fitted(z, a)):
            if float(np.abs(activation.value(some) - out).max()) > 2 * _SAME * largest:
                continue
            value = activation.value(z)
            scale = float(np.abs(value).max()) or 1.0
            if np.isfinite(value).all() and float(np.abs(value - a).max()) <= _SAME * scale:
                return activation
    return None


def _fitted(z: np.ndarray, a: np.ndarray) -> Iterator[Activation]:
    below = z < 0
    if below.any():
        first = int(np.argmin(z.ravel()))
        low, out = float(z.ravel()[first]), float(a.ravel()[first])
        yield leaky(out / low)
        if np.expm1(low):
            yield elu(out / float(np.expm1(low)))
