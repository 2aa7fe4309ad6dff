"""Arithmetic, powers, exponentials, trigonometry, extrema: one number in, one number out.

The rules of this chapter also serve Python's own ``math`` functions (see ``scalars``).
"""

# ruff: noqa: ARG001, ARG005  (a rule takes all arguments of its function)

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradlint.ops import NoDerivative, Rule, constant, named, unsupported, vjp

REAL = (-2.0, 2.0)
POSITIVE = (0.3, 3.0)
UNIT = (-0.9, 0.9)
ABOVE_ONE = (1.2, 4.0)
POSITIVE_BASE = (POSITIVE, REAL)
REAL_OVER_POSITIVE = (REAL, POSITIVE)
NOT_WHOLE = ((2.1, 2.9), (1.0, 1.04))  # quotients between two whole numbers

_LN2, _LN10, _DEGREE = math.log(2.0), math.log(10.0), math.pi / 180.0
_umath: Any = getattr(np, "_core").umath  # noqa: B009  (unknown to stubs) holds the ufuncs that have no public name


def ufunc(function: Any, *rules: Rule | None, domain: Any = None) -> None:
    """State a row whose rules need not know of ``out=``, ``where=``, ``dtype=``."""
    arity = _unary if function.nin == 1 else _binary
    vjp(function, *(None if rule is None else arity(rule) for rule in rules), domain=domain)


def _unary(rule: Rule) -> Rule:
    def of_ufunc(g: Any, y: Any, x: Any, out: Any = None, *, where: Any = True, **_: Any) -> Any:
        if type(x) is list or type(x) is tuple:
            x = np.asarray(x)
        flow = rule(g, y, x)
        return flow if where is True else np.where(where, flow, 0.0)

    return of_ufunc


def _binary(rule: Rule) -> Rule:
    def of_ufunc(
        g: Any, y: Any, x1: Any, x2: Any, out: Any = None,
        *, where: Any = True, axes: Any = None, axis: Any = None, **_: Any,
    ) -> Any:  # fmt: skip
        if axes is not None or axis is not None:
            raise NoDerivative("a product along axes of the program's choice (axes=, axis=)")
        if type(x1) is list or type(x1) is tuple:
            x1 = np.asarray(x1)
        if type(x2) is list or type(x2) is tuple:
            x2 = np.asarray(x2)
        flow = rule(g, y, x1, x2)
        return flow if where is True else np.where(where, flow, 0.0)

    return of_ufunc


def unless_zero(denominator: Any) -> Any:
    """Put 1 for 0 in a denominator, where numerator and quotient are 0 as well."""
    return np.where(denominator == 0, 1.0, denominator)


def root(g: Any, y: Any, _x: Any) -> Any:
    """``½ x^-½``: infinite at 0, but 0 where nothing is asked of it, however steep it is.

    The distance of a point from itself is no part of a stress that is masked there.
    """
    return g * 0.5 / np.where(np.equal(g, 0), 1.0, y)


def power_base(g: Any, _y: Any, x: Any, p: Any) -> Any:
    """``p xᵖ⁻¹``; 0 where p is 0, also at x = 0, where the formula reads 0·∞."""
    if np.ndim(p) == 0:
        if p == 2:
            return g * (2.0 * x)
        return g * (p * np.float_power(x, p - 1)) if p else np.multiply(g, 0.0)
    p = np.asarray(p, dtype=float)
    return g * np.where(p == 0, 0.0, p * np.float_power(x, np.where(p == 0, 1.0, p - 1)))


def power_exponent(g: Any, y: Any, x: Any, p: Any) -> Any:
    """``xᵖ log x``; at x = 0 its limit 0 (p > 0); for x < 0 there is none, and nan says so."""
    log = np.log(np.where(x == 0, 1.0, x), dtype=float)
    return g * (y * log)


def _sinc(g: Any, y: Any, x: Any) -> Any:
    return g * np.where(x == 0, 0.0, (np.cos(np.pi * np.asarray(x)) - y) / unless_zero(x))


def _clip_inside(g: Any, y: Any, a: Any, a_min: Any, a_max: Any) -> Any:
    """Leave ``a`` its gradient on the bounds themselves, a valid subgradient there."""
    inside: Any = True
    if a_min is not None:
        inside = np.greater_equal(a, a_min)
    if a_max is not None:
        inside = inside & np.less_equal(a, a_max)
    return np.where(inside, g, 0.0)


