"""Calls of arithmetic, Python's own numbers, reductions and ufunc methods."""

import builtins
import math

import numpy as np
from row_inputs import MASK, array, case, positive

A, P = array, positive

# -- arithmetic beyond the patterns ---------------------------------------------------------
case(np.power, A(3), 2)
case(np.power, A(2, 2), 3)
case(np.power, A(3), np.array([1, 2, 3]))
case(np.power, A(3), 0)
case(np.power, P(3), -1.5)
case(np.power, np.array([0.0, 1.5]), np.array([2, 1]))
case(np.heaviside, np.array([0, 1, -1]), A(3))
case(np.ldexp, A(3), np.array([1, 2, 0]))
case(np.ldexp, 1.5, 2)
for _clip in (np.clip, np._core.umath.clip):
    case(_clip, A(2, 3), -0.5, 0.7)
    case(_clip, A(2, 3), A(3, low=-1.0, high=-0.2), A(2, 1, low=0.2, high=1.0))
    case(_clip, A(3), 1.0, -1.0)
case(np.clip, A(3), None, 0.3)
case(np.clip, A(3), 0.3, None)
case(np.clip, A(3), a_min=-0.5, a_max=A(3))
case(np.clip, 0.4, 0.1, 0.9)
if "min" in np.clip.__wrapped__.__code__.co_varnames:
    case(np.clip, A(3), min=-1.0, max=A(low=-0.2, high=0.2))
    case(np.clip, A(3), min=A(low=-0.2, high=0.2), max=1.0)
for _same in (np.sinc, np.real, np.real_if_close, np.nan_to_num, np.unwrap):
    case(_same, A(2, 3))
case(np.sinc, 0.7)
case(np.sinc, np.array([1e-3, 0.0]))
case(np.real, 0.7)
case(np.unwrap, np.array([0.1, 3.0, -3.0, 1.0]))

# -- Python's numbers -----------------------------------------------------------------------
case(math.hypot, 1.5, -0.7)
case(math.hypot, 1.5, -0.7, 2.0)
case(math.log, 1.7)
case(math.log, 1.7, 2.5)
case(math.ldexp, 1.5, 2)
case(math.erf, 0.4)
case(math.erfc, -0.4)
case(math.fsum, [0.3, 1.5])
case(math.prod, [0.3, 1.5, -2.0])
case(math.prod, [0.3, 1.5], start=2.5)
case(math.dist, [0.3, 1.5], [1.0, -2.0])
case(builtins.sum, [A(2, 3), A(3), 0.5])
case(builtins.sum, [A(2), A(2)], A(2))
case(builtins.sum, A(3))
case(builtins.sum, A(2, 3))
case(builtins.abs, A(3))
for _float in {float, np.float64, np.longdouble}:
    case(_float, 0.3)
    case(_float, np.float64(0.3))
for _float in (np.float32, np.float16):
    case(_float, 0.25)  # exact here: the steps of the difference are powers of two
case(np.tensordot, A(2, 3), A(3, 2), 1)
case(np.float64, A(2, 2))
case(float, A())
case(np.ndarray.item, A(1, 1))
case(np.ndarray.item, A())

# -- sums and products along axes -----------------------------------------------------------
_reductions = (
    np.sum, np.mean, np.prod, np.max, np.min, np.amax, np.amin, np.var, np.std, np.ptp, np.median,
    np.nansum, np.nanmean, np.nanprod, np.nanmax, np.nanmin, np.nanvar, np.nanstd,
)  # fmt: skip
for _function in dict.fromkeys(_reductions):
    case(_function, A(2, 3))
    case(_function, A(2, 3), 0)
    case(_function, A(2, 3), axis=-1, keepdims=True)
    case(_function, A(2, 3, 2), axis=(0, 2))
    case(_function, A(2, 3, 2), axis=(-1, 1), keepdims=True)
    case(_function, A(2, 3), None)
    case(_function, A(4).tolist())
for _function in (np.sum, np.mean, np.prod, np.max, np.min):
    case(_function, 0.7)
    case(_function, np.float64(0.7))
    case(_function, A(), axis=None)
for _function in (np.sum, np.mean, np.prod, np.var, np.std, np.nansum, np.nanmean):
    case(_function, A(2, 3), axis=1, where=MASK)
    case(_function, A(2, 3), where=MASK)
for _function in {np.max, np.min, np.amax, np.amin}:
    case(_function, A(2, 3), axis=1, where=MASK, initial=-0.3)
    case(_function, P(3), initial=0.1)
    case(_function, P(3), initial=2.3)
