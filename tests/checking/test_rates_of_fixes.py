"""A fix of an update keeps the rate that the others share, or says that it does not."""

import contextlib
import io

import pytest

from gradlint.checking.inspection import Inspection
from gradlint.config import Options
from gradlint.source.spots import SourceFile

PROGRAM = """\
import numpy as np

rng = np.random.default_rng(3)
x, y = rng.normal(size=(20, 3)), rng.normal(size=(20, 2))
W1, W2 = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
for step in range(9):
    h = np.tanh(x @ W1)
    out = h @ W2
    loss = 0.5 * np.sum((out - y) ** 2) / 20
    d = (out - y) / 20
    d1 = x.T @ (d @ W2.T * (1 - h ** 2))
    W2 {second}
    W1 {first}
"""


MOMENTS = """\
beta = 0.99
m, v = [0, 0], [0, 0]


def adam(k, g):
    m[k] = 0.9 * m[k] + 0.1 * g
    v[k] = beta * v[k] + (1 - beta) * g ** 2
    return m[k] / (np.sqrt(v[k]) + 1e-8)


"""


def fixes(second, first="-= 0.05 * d1"):
    """The fixes of all findings: what is written, and whether it is safe."""
    text = PROGRAM.format(second=second, first=first)
    with contextlib.redirect_stdout(io.StringIO()):
        report = Inspection(SourceFile("net.py", text), Options(), 20).report()
    assert report.verdict == "wrong"
    found = [f.fix for f in report.findings if f.fix is not None]
    return [(fix.edits[0].content, fix.applicability) for fix in found]


@pytest.mark.parametrize("operator", ["/", "+"])
def test_a_rate_is_multiplied_with(operator):
    """Nothing is taken away with which the other updates go."""
    assert fixes(f"-= 0.05 {operator} (h.T @ d)") == [("0.05 * (h.T @ d)", "safe")]


def test_a_rate_that_is_its_own_is_told():
    """The sign is turned, and the rate is still a fifth of the other's."""
    assert fixes("+= 0.01 * (h.T @ d)") == [("-", "unsafe")]


def test_a_common_rate_is_kept():
    """Only the sign is turned."""
    assert fixes("+= 0.05 * (h.T @ d)") == [("-", "safe")]


def test_what_is_added_to_a_step_is_taken_away():
    """Nobody meant to multiply a product by what was added to it."""
    assert fixes("-= 0.05 * (h.T @ d) + 0.1") == [("0.05 * (h.T @ d)", "safe")]


def test_a_square_of_a_second_moment_is_not_taken_away():
    """The exponent is mended; ``1 - 1`` for ``1 - beta`` would leave no moment at all."""
    text = PROGRAM.format(second="-= 0.05 * adam(1, h.T @ d)", first="-= 0.05 * adam(0, d1)")
    text = text.replace("for step", MOMENTS + "for step")
    with contextlib.redirect_stdout(io.StringIO()):
        assert Inspection(SourceFile("net.py", text), Options(), 20).report().verdict == "right"
        wrong = text.replace("g ** 2", "g ** 3")
        report = Inspection(SourceFile("net.py", wrong), Options(), 20).report()
    found = [f.fix for f in report.findings if f.fix is not None]
    assert [fix.edits[0].content for fix in found] == ["2"]
