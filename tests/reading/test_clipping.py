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
