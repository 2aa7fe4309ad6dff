"""Factors that belong to the update are nothing to talk about."""

from __future__ import annotations

import pytest

from gradlint.checking.files import check_text

pytestmark = pytest.mark.usefixtures("in_this_process")

NET = """\
import numpy as np

rng = np.random.default_rng(0)
X, y = rng.normal(size=(20, 4)), rng.normal(size=(20, 1))
W = rng.normal(size=(4, 1))
rate = 0.5
for it in range(5):
    out = X @ W
    loss = 0.5 * np.mean((out - y) ** 2)
    d = (out - y) / len(X)
    {update}
"""


@pytest.mark.parametrize(
    ("update", "codes"),
    [
        ("W -= rate * X.T @ d", []),
        ("W = W - rate * np.dot(X.T, d)", []),
        ("g = 64 * X.T @ d; g /= 64; g *= min(1, 0.1 / np.linalg.norm(g)); W -= g", []),
        ("g = 2 * X.T @ d; W -= rate * g", ["GL207"]),
    ],
)
def test_a_factor_in_the_update_is_a_learning_rate(update, codes):
    """The note on proportional gradients is for factors that stand in the gradient."""
    report = check_text(NET.format(update=update), "net.py")
    assert report.verdict == "right"
    assert [finding.code for finding in report.findings] == codes


MIXED = """\
import numpy as np

rng = np.random.default_rng(0)
X, y = rng.normal(size=(20, 4)), rng.normal(size=(20, 1))
V, W = rng.normal(size=(4, 3)), rng.normal(size=(3, 1))
for it in range(5):
    h = np.tanh(X @ V)
    out = h @ W
    loss = 0.5 * np.mean((out - y) ** 2)
    d = (out - y) / len(X)
    dh = d @ W.T{slope}
    dW = h.T @ d
    V -= 0.1 * X.T @ dh
    W -= 0.1 * dW
"""


def test_a_rate_inside_a_product_is_no_factor_of_the_gradient():
    """Python reads ``lr * X.T @ d`` from the left; behind another slip it is still the rate."""
    assert check_text(MIXED.format(slope=" * (1 - h**2)"), "net.py").verdict == "right"
    found = check_text(MIXED.format(slope=" * (1 - np.tanh(h)**2)"), "net.py").findings
    assert [(f.code, f.site.row) for f in found if f.severity != "note"] == [("GL302", 11)]


CHOSEN = """\
import numpy as np

rng = np.random.default_rng(0)
X, y = rng.normal(size=(20, 4)), rng.normal(size=20)
w, c, lam = np.zeros(4), 0.0, 0.1
for it in range(5):
    e = X @ w + c - y
    loss = 0.5 * e @ e / len(y)
    eta = 1 / (lam * (it + 5))
    {gradients}
    w = w - eta * gw
    c = c - eta * gc
"""


@pytest.mark.parametrize(
    ("gradients", "codes"),
    [
        ("gw, gc = X.T @ e / len(y), e.mean()", []),
        ("gw, gc = 0.5 * (X.T @ (2 * e / len(y))), 0.5 * np.sum(2 * e / len(y))", []),
        ("gw, gc = 2 * X.T @ e / len(y), 2 * e.mean()", ["GL207"]),
    ],
)
def test_what_has_the_gradients_names_says_what_they_are(gradients, codes):
    """A rate that comes out as a round number is a rate, and a half may undo a two."""
    report = check_text(CHOSEN.format(gradients=gradients), "net.py")
    assert report.verdict == "right"
    assert [finding.code for finding in report.findings] == codes


def test_a_rate_in_front_of_an_error_is_none_of_the_gradient():
    """``rate * error * x`` is the rate times ``error * x``."""
    text = NET.replace("out = X @ W", "x, t = X[it], y[it, 0]\n    out = x @ W")
    text = text.replace("np.mean((out - y) ** 2)", "(out - t) ** 2").replace(
        "(out - y) / len(X)", "out - t"
    )
    text = text.replace("size=(4, 1)", "size=4").format(update="W -= 0.05 * d * x")
    report = check_text(text, "net.py")
    assert (report.verdict, report.findings) == ("right", ()), report
