"""The studied points prove something: away from zero starts, and with masks that switch."""

from __future__ import annotations

import contextlib
import io

import pytest

from gradlint.checking.inspection import Inspection
from gradlint.config import Options
from gradlint.source.spots import SourceFile

POSITIVE = """\
import numpy as np

rng = np.random.default_rng(0)
X, t = rng.uniform(1, 4, (9, 3)), rng.uniform(0, 4, (9, 2))
W, V = rng.uniform(0.1, 0.6, (3, 5)), rng.uniform(0.1, 0.6, (5, 2))

for step in range(4):
    z = X @ W
    h = {forward}
    y = h @ V
    loss = 0.5 * np.sum((y - t) ** 2)
    d = y - t
    dV = h.T @ d
    dW = X.T @ ({slope})
    W -= {rate} * {step}
    V -= 1e-3 * dV
"""
ZERO = """\
import numpy as np

rng = np.random.default_rng(2)
X = rng.random((40, 3)) * {size}
t = (X.sum(1) > 1.5 * {size}).astype(float)
w, b = np.zeros(3), {bias}

for step in range(4):
    p = 1 / (1 + np.exp(-(X @ w + b)))
    loss = -np.mean(t * np.log(p) + (1 - t) * np.log(1 - p))
    print(loss)
    d = {delta}
    w = w - {rate} * X.T @ d / 40
    b = b - {rate} * d.mean()
"""
HINGE = """\
import numpy as np

rng = np.random.default_rng(5)
X = rng.normal(size=(8, 3))
y = np.sign(X @ np.array([1.0, -1.0, 0.5]))
w, b = rng.normal(size=3) * 0.01, 0.02

for step in range(4):
    margin = y * (X @ w + b)
    loss = np.mean(np.maximum(0, 1 - margin)) + 0.05 * np.sum(w ** 2)
    active = {active}
    dw = -(X.T @ (y * active)) / 8 + 0.1 * w
    db = -np.mean(y * active)
    w = w - 0.01 * dw
    b = b - 0.01 * db
"""


def verdict(text):
    """Check a program in this process."""
    with contextlib.redirect_stdout(io.StringIO()):
        report = Inspection(SourceFile("net.py", text), Options(), 30).report()
    return report.verdict, {p.name for p in report.parameters if p.verdict == "wrong"}


def positive(forward, slope, rate=1e-3, step="dW"):
    """A net whose hidden units are all on at the start."""
    return verdict(POSITIVE.format(forward=forward, slope=slope, rate=rate, step=step))


@pytest.mark.parametrize(
    ("forward", "mask"),
    [
        ("np.maximum(z, 0)", "(z > 0)"),
        ("np.maximum(0.1 * z, z)", "np.where(z > 0, 1, 0.1)"),
        ("np.where(z > 0, z, 0.2 * z)", "np.where(h > 0, 1, 0.2)"),
        ("np.clip(z, 0, 1000)", "((z > 0) & (z < 1000))"),
        ("np.abs(z)", "np.sign(z)"),
        ("z * (z > 0)", "(h > 0)"),
    ],
)
def test_a_mask_that_never_switches_is_made_to(forward, mask):
    """All units are on at the start, and yet a missing mask is seen; the right one is right."""
    assert positive(forward, f"d @ V.T * {mask}") == ("right", set())
    assert positive(forward, "d @ V.T") == ("wrong", {"W"})


def test_a_hinge_with_all_margins_violated_is_made_to_switch():
    """Every sample counts at the start; that some will not has to be in the gradient."""
    assert verdict(HINGE.format(active="(margin < 1)")) == ("right", set())
    assert verdict(HINGE.format(active="np.ones(8)"))[0] != "right"


def test_safeguards_are_left_at_rest():
    """A gradient clip and a bound in a denominator are not made to work: nothing is wrong."""
    assert positive("np.maximum(z, 0)", "d @ V.T * (z > 0)", step="np.clip(dW, -900, 900)") == (
        "right",
        set(),
    )
    assert positive("z / np.maximum(1e-6, 2.0)", "d @ V.T / 2") == ("right", set())


@pytest.mark.parametrize("size", [1, 200])
@pytest.mark.parametrize("bias", ["0", "0.0", "1.0"])
def test_a_start_at_zero_proves_nothing(size, bias):
    """At w = 0 the slope p(1 - p) is 1/4 for all samples, and still nearly so after tiny steps."""
    right = ZERO.format(size=size, bias=bias, delta="p - t", rate=1e-5 / size)
    wrong = ZERO.format(size=size, bias=bias, delta="(p - t) * p * (1 - p)", rate=1e-5 / size)
    assert verdict(right) == ("right", set())
    assert verdict(wrong)[0] != "right"
