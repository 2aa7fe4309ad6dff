"""When the parameters of one step are looked at as two models, and when that is no question."""

from __future__ import annotations

import pytest

from gradlint.checking import studied
from gradlint.checking.inspection import Inspection
from gradlint.config import Options
from gradlint.source.spots import SourceFile

ONE_LOSS = """
import numpy as np
rng = np.random.default_rng(4)
X, y = rng.normal(size=(15, 4)), rng.normal(size=(15, 2))
A, B = rng.normal(size=(4, 6)), rng.normal(size=(6, 2))
for step in range(3):
    h = np.tanh(X @ A)
    out = h @ B
    loss = 0.5 * np.mean((out - y) ** 2)
    d = (out - y) / y.size
    dB = h.T @ d
    dA = X.T @ (d @ B.T * (1 - h))
    B -= 0.1 * dB
    A -= 0.1 * dA
"""
TWO_LOSSES = ONE_LOSS.replace(
    "    d = (out", "    shift_loss = np.mean((h - 0.2) ** 2)\n    print(shift_loss)\n    d = (out"
)


@pytest.mark.parametrize(("text", "apart"), [(ONE_LOSS, False), (TWO_LOSSES, True)])
def test_parts_are_judged_only_where_there_is_another_loss(text, apart, monkeypatch) -> None:
    """A slip in a program with one loss is no second model, and costs no second judgement."""
    judged = []
    judge = studied.judge_step
    monkeypatch.setattr(studied, "judge_step", lambda study: judged.append(study) or judge(study))
    inspection = Inspection(SourceFile("script.py", text), Options(), 60.0)
    assert inspection.studied.step is not None
    assert (len(judged) > 1) is apart
