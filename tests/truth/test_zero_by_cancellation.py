"""A gradient whose terms cancel exactly is compared with them, in every spelling of the shift."""

from __future__ import annotations

import contextlib
import io

import pytest

from gradlint.checking.inspection import Inspection
from gradlint.config import Options
from gradlint.source.spots import SourceFile

NORMED = """\
import numpy as np

rng = np.random.default_rng(3)
x, t = rng.normal(size=(12, 4)), rng.normal(size=(12, 2))
W, c, V = rng.normal(size=(4, 5)), rng.normal(size={shape}) * 0.1, rng.normal(size=(5, 2))

for step in range(3):
    z = x @ W + {used}
    mean = z.mean(axis={axis}, keepdims=True)
    inv = 1 / np.sqrt(((z - mean) ** 2).mean(axis={axis}, keepdims=True) + 1e-6)
    n = (z - mean) * inv
    a = np.maximum(n, 0)
    out = a @ V
    loss = 0.5 * np.sum((out - t) ** 2)
    d = out - t
    dV = a.T @ d
    dn = (d @ V.T) * (a > 0)
    dz = inv * ({centred} - n * (dn * n).mean(axis={axis}, keepdims=True))
    dW = x.T @ dz
    dc = {gradient}
    W -= 0.01 * dW
    c -= 0.01 * dc
    V -= 0.01 * dV
"""
SHIFT = """\
import numpy as np

rng = np.random.default_rng(4)
x, k = rng.normal(size=(10, 3)), rng.integers(0, 4, 10)
W, g, shift = rng.normal(size=(3, 4)), rng.normal(size=(1, 4)), rng.normal(size=(10, 1))

for step in range(3):
    s = x @ W + g + np.broadcast_to(shift, (10, 4))
    e = np.exp(s)
    p = e / e.sum(axis=1, keepdims=True)
    loss = -np.log(p[np.arange(10), k]).mean()
    d = p.copy()
    d[np.arange(10), k] -= 1
    d /= 10
    dW, dg = x.T @ d, d.sum(axis=0, keepdims=True)
    dshift = {gradient}
    W -= 0.1 * dW
    g -= 0.1 * dg
    shift -= 0.1 * dshift
"""
CENTRED = "dn - dn.mean(axis={axis}, keepdims=True)"


def check(text):
    """Check a program in this process."""
    with contextlib.redirect_stdout(io.StringIO()):
        return Inspection(SourceFile("net.py", text), Options(), 30).report()


def normed(shape, used, axis, gradient, centred=CENTRED):
    """A net with a shift in front of a normalisation over an axis."""
    centred = centred.format(axis=axis)
    return NORMED.format(shape=shape, used=used, axis=axis, gradient=gradient, centred=centred)


@pytest.mark.parametrize(
    ("shape", "used", "axis", "gradient"),
    [
        ("5", "c", 0, "dz.sum(axis=0)"),
        ("(5, 1)", "c.T", 0, "dz.sum(axis=0).reshape(5, 1)"),
        ("5", "c.reshape(1, -1)", 0, "np.ones(12) @ dz"),
        ("(1, 5)", "np.repeat(c, 12, axis=0)", 0, "dz.sum(axis=0, keepdims=True)"),
        ("(12, 1)", "c", 1, "dz.sum(axis=1, keepdims=True)"),
        ("(12, 1)", "np.tile(2 * c, (1, 5))", 1, "2 * dz.sum(axis=1, keepdims=True)"),
        ("(1, 1)", "c", 1, "dz.sum(keepdims=True)"),
    ],
)
def test_a_shift_before_a_normalisation_is_right(shape, used, axis, gradient):
    """The true gradient is zero and the hand-written one is rounding: nothing is wrong."""
    report = check(normed(shape, used, axis, gradient))
    assert report.verdict == "right"
    assert {p.name for p in report.parameters} == {"W", "c", "V"}


def test_a_shift_whose_gradient_does_not_cancel_is_wrong():
    """Where the mean is not taken off, the gradient of the shift is no rounding."""
    report = check(normed("(5, 1)", "c.T", 0, "dz.sum(axis=0).reshape(5, 1)", centred="dn"))
    assert report.verdict == "wrong"
    assert {p.name for p in report.parameters if p.verdict == "wrong"} == {"W", "c"}


def test_a_shift_before_softmax_is_right_and_a_wrong_one_wrong():
    """All classes moved alike change nothing; the gradient of one class alone is no rounding."""
    assert check(SHIFT.format(gradient="d.sum(axis=1, keepdims=True)")).verdict == "right"
    report = check(SHIFT.format(gradient="d[:, :1]"))
    assert [p.name for p in report.parameters if p.verdict == "wrong"] == ["shift"]


SCALED = """\
import numpy as np

rng = np.random.default_rng(5)
x, t = rng.normal(size=(12, 4)), rng.normal(size=12)
w, u = rng.normal(size=4), 1.3
v = 0.7

for step in range(3):
    raw = u * w
    length = np.sqrt(np.sum(raw ** 2))
    unit = raw / length
    y = {tiny} * v * (x @ unit)
    loss = 0.5 * np.sum((y - t) ** 2)
    dy = {tiny} * (y - t)
    dv = np.sum(dy * (x @ unit))
    dunit = v * (x.T @ dy)
    draw = (dunit - unit * (unit @ dunit)) / length
    dw = {factor} * u * draw
    du = w @ draw
    w = w - 0.01 * dw
    u = u - 0.01 * du
    v = v - 0.01 * dv
"""


def test_a_scale_before_a_normalisation_is_right():
    """Only the direction counts, so the scale has no gradient."""
    assert check(SCALED.format(tiny=1, factor=1)).verdict == "right"


def test_a_small_gradient_is_no_rounding():
    """A wrong factor in a gradient that is small throughout is still wrong."""
    report = check(SCALED.format(tiny=1e-7, factor=2))
    assert [p.name for p in report.parameters if p.verdict == "wrong"] == ["w"]
