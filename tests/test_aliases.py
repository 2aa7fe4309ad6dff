"""Lines that compute nothing, and still are where it goes wrong: told there, and mended there."""

from __future__ import annotations

import textwrap

import pytest

from gradlint.checking.inspection import Inspection
from gradlint.config import Options
from gradlint.source.spots import SourceFile

NET = """
    import numpy as np

    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(4, 3)), rng.normal(size=(4, 2))
    W, V = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
    for step in range(9):
        h = np.tanh(x @ W)
        out = h @ V
        loss = 0.5 * np.sum((out - y) ** 2)
        d = (out - y) * 1.0
        dh = d @ V.T
        dz = dh * (1 - h ** 2)
        grads = {"W": x.T @ dz, "V": h.T @ d}
        W -= 0.01 * grads["W"]
        V -= 0.01 * grads["V"]
"""

RECURRENT = """
    import numpy as np

    rng = np.random.default_rng(0)
    xs, ys = rng.normal(size=(5, 3, 1)), rng.normal(size=(5, 2, 1))
    W, R, V = rng.normal(size=(4, 3)), 0.4 * rng.normal(size=(4, 4)), rng.normal(size=(2, 4))
    for step in range(9):
        h, errors, loss = [np.zeros((4, 1))], [], 0.0
        for t in range(5):
            h.append(np.tanh(W @ xs[t] + R @ h[t]))
            errors.append(V @ h[t + 1] - ys[t])
            loss += 0.5 * np.sum(errors[t] ** 2)
        dW, dR, dV = np.zeros_like(W), np.zeros_like(R), np.zeros_like(V)
        later = np.zeros((4, 1))
        for t in reversed(range(5)):
            dV += errors[t] @ h[t + 1].T
            here = V.T @ errors[t]
            dh = here + later
            dz = dh * (1 - h[t + 1] ** 2)
            dW += dz @ xs[t].T
            dR += dz @ h[t].T
            later = R.T @ dz
        W -= 0.01 * dW
        R -= 0.01 * dR
        V -= 0.01 * dV
"""

LAYERS = """
    import numpy as np

    class Tanh:
        def forward(self, z):
            self.a = np.tanh(z)
            return self.a

        def backward(self, grad):
            return grad * (1 - self.a ** 2)

    class Dense:
        def __init__(self, n, m):
            self.W = np.random.randn(n, m) * 0.5

        def forward(self, x):
            self.x = x
            return x @ self.W

        def backward(self, grad):
            self.dW = self.x.T @ grad
            return grad @ self.W.T

    np.random.seed(0)
    x, y = np.random.randn(9, 3), np.random.randn(9, 2)
    layers = [Dense(3, 4), Tanh(), Dense(4, 2)]
    for step in range(9):
        out = x
        for layer in layers:
            out = layer.forward(out)
        loss = np.mean((out - y) ** 2)
        grad = 2 * (out - y) / y.size
        for layer in reversed(layers):
            grad = layer.backward(grad)
        layers[0].W -= 0.1 * layers[0].dW
        layers[2].W -= 0.1 * layers[2].dW
"""

SLIPS = [
    (NET, "dz = dh * (1 - h ** 2)", "dz = dh", "GL304", "dh * (1 - h ** 2)"),
    (NET, '"V": h.T @ d', '"V": d', "GL310", "h.T @ d"),
    (RECURRENT, "dh = here + later", "dh = here", "GL309", "here + later"),
    (RECURRENT, "dz = dh * (1 - h[t + 1] ** 2)", "dz = dh", "GL304", "dh * (1 - h[t + 1] ** 2)"),
    (LAYERS, "return grad * (1 - self.a ** 2)", "return grad", "GL304", "grad * (1 - self.a ** 2)"),
]


@pytest.mark.parametrize(("program", "was", "now", "code", "new"), SLIPS)
def test_a_line_that_only_names_is_mended_itself(program, was, now, code, new):
    """A value that gets the wrong name is told where it gets it, with the edit of that line."""
    text = textwrap.dedent(program)
    assert was in text
    text = text.replace(was, now)
    report = Inspection(SourceFile("net.py", text), Options(), timeout=20).report()
    row = next(i for i, line in enumerate(text.splitlines(), 1) if now in line)
    (finding,) = (f for f in report.findings if f.code == code)
    assert finding.site.row == row
    assert finding.fix is not None
    (edit,) = finding.fix.edits
    assert (edit.site.row, edit.content) == (row, new)


@pytest.mark.parametrize("program", [NET, RECURRENT, LAYERS])
def test_the_programs_are_right_without_the_slip(program):
    """What the slips are planted in is right."""
    text = textwrap.dedent(program)
    report = Inspection(SourceFile("net.py", text), Options(), timeout=20).report()
    assert report.verdict == "right"


TOGETHER = """
    import numpy as np

    def sigmoid(z):
        return 1.0 / (1.0 + np.exp(-z))

    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(9, 3)), rng.integers(0, 2, size=(9, 2))
    W, V = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
    for step in range(9):
        h = sigmoid(x @ W)
        out = sigmoid(h @ V)
        loss = 0.5 * np.sum((out - y) ** 2)
        d2 = (out - y) * (1 - out ** 2)
        d1 = d2 @ V.T * (1 - h ** 2)
        W -= 0.1 * (x.T @ d1)
        V -= 0.1 * (h.T @ d2)
"""


def test_two_slips_are_two_even_where_neither_cures_alone():
    """Edits that only together make every gradient right are both kept."""
    text = textwrap.dedent(TOGETHER)
    report = Inspection(SourceFile("net.py", text), Options(), timeout=20).report()
    rows = [i for i, line in enumerate(text.splitlines(), 1) if line.strip().startswith("d")]
    found = [f for f in report.findings if f.severity != "note"]
    assert [(f.code, f.site.row) for f in found] == [("GL303", row) for row in rows[1:]]
    assert all(f.fix is not None for f in found)


def test_a_factor_with_a_name_is_mended_where_it_is_made():
    """The line that computes a slope is wrong, not the one that multiplies with it."""
    slope = "        slope = 1 - h ** 2\n        dz = dh * slope\n"
    text = textwrap.dedent(NET.replace("        dz = dh * (1 - h ** 2)\n", slope))
    report = Inspection(SourceFile("net.py", text), Options(), timeout=20).report()
    assert report.verdict == "right"
    text = text.replace("1 - h ** 2", "1 + h ** 2")
    report = Inspection(SourceFile("net.py", text), Options(), timeout=20).report()
    (finding,) = (f for f in report.findings if f.severity != "note")
    assert text.splitlines()[finding.site.row - 1] == "    slope = 1 + h ** 2"
    assert finding.fix is not None
    (edit,) = finding.fix.edits
    assert (edit.site.row, edit.content) == (finding.site.row, "1 - h ** 2")


def test_a_name_that_only_a_comprehension_knows_is_not_offered():
    """`Ub` has been `m` in a comprehension before: nobody can write that where the line stands."""
    text = textwrap.dedent(RECURRENT).replace(
        "dW, dR, dV = np.zeros_like(W), np.zeros_like(R), np.zeros_like(V)",
        "dW, dR, dV = (np.zeros_like(m) for m in (W, R, V))",
    )
    text = text.replace("later = R.T @ dz", "later = S.T @ dz")
    text = text.replace("for step", "S = rng.normal(size=(4, 4))\nfor step")
    report = Inspection(SourceFile("net.py", text), Options(), timeout=20).report()
    (finding,) = (f for f in report.findings if f.severity != "note")
    assert finding.fix is not None
    assert [edit.content for edit in finding.fix.edits] == ["R"]
