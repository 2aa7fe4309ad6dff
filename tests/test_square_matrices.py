"""What only square matrices let pass, and a gain that scales: each is named, and mended."""

from __future__ import annotations

import pytest

from gradlint.checking.inspection import Inspection
from gradlint.config import Options
from gradlint.findings import is_claim
from gradlint.source.spots import SourceFile

PRODUCTS = """\
import numpy as np

rng = np.random.default_rng(1)
X, Y = rng.normal(size=(6, 6)), rng.normal(size=(6, 6))
W1, W2 = rng.normal(size=(6, 6)), rng.normal(size=(6, 6))
for step in range(5):
    h = np.tanh(X @ W1)
    out = h @ W2
    loss = 0.5 * np.sum((out - Y) ** 2)
    d = out - Y
    dW2 = h.T @ d
    dh = d @ W2.T
    dW1 = np.dot(X.T, (dh * (1 - h**2)))
    W1 -= 0.01 * dW1
    W2 -= 0.01 * dW2
"""
GAIN = """\
import numpy as np

rng = np.random.default_rng(1)
X, Y = rng.normal(size=(6, 6)), rng.normal(size=(6, 6))
W, g = rng.normal(size=(6, 6)), rng.normal(size=6)
for step in range(5):
    h = X @ W
    out = h * g
    loss = 0.5 * np.sum((out - Y) ** 2)
    d = out - Y
    dg = (d * h).sum(axis=0)
    dW = X.T @ (d * g)
    W -= 0.01 * dW
    g -= 0.01 * dg
"""


def claims(text):
    """Check a text in this process, and give what it is accused of, with a fix."""
    report = Inspection(SourceFile("prog.py", text), Options(), timeout=30).report()
    return [f for f in report.findings if is_claim(f) and f.fix is not None]


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("h.T @ d", "d @ h.T"),
        ("d @ W2.T", "W2.T @ d"),
        ("np.dot(X.T, (dh * (1 - h**2)))", "np.dot(dh * (1 - h**2), X.T)"),
    ],
)
def test_exchanged_operands(right, wrong):
    """The two sides of a product stand the wrong way round, and square matrices let it run."""
    assert claims(PRODUCTS) == []
    (finding,) = claims(PRODUCTS.replace(right, wrong))
    assert (finding.code, finding.fix.edits[0].content) == ("GL305", right)
    assert "are exchanged" in finding.message


@pytest.mark.parametrize(
    ("wrong", "code", "part"),
    [
        ("(d * h).sum(axis=1)", "GL206", "sums along the wrong axis for `g`"),
        ("d.sum(axis=0)", "GL310", "lacks the product with the layer's input `h`"),
    ],
)
def test_the_gradient_of_a_gain(wrong, code, part):
    """A gain is summed over like a bias, after the product with what it scales."""
    assert claims(GAIN) == []
    (finding,) = claims(GAIN.replace("(d * h).sum(axis=0)", wrong))
    assert finding.code == code
    assert part in finding.message
