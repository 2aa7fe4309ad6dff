"""Every row that claims a derivative is held against central differences."""

import inspect
import operator
import zlib

import complex_cases  # noqa: F401
import layout_cases  # noqa: F401  (these four fill the list of calls)
import number_cases  # noqa: F401
import numpy as np
import product_cases  # noqa: F401
import pytest
from row_inputs import cases_of

from gradlint import ops

ops.load()

# Two central differences, at STEP and half of it, extrapolated: truncation h⁴·f⁽⁵⁾/480 and
# rounding eps·|f|/h are both near 1e-12 here.  The worst of 2,367 measured deviations is 4e-11, at
# eigh, whose values come from an iteration.
STEP = 2.0**-11
TOLERANCE = 2e-10

# The order of a norm is refused as a variable, and therefore passed over.
REFUSED = {
    (function, key)
    for function in (np.linalg.norm, *ops.named(np.linalg, "vector_norm matrix_norm"))
    for key in (1, "ord")
}
FUNCTIONAL = {operator.setitem, np.add.at, np.subtract.at}


def name_of(row):
    """Spell the function of a row as a test id."""
    owner = getattr(row.function, "__self__", None)
    prefix = f"{owner.__name__}." if isinstance(owner, np.ufunc) else ""
    module = getattr(row.function, "__module__", None) or getattr(
        getattr(row.function, "__objclass__", None), "__name__", "ufunc"
    )
    return f"{module}.{prefix}{row.function.__name__}"


# In an order of their own: processes that share the tests must see the same list.
ROWS = sorted((row for row in ops.ROWS.values() if row.kind == "vjp"), key=name_of)


def call(function, args, kwargs):
    """Call a function; of one that writes in place, take what it leaves in a copy of its target."""
    kwargs = {name: np.copy(v) if name == "out" else v for name, v in kwargs.items()}
    if function not in FUNCTIONAL:
        return function(*args, **kwargs)
    target = np.array(args[0])
    function(target, *args[1:])
    return target


def is_sequence(value):
    """Tell lists and tuples from arrays."""
    return isinstance(value, (list, tuple))


def leaves(tree, path=()):
    """Find the places of the numbers and arrays in an argument that can be moved a little."""
    if is_sequence(tree):
        for place, part in enumerate(tree):
            yield from leaves(part, (*path, place))
    elif isinstance(tree, float) or (isinstance(tree, np.ndarray) and tree.dtype.kind in "fc"):
        yield path


def at(tree, path):
    """Look up a place in a nested sequence."""
    for place in path:
        tree = tree[place]
    return tree


def replaced(tree, path, leaf):
    """Copy a nested sequence with one leaf exchanged."""
    if not path:
        return leaf
    parts = list(tree)
    parts[path[0]] = replaced(parts[path[0]], path[1:], leaf)
    return type(tree)(parts) if type(tree) in (list, tuple) else parts


def moved(leaf, entry, by):
    """Copy a leaf with one entry moved, keeping the type that it had."""
    if not isinstance(leaf, np.ndarray):
        return type(leaf)(leaf + by)
    result = leaf.copy()
    result[entry] += by
    return result


def cotangent_of(output, generator):
    """Draw a cotangent without zeros or equal entries, for what is no count in an output."""
    if is_sequence(output):
        return [cotangent_of(part, generator) for part in output]
    if not np.issubdtype(np.asarray(output).dtype, np.inexact):
        return None  # counts, signs and ranks beside the real output
    if np.iscomplexobj(output):
        return cotangent_of(np.real(output), generator) + 1j * cotangent_of(
            np.imag(output), generator
        )
    return generator.uniform(0.5, 1.5, np.shape(output)) * generator.choice(
        [-1, 1], np.shape(output)
    )


def paired(g, output):
    """Pair a cotangent with an output: the scalar whose slopes are measured."""
    if g is None:
        return 0.0
    if is_sequence(output):
        return sum(paired(a, b) for a, b in zip(g, output, strict=True))
    return np.nansum(np.real(g * output))


