"""A value is called what its user calls it, not what a helper called it on the way."""

from __future__ import annotations

from gradlint.checking.files import check_text

NET = """
import numpy as np
rng = np.random.default_rng(1)
x, y = rng.normal(size=(5, 3)), rng.normal(size=(5, 2))

def scaled(n, m):
    fresh = rng.normal(size=(n, m))
    fresh *= 0.5
    return fresh

def squash(v):
    inner = np.tanh(v)
    return inner

def backward(d, h, V):
    dV = h.T @ d
    dU = x.T @ (d @ V.T * (1 - SLOPE))
    return dU, dV

U, V = scaled(3, 4), scaled(4, 2)
for step in range(4):
    h = squash(x @ U)
    out = squash(h @ V) if step < 0 else h @ V
    gU, gV = backward(out - y, h, V)
    U -= 0.1 * gU
    V -= 0.1 * gV
"""


def test_names_of_parameters_and_activations():
    """``U`` was ``fresh`` and ``h`` was ``inner`` for a moment; a backward pass keeps its names."""
    report = check_text(NET.replace("SLOPE", "h"), "net.py")
    assert [p.name for p in report.parameters] == ["U", "V"]
    assert [p.verdict for p in report.parameters] == ["wrong", "right"]
    told = str(report)
    assert "fresh" not in told
    assert "inner" not in told
    assert {p.gradient for p in report.parameters} == {"dU", "dV"}
    assert check_text(NET.replace("SLOPE", "h ** 2"), "net.py").verdict == "right"
