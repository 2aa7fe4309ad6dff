"""Gradients that are worked out before the loop: every step adds the same."""

import contextlib
import io

import pytest

from gradlint.checking.inspection import Inspection
from gradlint.config import Options
from gradlint.findings import is_claim
from gradlint.source.spots import SourceFile

PROGRAM = """\
import numpy as np

rng = np.random.default_rng(0)
X = rng.normal(size=(40, 3))
Y = X @ np.array([1.0, -2.0, 0.5]) + 1
w, b = rng.normal(size=3), 0.1
{before}
for k in range({rounds}):
{inside}
    loss = np.mean((X @ w + b - Y) ** 2)
    w {w}
    b {b}
    print(loss)
"""
FORWARD, GRADIENTS = "r = X @ w + b - Y", "gw, gb = 2 * X.T @ r / len(Y), 2 * np.mean(r)"


def check(before, inside, w="-= 0.1 * gw", b="-= 0.1 * gb", rounds=30):
    """Check a regression with some statements before its loop and some inside."""
    lines = {"before": "\n".join(before), "inside": "\n".join(f"    {line}" for line in inside)}
    text = PROGRAM.format(**lines, w=w, b=b, rounds=rounds)
    with contextlib.redirect_stdout(io.StringIO()):
        return Inspection(SourceFile("net.py", text), Options(), 20).report()


@pytest.mark.parametrize(
    ("before", "inside"), [([FORWARD, GRADIENTS], []), ([FORWARD], [GRADIENTS])]
)
def test_what_is_worked_out_before_the_loop_is_wrong(before, inside):
    """Whether the gradients stand there, or only the forward pass they are made of."""
    report = check(before, inside)
    assert report.verdict == "wrong"
    assert [f.code for f in report.findings if is_claim(f)] == ["GL409", "GL409"]
    assert {p.name: p.verdict for p in report.parameters} == {"w": "wrong", "b": "wrong"}


def test_it_is_known_before_a_long_program_ends():
    """Nothing learns, and the run would go on for a minute."""
    report = check([FORWARD, GRADIENTS], [], rounds=10_000_000)
    assert [f.code for f in report.findings if is_claim(f)] == ["GL409", "GL409"]


def test_worked_out_inside_it_is_right():
    """The same statements inside the loop."""
    assert check([], [FORWARD, GRADIENTS]).verdict == "right"


def test_what_data_move_is_no_training():
    """Rows that are centred again and again change by what was made of them once."""
    report = check(["m = w.mean()", "n = 2 * b"], [], w="-= m", b="+= n")
    assert not report.parameters
    assert not any(map(is_claim, report.findings))
