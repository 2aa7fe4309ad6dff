"""Layers that hold more than parameters: momentum, gradients made later, own updates."""

from __future__ import annotations

import numpy as np
import pytest

import gradlint

rng = np.random.default_rng(0)
X = rng.normal(size=(5, 4))


class Layer:
    """What all layers here have in common."""

    def __init__(self):
        """Draw the weights."""
        self.W, self.b = rng.normal(size=(4, 3)), np.zeros(3)

    def forward(self, x):
        """Rows times weights plus bias."""
        self.x = x
        return x @ self.W + self.b


class GradientsLater(Layer):
    """The gradient of the weights is made by the update."""

    def __init__(self):
        """Make room for the gradient."""
        super().__init__()
        self.dW = np.zeros_like(self.W)

    def backward(self, dout):
        """Keep the gradient from above."""
        self.dout = dout
        return dout @ self.W.T


class Momentum(Layer):
    """The last change of the weights is called like their gradient."""

    def __init__(self):
        """Begin without a last change."""
        super().__init__()
        self.delta_W = np.zeros_like(self.W)

    def backward(self, dout):
        """Keep the gradients under names of their own."""
        self.steps = self.x.T @ dout, dout.sum(axis=0)
        return dout @ self.W.T


class UpdatesItself(Layer):
    """The backward pass makes the step."""

    def backward(self, dout, rate=0.1):
        """Change the weights in place, the bias by binding it anew."""
        dx = dout @ self.W.T
        self.W -= rate * self.x.T @ dout
        self.b = self.b - rate * dout.sum(axis=0)
        return dx


def test_the_step_that_backward_makes_is_judged():
    """Where no gradient is kept, the parameters' own moves are held against the function."""
    report = gradlint.check(UpdatesItself(), X)
    assert {(p.name, p.verdict) for p in report.parameters} == {
        ("x", "right"), ("W", "right"), ("b", "right"),
    }  # fmt: skip


@pytest.mark.parametrize("kind", [GradientsLater, Momentum])
def test_what_backward_does_not_write_is_no_gradient(kind):
    """Only the gradient that is given is judged, and it is right."""
    report = gradlint.check(kind(), X)
    assert [(p.name, p.verdict) for p in report.parameters] == [("x", "right")]
    assert not report.findings


def test_a_layer_that_updates_itself_can_be_wrong():
    """Its gradient is held against the function before the update."""

    class Slip(UpdatesItself):
        def backward(self, dout, rate=0.1):
            self.W -= rate * self.x.T @ dout
            return dout @ self.W.T  # of weights that have been updated already

    report = gradlint.check(Slip(), X)
    assert {(p.name, p.verdict) for p in report.parameters} == {("x", "wrong"), ("W", "right")}
    assert "attributes put back" in report.loss.description


@pytest.mark.parametrize("anew", [False, True])
def test_a_gradient_of_zeros_that_is_written_is_judged(anew):
    """A backward pass that forgets the weights leaves a gradient that it has made: zeros."""

    class Forgets(Layer):
        def __init__(self):
            super().__init__()
            self.dW = np.ones_like(self.W)

        def backward(self, dout):
            if anew:
                self.dW = np.zeros_like(self.W)
            else:
                self.dW[...] = 0
            return dout @ self.W.T

    report = gradlint.check(Forgets(), X)
    assert {p.name: p.verdict for p in report.parameters} == {"x": "right", "W": "wrong"}
