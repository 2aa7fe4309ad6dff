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
