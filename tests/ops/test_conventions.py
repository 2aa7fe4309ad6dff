"""At kinks, zeros and ties each rule gives one documented value, and never an accidental nan."""

import math
import operator

import numpy as np
import pytest

from gradlint import ops


def pulled(function, *args, argument=0, g=None, **kwargs):
    """Compute the cotangent of one argument, under a cotangent of ones unless told otherwise."""
    output = function(*args, **kwargs)
    g = np.ones(np.shape(output)) if g is None else g
    with np.errstate(all="ignore"):
        return np.asarray(ops.lookup(function).rule(argument)(g, output, *args, **kwargs)).tolist()


TIED = np.array([1.0, 3.0, 3.0])


@pytest.mark.parametrize("function", [np.maximum, np.minimum, np.fmax, np.fmin])
def test_a_tie_of_two_arguments_goes_to_the_first(function):
    """`maximum(0, z)` has slope 0 at z = 0 and `maximum(z, 0)` slope 1: both are subgradients."""
    assert pulled(function, 0.0, np.array([0.0]), argument=0) == [1.0]
    assert pulled(function, 0.0, np.array([0.0]), argument=1) == [0.0]


def test_fmax_takes_the_number_beside_a_nan():
    """The argument that is a number gets the whole gradient."""
    assert pulled(np.fmax, np.array([np.nan, 1.0]), np.array([1.0, np.nan])) == [0.0, 1.0]
    assert pulled(np.fmin, np.array([np.nan, 1.0]), np.array([1.0, np.nan]), argument=1) == [
        1.0,
        0.0,
    ]


@pytest.mark.parametrize(
    "function", [np.max, np.amax, np.nanmax, np.maximum.reduce, np.fmax.reduce]
)
def test_tied_extrema_share_evenly(function):
    """Two equal maxima get half each, in whatever order they stand."""
    assert pulled(function, TIED) == [0.0, 0.5, 0.5]
    assert pulled(function, TIED[::-1]) == [0.5, 0.5, 0.0]


def test_bounds_of_clip_belong_to_the_inside():
    """An element on a bound keeps its gradient, and the bound gets none of it."""
    assert pulled(np.clip, np.array([0.0, 0.5, 1.0, 2.0]), 0.0, 1.0) == [1.0, 1.0, 1.0, 0.0]
    assert pulled(np.clip, np.array([0.0, 2.0]), 0.0, 1.0, argument=2) == [0.0, 1.0]


@pytest.mark.parametrize("function", [np.absolute, np.fabs])
def test_absolute_has_slope_zero_at_zero(function):
    """0 lies between the slopes -1 and 1."""
    assert pulled(function, np.array([-2.0, 0.0, 2.0])) == [-1.0, 0.0, 1.0]


def test_roots_have_infinite_slope_at_zero():
    """Infinity is the truth there; nothing hides it."""
    assert pulled(np.sqrt, np.array([0.0])) == [math.inf]
    assert pulled(np.cbrt, np.array([0.0])) == [math.inf]
    assert pulled(np.power, np.array([0.0]), 0.5) == [math.inf]


def test_a_root_of_which_nothing_is_asked_has_no_slope():
    """A loss that does not look at a root does not change with it, though the root is steep."""
    given = np.array([0.0, 0.0, 1.0])
    assert pulled(np.sqrt, np.array([0.0, 4.0, 4.0]), g=given) == [0.0, 0.0, 0.25]


@pytest.mark.parametrize(
    ("exponent", "slopes"),
    [(0, [0.0, 0.0]), (1, [1.0, 1.0]), (2, [0.0, -4.0]), (3, [0.0, 12.0])],
)
def test_whole_powers_of_zero_and_negative_bases(exponent, slopes):
    """Neither 0·0⁻¹ nor the logarithm of a negative base makes a nan."""
    base = np.array([0.0, -2.0])
    assert pulled(np.power, base, exponent) == slopes
    assert pulled(np.power, base, np.array([exponent, exponent])) == slopes
    assert pulled(np.power, base.astype(int), exponent) == slopes


