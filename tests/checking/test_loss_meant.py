"""Which loss is meant: a statement binds, and a delta of no known loss proves nothing."""

from __future__ import annotations

import textwrap

import pytest

from gradlint.checking.inspection import Inspection
from gradlint.config import Options
from gradlint.source.spots import SourceFile


def checked(body: str, loss: str | None = None):
    """Check a program in this process."""
    text = "import numpy as np\nrng = np.random.default_rng(4)\n" + textwrap.dedent(body).lstrip()
    return Inspection(SourceFile("prog.py", text), Options(loss=loss), timeout=20).report()


def verdicts(report):
    """The set of what is said of the parameters."""
    return {p.verdict for p in report.parameters}


HEAT = """
    X, y = rng.normal(size=(20, 3)), rng.normal(size=20)
    w, c = rng.normal(size=3), 0.1
    for step in range(20):
        warm = np.tanh(X @ w + c)
        gap = {delta}
        w = w - 0.1 * X.T @ gap
        c = c - 0.1 * gap.sum()
    """


@pytest.mark.parametrize("delta", ["warm * (1 - warm) * y", "(warm - y) ** 3 * warm", "y * warm"])
def test_a_delta_of_no_known_loss_is_never_right(delta):
    """All gradients follow from a made-up delta, and nothing is called right for it."""
    report = checked(HEAT.format(delta=delta))
    assert report.verdict == "cannot-tell"
    assert verdicts(report) == {"cannot-tell"}
    assert "--loss" in report.findings[-1].help


def test_what_cannot_be_told_names_the_readings():
    """The finding and the report hold what was tried, with how far each got."""
    report = checked(HEAT.format(delta="warm * (1 - warm) * y"))
    assert "2 of 2 gradients agree" in report.findings[-1].explanation
    assert report.readings[0].kind == "bare"
    assert (report.readings[0].agree, report.readings[0].of) == (2, 2)
    assert report.readings[0].why_not


@pytest.mark.parametrize(
    ("delta", "verdict"),
    [
        ("np.sign(warm - y) * (1 - warm ** 2)", "right"),
        ("np.clip(warm - y, -0.3, 0.3) * (1 - warm ** 2)", "right"),
        ("np.where(y > warm, -0.8, 0.2) * (1 - warm ** 2)", "right"),
        ("np.where(warm - y > 0, 0.2, -0.8) * (1 - warm ** 2)", "right"),
        ("np.clip(warm - y, -0.3, 0.5) * (1 - warm ** 2)", "cannot-tell"),
        ("np.where(y > warm, 0.8, 0.2) * (1 - warm ** 2)", "cannot-tell"),
    ],
)
def test_bounded_residuals_are_families(delta, verdict):
    """Absolute, Huber and pinball errors are known by their formula, and only by it."""
    assert checked(HEAT.format(delta=delta)).verdict == verdict


def test_exchanged_branches_climb():
    """A pinball delta whose branches are exchanged goes up its loss."""
    report = checked(HEAT.format(delta="np.where(y > warm, 0.2, -0.8) * (1 - warm ** 2)"))
    assert report.verdict == "wrong"


@pytest.mark.parametrize("loss", ["miss", "7"])
def test_the_user_names_the_loss(loss):
    """A name or a line settles which loss the gradients are held against."""
    body = """
        X, y = rng.normal(size=(20, 3)), rng.normal(size=20)
        w = rng.normal(size=3)
        for step in range(20):
            out = X @ w
            miss = np.mean((out - y) ** 4)
            g = X.T @ {} / 20
            w = w - 0.1 * g
        """
    right, wrong = (checked(body.format(f"(4 * (out - y) ** {power})"), loss) for power in (3, 2))
    assert (right.verdict, wrong.verdict) == ("right", "wrong")
    assert right.loss.kind == "given"


def test_a_loss_that_is_not_there():
    """A name that the step does not compute is no loss to check against."""
    report = checked(HEAT.format(delta="warm - y"), loss="nothing")
    assert report.verdict == "cannot-tell"
    assert "nothing" in report.findings[0].message
