"""What a mutant does is told by values alone: the board stands on these labels."""

from __future__ import annotations

import numpy as np
import pytest
from plain_run import course_of, state_from

TEXT = """
import numpy as np
rng = np.random.default_rng(5)
X, Y = rng.normal(size=(9, 3)), rng.normal(size=9)
model = {"w": np.ones(3), "b": 0.5 * np.ones(1)}
past = {"w": np.zeros(3), "b": np.zeros(1)}
for turn in range(8):
    out = X @ model["w"] + model["b"]
    error = (out - Y) / len(Y)
    grads = {"w": X.T @ error, "b": error.sum(keepdims=True)}
    if turn % 5 == 0:
        print(turn, 0.5 * np.mean((out - Y) ** 2))
    for key in model:
        past[key] = 0.9 * past[key] + grads[key]
        model[key] = model[key] - 0.1 * past[key]
"""
ROW = 1 + TEXT[: TEXT.index("    out =")].count("\n")
STARTS = {"model['w']": np.ones(3), "model['b']": np.array([0.5])}


@pytest.mark.parametrize(
    ("was", "now", "state"),
    [
        ("turn % 5 == 0", "turn % 5 != 0", "same"),
        ("X.T @ error", "(error @ X)", "same"),
        ("- 0.1 * past[key]", "- 0.3 * past[key]", "proportional"),
        ("- 0.1 * past[key]", "+ 0.1 * past[key]", "opposite"),
        ("error.sum(keepdims=True)", "error.mean(keepdims=True)", "rates"),
        ("X.T @ error", "abs(X.T @ error)", "changed"),
        ("0.9 * past[key] + grads[key]", "grads[key]", "changed"),
        ("0.9 * past", "1.9 * past", "changed"),
        ("error.sum(keepdims=True)", "-error.sum(keepdims=True)", "changed"),
        ("error.sum(keepdims=True)", "error", "changed"),
        ("grads[key]\n", "grads[key] * np.sign(model[key].min() - 0.3)\n", "alike at the start"),
    ],
)
def test_what_a_change_does_is_seen_in_the_parameters(was, now, state):
    """A memory shows in the later steps, a factor in the first."""
    known = course_of(TEXT, ROW, STARTS)
    assert known is not None
    assert known.paths == ("model.w", "model.b")
    assert was in TEXT
    assert state_from(TEXT.replace(was, now), known) == state


def test_what_raises_is_told():
    """A program that stops before its third step shows nothing."""
    known = course_of(TEXT, ROW, STARTS)
    assert known is not None
    assert state_from(TEXT.replace("X.T @ error", "X @ error"), known) == "raises"


def test_a_program_that_is_another_one_each_time_has_no_course():
    """Without a seed two runs differ, and nothing can be held against the first."""
    text = TEXT.replace("default_rng(5)", "default_rng()")
    assert course_of(text, ROW, STARTS) is None
