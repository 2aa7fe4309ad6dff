"""Samples that count by data of their own: rewards of a policy, weights of classes."""

import contextlib
import io

import pytest

from gradlint.checking.inspection import Inspection
from gradlint.config import Options
from gradlint.source.spots import SourceFile

POLICY = """\
import numpy as np

rng = np.random.default_rng(1)
n = 12
seen, did, gain = rng.normal(size=(n, 3)), rng.integers(0, 3, n), rng.normal(size=n)
U, V = 0.5 * rng.normal(size=(3, 4)), 0.5 * rng.normal(size=(4, 3))
hot = np.eye(3)[did]


def soft(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


for it in range(6):
    {step}
"""
WHOLE = """h = np.tanh(seen @ U)
    p = soft(h @ V)
    d = {error}
    dV, dU = h.T @ d, seen.T @ (d @ V.T * (1 - h ** 2))
    U, V = U {way} 0.01 * dU, V {way} 0.01 * dV"""
SINGLE = """dU, dV = np.zeros_like(U), np.zeros_like(V)
    for s, t, g in zip(seen, hot, gain):
        h = np.tanh(s @ U)
        d = {error}
        dV += g * np.outer(h, d)
        dU += g * np.outer(s, (V @ d) * (1 - h ** 2))
    U, V = U {way} 0.01 * dU, V {way} 0.01 * dV"""


def check(step, error, way="+"):
    """Check the program in this process."""
    text = POLICY.format(step=step.format(error=error, way=way))
    with contextlib.redirect_stdout(io.StringIO()):
        return Inspection(SourceFile("policy.py", text), Options(), 20).report()


@pytest.mark.parametrize(
    ("step", "error", "way"),
    [
        (WHOLE, "(hot - p) * gain[:, None]", "+"),
        (WHOLE, "(p - hot) * gain[:, None] / n", "-"),
        (WHOLE, "np.diag(gain) @ (hot - p)", "+"),
        (SINGLE, "t - soft(h @ V)", "+"),
        (SINGLE, "soft(h @ V) - t", "-"),
    ],
)
def test_a_policy_follows_its_weighted_cross_entropy(step, error, way):
    """No loss is computed; wherever the gain is brought in, the gradients are its."""
    report = check(step, error, way)
    assert report.verdict == "right"
    assert "sample-weights" in {liberty.name for liberty in report.liberties}
    assert "weighted by g" in report.loss.description


@pytest.mark.parametrize(
    ("step", "error", "way"),
    [
        (WHOLE, "(hot + p) * gain[:, None]", "+"),
        (WHOLE, "(hot - p) * p * gain[:, None]", "+"),
        (WHOLE, "(hot - p) * gain[:, None]", "-"),
        (WHOLE, "(hot - p) * hot[:, :1]", "+"),
        (WHOLE, "(hot - p) * seen[:, :1]", "+"),
        (SINGLE, "t - soft(h @ V)", "-"),
        (SINGLE, "t + soft(h @ V)", "+"),
    ],
)
def test_nothing_else_is_believed(step, error, way):
    """A sum for a difference, a slope too many, a step down, targets or inputs for weights."""
    assert check(step, error, way).verdict != "right"


def test_weights_of_either_sign_may_be_costs():
    """Down in the gains is down in costs: both are said, and nobody is accused."""
    report = check(WHOLE, "(hot - p) * gain[:, None]", "-")
    assert report.verdict == "cannot-tell"
    assert all("cost" in p.reason for p in report.parameters)


def test_a_printed_loss_binds_the_weights():
    """What is printed counts every sample alike: weights in the gradient are a slip."""
    step = WHOLE.format(error="(p - hot) * np.abs(gain)[:, None]", way="-")
    step += "\n    print(-np.sum(hot * np.log(p)))"
    with contextlib.redirect_stdout(io.StringIO()):
        text = POLICY.format(step=step)
        report = Inspection(SourceFile("policy.py", text), Options(), 20).report()
    assert report.verdict == "wrong"
