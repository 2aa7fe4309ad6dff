"""Gradients that are clipped by the norm of all of them together are still the gradients."""

from __future__ import annotations

import contextlib
import io

import pytest

from gradlint.checking.inspection import Inspection
from gradlint.config import Options
from gradlint.source.spots import SourceFile

CLIPPED = """\
import numpy as np

rng = np.random.default_rng(0)
X, y = 9 * rng.normal(size=(40, 5)), rng.normal(size=(40, 1))
W, b = rng.normal(size=(5, 1)), {bias}
for t in range(6):
    e = X @ W + b - y
    loss = (e ** 2).mean() / 2
    gW, gb = X.T @ e / 40, {gradient}
    norm = np.sqrt((gW ** 2).sum() + np.sum(gb ** 2))
    {clip}
    W = W - 0.01 * gW
    b = b - 0.01 * gb
"""
BIASES = {"np.zeros(1)": "e.mean(axis=0)", "np.zeros((1, 1))": "e.mean(axis=0, keepdims=True)",
          "0.0": "e.mean()"}  # fmt: skip
CLIPS = [
    "if norm > 1: gW, gb = gW / norm, gb / norm",
    "gW, gb = gW * min(1, 1 / norm), gb * min(1, 1 / norm)",
    "gW, gb = (g * (1 / norm) for g in (gW, gb))",
]


@pytest.mark.parametrize("bias", list(BIASES))
@pytest.mark.parametrize("clip", CLIPS)
@pytest.mark.parametrize("wrong", [False, True])
def test_a_gradient_of_one_number_is_clipped_like_all_others(bias, clip, wrong):
    """The bias of a single unit is no scale: it is scaled, and judged."""
    gradient = BIASES[bias].replace("e.", "(e ** 3)." if wrong else "e.")
    text = CLIPPED.format(bias=bias, gradient=gradient, clip=clip)
    with contextlib.redirect_stdout(io.StringIO()):
        report = Inspection(SourceFile("net.py", text), Options(), 20).report()
    told = {p.name: p.verdict for p in report.parameters}
    assert told == {"W": "right", "b": "wrong" if wrong else "right"}


@pytest.mark.parametrize(
    ("gradient", "taken", "verdict"),
    [
        ("(p - t) * x", "g / max(1.0, np.linalg.norm(g))", "right"),
        ("(p - t) * x", "g * min(1.0, 1 / np.linalg.norm(g))", "right"),
        ("(p - t) * x", "np.clip(g, -0.1, 0.1)", "right"),
        ("(p - t) * x * p", "g / max(1.0, np.linalg.norm(g))", "wrong"),
        ("(p - t) * x", "g * p", "wrong"),
        ("(p - t) * x", "g * w", "wrong"),
        ("(p - t) * x", "np.abs(g)", "wrong"),
        ("(p - t) * x", "np.sign(g)", "wrong"),
    ],
)
def test_each_sample_may_be_clipped_by_its_own_length(gradient, taken, verdict):
    """The samples' gradients hold the truth together; the length of one of them is no loss."""
    text = f"""\
import numpy as np

rng = np.random.default_rng(8)
X, y = rng.normal(size=(12, 4)), rng.integers(0, 2, 12)
w = rng.normal(size=4) * 0.3
for it in range(5):
    total = np.zeros(4)
    for x, t in zip(X, y):
        p = 1 / (1 + np.exp(-x @ w))
        shown = -t * np.log(p) - (1 - t) * np.log(1 - p)
        g = {gradient}
        total += {taken}
    w = w - 0.5 * (total + rng.normal(size=4)) / 12
"""
    report = Inspection(SourceFile("survey.py", text), Options(), 20).report()
    assert report.verdict == verdict, str(report)


@pytest.mark.parametrize("clip", ["g[k] / norm", "g[k] * (1 / norm)", "3 * g[k] / norm"])
def test_a_factor_before_a_common_norm_is_that_of_one_gradient(clip):
    """The other gradient goes the same road, and is right."""
    text = f"""\
import numpy as np

rng = np.random.default_rng(9)
X, Y = 3 * rng.normal(size=(20, 3)), 3 * rng.normal(size=(20, 2))
net = dict(W=rng.normal(size=(3, 4)), V=rng.normal(size=(4, 2)))
for t in range(6):
    H = np.tanh(X @ net["W"])
    out = H @ net["V"]
    loss = 0.5 * np.mean(np.sum((out - Y) ** 2, axis=1))
    d = (out - Y) / len(X)
    g = {{"V": H.T @ d, "W": 2 * X.T @ (d @ net["V"].T * (1 - H * H))}}
    norm = np.sqrt(sum(np.sum(v ** 2) for v in g.values()))
    for k in net:
        net[k] = net[k] - 0.1 * {clip}
"""
    report = Inspection(SourceFile("net.py", text), Options(), 20).report()
    told = {p.name: p.verdict for p in report.parameters}
    assert told == {"net['W']": "wrong", "net['V']": "right"}, str(report)