def _of_clip(part: str) -> Rule:
    """Make a rule of ``np.clip``: bounds are a_min, a_max, or (NumPy ≥ 2.1) min, max."""

    def rule(
        g: Any, y: Any, a: Any, a_min: Any = None, a_max: Any = None, out: Any = None,
        *, where: Any = True, min: Any = None, max: Any = None, **_: Any,  # noqa: A002
    ) -> Any:  # fmt: skip
        low = a_min if min is None else min
        high = a_max if max is None else max
        g = g if where is True else np.where(where, g, 0.0)
        if part == "inside":
            return _clip_inside(g, y, a, low, high)
        if part == "high":  # where the bounds cross, the upper one wins
            return np.where(np.greater(a, high) | _crossed(low, high), g, 0.0)
        return np.where(np.less(a, low) & np.logical_not(_crossed(low, high)), g, 0.0)

    return rule


def _crossed(low: Any, high: Any) -> Any:
    return False if low is None or high is None else np.greater(low, high)


def _clip_ufunc_low(g: Any, y: Any, a: Any, low: Any, high: Any, *_: Any, **__: Any) -> Any:
    return _of_clip("low")(g, y, a, low, high)


def _nan_to_num(g: Any, _y: Any, x: Any, *_: Any, **__: Any) -> Any:
    return np.where(np.isfinite(x), g, 0.0)


def _part(g: Any, parts: int, x: Any) -> Any:
    """Pick the cotangent of one part of a function that answers with several."""
    return np.zeros(np.shape(x)) if g[parts] is None else g[parts]


def _same(g: Any, *_: Any, **__: Any) -> Any:
    return g


# fmt: off
ufunc(np.add,          lambda g, y, a, b: g,                 lambda g, y, a, b: g)
ufunc(np.subtract,     lambda g, y, a, b: g,                 lambda g, y, a, b: -g)
ufunc(np.multiply,     lambda g, y, a, b: g * b,             lambda g, y, a, b: g * a)
ufunc(np.divide,       lambda g, y, a, b: g / b,             lambda g, y, a, b: -g * y / b,
      domain=REAL_OVER_POSITIVE)
ufunc(np.power,        power_base,                           power_exponent, domain=POSITIVE_BASE)
ufunc(np.float_power,  power_base,                           power_exponent, domain=POSITIVE_BASE)
# Modulo: the whole multiple is a step function, its derivative is 0 wherever it has one.
ufunc(np.remainder,    lambda g, y, a, b: g,
                       lambda g, y, a, b: -g * np.floor_divide(a, b), domain=NOT_WHOLE)
ufunc(np.fmod,         lambda g, y, a, b: g,
                       lambda g, y, a, b: -g * np.trunc(np.true_divide(a, b)), domain=NOT_WHOLE)
ufunc(np.divmod,       lambda g, y, a, b: _part(g, 1, y[1]),
                       lambda g, y, a, b: -_part(g, 1, y[1]) * y[0], domain=NOT_WHOLE)
ufunc(np.modf,         lambda g, y, x: _part(g, 0, x),       domain=(0.1, 0.9))
ufunc(np.frexp,        lambda g, y, x: np.ldexp(_part(g, 0, x), -y[1]), domain=(1.1, 1.9))
ufunc(np.ldexp,        lambda g, y, x, i: np.ldexp(g, i),    None)
# Ties go to the first argument: relu'(0) is 0 in maximum(0, z) and 1 in maximum(z, 0), both valid.
ufunc(np.maximum,      lambda g, y, a, b: np.where(a >= b, g, 0.0),
                       lambda g, y, a, b: np.where(a >= b, 0.0, g))
ufunc(np.minimum,      lambda g, y, a, b: np.where(a <= b, g, 0.0),
                       lambda g, y, a, b: np.where(a <= b, 0.0, g))
# These two step over nan: the other argument is the answer.
ufunc(np.fmax,         lambda g, y, a, b: np.where((a >= b) | np.isnan(b), g, 0.0),
                       lambda g, y, a, b: np.where((a >= b) | np.isnan(b), 0.0, g))
ufunc(np.fmin,         lambda g, y, a, b: np.where((a <= b) | np.isnan(b), g, 0.0),
                       lambda g, y, a, b: np.where((a <= b) | np.isnan(b), 0.0, g))
ufunc(np.logaddexp,    lambda g, y, a, b: g * np.exp(a - y),  lambda g, y, a, b: g * np.exp(b - y))
ufunc(np.logaddexp2,   lambda g, y, a, b: g * np.exp2(a - y), lambda g, y, a, b: g * np.exp2(b - y))
# A cone: at (0, 0) the subgradient 0 is taken.
ufunc(np.hypot,        lambda g, y, a, b: g * a / unless_zero(y),
                       lambda g, y, a, b: g * b / unless_zero(y))
ufunc(np.arctan2,      lambda g, y, a, b: g * b / (np.square(a) + np.square(b)),
                       lambda g, y, a, b: -g * a / (np.square(a) + np.square(b)),
      domain=REAL_OVER_POSITIVE)
