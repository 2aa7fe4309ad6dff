"""What calls are made of at which rows are tested: separated values, and patterns for ufuncs.

The other calls are listed in the `*_cases` modules, one by one.

Values run through each interval in golden-ratio steps, so the few values of one call never come
close to each other: no extremum, sort or comparison has a tie within reach of a difference.
"""

import itertools
import math
from collections import defaultdict

import numpy as np

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


MASK = np.array([[True, False, True], [True, True, False]])


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
