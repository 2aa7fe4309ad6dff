"""Python's own numbers: ``float``, ``math.*`` and the built-in ``sum``."""

# ruff: noqa: ARG001, ARG005  (a rule takes all arguments of its function)

from __future__ import annotations

import builtins
import math
import operator
from typing import Any

import numpy as np

from gradlint.ops import ROWS, Rule, constant, named, unsupported, vjp
from gradlint.ops import elementwise as _elementwise

_ROOT_PI = math.sqrt(math.pi)

# Python's names and NumPy's: the same function, so the same row.
_SAME = (
    "exp expm1 sqrt sin cos tan sinh cosh tanh fabs degrees radians log10 log2 log1p fmod copysign "
    "hypot:hypot pow:power asin:arcsin acos:arccos atan:arctan atan2:arctan2 asinh:arcsinh "
    "acosh:arccosh atanh:arctanh exp2 cbrt ldexp modf frexp"
)


def _same_rows() -> None:
    for pair in _SAME.split():
        python, _, numpy = pair.partition(":")
        if not hasattr(math, python):
            continue
        row = ROWS[getattr(np, numpy or python)]
        if python == "hypot":
            vjp(math.hypot, each=_hypot)
        else:
            vjp(getattr(math, python), *row.rules, domain=row.domain)


def _hypot(position: int, g: Any, y: Any, *sides: Any) -> Any:
    return g * sides[position] / y if y else g * 0.0


def _log_argument(g: Any, y: Any, x: Any, base: Any = math.e) -> Any:
    return g / (x * math.log(base))


def _log_base(g: Any, y: Any, x: Any, base: Any) -> Any:
    return -g * y / (base * math.log(base))


def _like_argument(g: Any, y: Any, x: Any = 0, *_: Any, **__: Any) -> Any:
    """Serve a conversion: the value stays, an array of one element becomes a number."""
    return np.reshape(g, np.shape(x))


def _sum_terms(g: Any, y: Any, iterable: Any, start: Any = 0) -> Any:
    """Every term of the built-in ``sum`` gets the whole cotangent; broadcasting is the engine's."""
    if isinstance(iterable, np.ndarray):
        return np.broadcast_to(g, (len(iterable), *np.shape(g)))
    return [g] * len(iterable)


def _product_terms(g: Any, y: Any, iterable: Any, *, start: Any = 1) -> Any:
    terms = list(iterable)
    rest = [math.prod(terms[:i] + terms[i + 1 :], start=start) for i in range(len(terms))]
    return np.multiply(g, rest)


def _distance(sign: float) -> Rule:
    def rule(g: Any, y: Any, p: Any, q: Any) -> Any:
        return (sign * g / y if y else 0.0) * np.subtract(p, q)

    return rule


_same_rows()
vjp(math.log, _log_argument, _log_base, domain=(_elementwise.POSITIVE, (1.5, 3.0)))
vjp(math.erf, lambda g, y, x: g * (2.0 / _ROOT_PI) * math.exp(-x * x))
vjp(math.erfc, lambda g, y, x: g * (-2.0 / _ROOT_PI) * math.exp(-x * x))
vjp(math.fsum, lambda g, y, seq: np.broadcast_to(g, len(seq)))
vjp(math.prod, _product_terms, start=lambda g, y, iterable, *, start=1: g * math.prod(iterable))
vjp(math.dist, _distance(1.0), _distance(-1.0))
vjp(builtins.sum, _sum_terms, lambda g, y, iterable, start=0: g)
vjp(builtins.abs, lambda g, y, x: g * np.sign(x))
for _conversion in (float, np.float64, np.float32, np.float16, np.longdouble, np.ndarray.item):
    if _conversion not in ROWS:  # on some machines longdouble is float64
        vjp(_conversion, _like_argument)

constant(
    *named(builtins, "int bool len round divmod"),
    *named(math, "floor ceil trunc isnan isinf isfinite isclose isqrt comb perm gcd lcm factorial"),
    operator.index,
    because="truth values, whole numbers or steps: the derivative is 0 wherever it has one",
)
unsupported(
    *named(math, "gamma lgamma remainder nextafter ulp sumprod fma"),
    because="neither NumPy nor Python has the functions its derivative needs",
)
