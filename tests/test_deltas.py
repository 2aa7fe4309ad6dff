"""A delta of another loss than the one computed: told with the edit that brings them together."""

from __future__ import annotations

import textwrap

import pytest

from gradlint.checking.inspection import Inspection
from gradlint.config import Options
from gradlint.source.spots import SourceFile

NET = """
    import numpy as np

    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(9, 3)), rng.integers(0, 2, size=(9, 2))
    W1, W2 = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
    for step in range(9):
        h = np.tanh(x @ W1)
        out = OUTPUT
        LOSS
        DELTA
        dW2 = h.T @ d
        dz = d @ W2.T * (1 - h ** 2)
        dW1 = x.T @ dz
        W1 -= 0.01 * dW1
        W2 -= 0.01 * dW2
"""

ENTROPY = "loss = -np.sum(y * np.log(out) + (1 - y) * np.log(1 - out))"
SQUARES = "loss = np.sum((out - y) ** 2)"
RESIDUAL = "error = out - y; loss = 0.5 * np.sum(error ** 2)"

SIGMOID = "1 / (1 + np.exp(-(h @ W2)))"

CASES = [
    (ENTROPY, "d = (out - y) * out * (1 - out)", "GL312", "out - y"),
    (RESIDUAL, "d = error", "GL312", "error * (out * (1 - out))"),
    (SQUARES, "d = 2 * out - y", "GL108", "2 * (out - y)"),
]


def program(loss, delta, output):
    """Write the network with this loss, this delta and this output."""
    text = textwrap.dedent(NET).replace("LOSS", loss).replace("DELTA", delta)
    return text.replace("OUTPUT", output)


@pytest.mark.parametrize(("loss", "delta", "code", "new"), CASES)
def test_the_delta_is_mended_for_the_loss_that_is_computed(loss, delta, code, new):
    """The edit of the delta's own line is offered, and named by the slip it undoes."""
    text = program(loss, delta, "h @ W2" if loss == SQUARES else SIGMOID)
    report = Inspection(SourceFile("net.py", text), Options(), timeout=20).report()
    row = next(i for i, line in enumerate(text.splitlines(), 1) if line.strip() == delta)
    found = [f for f in report.findings if f.severity != "note"]
    assert [(f.code, f.site.row) for f in found] == [(code, row)]
    (finding,) = found
    assert finding.fix is not None
    assert [edit.content for edit in finding.fix.edits] == [new]


def test_a_delta_that_no_slip_explains_is_told_without_an_edit():
    """Two losses that only a new line would bring together are named, and nothing is offered."""
    delta = "d = np.cos(out - y) * out * (1 - out)"
    text = program(ENTROPY, delta, SIGMOID)
    report = Inspection(SourceFile("net.py", text), Options(), timeout=20).report()
    assert report.verdict != "right"
    assert all(f.fix is None for f in report.findings)


def test_an_activation_for_its_derivative_is_called_so():
    """``d * sigmoid(out)`` applies the activation again, which is no other one's derivative."""
    text = program(RESIDUAL, "d = error * sig(out)", SIGMOID)
    text = text.replace("\nrng", "\nsig = lambda v: 1 / (1 + np.exp(-v))\nrng", 1)
    report = Inspection(SourceFile("net.py", text), Options(), timeout=20).report()
    (finding,) = [f for f in report.findings if f.severity != "note"]
    assert finding.message == "`sig(out)` is sigmoid itself, not its derivative"
