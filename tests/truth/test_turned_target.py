"""A residual whose target is turned round where it stands is a sum, and the error of no loss."""

import pytest

from gradlint.checking.inspection import Inspection
from gradlint.config import Options
from gradlint.source.spots import SourceFile

LINE = """\
import numpy as np

rng = np.random.default_rng(0)
X, y = rng.normal(size=(60, 4)), rng.standard_t(2, size=60)
w = rng.normal(size=4) * 0.1
for i in range(20):
    pred = X @ w
    {stated}
    r = {residual}
    w -= 0.01 * X.T @ {delta}
"""
STATED = "print(0.5 * np.sum((pred + y) ** 2))"


@pytest.mark.parametrize("delta", ["r", "np.sign(r)", "np.clip(r, -1, 1)"])
def test_a_sum_of_output_and_target_needs_a_loss(delta):
    """Without a loss nobody can tell which sign is meant; the difference is right."""
    assert verdict("pred - y", delta) == "right"
    assert verdict("pred - -y", delta) == "cannot-tell"


def test_a_loss_says_which_sign_is_meant():
    """A loss of the sum has the sum for its delta."""
    assert verdict("pred - -y", "r", STATED) == "right"


def verdict(residual, delta, stated="pass"):
    """The verdict on a line that is fitted by some residual."""
    text = LINE.format(residual=residual, delta=delta, stated=stated)
    return Inspection(SourceFile("line.py", text), Options(), 20.0).report().verdict
