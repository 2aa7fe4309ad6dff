"""A value is called what its user calls it, not what a helper called it on the way."""

from __future__ import annotations

import pytest

from gradlint.checking.files import check_text

pytestmark = pytest.mark.usefixtures("in_this_process")

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


def test_what_a_dictionary_gets_is_called_by_its_key():
    """``p |= {"b": ...}`` names the new element as ``p = {...}`` names the first ones."""
    text = (
        "import numpy as np\n\nrng = np.random.default_rng(0)\n"
        "x, y = rng.normal(size=(9, 3)), 1.0\n"
        "p = {'w': rng.normal(size=3)}\np |= {'b': np.zeros(1)}\nfor step in range(3):\n"
        "    e = x @ p['w'] + p['b'] - y\n    loss = 0.5 * np.sum(e ** 2)\n    print(loss)\n"
        "    g = {'w': x.T @ e, 'b': e.sum(keepdims=True)}\n    for k in p:\n"
        "        p[k] -= 0.01 * g[k]\n"
    )
    report = check_text(text, "net.py")
    assert [(p.name, p.verdict) for p in report.parameters] == [
        ("p['w']", "right"), ("p['b']", "right"),
    ]  # fmt: skip
