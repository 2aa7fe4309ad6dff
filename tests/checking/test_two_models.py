"""Two losses side by side: what follows neither is held against the loss of its own part."""

from __future__ import annotations

import contextlib
import io

from gradlint.checking.inspection import Inspection
from gradlint.config import Options
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