def test_the_exponent_of_zero_and_of_a_negative_base():
    """0ᵖ does not move with p; a negative base has no real power beside p, which nan says."""
    assert pulled(np.power, np.array([0.0]), 2.0, argument=1) == [0.0]
    assert np.isnan(pulled(np.power, np.array([-1.0]), 2.0, argument=1)).all()


@pytest.mark.parametrize("order", [None, 1, 2, 3, np.inf])
def test_norms_have_subgradient_zero_at_zero(order):
    """The norm of a zero vector is a kink whose subgradients contain 0."""
    assert pulled(np.linalg.norm, np.zeros(2), order) == [0.0, 0.0]


def test_spread_of_equal_numbers_has_subgradient_zero():
    """`std` of a constant vector and `hypot(0, 0)` are kinks as well."""
    assert pulled(np.std, np.full(3, 1.5)) == [0.0, 0.0, 0.0]
    assert pulled(np.hypot, np.zeros(1), np.zeros(1)) == [0.0]


def test_products_with_zero_factors():
    """Only the zero factor moves the product, by the product of the others."""
    assert pulled(np.prod, np.array([2.0, 0.0, 5.0])) == [0.0, 10.0, 0.0]
    assert pulled(np.prod, np.array([0.0, 0.0, 5.0])) == [0.0, 0.0, 0.0]


def test_where_keeps_the_untaken_branch_finite():
    """The branch that was not taken gets 0, not 0 times infinity."""
    g = np.array([np.inf, 2.0])
    assert pulled(np.where, np.array([True, False]), 1.0, 2.0, argument=2, g=g) == [0.0, 2.0]
    assert pulled(np.maximum, np.array([1.0, 0.0]), 0.5, argument=1, g=g) == [0.0, 2.0]


def test_a_place_written_twice_keeps_the_last_write():
    """`x[[0, 0]] = a, b` leaves b: the gradient of a is 0."""
    place = np.array([0, 0])
    rule = ops.lookup(operator.setitem).rule(2)
    assert rule(np.array([3.0, 4.0]), None, np.zeros(2), place, TIED[:2]).tolist() == [0.0, 3.0]


def test_reading_a_place_twice_adds_up():
    """`x[[0, 0]]` gives x[0] the sum of both cotangents."""
    assert pulled(operator.getitem, np.zeros(2), [0, 0]) == [2.0, 0.0]


def test_items_of_a_sequence():
    """An item of a list of arrays gets its cotangent, the others None."""
    rule = ops.lookup(operator.getitem).rule(0)
    assert rule(5.0, None, [TIED, TIED], 1) == [None, 5.0]


def test_split_accepts_parts_without_a_cotangent():
    """Where nothing flowed into a part of a split, its elements get 0."""
    x = np.arange(4.0)
    rule = ops.lookup(np.split).rule(0)
    assert rule([None, np.array([1.0, 2.0])], np.split(x, 2), x, 2).tolist() == [0, 0, 1, 2]


@pytest.mark.parametrize(
    ("function", "args", "kwargs"),
    [
        (np.pad, (TIED, 1, "mean"), {}),
        (np.pad, (TIED, 1, "reflect"), {"reflect_type": "odd"}),
        (np.ravel, (np.ones((2, 3)).T, "K"), {}),
        (np.matmul, (np.ones((2, 2)), np.ones((2, 2))), {"axes": [(1, 0), (0, 1), (0, 1)]}),
        (np.median, (np.array([1.0, np.nan]),), {}),
        (np.linalg.det, (np.zeros((2, 2)),), {}),
    ],
)
def test_forms_that_no_rule_covers_are_refused(function, args, kwargs):
    """A rule that does not know a form of the call says so instead of answering."""
    output = function(*args, **kwargs)
    with pytest.raises(ops.NoDerivative):
        ops.lookup(function).rule(0)(np.ones(np.shape(output)), output, *args, **kwargs)
