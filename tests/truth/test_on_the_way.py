"""A scalar on the way to the loss is not what a program minimises, though its slope is read."""

import contextlib
import io

import pytest

from gradlint.checking.inspection import Inspection
from gradlint.config import Options
from gradlint.source.spots import SourceFile

DECAY = """\
import numpy as np

t = np.linspace(0, 3, 14)
seen = 2.0 * np.exp(-0.7 * t) + 0.4
logs = np.array([0.3, -0.9, -0.2])


def curve(logs):
    start, rate, floor = np.exp(logs)
    return start * np.exp(-rate * t) + floor


def misses(logs):
    return np.sum((curve(logs) - seen) ** 2)


def slope(logs):
    start, rate, floor = np.exp(logs)
    off = 2 * (curve(logs) - seen)
    fade = np.exp(-rate * t)
    parts = np.array([off @ fade, {rate}, off.sum()])
    return parts{chain}


for step in range(30):
    print(misses(logs))
    logs = logs - 0.01 * slope(logs)
"""
RATE = "-off @ (start * t * fade)"


def check(rate=RATE, chain=" * np.exp(logs)"):
    """Check the program in this process."""
    text = DECAY.format(rate=rate, chain=chain)
    with contextlib.redirect_stdout(io.StringIO()):
        return Inspection(SourceFile("fit.py", text), Options(), 20).report()


def test_the_loss_of_one_array_of_logarithms_is_followed():
    """``exp(logs)`` is on the way of the chain rule, and three scalars are made of it."""
    report = check()
    assert report.verdict == "right"
    assert "(curve(logs) - seen) ** 2" in report.loss.description


@pytest.mark.parametrize("slip", [{"chain": ""}, {"rate": RATE[1:]}, {"rate": "-off @ (t * fade)"}])
def test_a_slip_in_the_only_gradient_is_wrong(slip):
    """No other gradient says which loss is meant, and the one that is printed is enough."""
    report = check(**slip)
    assert report.verdict == "wrong"
    assert {f.site.row for f in report.findings if f.severity != "note"} <= {21, 22}
