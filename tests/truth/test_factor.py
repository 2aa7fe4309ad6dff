"""One constant too much: few evaluations, and nothing else is taken for it."""

from __future__ import annotations

import numpy as np
import pytest

from gradlint.truth.projections import check_gradients
from tests.truth.test_projections import LARGE, Net

FEW = 6  # the point itself twice, and two directions there and back


@pytest.mark.parametrize("tensor", range(4))
@pytest.mark.parametrize("factor", [2.0, -1.0, 1.0005, 1e-3, 64.0])
def test_a_tensor_off_by_a_factor_is_named(tensor, factor):
    """The tensor and its factor are told, and the other tensors stay right."""
    net = Net(**LARGE)
    gradients = net.gradient()
    gradients[tensor] = gradients[tensor] * factor
    checked = check_gradients(net, net.parameters, gradients)
    verdicts = [t.verdict for t in checked.tensors]
    assert verdicts == ["wrong" if k == tensor else "right" for k in range(4)]
    assert checked.tensors[tensor].factor == pytest.approx(factor, rel=1e-5)


@pytest.mark.parametrize("factor", [2.0, -1.0])
def test_a_large_tensor_off_by_a_factor_costs_few_evaluations(factor):
    """Naming it takes no halving of tensors, and no second step along the same direction."""
    net = Net(sizes=(60, 50, 20), samples=30)
    gradients = net.gradient()
    gradients[0] = gradients[0] * factor
    checked = check_gradients(net, net.parameters, gradients)
    assert [t.verdict for t in checked.tensors] == ["wrong", "right", "right", "right"]
    assert checked.evaluations <= FEW


def test_a_whole_gradient_off_by_a_factor_costs_few_evaluations():
    """A factor common to all tensors is theirs, one and all."""
    net = Net(sizes=(60, 50, 20), samples=30)
    checked = check_gradients(net, net.parameters, [3 * g for g in net.gradient()])
    assert [t.factor for t in checked.tensors] == pytest.approx([3.0] * 4, rel=1e-6)
    assert checked.evaluations <= FEW


def test_two_factors_are_not_taken_for_one():
    """Two tensors with factors of their own are told each with its own."""
    net = Net(**LARGE)
    gradients = net.gradient()
    gradients[0], gradients[2] = gradients[0] * 2, gradients[2] * 5
    checked = check_gradients(net, net.parameters, gradients)
    assert [t.verdict for t in checked.tensors] == ["wrong", "right", "wrong", "right"]
    assert [checked.tensors[k].factor for k in (0, 2)] == pytest.approx([2.0, 5.0], rel=1e-6)


def test_a_factor_does_not_hide_a_wrong_entry_elsewhere():
    """One tensor doubled and one entry of another off: both are wrong."""
    net = Net(**LARGE)
    gradients = net.gradient()
    gradients[0] = gradients[0] * 2
    gradients[2] = gradients[2].copy()
    gradients[2][3, 1] *= 1.5
    checked = check_gradients(net, net.parameters, gradients)
    assert [t.verdict for t in checked.tensors] == ["wrong", "right", "wrong", "right"]
    assert checked.tensors[2].pattern.where == ((3, 1),)


@pytest.mark.parametrize("low", [-1.0, 0.0, 0.1])
def test_the_slopes_of_corners_are_no_factor(low):
    """Where every entry sits on a corner, the upper slope of each is as right as the mean."""
    other = np.random.default_rng(1).normal(size=700)
    arrays = [np.zeros((30, 30)), other]

    def corners(w, v):
        return float(np.where(w > 0, w, low * w).sum() + np.tanh(v).sum())

    gradients = [np.ones((30, 30)), 1 - np.tanh(other) ** 2]
    assert check_gradients(corners, arrays, gradients).verdict != "wrong"
