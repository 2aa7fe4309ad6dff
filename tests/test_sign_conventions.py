"""GL405 says what the line does: it adds a negative gradient, or subtracts the negative of one."""

from __future__ import annotations

import pytest
from markers import inspected

NET = """\
import numpy as np
rng = np.random.default_rng(0)
x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
W = rng.normal(size=(3, 2))
for step in range(9):
    out = np.tanh(x @ W)
    loss = 0.5 * np.sum((out - y) ** 2)
    towards = x.T @ ((y - out) * (1 - out ** 2))
    {update}
"""
ADDED = "`towards` is minus the gradient of `W` and is added here: that is gradient descent"
TWICE = (
    "`towards` is minus the gradient of `W` and its negative is subtracted here: that is gradient "
    "descent"
)


@pytest.mark.parametrize(
    ("update", "told"),
    [
        ("W += 0.1 * towards", ADDED),
        ("W = W + 0.1 * towards", ADDED),
        ("W -= 0.1 * -towards", TWICE),
        ("W = W - (-0.1) * towards", TWICE),
    ],
)
def test_the_note_says_what_the_line_does(update, told, tmp_path):
    """A line that subtracts is not said to add."""
    path = tmp_path / "net.py"
    path.write_text(NET.format(update=update))
    report = inspected(path)
    assert [f.message for f in report.findings] == [told]
    assert report.verdict == "right"