ufunc(np.copysign,     lambda g, y, a, b: g * (np.copysign(1.0, a) * np.copysign(1.0, b)), None)
ufunc(np.heaviside,    None,
                       lambda g, y, a, b: np.where(np.equal(a, 0), g, 0.0))

ufunc(np.negative,     lambda g, y, x: -g)
ufunc(np.positive,     lambda g, y, x: g)
ufunc(np.absolute,     lambda g, y, x: g * np.conj(np.sign(x)))  # the subgradient 0 at 0
ufunc(np.fabs,         lambda g, y, x: g * np.sign(x))
ufunc(np.square,       lambda g, y, x: g * (2.0 * x))
ufunc(np.sqrt,         root,                                   domain=POSITIVE)  # +inf at 0
ufunc(np.cbrt,         lambda g, y, x: g / (3.0 * y * y),      domain=POSITIVE)  # +inf at 0
ufunc(np.reciprocal,   lambda g, y, x: -g * y * y,             domain=POSITIVE)
ufunc(np.exp,          lambda g, y, x: g * y)
ufunc(np.exp2,         lambda g, y, x: g * y * _LN2)
ufunc(np.expm1,        lambda g, y, x: g * np.exp(x))          # y + 1 would be 0 where y is near -1
ufunc(np.log,          lambda g, y, x: g / x,                  domain=POSITIVE)
ufunc(np.log2,         lambda g, y, x: g / x / _LN2,           domain=POSITIVE)
ufunc(np.log10,        lambda g, y, x: g / x / _LN10,          domain=POSITIVE)
ufunc(np.log1p,        lambda g, y, x: g / (1.0 + x),          domain=(-0.8, 2.0))
ufunc(np.sin,          lambda g, y, x: g * np.cos(x))
ufunc(np.cos,          lambda g, y, x: -g * np.sin(x))
ufunc(np.tan,          lambda g, y, x: g * (1.0 + y * y),      domain=(-1.2, 1.2))
ufunc(np.arcsin,       lambda g, y, x: g / np.cos(y),          domain=UNIT)
ufunc(np.arccos,       lambda g, y, x: -g / np.sin(y),         domain=UNIT)
ufunc(np.arctan,       lambda g, y, x: g / (1.0 + np.square(x)))
ufunc(np.sinh,         lambda g, y, x: g * np.cosh(x))
ufunc(np.cosh,         lambda g, y, x: g * np.sinh(x))
ufunc(np.tanh,         lambda g, y, x: g * (1.0 - y * y))
ufunc(np.arcsinh,      lambda g, y, x: g / np.cosh(y))
ufunc(np.arccosh,      lambda g, y, x: g / np.sinh(y),         domain=ABOVE_ONE)
ufunc(np.arctanh,      lambda g, y, x: g / (1.0 - np.square(x)), domain=UNIT)
ufunc(np.deg2rad,      lambda g, y, x: g * _DEGREE)
ufunc(np.radians,      lambda g, y, x: g * _DEGREE)
ufunc(np.rad2deg,      lambda g, y, x: g / _DEGREE)
ufunc(np.degrees,      lambda g, y, x: g / _DEGREE)

vjp(np.sinc,           _sinc)
vjp(np.nan_to_num,     _nan_to_num)
vjp(np.unwrap,         _same)                                  # adds whole periods, nothing else
vjp(np.clip,           _of_clip("inside"), _of_clip("low"), _of_clip("high"),
    min=_of_clip("low"), max=_of_clip("high"), domain=(REAL, (-1.0, -0.2), (0.2, 1.0)))
vjp(_umath.clip,       _of_clip("inside"), _clip_ufunc_low, _of_clip("high"),
    domain=(REAL, (-1.0, -0.2), (0.2, 1.0)))
# fmt: on

constant(
    *named(np, "floor ceil trunc rint fix round around floor_divide sign"),
    because="a step function: its derivative is 0 wherever it has one",
)
constant(
    _umath._ones_like, np.spacing, because="its output does not follow small changes of the input"
)
unsupported(np.nextafter, because="it moves by one rounding error, which is no smooth function")
unsupported(np.i0, because="its derivative is the Bessel function i1, which NumPy does not have")
unsupported(np.interp, because="the derivative of an interpolation table is not held here")

# NumPy itself says which functions answer with truth values, integers or text: no names to keep.
for _ufunc in {value for value in vars(_umath).values() if isinstance(value, np.ufunc)}:
    _outputs = "".join(loop.rpartition(">")[2] for loop in _ufunc.types)
    if not set("efdgFDG") & set(_outputs):
        constant(_ufunc, because="it answers with truth values, integers or text")
