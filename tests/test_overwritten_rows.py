"""A row of a gradient that is stored with ``=`` although it is written again."""

from __future__ import annotations

import contextlib
import io

import pytest

from gradlint.checking.inspection import Inspection
from gradlint.config import Options
from gradlint.source.spots import SourceFile

PROGRAM = """\
import numpy as np

rng = np.random.default_rng(0)
E, w = rng.normal(size=(5, 3)), rng.normal(size=3)
bag, y = {bag}, 0.7
for step in range(3):
    s = 0.0
    for k in bag:
        s = s + np.tanh(E[k]) @ w
    loss = 0.5 * (s - y) ** 2
    d = s - y
    gE, gw = np.zeros((5, 3)), np.zeros(3)
    for k in bag:
        gE[k] {sign} d * w * (1 - np.tanh(E[k]) ** 2)
        gw += d * np.tanh(E[k])
    E -= 0.1 * gE
    w -= 0.1 * gw
"""


def check(bag, sign):
    """Check the program in this process."""
    text = PROGRAM.format(bag=bag, sign=sign)
    with contextlib.redirect_stdout(io.StringIO()):
        return Inspection(SourceFile("net.py", text), Options(), 30).report()


@pytest.mark.parametrize("bag", ["[1, 3, 1]", "[0, 0, 4, 2]"])
def test_a_row_that_is_overwritten_is_told(bag):
    """The line is found, the fix adds up, and no other line is accused."""
    (finding,) = [f for f in check(bag, "=").findings if f.severity != "note"]
    assert (finding.code, finding.site.row) == ("GL313", 14)
    assert finding.fix is not None
    assert finding.fix.edits[0].content.startswith("gE[k] += d")


def test_rows_that_are_written_once_are_right():
    """Nothing is lost where no index comes twice."""
    assert check("[1, 3, 2]", "=").verdict == "right"
    assert check("[1, 3, 1]", "+=").verdict == "right"
