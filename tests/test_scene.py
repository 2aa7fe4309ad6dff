"""What names mean where a line stands: fixes speak of the objects that the line has at hand."""

from __future__ import annotations

import pytest

from gradlint.checking.files import check_text

pytestmark = pytest.mark.usefixtures("in_this_process")

LAYERS = """\
import numpy as np


class Dense:
    def __init__(self, n, m):
        self.W = rng.normal(size=(n, m))

    def forward(self, x):
        self.x = x
        return x @ self.W

    def backward(self, g):
        self.dW = self.x.T @ g
        return g @ self.W.T


class Squash:
    W = None

    def forward(self, x):
        self.y = np.tanh(x)
        return self.y

    def backward(self, g):
        return g * (1 - self.y)


rng = np.random.default_rng(0)
X, T = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
layers = [Dense(3, 4), Squash(), Dense(4, 4), Squash(), Dense(4, 2)]
for step in range(3):
    h = X
    for layer in layers:
        h = layer.forward(h)
    loss = 0.5 * np.sum((h - T) ** 2)
    g = h - T
    for layer in reversed(layers):
        g = layer.backward(g)
    for layer in layers:
        if layer.W is not None:
            layer.W -= 0.01 * layer.dW
"""


def test_attributes_are_those_of_the_object_at_hand() -> None:
    """The remedy names what this class holds, not what `self` has held in another one."""
    report = check_text(LAYERS, "net.py")
    row = LAYERS.splitlines().index("        return g * (1 - self.y)") + 1
    found = [f for f in report.findings if f.site.row == row]
    assert len(found) == 1
    assert found[0].fix is not None, report
    assert "self.x" not in str(report)
    assert "self.y ** 2" in found[0].fix.edits[0].content