def unbroadcast(cotangent, shape):
    """Sum a cotangent over the axes that broadcasting made."""
    cotangent = np.asarray(cotangent)
    cotangent = cotangent.sum(axis=tuple(range(cotangent.ndim - len(shape))))
    axes = tuple(i for i, n in enumerate(shape) if n == 1 and cotangent.shape[i] != 1)
    return np.broadcast_to(cotangent.sum(axis=axes, keepdims=True), shape)


def slope(objective, leaf):
    """Measure the derivative of a scalar function at every entry of a leaf.

    That of a complex entry is the g for which the function changes by ``Re(g · dz)``.
    """
    if np.iscomplexobj(leaf):
        real, imaginary = np.real(leaf), np.imag(leaf)
        across = slope(lambda moved: objective(real + 1j * moved), imaginary)
        return slope(lambda moved: objective(moved + 1j * imaginary), real) - 1j * across
    result = np.zeros(np.shape(leaf))
    for entry in np.ndindex(result.shape):
        one, half = (
            (objective(moved(leaf, entry, h)) - objective(moved(leaf, entry, -h))) / (2.0 * h)
            for h in (STEP, STEP / 2.0)
        )
        result[entry] = (4.0 * half - one) / 3.0
    return result


def deviations(row, args, kwargs):
    """For each real argument of a call: where it stands, its relative error, both gradients."""
    generator = np.random.default_rng(zlib.crc32(name_of(row).encode()))
    output = call(row.function, args, kwargs)
    g = cotangent_of(output, generator)
    if row.function is np.linalg.lstsq:
        g = [g[0], None, None, None]
    arguments = [
        *enumerate(args),
        *((k, v) for k, v in kwargs.items() if k not in ("out", "where")),
    ]
    metadata = {name: value for name, value in kwargs.items() if name != "out"}
    for key, argument in arguments:
        paths = list(leaves(argument))
        if not paths or (row.function, key) in REFUSED:
            continue
        rule = row.rule(key)
        flow = None if rule is None else rule(g, output, *args, **metadata)
        for path in paths:

            def objective(leaf, key=key, path=path):
                new, named = list(args), dict(kwargs)
                home = named if isinstance(key, str) else new
                home[key] = replaced(home[key], path, leaf)
                return paired(g, call(row.function, new, named))

            leaf = at(argument, path)
            expected = slope(objective, leaf)
            part = None if flow is None else at(flow, path)
            given = np.zeros(np.shape(leaf)) if part is None else unbroadcast(part, np.shape(leaf))
            given = given if np.iscomplexobj(leaf) else np.real(given)  # as the engine does
            scale = max(1.0, np.max(np.abs(expected), initial=0.0))
            error = np.max(np.abs(given - expected), initial=0.0) / scale
            yield key, path, error, given, expected


def stated_arguments(row):
    """List the arguments for which a row has a rule."""
    stated = {place for place, rule in enumerate(row.rules) if rule is not None}
    # NumPy 2.0 has no clip(min=, max=) yet
    known = inspect.signature(row.function).parameters if row.keywords else ()
    return stated | {name for name in row.keywords if name in known}


@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_row_agrees_with_central_differences(row):
    """Each rule gives the slope that the function itself shows, and each is put to the test."""
    cases = cases_of(row)
    assert cases, f"{name_of(row)} has a row and no case in the *_cases modules"
    mattered = set()
    with np.errstate(all="ignore"):  # as the engine does
        for args, kwargs in cases:
            for key, path, error, given, expected in deviations(row, args, kwargs):
                assert error <= TOLERANCE, (
                    f"{name_of(row)}{args!r}, {kwargs!r}: argument {key}{list(path) or ''} is "
                    f"{given!r}, not {expected!r}"
                )
                if np.any(expected):
                    mattered |= {key, row.position(key) if isinstance(key, str) else key}
    assert mattered, "no case has an argument that moves the output"
    assert stated_arguments(row) <= mattered | {key for f, key in REFUSED if f is row.function}
