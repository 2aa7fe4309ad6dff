"""Calls at which the rows of `gradlint.ops` are tested: ufuncs by pattern, the rest one by one.

Values run through each interval in golden-ratio steps, so the few values of one call never come
close to each other: no extremum, sort or comparison has a tie within reach of a difference.
"""

import builtins
import itertools
import math
import operator
from collections import defaultdict

import numpy as np
import numpy.fft

REAL = (-2.0, 2.0)
GOLDEN = (math.sqrt(5.0) - 1.0) / 2.0
CASES = defaultdict(list)
_steps = itertools.count(1)


def case(function, *args, **kwargs):
    """One call of `function`; `out=` is given to the function alone, never to its rules."""
    CASES[function].append((args, kwargs))


def array(*shape, low=REAL[0], high=REAL[1]):
    """Make an array of well separated values inside an open interval."""
    steps = np.array(list(itertools.islice(_steps, math.prod(shape))), dtype=float)
    t = np.mod(steps * GOLDEN, 1.0)
    t = (t + t * t) / 2.0  # unevenly, or sums of two would tie
    return (low + (high - low) * (0.02 + 0.96 * t)).reshape(shape)


def positive(*shape):
    """Make an array of well separated positive values."""
    return array(*shape, low=0.4, high=2.0)


A, P = array, positive


def intervals(row, count):
    """Give the domain of a row as one interval for each argument."""
    if row.domain is None:
        return [REAL] * count
    return [row.domain] * count if np.ndim(row.domain) == 1 else list(row.domain)


def cases_of(row):
    """All calls at which a row is tested: those listed here, and those its arity gives."""
    function, listed = row.function, list(CASES.get(row.function, ()))
    if isinstance(function, np.ufunc) and function.signature is None and function.nin <= 2:
        if function is np.ldexp:
            return listed
        return [*listed, *(_unary if function.nin == 1 else _binary)(row)]
    if getattr(function, "__module__", "") == "math" and not listed:
        count = len(row.rules)
        return [([float(array(low=a, high=b)) for a, b in intervals(row, count)], {})]
    return listed


def _unary(row):
    ((low, high),) = intervals(row, 1)
    for shape in ((), (3,), (2, 3), (2, 1, 2)):
        yield (array(*shape, low=low, high=high),), {}
    yield (float(array(low=low, high=high)),), {}
    yield (np.float64(array(low=low, high=high)),), {}
    yield (array(3, low=low, high=high).tolist(),), {}
    if row.function.nout == 1:
        mask = np.array([True, False, True])
        yield (array(2, 3, low=low, high=high),), {"where": mask, "out": np.zeros((2, 3))}
        yield (array(3, low=low, high=high),), {"dtype": float}


def _binary(row):
    (low1, high1), (low2, high2) = intervals(row, 2)

    def pair(first, second):
        return array(*first, low=low1, high=high1), array(*second, low=low2, high=high2)

    for first, second in (
        ((), ()), ((3,), (3,)), ((), (3,)), ((3,), ()), ((1, 3), (2, 1)), ((2, 3), (3,)),
        ((3,), (2, 3)), ((2, 1, 2), (3, 1)),
    ):  # fmt: skip
        yield pair(first, second), {}
    yield tuple(float(x) for x in pair((), ())), {}
    yield tuple(np.float64(x) for x in pair((), ())), {}
    yield (float(pair((), ())[0]), pair((), (2, 2))[1]), {}
    yield (pair((2,), ())[0], float(pair((), ())[1])), {}
    yield tuple(x.tolist() for x in pair((3,), (3,))), {}
    yield (np.array([1, 2]), low2 + (high2 - low2) * np.array([0.37, 0.61])), {}
    yield (low1 + (high1 - low1) * np.array([0.37, 0.61]), np.array([2, 1])), {}
    if row.function.nout == 1:
        mask = np.array([[True], [False]])
        yield pair((2, 3), (3,)), {"where": mask, "out": np.zeros((2, 3))}


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
MASK = np.array([[True, False, True], [True, True, False]])
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

# -- products -------------------------------------------------------------------------------
for _a, _b in (
    ((), ()), ((), (3,)), ((2, 3), ()), ((3,), (3,)), ((2, 3), (3,)), ((2,), (2, 3)),
    ((2, 3), (3, 2)), ((2, 2, 3), (3,)), ((3,), (2, 3, 2)), ((2, 3), (2, 3, 2)),
    ((2, 2, 3), (2, 3, 2)), ((2, 2, 3), (3, 2)),
):  # fmt: skip
    case(np.dot, A(*_a), A(*_b))
