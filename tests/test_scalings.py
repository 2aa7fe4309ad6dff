"""Factors of the forward pass that the way back has left out, and slopes that are none."""

from __future__ import annotations

import textwrap

import pytest

from gradlint.checking.inspection import Inspection
from gradlint.config import Options
from gradlint.source.spots import SourceFile

NET = """
    import numpy as np

    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
    kept = (rng.random((9, 4)) < 0.7) / 0.7
    known = rng.integers(0, 2, size=(9, 1))
    W1, W2 = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
    for step in range(9):
        h = 1 / (1 + np.exp(-x @ W1))
        dropped = h * kept
        out = dropped @ W2
        loss = 0.5 * np.sum((1 - known) * (out - y) ** 2)
        d = (1 - known) * (out - y)
        dW2 = dropped.T @ d
        dh = d @ W2.T * kept
        dz = dh * h * (1 - h)
        dW1 = x.T @ dz
        W1 -= 0.01 * dW1
        W2 -= 0.01 * dW2
"""

SLIPS = [
    ("dh = d @ W2.T * kept", "dh = d @ W2.T", "GL304", "d @ W2.T * kept"),
    ("dz = dh * h * (1 - h)", "dz = dh", "GL304", "dh * (h * (1 - h))"),
    ("dz = dh * h * (1 - h)", "dz = dh * (1 + h)", "GL303", "h * (1 - h)"),
    ("dz = dh * h * (1 - h)", "dz = dh * (dh > 0)", "GL303", "h * (1 - h)"),
    ("dz = dh * h * (1 - h)", "dz = -(dh * h * (1 - h))", "GL204", "dh * h * (1 - h)"),
]


@pytest.mark.parametrize(("was", "now", "code", "new"), SLIPS)
def test_a_factor_left_out_or_put_wrong_is_named_with_its_edit(was, now, code, new):
    """What is missing from a product, or does not belong there, is told on its line."""
    text = textwrap.dedent(NET)
    assert was in text
    text = text.replace(was, now)
    report = Inspection(SourceFile("net.py", text), Options(), timeout=20).report()
    row = next(i for i, line in enumerate(text.splitlines(), 1) if line.strip() == now)
    found = [f for f in report.findings if f.severity != "note"]
    assert [(f.code, f.site.row) for f in found] == [(code, row)]
    assert found[0].fix is not None
    assert [edit.content for edit in found[0].fix.edits] == [new]


def test_the_network_is_right_without_a_slip():
    """What the slips are planted in is right."""
    report = Inspection(SourceFile("net.py", textwrap.dedent(NET)), Options(), timeout=20).report()
    assert report.verdict == "right"


TABLE = """
    import numpy as np

    rng = np.random.default_rng(7)
    words, y = rng.integers(0, 6, size=(20, 3)), rng.normal(size=(20, 5))
    E = rng.normal(size=(6, 5))
    N = words.shape[1]
    for step in range(9):
        out = E[words].mean(axis=1)
        loss = 0.5 * np.sum((out - y) ** 2)
        d = out - y
        dE = np.zeros_like(E)
        for k in range(N):
            dE[words[:, k]] += d
        E -= 0.1 * dE
"""


def test_repeated_indices_and_a_forgotten_factor_are_told_together():
    """A gradient that lacks repetitions and its 1/N is mended in both by one edit."""
    text = textwrap.dedent(TABLE)
    report = Inspection(SourceFile("net.py", text), Options(), timeout=20).report()
    (finding,) = (f for f in report.findings if f.severity != "note")
    assert finding.code == "GL313"
    assert "3 times too large" in finding.message
    assert finding.fix is not None
    assert finding.fix.edits[0].content == "np.add.at(dE, words[:, k], d / N)"


TWO_DISTANCES = """
    import numpy as np

    rng = np.random.default_rng(0)
    x, y, z = rng.normal(size=(9, 3)), rng.normal(size=(9, 2)), rng.normal(size=(9, 2))
    W = rng.normal(size=(3, 2))
    for step in range(9):
        out = x @ W
        loss = np.sum((out - y) ** 2) + 0.5 * np.sum((np.tanh(out) - z) ** 2)
        d = {first} + (np.tanh(out) - z) * (1 - np.tanh(out) ** 2)
        W -= 0.01 * (x.T @ d)
"""


def test_one_of_two_summands_lacks_a_constant():
    """Where only one distance is not halved, its part of the delta is twice the difference."""

    def findings(first):
        text = textwrap.dedent(TWO_DISTANCES).format(first=first)
        return Inspection(SourceFile("net.py", text), Options(), timeout=20).report().findings

    assert findings("2 * (out - y)") == ()
    (found,) = findings("(out - y)")
    assert (found.code, found.site.row) == ("GL203", 10)
    assert [edit.content for edit in found.fix.edits] == ["2 * (out - y)"]


def test_a_sign_is_told_beside_another_slip_of_its_gradient():
    """A turned sign on the way to a gradient that goes wrong behind it, too, has its own line."""
    text = textwrap.dedent(NET).replace("dz = dh * h", "dz = -dh * h")
    text = text.replace("dW1 = x.T @ dz", "dW1 = (x ** 2).T @ dz")
    report = Inspection(SourceFile("net.py", text), Options(), timeout=20).report()
    found = {(f.code, text.splitlines()[f.site.row - 1].strip()) for f in report.findings}
    assert ("GL204", "dz = -dh * h * (1 - h)") in found
    assert {row for _, row in found} == {"dz = -dh * h * (1 - h)", "dW1 = (x ** 2).T @ dz"}


@pytest.mark.parametrize("mask", ["h >= 0", "h != 0", "h >= 0.0"])
def test_a_mask_of_the_output_that_is_never_off(mask):
    """The output of relu is never below zero: the comparison is mended, no second mask added."""
    relu = NET.replace("1 / (1 + np.exp(-x @ W1))", "np.maximum(x @ W1, 0)")
    text = textwrap.dedent(relu).replace("dz = dh * h * (1 - h)", f"dz = dh * ({mask})")
    report = Inspection(SourceFile("net.py", text), Options(), timeout=20).report()
    if mask == "h != 0":
        assert report.verdict == "right"
        return
    (found,) = report.findings
    assert (found.code, [e.content for e in found.fix.edits]) == ("GL303", ["h > 0"])


def test_a_one_among_the_data_is_no_operand():
    """Where a factor is too many, the first age happens to be one, and is not what was meant."""
    text = textwrap.dedent("""
        import math
        ages, passed = [1.0, 2.0, 3.5, 4.0, 5.5], [0, 0, 1, 0, 1]
        a, b = 0.0, 0.0
        for step in range(30):
            ga = gb = loss = 0.0
            for t, k in zip(ages, passed):
                p = 1.0 / (1.0 + math.exp(-(a * t + b)))
                loss -= math.log(p) if k else math.log(1 - p)
                ga += (p - k) * t
                gb += t * (p - k)
            a -= 0.02 * ga
            b -= 0.02 * gb
    """)
    (found,) = Inspection(SourceFile("net.py", text), Options(), timeout=20).report().findings
    assert found.site.row == 11
    assert found.fix is not None
    assert "ages" not in found.fix.edits[0].content
