import contextlib
import io

import pytest

from gradlint.checking.inspection import Inspection
from gradlint.config import Options
from gradlint.source.edits import apply, edits_of
from gradlint.source.spots import SourceFile

PROGRAM = """\
import numpy as np

rng = np.random.default_rng(0)
x, y = rng.normal(size=(12, 3)), rng.normal(size=(12, 2))
W, b = rng.normal(size=(3, 2)), np.zeros(2)
lam, m = 0.07, 12
for step in range(4):
    out = np.tanh(x @ W + b)
    loss = 0.5 * np.sum((out - y) ** 2) + {penalty}
    d = {delta} * (1 - out ** 2)
    {gradient}
    {update}
    b {sign}= 0.1 * d.sum(axis=0)
"""
DOWN = {"delta": "(out - y)", "gradient": "dW = x.T @ d", "update": "W -= 0.1 * dW", "sign": "-"}
UP = {"delta": "(y - out)", "gradient": "dW = x.T @ d", "update": "W += 0.1 * dW", "sign": "+"}
INSIDE = {**DOWN, "gradient": "pass", "update": "W -= 0.1 * (x.T @ d)"}


def check(text):
    """Check a program in this process."""
    with contextlib.redirect_stdout(io.StringIO()):
        return Inspection(SourceFile("net.py", text), Options(), 20).report()


@pytest.mark.parametrize(
    ("penalty", "parts", "row", "mended"),
    [
        ("0.5 * lam * np.sum(W ** 2)", DOWN, 10, "dW = x.T @ d + lam * W"),
        ("lam * np.sum(W ** 2)", DOWN, 10, "dW = x.T @ d + 2 * lam * W"),
        ("lam / 2 / m * np.sum(W * W)", DOWN, 10, "dW = x.T @ d + lam / m * W"),
        ("0.02 * np.sum(W * W)", DOWN, 10, "dW = x.T @ d + 0.04 * W"),
        ("0.5 * lam * np.sum(W ** 2)", UP, 10, "dW = x.T @ d - lam * W"),
        ("0.5 * lam * np.sum(W ** 2)", INSIDE, 11, "W -= 0.1 * (x.T @ d + lam * W)"),
    ],
)
def test_the_missing_decay_is_added_in_the_losss_own_names(penalty, parts, row, mended):
    """The coefficient is spelled as the loss spells it, and its sign is the gradient's."""
    report = check(PROGRAM.format(penalty=penalty, **parts))
    assert [f.code for f in report.findings if f.severity != "note"] == ["GL208"]
    text = apply(report.source, edits_of(report.findings, "net.py"))
    assert text.splitlines()[row].strip() == mended
    after = check(text)
    assert (after.verdict, [f.code for f in after.findings if f.severity != "note"]) == (
        "right",
        [],
    )
