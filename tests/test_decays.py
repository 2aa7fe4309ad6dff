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


FACTORS = """\
import numpy as np

rng = np.random.default_rng(0)
stars = rng.integers(1, 6, size=(6, 5))
A, B = rng.normal(size=(6, 2)) / 2, rng.normal(size=(5, 2)) / 2
a, b = np.zeros(6), np.zeros(5)
for go in range(100):
    for i, j in np.argwhere(stars > 0):
        miss = stars[i, j] - (A[i] @ B[j] + a[i] + b[j])
        a[i] += 0.01 * (miss - 0.001 * a[i])
        b[j] += 0.01 * (miss - 0.001 * b[j])
        {kept}
        A[i, :] += 0.01 * (miss * B[j, :] - 0.001 * A[i, :])
        B[j, :] += 0.01 * (miss * {old} - 0.001 * B[j, :])
"""
ENTRY_BY_ENTRY = """\
import numpy as np

rng = np.random.default_rng(1)
seen = [(rng.integers(8), rng.integers(6), float(rng.integers(1, 6))) for _ in range(40)]
p, q, c = rng.normal(size=(8, 4)) / 9, rng.normal(size=(6, 4)) / 9, np.zeros(8)
for epoch in range(5):
    for u, i, r in seen:
        dot = 0
        for f in range(4):
            dot += q[i, f] * p[u, f]
        err = r - (dot + c[u])
        c[u] += 0.01 * (err - 0.02 * c[u])
        for f in range(4):
            puf, qif = p[u, f], q[i, f]
            p[u, f] += 0.01 * (err * qif - 0.02 * puf)
            q[i, f] += 0.01 * (err * {other} - 0.02 * qif)
"""


@pytest.mark.parametrize(
    ("program", "row"),
    [
        (FACTORS.format(kept="old = A[i, :].copy()", old="old"), None),
        (FACTORS.format(kept="pass", old="A[i, :]"), 14),
        (ENTRY_BY_ENTRY.format(other="puf"), None),
        (ENTRY_BY_ENTRY.format(other="qif"), 16),
    ],
)
def test_decays_of_single_entries_and_rows_that_are_changed_entry_by_entry(program, row):
    """Of one number a decay is no other factor, and what the forward pass read is one step."""
    with contextlib.redirect_stdout(io.StringIO()):
        report = Inspection(SourceFile("mf.py", program), Options(), 20.0).report()
    assert report.verdict == ("right" if row is None else "wrong")
    assert {f.site.row for f in report.findings if f.severity != "note"} == ({row} - {None})


RANKED = """\
import numpy as np

rng = np.random.RandomState(3)
P, Q, c = rng.randn(6, 3) * .1, rng.randn(9, 3) * .1, np.zeros(9)
for it in range(300):
    u, i, j = rng.randint(6), rng.randint(4), 4 + rng.randint(5)
    x = c[i] - c[j] + P[u] @ (Q[i] - Q[j])
    s = 1 / (1 + np.exp(x))
    pu, qi, qj = P[u].copy(), Q[i].copy(), Q[j].copy()
    P[u] += .05 * (s * (qi - qj) - .01 * pu)
    Q[i] += .05 * (s * pu - .01 * qi)
    Q[j] += .05 * (-s * pu - .01 * qj)
    c[i] += .05 * (s - .01 * c[i])
    c[j] += .05 * (-s - .01 * c[j])
"""


def test_an_entry_of_a_parameter_is_no_loss():
    """Nobody differentiates ``c[j]``; what is followed here is no loss that is known."""
    with contextlib.redirect_stdout(io.StringIO()):
        report = Inspection(SourceFile("rank.py", RANKED), Options(), 20.0).report()
    assert report.verdict == "cannot-tell"
    assert not [f for f in report.findings if f.code.startswith(("GL2", "GL3"))]