case(np.dot, 1.5, A(2))
case(np.dot, [[1.5, 0.5]], A(2, 2))
for _a, _b in (
    ((3,), (3,)), ((2, 3), (3,)), ((2,), (2, 3)), ((2, 3), (3, 2)), ((2, 2, 3), (3,)),
    ((3,), (2, 3, 2)), ((2, 3), (2, 3, 2)), ((2, 2, 3), (3, 2)), ((2, 1, 2, 3), (2, 3, 2)),
):  # fmt: skip
    case(np.matmul, A(*_a), A(*_b))
case(np.matmul, [[1.5, 0.5]], A(2, 2))
case(np.matmul, A(2, 2), [1.5, 0.5])
for _a, _b in (((), (3,)), ((3,), (3,)), ((2, 3), (3,)), ((2, 3), (2, 2, 3)), ((3,), (2, 3))):
    case(np.inner, A(*_a), A(*_b))
for _a, _b in (((), ()), ((2,), (3,)), ((2, 2), (3,))):
    case(np.outer, A(*_a), A(*_b))
case(np.linalg.outer, A(2), A(3))
case(np.vdot, A(3), A(3))
case(np.vdot, A(2, 3), A(3, 2))
for _function in {np.tensordot, np.linalg.tensordot}:
    case(_function, A(2, 3), A(2, 3))
    case(_function, A(2, 3), A(3, 2), axes=1)
    case(_function, A(2, 3), A(2), axes=0)
    case(_function, A(2, 3, 4), A(4, 2, 2), axes=([0, 2], [1, 0]))
    case(_function, A(2, 3, 2), A(3, 2), axes=[(1, -1), (0, 1)])
    case(_function, A(2, 3), A(2, 3), axes=(1, 1))
case(np.linalg.matmul, A(2, 3), A(3, 2))
for _function in {getattr(np, "vecdot", None), getattr(np.linalg, "vecdot", None)} - {None}:
    case(_function, A(3), A(3))
    case(_function, A(2, 3), A(3))
    case(_function, A(3, 2), A(3, 1), axis=0)
if hasattr(np, "matvec"):
    case(np.matvec, A(2, 3), A(3))
    case(np.matvec, A(2, 3), A(2, 3))
    case(np.vecmat, A(2), A(2, 3))
    case(np.vecmat, A(3, 2), A(2, 3))
for _a, _b in (((2, 2), (1, 3)), ((2,), (3,)), ((2,), (2, 2)), ((1, 2, 2), (2, 1)), ((), (3,))):
    case(np.kron, A(*_a), A(*_b))
for _function in (np.cross, np.linalg.cross):
    case(_function, A(3), A(3))
    case(_function, A(2, 3), A(3))
    case(_function, A(3, 2), A(3, 2), axis=0)
case(np.cross, A(2, 3), A(3, 2), -1, 0, 0)
for _n, _m, _mode in itertools.product((2, 3, 5), (2, 3, 4), ("full", "same", "valid")):
    case(np.convolve, A(_n), A(_m), _mode)
    case(np.correlate, A(_n), A(_m), mode=_mode)
case(np.convolve, A(4), A(2))
case(np.correlate, A(4), A(2))
for _spec, *_shapes in (
    ("ij,jk->ik", (2, 3), (3, 2)), ("ij,jk", (2, 3), (3, 2)), ("ii->i", (3, 3)), ("ii", (3, 3)),
    ("ij->", (2, 3)), ("ij->j", (2, 3)), ("ij,kj->i", (2, 3), (4, 3)), ("i,j", (2,), (3,)),
    ("...ij,...jk->...ik", (2, 2, 3), (3, 2)), ("...i->...", (2, 3)), ("b...,...", (2, 3), (3,)),
    ("ij,j,jk->k", (2, 3), (3,), (3, 2)), ("iij,i->j", (2, 2, 3), (2,)), ("ij,i->ij", (2, 3), (1,)),
    (" i j , j k -> k i", (2, 3), (3, 2)), ("ba", (2, 3)), ("i...,i...->i...", (2, 3), (2, 3)),
):  # fmt: skip
    case(np.einsum, _spec, *(A(*shape) for shape in _shapes))
case(np.einsum, "ij,jk->ik", A(2, 3), A(3, 2), optimize=True)
case(np.einsum, A(2, 3), [0, 1], A(3, 2), [1, 2], [0, 2])
case(np.einsum, A(2, 3), [0, 30], A(3, 2), [30, 2])
case(np.einsum, A(2, 3), [Ellipsis, 1], A(3), [1], [Ellipsis])

