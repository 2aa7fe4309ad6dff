"""Two losses side by side: what follows neither is held against the loss of its own part."""

from __future__ import annotations

import contextlib
import io

import pytest

from gradlint.checking.inspection import Inspection
from gradlint.config import Options
from gradlint.source.edits import apply
from gradlint.source.spots import SourceFile

TEXT = """
import numpy as np
rng = np.random.default_rng(6)
X = rng.normal(size=(20, 3))
height, kind = np.cos(X[:, :1]), (X[:, 2:] > 0) * 1.0
A, a = rng.normal(size=(3, 5)), np.zeros(5)
B, b, C, c = rng.normal(size=(5, 1)), np.zeros(1), rng.normal(size=(5, 1)), np.zeros(1)
for turn in range(20):
    h = np.tanh(X @ A + a)
    out, p = h @ B + b, 1 / (1 + np.exp(-(h @ C + c)))
    square = 0.5 * np.mean((out - height) ** 2)
    entropy = -np.mean(kind * np.log(p) + (1 - kind) * np.log(1 - p))
    d_out = (out - height) / 20
    d_p = (p - kind) / 20
    dB, db, dC, dc = h.T @ d_out, d_out.sum(0), h.T @ d_p, d_p.sum(0)
    dh = (d_out @ B.T + d_p @ C.T) * (1 - h ** 2)
    dA, da = X.T @ dh, dh.sum(0)
    for w, g in ((A, dA), (a, da), (B, dB), (b, db), (C, dC), (c, dc)):
        w -= 0.2 * g
print(square, entropy)
"""


def verdict(text):
    """The verdict on a text."""
    with contextlib.redirect_stdout(io.StringIO()):
        return Inspection(SourceFile("heads.py", text), Options(), 60.0).report().verdict


def test_a_delta_of_no_loss_beside_a_right_one_is_wrong():
    """The second head's delta belongs to neither loss, whatever the first head's is."""
    assert verdict(TEXT) == "right"
    assert verdict(TEXT.replace("(p - kind) / 20", "(p - kind) ** 2 / 20")) == "wrong"


TURNS = """
import numpy as np
rng = np.random.default_rng(6)
X, y = rng.normal(size=(20, 3)), rng.normal(size=(20, 2))
A, B, C, D = (rng.normal(size=s) * 0.5 for s in ((3, 4), (4, 2), (3, 4), (4, 2)))
for turn in range(20):
    h = np.tanh(X @ A)
    e = h @ B - y
    first = 0.5 * np.mean(e ** 2)
    d = e / e.size
    A -= 0.1 * X.T @ (d @ B.T * (1 - h ** 2))
    B -= 0.1 * h.T @ d
    k = np.tanh(X @ C)
    r = k @ D - y[:, ::-1]
    second = 0.5 * np.mean(r ** 2)
    q = r / r.size
    C -= 0.1 * X.T @ (q @ D.T * (1 - k ** 2))
    D -= 0.1 * k.T @ q
print(first, second)
"""


@pytest.mark.parametrize(
    ("line", "slip"),
    [
        ("B -= 0.1 * h.T @ d", "B -= 0.1 * h.T @ -d"),
        ("D -= 0.1 * k.T @ q", "D -= 0.1 * k.T @ abs(q)"),
        ("D -= 0.1 * k.T @ q", "D -= 0.1 * (k.T @ q + 0.1)"),
    ],
)
def test_the_fix_of_one_model_is_held_to_the_losses_of_all(line, slip):
    """Which loss is told hangs on the model that is wrong: a right program has another first."""
    with contextlib.redirect_stdout(io.StringIO()):
        assert Inspection(SourceFile("t.py", TURNS), Options(), 60.0).report().verdict == "right"
        text = TURNS.replace(line, slip)
        report = Inspection(SourceFile("t.py", text), Options(), 60.0).report()
        (finding,) = [f for f in report.findings if f.severity != "note"]
        assert finding.fix is not None
        assert finding.fix.applicability == "safe"
        assert verdict(apply(text, finding.fix.edits)) == "right"
