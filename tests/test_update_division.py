"""A division that one update has and another lacks is told where it lacks."""

from __future__ import annotations

import pytest

from gradlint.checking.files import check_text

pytestmark = pytest.mark.usefixtures("in_this_process")

PROGRAM = """\
import numpy as np

rng = np.random.default_rng(1)
X, Y = rng.normal(size=(8, 3)), rng.normal(size=(8, 2))
weights = [rng.normal(size=(3, 4)), rng.normal(size=(4, 2))]
biases = [np.zeros(4), np.zeros(2)]
eta = {eta}
for step in range(3):
    a = np.tanh(X @ weights[0] + biases[0])
    out = a @ weights[1] + biases[1]
    d = out - Y
    h = d @ weights[1].T * (1 - a ** 2)
    gw, gb = [X.T @ h, a.T @ d], [h.sum(axis=0), d.sum(axis=0)]
    weights = [w - eta / len(X) * g for w, g in zip(weights, gw)]
    biases = [b - {rate} * g for b, g in zip(biases, gb)]
"""


def test_the_update_is_the_place_of_a_missing_division() -> None:
    """GL201 names the update that lacks the division and takes it from the other one."""
    for eta in ("0.5", "1.0"):
        text = PROGRAM.format(eta=eta, rate="eta")
        found = [f for f in check_text(text, "net.py").findings if f.severity != "note"]
        assert [(f.code, f.site.row, f.site.column) for f in found] == [("GL201", 15, 15)]
        assert found[0].fix is not None
        assert [e.content for e in found[0].fix.edits] == ["eta / len(X)"]


def test_updates_that_divide_alike_are_right() -> None:
    """With the division in both updates there is nothing to tell."""
    assert check_text(PROGRAM.format(eta="0.5", rate="eta / len(X)"), "net.py").verdict == "right"
