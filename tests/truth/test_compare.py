"""The three verdicts, on numbers and on arrays, and the patterns of wrong entries."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradlint.truth.compare import compare_arrays, judge
from gradlint.truth.differences import Kink

TRUTH = np.random.default_rng(5).normal(size=(6, 6))
ERROR = 1e-12


@pytest.mark.parametrize(
    ("hand", "reference", "error", "verdict"),
    [
        (1.0, 1.0 + 1e-9, 1e-9, "right"),
        (1.0, 1.1, 1e-9, "wrong"),
        (1.0, 1.1, 0.05, "cannot-tell"),
        (1.0, 1.0, 0.05, "cannot-tell"),
        (1.0, 1.0 + 5e-9, 1e-9, "cannot-tell"),
        (-1e-12, 1e-12, 1e-18, "wrong"),
        (0.0, 0.0, 1e-12, "cannot-tell"),
        (0.0, 0.0, 0.0, "right"),
        (0.0, 1.0, 1e-9, "wrong"),
        (math.nan, 1.0, 1e-9, "wrong"),
        (math.inf, 1.0, 1e-9, "wrong"),
        (1.0, math.nan, 1e-9, "cannot-tell"),
        (1.0, 1.0, math.inf, "cannot-tell"),
        (math.nan, math.nan, 1e-9, "cannot-tell"),
    ],
)
def test_the_three_verdicts(hand, reference, error, verdict):
    """Right within two small errors, wrong beyond ten, otherwise neither."""
    assert judge(hand, reference, error).verdict == verdict


@given(
    hand=st.floats(-10, 10),
    reference=st.floats(-10, 10),
    digits=st.floats(-14, -1),
    power=st.integers(-27, 27),
)
def test_units_do_not_change_a_verdict(hand, reference, digits, power):
    """Loss × 2⁻²⁷ … 2²⁷ (about 1e±8) scales all three numbers and leaves the verdict alone."""
    error, unit = 10**digits, 2.0**power
    if 0 < min(abs(hand), abs(reference)) < 1e-250:
        return  # the product would be rounded
    scaled = judge(unit * hand, unit * reference, unit * error)
    assert scaled.verdict == judge(hand, reference, error).verdict


@given(st.floats(0.1, 10), st.floats(1e-12, 1e-1))
def test_nothing_is_certified_beyond_its_resolution(size, error):
    """Whatever is called right lies within 2e-4 of the reference."""
    for off in (2e-4, -2e-4, 1e-3):
        assert judge(size * (1 + off), size, error).verdict != "right"


def test_every_doubt_has_a_reason():
    """Below the noise, too coarse, and in between are told apart."""
    reasons = {judge(*case).reason for case in [(0, 0, 1e-9), (1, 1, 0.01), (1, 1.1, 0.02)]}
    assert len(reasons) == 3
    assert all(reasons)


def test_the_factor_is_hand_over_true():
    """A missing 1/m shows as m; a reference that may be zero has no factor."""
    assert judge(10.0, 1.0, 1e-9).factor == pytest.approx(10)
    assert judge(10.0, 1e-9, 1e-9).factor is None


def test_a_shown_zero_is_right():
    """A zero gradient is right where the caller has shown that f does not depend on it."""
    assert compare_arrays([1e-18], [2e-18], 1e-17, vanishes=True).verdict == "right"
    assert compare_arrays([1e-3], [0.0], 1e-17, vanishes=True).verdict == "wrong"


@pytest.mark.parametrize(
    ("hand", "verdict"),
    [(0.0, "right"), (0.5, "right"), (1.0, "right"), (1.3, "cannot-tell"), (1e6, "wrong")],
)
def test_any_slope_between_the_two_sides_of_a_kink_is_valid(hand, verdict):
    """ReLU at 0 admits 0, 1 and all between; a little outside may be a mix of several kinks."""
    assert judge(hand, 0.5, 0.5 + 1e-9, kink=Kink(0.0, 1.0)).verdict == verdict


def test_a_narrow_gradient_is_granted_its_rounding():
    """A float32 gradient is right to float32's precision, and still wrong at 2e-4."""
    hand = TRUTH.astype(np.float32)
    assert compare_arrays(hand, TRUTH, ERROR).verdict == "right"
    assert compare_arrays(hand.astype(np.float64), TRUTH, ERROR).verdict == "wrong"
    assert compare_arrays(hand * np.float32(1.0002), TRUTH, ERROR).verdict == "wrong"
    assert judge(np.float32(0.1), 0.1, 1e-15).verdict == "right"