# -- linear algebra -------------------------------------------------------------------------
SQUARE, STACK = A(3, 3) + 3.0 * np.eye(3), A(2, 2, 2) + 3.0 * np.eye(2)
SYMMETRIC = SQUARE @ SQUARE.T + np.diag([1.0, 2.0, 4.0])
for _function in (np.linalg.inv, np.linalg.det, np.linalg.slogdet, np.linalg.pinv):
    case(_function, SQUARE)
    case(_function, STACK)
case(np.linalg.pinv, A(3, 2))
case(np.linalg.pinv, A(2, 3))
case(np.linalg.solve, SQUARE, A(3))
case(np.linalg.solve, SQUARE, A(3, 2))
case(np.linalg.solve, STACK, A(2, 2, 1))
case(np.linalg.cholesky, SYMMETRIC)
case(np.linalg.cholesky, np.stack([SYMMETRIC, SYMMETRIC + np.eye(3)]))
if hasattr(np, "astype"):
    case(np.linalg.cholesky, SYMMETRIC, upper=True)
for _function in (np.linalg.eigh, np.linalg.eigvalsh):
    case(_function, SYMMETRIC)
    case(_function, SYMMETRIC, "U")
case(np.linalg.svd, A(3, 2), compute_uv=False)
case(np.linalg.svd, A(2, 2, 3), False, False)
if hasattr(np.linalg, "svdvals"):
    case(np.linalg.svdvals, A(2, 3))
case(np.linalg.lstsq, A(4, 2), A(4))
case(np.linalg.lstsq, A(4, 2), A(4, 2), rcond=None)
for _power in (-2, -1, 0, 1, 3):
    case(np.linalg.matrix_power, SQUARE, _power)
case(np.linalg.multi_dot, [A(2, 3), A(3, 2), A(2, 4)])
case(np.linalg.multi_dot, [A(3), A(3, 2), A(2)])
for _order in (None, 1, 2, 3, 0.5, 0, np.inf, -np.inf, -2):
    case(np.linalg.norm, P(4), _order)
    _values = P if _order == 0.5 else A  # its slope has no bound at 0
    case(np.linalg.norm, _values(2, 3), _order, 1)
    case(np.linalg.norm, _values(2, 3), ord=_order, axis=0, keepdims=True)
    if hasattr(np.linalg, "vector_norm") and _order is not None:
        case(np.linalg.vector_norm, _values(2, 3), ord=_order)
        case(np.linalg.vector_norm, _values(2, 3), ord=_order, axis=1, keepdims=True)