case(np.prod, np.array([0.0, 1.5, 0.0, 2.0]))
case(np.prod, A(2, 3), axis=1, initial=1.7)
case(np.sum, A(3), initial=1.7)
for _function in (np.var, np.std, np.nanvar, np.nanstd):
    case(_function, A(2, 3), axis=0, ddof=1)
    case(_function, A(2, 3), 1, None, None, 1, True)
for _function in (np.var, np.std):
    case(_function, A(2, 3), axis=1, mean=A(2, 1))
HOLED = np.where(MASK, A(2, 3), np.nan)
for _function in (np.nansum, np.nanmean, np.nanprod, np.nanmax, np.nanmin, np.nanvar, np.nanstd):
    case(_function, HOLED)
    case(_function, HOLED, axis=1, keepdims=True)
case(np.median, A(2, 4), axis=1)
case(np.median, A(5))
for _function in (np.cumsum, np.cumprod, np.nancumsum):
    case(_function, A(2, 3))
    case(_function, A(2, 3), 0)
    case(_function, A(2, 3), axis=-1)
case(np.cumprod, np.array([0.0, 1.5, 0.0, 2.0]))
case(np.nancumsum, HOLED, axis=1)
for _name in ("cumulative_sum", "cumulative_prod"):
    if hasattr(np, _name):
        case(getattr(np, _name), A(4))
        case(getattr(np, _name), A(2, 3), axis=1, include_initial=True)
        case(getattr(np, _name), A(3), include_initial=True)
case(np.diff, A(4))
case(np.diff, A(2, 4), 2)
case(np.diff, A(3, 2), axis=0)
case(np.diff, A(3, 2), axis=0, prepend=A(1, 2), append=A(2, 2))
case(np.diff, A(3), 1, -1, 0.5, 0.7)
case(np.ediff1d, A(2, 3))
case(np.ediff1d, A(4), to_begin=0.5, to_end=np.array([1.0, 2.0]))
case(np.trapezoid, A(4))
case(np.trapezoid, A(2, 4), dx=0.3)
case(np.trapezoid, A(4, 2), A(4), axis=0)
case(np.trapezoid, A(2, 4), A(2, 4))
case(np.trapezoid, y=A(4), x=A(4))
case(np.average, A(2, 3))
case(np.average, A(2, 3), 1)
case(np.average, A(2, 3), 1, P(3))
case(np.average, A(2, 3), weights=P(2, 3))
case(np.average, A(2, 3, 2), axis=(2, 0), weights=P(2, 2))
case(np.average, A(2, 3), axis=0, weights=P(2), keepdims=True)

# -- methods of ufuncs ----------------------------------------------------------------------
for _ufunc in (np.add, np.multiply, np.maximum, np.minimum, np.fmax, np.fmin, np.logaddexp,
               np.subtract):  # fmt: skip
    case(_ufunc.reduce, A(2, 3))
    case(_ufunc.reduce, A(2, 3), 1)
    case(_ufunc.reduce, A(3), keepdims=True)
    if _ufunc is not np.subtract:
        case(_ufunc.reduce, A(2, 3), axis=None)
        case(_ufunc.reduce, A(2, 3, 2), axis=(0, 2), keepdims=True)
for _ufunc in (np.add, np.multiply, np.maximum, np.minimum, np.fmax, np.fmin):
    case(_ufunc.reduce, P(2, 3), 1, initial=0.1)
    case(_ufunc.reduce, P(2, 3), 1, initial=2.3)
case(np.add.reduce, A(2, 3), axis=0, where=MASK)
case(np.multiply.reduce, A(2, 3), axis=0, where=MASK)
case(np.subtract.reduce, A(2, 3), initial=0.5)
for _ufunc in (np.add, np.multiply, np.maximum, np.minimum, np.fmax, np.fmin):
    case(_ufunc.accumulate, A(4))
    case(_ufunc.accumulate, A(2, 3), 1)
for _ufunc in (np.add, np.subtract, np.multiply, np.divide, np.power, np.maximum, np.minimum,
               np.hypot, np.arctan2, np.logaddexp):  # fmt: skip
    case(_ufunc.outer, P(2), P(3))
    case(_ufunc.outer, P(2, 2), P(3))
    case(_ufunc.outer, 0.6, P(3))
case(np.add.reduceat, A(5), [0, 3, 1])
case(np.add.reduceat, A(2, 5), [0, 2, 2, 4], axis=1)
for _ufunc in (np.add, np.subtract):
    case(_ufunc.at, A(4), np.array([0, 2, 0]), A(3))
    case(_ufunc.at, A(3, 2), np.array([0, 2, 0]), A(2))
    case(_ufunc.at, A(3, 2), (np.array([0, 2]), np.array([1, 1])), 0.5)
