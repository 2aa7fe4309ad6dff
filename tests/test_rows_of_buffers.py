"""Backward passes that fill buffers row by row: a row is right or wrong by itself."""

from pathlib import Path

import pytest

from gradlint.checking.inspection import Inspection
from gradlint.config import Options
from gradlint.source.spots import SourceFile

STACK = """\
import numpy as np

rng = np.random.default_rng(2)


class Leaky:
    def __init__(self, d, n):
        self.p = [rng.normal(size=(n, d)) / 2, rng.normal(size=(n, n)) / 3, rng.normal(size=n) / 5]

    def forward(self, x):
        W, R, k = self.p
        T = len(x)
        self.x, self.a, self.s = x, np.zeros((T + 1, len(k))), np.zeros((T + 1, len(k)))
        for t in range(T):
            self.a[t] = np.tanh(W @ x[t] + R @ self.s[t - 1])
            self.s[t] = k * self.s[t - 1] + x[t].mean() * self.a[t]
        return self.s[:T]

    def backward(self, d):
        W, R, k = self.p
        T, n = d.shape
        x, a, s = self.x, self.a, self.s
        ds, dz, dx = np.zeros((T + 1, n)), np.zeros((T + 1, n)), np.zeros(x.shape)
        gW, gR, gk = np.zeros_like(W), np.zeros_like(R), np.zeros_like(k)
        for t in reversed(range(T)):
            ds[t] = d[t] + R.T @ dz[t + 1]
            if t < T - 1:
                ds[t] += k * ds[t + 1]
            dz[t] = ds[t] * x[t].mean() * (1 - a[t] ** 2)
            dx[t] = W.T @ dz[t] + ds[t] @ a[t] / len(x[t])
            gW += np.outer(dz[t], x[t])
            gR += np.outer(dz[t + 1], s[t])
            gk += ds[t + 1] * s[t]
        return dx, (gW, gR, gk)


low, high, V = Leaky(3, 4), Leaky(4, 3), rng.normal(size=(3, 3))
x, k = rng.normal(size=(4, 3)), [2, 1, 0, 1]
for step in range(3):
    h = high.forward(low.forward(x))
    e = np.exp(h @ V.T)
    p = e / e.sum(1, keepdims=True)
    print(-np.log(p[np.arange(4), k]).sum())
    d = p - np.eye(3)[k]
    dV = d.T @ h
    dh, upper = high.backward(d @ V)
    _, lower = low.backward(dh)
    V -= 0.05 * dV
    for layer, gradients in ((low, lower), (high, upper)):
        for w, g in zip(layer.p, gradients):
            w -= 0.05 * g
"""

SLIPS = [
    ("(1 - a[t] ** 2)", "(1 - a[t])"),
    ("ds[t] += k * ds[t + 1]", "ds[t] += ds[t + 1]"),
    ("ds[t] = d[t] + R.T @ dz[t + 1]", "ds[t] = d[t] + R @ dz[t + 1]"),
]


def findings(text):
    """The verdict, and the rows of what is no note."""
    report = Inspection(SourceFile("stack.py", text), Options(), 60.0).report()
    return report.verdict, {f.site.row for f in report.findings if f.severity != "note"}


def test_the_stack_is_right():
    """Two recurrent layers, every value of the backward pass in a row of its own."""
    assert findings(STACK) == ("right", set())


@pytest.mark.parametrize(("line", "slip"), SLIPS)
def test_the_row_that_slips_is_the_only_line(line, slip):
    """In both layers, at every step: the lines that read the row's neighbours are innocent."""
    assert STACK.count(line) == 1
    row = STACK[: STACK.index(line)].count("\n") + 1
    assert findings(STACK.replace(line, slip)) == ("wrong", {row})


FUSED = Path(__file__).parent / "quality" / "right" / "lstm_fused_gates.py"
GATES = [
    ("dc * g * i * (1 - i)", "0.5 * dc * g * i * (1 - i)"),
    ("dc * c * f * (1 - f)", "dc * f * (1 - f)"),
    ("dh * tc * o * (1 - o)", "dh * o * (1 - o)"),
    ("dc * i * (1 - g ** 2)", "dc * g * (1 - g ** 2)"),
]


@pytest.mark.parametrize(("line", "slip"), GATES)
def test_the_gate_that_slips_is_the_only_line(line, slip):
    """Gates side by side in one buffer: what is half filled is not judged, its parts are."""
    text = FUSED.read_text(encoding="utf-8")
    assert text.count(line) == 1
    row = text[: text.index(line)].count("\n") + 1
    report = Inspection(SourceFile("gates.py", text.replace(line, slip)), Options(), 60.0).report()
    (finding,) = [f for f in report.findings if f.severity != "note"]
    assert (report.verdict, finding.site.row) == ("wrong", row)
    assert finding.fix is not None
    assert finding.fix.applicability == "safe"
