"""What a reading takes for granted is listed: in the report, and as data."""

import contextlib
import io

import pytest

from gradlint.checking.inspection import Inspection
from gradlint.config import Options
from gradlint.source.spots import SourceFile

HEAD = """\
import numpy as np

rng = np.random.default_rng(0)
X, y = rng.normal(size=(12, 3)), rng.normal(size=12)
w = rng.normal(size=3)
for t in range(20):
"""
STEPS = {
    "held-constant": """\
    i = t % 11
    now, later = X[i] @ w, X[i + 1] @ w
    gap = y[i] + 0.9 * later - now
    w += 0.1 * gap * X[i]
""",
    "maximised": """\
    spread = np.mean((X @ w) ** 2) - 0.25 * (w @ w) ** 2
    g = 2 * X.T @ (X @ w) / 12 - (w @ w) * w
    w += 0.1 * g
    print(spread)
""",
    "implied-loss": """\
    w -= 0.01 * X.T @ (X @ w - y)
""",
    None: """\
    miss = X @ w - y
    print(0.5 * np.sum(miss ** 2))
    w -= 0.01 * X.T @ miss
""",
}


@pytest.mark.parametrize(("name", "step"), STEPS.items(), ids=map(str, STEPS))
def test_each_liberty_is_named(name, step):
    """Targets held constant, a value that is climbed, a loss that no line computes; or none."""
    with contextlib.redirect_stdout(io.StringIO()):
        report = Inspection(SourceFile("net.py", HEAD + step), Options(), 20).report()
    assert report.verdict == "right"
    named = {each["name"] for each in report.to_dict()["files"][0]["liberties"]}
    wanted = {name} | ({"implied-loss"} if name == "held-constant" else set())
    assert named & {"held-constant", "maximised", "implied-loss"} == wanted - {None}
    shown = str(report)
    assert ("no loss is computed" in shown) is False  # the line of the loss says so
    assert ("held constant" in shown) == (name == "held-constant")
    assert ("to be made large" in shown) == (name == "maximised")
