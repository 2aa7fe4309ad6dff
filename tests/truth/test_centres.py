"""Centres go towards the mean of what they are compared with, and are held constant by custom."""

import contextlib
import io

import pytest

from gradlint.checking.inspection import Inspection
from gradlint.config import Options
from gradlint.source.spots import SourceFile

PROGRAM = """\
import numpy as np

rng = np.random.default_rng(5)
x, kind = rng.normal(size=(15, 4)), np.arange(15) % 4
V, M = rng.normal(size=(4, 3)), rng.normal(size=(4, 3))
H = np.eye(4)[kind]
for it in range(20):
    out = x @ V
    off = out - M[kind]
    loss = 0.5 * np.sum(off ** 2)
    V -= 0.01 * x.T @ off
    {move}
"""
RIGHT = {
    "averages": "for k in range(4): M[k] += 0.3 * off[kind == k].mean(axis=0)",
    "counts": "M += 0.5 * (H.T @ off) / (1 + H.sum(axis=0)[:, None])",
    "out of place": "M = M + 0.9 * (H.T @ off) / (2 + H.sum(axis=0)[:, None])",
}
WRONG = {
    "away": "for k in range(4): M[k] -= 0.3 * off[kind == k].mean(axis=0)",
    "too far": "for k in range(4): M[k] += 2.5 * off[kind == k].mean(axis=0)",
    "of another": "for k in range(4): M[k] += 0.3 * off[kind == (k + 1) % 4].mean(axis=0)",
    "halves": "M += 0.5 * (H.T @ off) / (1 + H.sum(axis=0)[:, None]) * np.array([1, 1, .5])",
}


def check(move):
    """Check the program in this process."""
    with contextlib.redirect_stdout(io.StringIO()):
        return Inspection(SourceFile("net.py", PROGRAM.format(move=move)), Options(), 20).report()


@pytest.mark.parametrize("name", RIGHT)
def test_centres_follow_by_averages(name):
    """Each class goes a part of the way at its own rate: right, and the liberty is named."""
    report = check(RIGHT[name])
    assert report.verdict == "right"
    assert [p.name for p in report.parameters] == ["V", "M"]
    assert [liberty.name for liberty in report.liberties] == ["held-constant"]
    assert "`M`" in report.liberties[0].said


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_average_is_wrong(name):
    """Away from the mean, beyond it, towards another one, or not straight: no centre does that."""
    report = check(WRONG[name])
    assert {p.name: p.verdict for p in report.parameters} == {"V": "right", "M": "wrong"}


def test_a_gradient_step_takes_no_liberty():
    """At one rate for all it is plain gradient descent, on what is added because it is negative."""
    report = check("np.add.at(M, kind, 0.01 * off)")
    assert report.verdict == "right"
    assert "held-constant" not in {liberty.name for liberty in report.liberties}


def test_signs_are_told_by_what_the_update_does():
    """One gradient subtracted, a negative one added at another rate: both go down the loss."""
    mixed = PROGRAM.format(move="np.add.at(M, kind, 0.02 * off)")
    turned = mixed.replace("0.02 * off", "-0.02 * off")
    with contextlib.redirect_stdout(io.StringIO()):
        reports = [
            Inspection(SourceFile("net.py", text), Options(), 20).report()
            for text in (mixed, turned)
        ]
    assert [report.verdict for report in reports] == ["right", "wrong"]