def test_an_integer_gradient_is_compared_by_value():
    """Integers are exact numbers."""
    assert compare_arrays(np.array([1, -2]), np.array([1.0, -2.0]), 1e-15).verdict == "right"
    assert compare_arrays(np.array([1, -2]), np.array([1.3, -2.0]), 1e-15).verdict == "wrong"


def test_an_exact_zero_on_both_sides_is_right():
    """Reverse mode that gives exactly 0 for a gradient of exactly 0 leaves nothing to doubt."""
    zero = np.zeros((2, 3))
    assert compare_arrays(zero, zero, 0.0).verdict == "right"
    assert compare_arrays(zero, zero, 1e-16).verdict == "cannot-tell"
    assert compare_arrays(zero, zero + 1e-3, 1e-16).verdict == "wrong"


@pytest.mark.parametrize("factor", [10.0, -1.0, 0.5, 0.0, 1.0005])
def test_a_common_factor_is_found(factor):
    """A gradient off by one factor everywhere is wrong by that factor."""
    judged = compare_arrays(factor * TRUTH, TRUTH, ERROR)
    assert (judged.verdict, judged.pattern.kind) == ("wrong", "whole")
    assert judged.factor == pytest.approx(factor)


def changed(where, by=2.0):
    """Copy the truth with some entries multiplied."""
    hand = TRUTH.copy()
    hand[where] *= by
    return hand


@pytest.mark.parametrize(
    ("hand", "kind", "where"),
    [
        (changed(np.s_[4]), "row", ((4,),)),
        (changed(np.s_[:, 1]), "column", ((1,),)),
        (changed(np.s_[[1, 3]]), "row", ((1,), (3,))),
        (changed(np.eye(6, dtype=bool)), "diagonal", ()),
        (changed(~np.eye(6, dtype=bool)), "off-diagonal", ()),
        (TRUTH.T, "off-diagonal", ()),
        (changed((2, 5)), "entries", ((2, 5),)),
        (changed(([2, 0], [5, 1])), "entries", ((0, 1), (2, 5))),
        (TRUTH[::-1], "whole", ()),
    ],
)
def test_the_wrong_entries_are_described(hand, kind, where):
    """Rows, columns, the diagonal and single entries are told apart."""
    judged = compare_arrays(hand, TRUTH, ERROR)
    assert (judged.verdict, judged.factor) == ("wrong", None)
    assert (judged.pattern.kind, judged.pattern.where) == (kind, where)


def test_insignificant_entries_do_not_break_a_pattern():
    """A row whose gradient is zero in places (dead units) is still a row."""
    truth = TRUTH.copy()
    truth[4, 2] = 0.0
    hand = truth.copy()
    hand[4] *= 3
    assert str(compare_arrays(hand, truth, ERROR).pattern) == "row 4"


def test_a_slice_of_a_tensor_is_named_by_its_axis():
    """Beyond two dimensions there are no rows: axis and index."""
    truth = TRUTH.reshape(3, 3, 4)
    hand = truth.copy()
    hand[:, :, 2] *= 2
    assert str(compare_arrays(hand, truth, ERROR).pattern) == "axis 2, index 2"


def test_nan_is_located():
    """One nan among right entries is wrong, and said where."""
    hand = TRUTH.copy()
    hand[3, 2] = np.nan
    judged = compare_arrays(hand, TRUTH, ERROR)
    assert (judged.verdict, judged.pattern.where) == ("wrong", ((3, 2),))


def test_a_broken_reference_judges_nobody():
    """Where the truth is nan, nothing is claimed."""
    assert compare_arrays(TRUTH, TRUTH * np.nan, ERROR).verdict == "cannot-tell"
    assert compare_arrays(TRUTH, TRUTH, np.inf).verdict == "cannot-tell"


def test_other_shapes_are_the_callers_matter():
    """A gradient (n, 1) for (n,) is another mistake, and never broadcast here."""
    with pytest.raises(ValueError, match="shape"):
        compare_arrays(np.ones((3, 1)), np.ones(3), 0.0)


@given(st.integers(-600, 600), st.integers(0, 5), st.integers(0, 5))
def test_tiny_and_huge_gradients_are_judged_alike(power, i, j):
    """Gradients × 2⁻⁶⁰⁰ … 2⁶⁰⁰: the wrong entry stays wrong, the right gradient right."""
    unit = 2.0**power
    wrong = compare_arrays(unit * changed((i, j), 1.5), unit * TRUTH, unit * ERROR)
    assert (wrong.verdict, wrong.pattern.where) == ("wrong", ((i, j),))
    assert compare_arrays(unit * TRUTH, unit * TRUTH, unit * ERROR).verdict == "right"
