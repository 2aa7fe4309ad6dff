"""A bias whose gradient lacks its sum: told where the gradient is made, with the sum it lacks."""

from __future__ import annotations

import pytest

from gradlint.checking.files import check_text

pytestmark = pytest.mark.usefixtures("in_this_process")

PROGRAM = """\
import numpy as np

rng = np.random.default_rng(4)
X, Y = rng.normal(size=(3, 9)), rng.normal(size=(2, 9))
V, b = rng.normal(size=(4, 3)), np.zeros((4, 1))
W, c = rng.normal(size=(2, 4)), np.zeros((2, 1))
m = 9
for step in range(3):
    a = np.tanh(np.dot(V, X) + b)
    out = np.dot(W, a) + c
    loss = 0.5 * np.sum((out - Y) ** 2) / m
    dout = out - Y
    dz = np.dot(W.T, dout) * (1 - a ** 2)
    dW, dV = np.dot(dout, a.T) / m, np.dot(dz, X.T) / m
    dc = {dc}
    db = {db}
    V = V - 0.1 * dV
    b = b - 0.1 * db
    W = W - 0.1 * dW
    c = c - 0.1 * dc
"""
RIGHT = {
    "db": "np.sum(dz, axis=1, keepdims=True) / m",
    "dc": "np.sum(dout, axis=1, keepdims=True) / m",
}

SLIPS = [
    ("db", "dz / m", "np.sum(dz, axis=1, keepdims=True)"),
    ("db", "1 / m * dz", "np.sum(dz, axis=1, keepdims=True)"),
    ("dc", "dout / m", "np.sum(dout, axis=1, keepdims=True)"),
    ("db", "np.sum(dz, axis=0, keepdims=True) / m", "np.sum(dz, axis=1, keepdims=True)"),
    ("dc", "np.sum(dout) / m", "np.sum(dout, axis=1, keepdims=True)"),
]


@pytest.mark.parametrize(("name", "slip", "sum_"), SLIPS)
def test_the_sum_is_told_where_the_gradient_is_made(name: str, slip: str, sum_: str) -> None:
    """GL206 stands on the line that makes the gradient; its fix keeps the shape of the bias."""
    text = PROGRAM.format(**{**RIGHT, name: slip})
    report = check_text(text, "net.py")
    found = [f for f in report.findings if f.code == "GL206"]
    rows = [i for i, line in enumerate(text.splitlines(), 1) if line.strip() == f"{name} = {slip}"]
    assert [f.site.row for f in found] == rows, report
    assert found[0].fix is not None
    assert [e.content for e in found[0].fix.edits] == [sum_]


def test_a_dropped_axis_is_kept() -> None:
    """The right sum without its axis is GL105 on its own line, and the fix keeps the axis."""
    report = check_text(PROGRAM.format(**{**RIGHT, "dc": "np.sum(dout, axis=1) / m"}), "net.py")
    found = [f for f in report.findings if f.code == "GL105"]
    assert [(f.site.row, f.site.column) for f in found] == [(15, 10)]
    assert found[0].fix is not None
    assert [e.content for e in found[0].fix.edits] == ["np.sum(dout, axis=1, keepdims=True)"]
    assert "GL206" not in {f.code for f in report.findings}


def test_the_right_sums_are_right() -> None:
    """The program without a slip has nothing to be told."""
    report = check_text(PROGRAM.format(**RIGHT), "net.py")
    assert report.verdict == "right"


def test_a_sum_that_the_update_lacks_is_mended_there() -> None:
    """Where no line but the update makes the gradient, GL103 itself carries the sum."""
    text = PROGRAM.format(**RIGHT).replace("0.1 * db", "0.1 * dz / m")
    found = [f for f in check_text(text, "net.py").findings if f.code == "GL103"]
    assert found[0].fix is not None
    assert [e.content for e in found[0].fix.edits] == ["np.sum(dz, axis=1, keepdims=True)"]


def test_a_scale_is_no_bias() -> None:
    """What multiplies is not told to be summed, however its update changes its shape."""
    text = PROGRAM.format(**RIGHT)
    text = text.replace("np.dot(V, X) + b", "np.dot(V, X) * b").replace(
        "np.zeros((4, 1))", "np.ones((4, 1))"
    )
    text = text.replace("db = np.sum(dz, axis=1, keepdims=True) / m", "db = dz * np.dot(V, X) / m")
    assert "GL206" not in {f.code for f in check_text(text, "net.py").findings}


@pytest.mark.parametrize("kind", ["np.int64", "np.uint8"])
def test_a_mask_made_into_numbers_keeps_its_samples(kind: str) -> None:
    """``np.int64(mask)`` runs over the same samples: a bias of one unit must not take them on."""
    one = PROGRAM.replace("size=(2, 9)", "size=(1, 9)").replace("size=(2, 4)", "size=(1, 4)")
    one = one.replace("np.zeros((2, 1))", "np.zeros((1, 1))").replace("np.tanh(", "np.maximum(0, ")
    one = one.replace("(1 - a ** 2)", f"{kind}(a > 0)")
    assert not check_text(one.format(**RIGHT), "net.py").findings
    slip = {**RIGHT, "dc": "np.sum(dout, axis=0, keepdims=True) / m"}
    report = check_text(one.format(**slip), "net.py")
    assert "GL206" in [f.code for f in report.findings if f.site.row == 15]
