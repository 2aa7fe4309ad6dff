"""What a parameter is for a while only: tried by a line search, or half-way through an update."""

from __future__ import annotations

import contextlib
import io

import pytest

from gradlint.checking.inspection import Inspection
from gradlint.config import Options
from gradlint.source.spots import SourceFile

SEARCH = """\
import numpy as np

rng = np.random.default_rng(0)
X, y = rng.normal(size=(20, 3)), rng.normal(size=20)


def f(w):
    return 0.5 * np.sum((X @ w - y) ** 2)


w = rng.normal(size=3)
for step in range(4):
    g = X.T @ {error}
    loss, length = f(w), 1.0
    {search}
"""
SEARCHES = {
    "rejected one by one": (
        "while f(w - length * g) > loss: length *= 0.5\n    w = w - length * g"
    ),
    "accepted at last": (
        "while True:\n        new = w - length * g\n        if f(new) < loss: break\n"
        "        length *= 0.5\n    w = new"
    ),
}


def inspect(text):
    """Inspect a program in this process."""
    inspection = Inspection(SourceFile("net.py", text), Options(), 20)
    with contextlib.redirect_stdout(io.StringIO()):
        inspection.report()
    return inspection


@pytest.mark.parametrize("style", list(SEARCHES))
def test_the_loss_of_a_trial_is_not_the_loss_of_the_step(style):
    """Whatever was tried, the gradient is that of the loss at the parameters of the step."""
    right = inspect(SEARCH.format(error="(X @ w - y)", search=SEARCHES[style]))
    assert right.report().verdict == "right"
    assert right.loss.kind == "computed"
    wrong = inspect(SEARCH.format(error="(X @ w - y) ** 3", search=SEARCHES[style]))
    assert wrong.report().verdict != "right"


def test_a_parameter_brought_back_to_a_length_is_one_parameter():
    """The value before it is brought back to length 1 is no parameter beside it."""
    text = """\
import numpy as np

rng = np.random.default_rng(0)
X, w = rng.normal(size=(20, 3)), np.ones(3)
for step in range(4):
    spread = np.mean((X @ w) ** 2)
    w = w + 0.1 * 2 * X.T @ (X @ w) / 20
    w = w / np.linalg.norm(w)
"""
    found = inspect(text)
    assert [p.name for p in found.step.parameters] == ["w"]
    assert found.report().verdict == "right"
