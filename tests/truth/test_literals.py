"""Epsilons and rounded constants are forgiven, and nothing else is."""

from __future__ import annotations

import contextlib
import io

import numpy as np
import pytest

import gradlint
from gradlint.checking.inspection import Inspection
from gradlint.config import Options
from gradlint.source.spots import SourceFile
from gradlint.truth.literals import last_digit

PROGRAM = """\
import numpy as np

rng = np.random.default_rng(0)
x, y = rng.normal(size=(12, 3)), (rng.random((12, 1)) > 0.5) * 1.0
W, v, b = rng.normal(size=(3, 4)), rng.normal(size=(4, 1)), np.zeros((1, 1))
EPS = {eps}
for step in range(3):
    z = x @ W
    h = {forward}
    p = 1 / (1 + np.exp(-(h @ v + b)))
    loss = -np.mean(y * np.log(p + EPS) + (1 - y) * np.log(1 - p + EPS))
    dp = ((1 - y) / (1 - p + {other}) - y / (p + {other})) / 12
    d = dp * p * (1 - p){stray}
    dv, db = h.T @ d, d.sum(0, keepdims=True)
    dW = x.T @ (d @ v.T * {slope})
    W -= 0.1 * dW
    v -= 0.1 * dv
    b -= 0.1 * db
"""
TANH = {"forward": "np.tanh(z)", "slope": "(1 - h ** 2)"}
SELU = "1.0507 * np.where(z > 0, z, 1.67326 * (np.exp(z) - 1))"
EXACT = "1.0507009873554805 * np.where(z > 0, 1, 1.6732632423543772 * np.exp(z))"


def check(**parts):
    """Check the program in this process."""
    text = PROGRAM.format(**{"eps": "1e-8", "other": "1e-8", "stray": "", **TANH, **parts})
    with contextlib.redirect_stdout(io.StringIO()):
        report = Inspection(SourceFile("net.py", text), Options(), 30).report()
    wrong = {p.name for p in report.parameters if p.verdict == "wrong"}
    return report.verdict, wrong, [f.code for f in report.findings]


@pytest.mark.parametrize(("eps", "other"), [("1e-3", "1e-12"), ("1e-9", "5e-3"), ("1e-4", "0.0")])
def test_different_epsilons_are_right_with_a_note(eps, other):
    """Without any epsilon both sides are the same."""
    assert check(eps=eps, other=other) == ("right", set(), ["GL211"])


def test_a_difference_that_nobody_sees_is_not_told():
    """Below 1e-5 there is no note."""
    assert check(eps="1e-7", other="1e-12") == ("right", set(), [])


def test_a_small_number_that_guards_nothing_is_a_mistake():
    """0.01 added to a delta is no epsilon."""
    verdict, wrong, _ = check(stray=" + 0.01")
    assert verdict == "wrong"
    assert wrong


def test_another_mistake_is_found_beside_different_epsilons():
    """The slip in one line is still a slip."""
    verdict, wrong, _ = check(eps="1e-3", other="1e-12", slope="(1 - h)")
    assert verdict == "wrong"
    assert "W" in wrong
    assert "v" not in wrong


def test_rounded_constants_are_right():
    """Six digits of one side are all the digits of the other."""
    assert check(forward=SELU, slope=EXACT) == ("right", set(), [])


@pytest.mark.parametrize("wrong", ["1.06", "1.0518", "0.999 * 1.0507"])
def test_a_constant_that_is_no_rounding_is_a_mistake(wrong):
    """A number may be moved within its last digit, and 0.999 is no 1."""
    slope = f"{wrong} * np.where(z > 0, 1, 1.67326 * np.exp(z))"
    assert check(forward=SELU, slope=slope)[0] == "wrong"


def gelu(x):
    """Forward pass with all digits."""
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


def gelu_backward(dout, x):
    """Backward pass with six."""
    t = np.tanh(0.797885 * x + 0.0356774 * x**3)
    return dout * (0.5 * (1 + t) + 0.5 * x * (1 - t**2) * (0.797885 + 0.107032 * x**2))


def gelu_off(dout, x):
    """A constant that is off by more than its last digit."""
    t = np.tanh(0.797885 * x + 0.0356774 * x**3)
    return dout * (0.5 * (1 + t) + 0.5 * x * (1 - t**2) * (0.797885 + 0.107042 * x**2))


def test_rounded_constants_of_a_pair_are_right():
    """A pair is held to the same rule, though its measure is finer."""
    x = np.random.default_rng(0).normal(size=(5, 3))
    assert gradlint.check(gelu, gelu_backward, x).verdict == "right"
    assert gradlint.check(gelu, gelu_off, x).verdict == "wrong"


@pytest.mark.parametrize(
    ("value", "unit"), [(0.797885, 1e-6), (1.67, 0.01), (0.5, 0.0), (3.0, 0.0), (2**0.5, 0.0)]
)
def test_the_last_digit_of_a_number(value, unit):
    """Numbers with few digits are exact, and numbers with all of them as well."""
    assert last_digit(value) == pytest.approx(unit)


SEVERAL = """\
import numpy as np

rng = np.random.default_rng(30)
X, Y = rng.normal(size=(28, 4)), rng.normal(size=(28, 1))
P, Q, R = (rng.normal(size=s) * 0.5 for s in ((4, 6), (6, 5), (5, 1)))
for k in range(9):
    a = X @ P
    h = 1.0507 * np.where(a > 0, a, 1.67326 * (np.exp(a) - 1))
    b = h @ Q
    t = np.tanh(0.79788 * (b + 0.044715 * b ** 3))
    g = 0.5 * b * (1 + t)
    e = g @ R - Y
    print((e * e).mean())
    de = 2 * e / len(e)
    u = np.tanh(0.797885 * (b + 0.044715 * b ** 3))
    db = de @ R.T * (0.5 * (1 + u) + 0.5 * b * (1 - u * u) * 0.797885 * (1 + 0.134145 * b * b))
    da = db @ Q.T * 1.050701 * np.where(a > 0, 1.0, {alpha} * np.exp(a))
    P, Q, R = P - 0.03 * X.T @ da, Q - 0.03 * h.T @ db, R - 0.03 * g.T @ de
"""


@pytest.mark.parametrize(("alpha", "verdict"), [("1.673263", "right"), ("1.6842", "wrong")])
def test_constants_of_several_layers_are_rounded_at_once(alpha, verdict):
    """Of numbers that do the same to the gradient none is moved far for the sake of another."""
    with contextlib.redirect_stdout(io.StringIO()):
        file = SourceFile("net.py", SEVERAL.format(alpha=alpha))
        assert Inspection(file, Options(), 30).report().verdict == verdict