for _order in (None, "fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf):
    case(np.linalg.norm, A(2, 3), _order)
    case(np.linalg.norm, A(2, 3, 2), _order, (0, 2))
    case(np.linalg.norm, A(2, 3, 2), _order, (2, 1), True)
    if hasattr(np.linalg, "matrix_norm") and _order is not None:
        case(np.linalg.matrix_norm, A(2, 3, 2), ord=_order)
case(np.linalg.norm, A(2, 3, 2))
for _name in ("trace", "diagonal"):
    if hasattr(np.linalg, _name):
        for _offset in (0, 1, -1):
            case(getattr(np.linalg, _name), A(2, 3, 4), offset=_offset)

# -- shapes ---------------------------------------------------------------------------------
case(np.reshape, A(2, 3), (3, 2))
case(np.reshape, A(2, 3), -1)
case(np.reshape, A(2, 3), (3, 2), order="F")
case(np.reshape, 1.5, (1, 1))
for _function in (np.ravel, np.ndarray.flatten):
    case(_function, A(2, 3))
    case(_function, A(2, 3), "F")
case(np.ravel, 1.5)
case(np.transpose, A(2, 3))
case(np.transpose, A(2, 3, 4), (2, 0, 1))
case(np.transpose, A(2, 3, 4), axes=(-1, 0, 1))
case(np.transpose, A(3))
for _function in {np.matrix_transpose, np.linalg.matrix_transpose}:
    case(_function, A(2, 3, 4))
case(np.swapaxes, A(2, 3, 4), 0, -1)
case(np.moveaxis, A(2, 3, 4), 0, -1)
case(np.moveaxis, A(2, 3, 4), [0, 1], [-1, 0])
case(np.rollaxis, A(2, 3, 4), 2)
case(np.expand_dims, A(2, 3), 1)
case(np.expand_dims, A(3), (0, 2))
case(np.squeeze, A(1, 3, 1))
case(np.squeeze, A(1, 3, 1), axis=0)
for _function in (np.atleast_1d, np.atleast_2d, np.atleast_3d):
    case(_function, A())
    case(_function, 1.5)
    case(_function, A(3), A(2, 2))
case(np.broadcast_to, A(3), (2, 3))
case(np.broadcast_to, A(2, 1), (2, 3))
case(np.broadcast_arrays, A(3), A(2, 1))
case(np.meshgrid, A(2), A(3))
case(np.meshgrid, A(2), A(3), A(2), indexing="ij")
case(np.meshgrid, A(2))
case(np.flip, A(2, 3))
case(np.flip, A(2, 3), 1)
case(np.fliplr, A(2, 3))
case(np.flipud, A(2, 3))
for _function in (np.triu, np.tril):
    case(_function, A(3, 3))
    case(_function, A(2, 3, 3), 1)
    case(_function, A(3))
case(np.trace, A(3, 3))
case(np.trace, A(2, 3, 3), 1, 1, 2)
for _mode in ("constant", "edge", "reflect", "symmetric", "wrap"):
    case(np.pad, A(2, 3), 1, _mode)
    case(np.pad, A(2, 3), ((0, 1), (1, 0)), mode=_mode)
case(np.pad, A(3), 2)
case(np.pad, A(3), (1, 2), constant_values=A())
case(np.pad, A(2, 3), (1, 2), "constant", constant_values=1.5)
case(np.pad, A(2, 2, 2, 2), ((0, 0), (0, 0), (1, 1), (1, 1)), "constant")
for _function in (np.copy, np.ndarray.copy):
    case(_function, A(2, 3))
case(np.copy, 1.5)
case(np.ndarray.astype, A(2, 3), float)
if hasattr(np, "astype"):
    case(np.astype, A(2, 3), float)
for _function in (np.array, np.asarray, np.asanyarray, np.ascontiguousarray, np.asfortranarray):
    case(_function, A(2, 3))
    case(_function, A(2, 3), dtype=float)
    case(_function, 1.5)
    case(_function, [A(3), A(3)])
    case(_function, [[1.5, A()], [np.float64(0.5), 2.0]])
case(np.array, A(3), ndmin=3)
case(np.require, A(2, 3), float)
case(np.roll, A(2, 3), 1)
case(np.roll, A(2, 3), (1, -1), axis=(0, 1))
case(np.rot90, A(2, 3))
case(np.rot90, A(2, 3), k=2)
case(np.tile, A(2), 3)
case(np.tile, A(2, 1), (2, 2, 3))
case(np.repeat, A(2, 2), 2)
case(np.repeat, A(2, 2), [1, 3], axis=1)
case(np.repeat, 1.5, 3)
case(np.resize, A(3), (2, 4))
case(np.delete, A(4), 1)
case(np.delete, A(2, 4), [0, 2], axis=1)
case(np.diag, A(3))
case(np.diag, A(3), 1)
case(np.diag, A(2, 3), -1)
case(np.diagonal, A(2, 3))
case(np.diagonal, A(2, 3, 4), 1, 1, 2)
case(np.diagflat, A(2, 2), 1)
for _function in (np.split, np.array_split):
    case(_function, A(4), 2)
    case(_function, A(2, 4), [1, 3], axis=1)
case(np.array_split, A(5), 2)
case(np.hsplit, A(2, 4), 2)
case(np.vsplit, A(4, 2), [1])
case(np.dsplit, A(1, 2, 4), 2)
if hasattr(np, "unstack"):
    case(np.unstack, A(2, 3))
    case(np.unstack, A(2, 3), axis=1)
case(np.take, A(2, 3), [0, 4, 4])
case(np.take, A(2, 3), [[0, 2], [2, 2]], axis=1)
case(np.take, A(4), 1)
case(np.compress, [True, False, True], A(2, 3), axis=1)
case(np.compress, [False, True], A(2, 3))
case(np.extract, MASK, A(2, 3))
case(np.lib.stride_tricks.as_strided, A(5), (3, 3), (8, 8))
case(np.lib.stride_tricks.sliding_window_view, A(5), 3)
case(np.lib.stride_tricks.sliding_window_view, A(3, 4), (2, 2))
for _function in (np.fft.fftshift, np.fft.ifftshift):
    case(_function, A(2, 3))
    case(_function, A(2, 3), axes=1)

# -- joining --------------------------------------------------------------------------------
case(np.concatenate, [A(2, 3), A(1, 3)])
case(np.concatenate, (A(2, 3), A(2, 1)), axis=-1)
case(np.concatenate, [A(2, 3), A(2)], None)
case(np.concatenate, A(2, 2, 3), 1)
case(np.concatenate, [[1.5, 2.5], A(2)])
case(np.stack, [A(2, 3), A(2, 3)])
case(np.stack, [A(2, 3), A(2, 3)], axis=-1)
case(np.stack, A(2, 3), 1)
for _function in (np.vstack, np.hstack, np.dstack, np.column_stack):
    case(_function, [A(2, 3), A(2, 3)])
    case(_function, (A(3), A(3)))
    case(_function, A(2, 3, 2))
case(np.vstack, [A(3), A(2, 3)])
case(np.hstack, [1.5, A(2)])
case(np.column_stack, [A(2), A(2, 2)])
case(np.block, [[A(2, 2), A(2, 1)], [A(1, 2), A(1, 1)]])
case(np.block, [A(2), 1.5])
case(np.append, A(2), A(2, 2))
case(np.append, A(2, 2), A(1, 2), axis=0)
case(np.append, A(2), 1.5)
case(np.insert, A(3), 1, 1.5)
case(np.insert, A(2, 3), [0, 2], A(2, 2), axis=1)
case(np.insert, A(2, 2), 1, A(2), axis=0)

# -- indices, choices, sorting --------------------------------------------------------------
for _index in (
    1, -1, slice(None, None, 2), (0, slice(1, None)), (Ellipsis, 0), (slice(None), None), None,
    [0, 1, 0], np.array([[0, 1], [1, 1]]), (np.array([0, 1, 0]), np.array([2, 1, 2])), MASK,
    (slice(None), [0, 0, 2]), np.array([True, False]), (np.array([True, False]), [0, 2]),
    (range(2), [2, 0]), np.int64(1), (),
):  # fmt: skip
    case(operator.getitem, A(2, 3), _index)
    _value = np.shape(np.zeros((2, 3))[_index])
    case(operator.setitem, A(2, 3), _index, A(*_value))
    case(operator.setitem, A(2, 3), _index, 1.5)
case(operator.setitem, A(2, 3), 0, A(1, 3))
case(operator.setitem, A(2, 3), slice(None), A(3))
case(operator.getitem, [A(2), A(3)], 1)
case(operator.getitem, (A(2), A(3), A(2)), slice(1, None))
case(np.take_along_axis, A(2, 3), np.array([[0, 0], [2, 1]]), axis=1)
case(np.take_along_axis, A(2, 3), np.array([0, 4, 4]), None)
case(np.where, MASK, A(2, 3), A(3))
case(np.where, np.array([True, False]), A(2, 1), 0.0)
case(np.where, True, 1.5, 2.5)
case(np.choose, np.array([0, 1, 1]), [A(3), A(3)])
case(np.choose, np.array([0, 2, -1]), [A(3), A(3)], mode="wrap")
case(np.choose, np.array([0, 2, -1]), [A(3), 1.5], mode="clip")
case(np.select, [np.array([True, False, True]), np.array([True, True, False])], [A(3), A(3)])
case(np.select, [np.array([True, False])], [A(2)], A(2))
case(np.sort, A(2, 3))
case(np.sort, A(2, 3), axis=0)
case(np.sort, A(2, 3), None)
case(np.partition, A(5), 2)
case(np.partition, A(2, 4), 1, axis=0)
case(np.partition, A(2, 3), 1, axis=None)
case(np.bincount, np.array([0, 2, 2]), A(3))
case(np.bincount, np.array([0, 2, 2]), weights=A(3), minlength=5)
case(np.unique, np.array([2.0, 0.5, 1.0]))
case(np.unique, np.array([[2.0, 0.5], [1.0, 3.0]]), return_counts=True)
if hasattr(np, "unique_values"):
    case(np.unique_values, np.array([2.0, 0.5, 1.0]))

# -- filling, polynomials -------------------------------------------------------------------
case(np.full, (2, 3), 1.5)
case(np.full, (2, 3), A(3))
case(np.full, (2,), fill_value=1.5)
case(np.full_like, np.zeros((2, 3)), 1.5)
case(np.linspace, 0.5, 1.5, 4)
case(np.linspace, A(2), 1.5, 3, endpoint=False)
case(np.linspace, A(2), A(2), 3, axis=1)
case(np.linspace, 0.5, 1.5, 4, retstep=True)
case(np.polyval, A(3), A(2, 2))
case(np.polyval, [1.5, 0.5], 0.7)
