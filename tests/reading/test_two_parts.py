"""Steps in two parts: minus what is expected, plus what was seen, and no residual anywhere."""

import contextlib
import io

import pytest

from gradlint.checking.inspection import Inspection
from gradlint.config import Options
from gradlint.source.spots import SourceFile

WORDS = """\
import numpy as np

rng = np.random.default_rng(2)
table = 0.3 * rng.normal(size=(7, 3))
texts = [([0, 2, 5], 1), ([1, 4], 0), ([3, 6, 0], 2), ([2, 6], 1)]
for turn in range(10):
    for words, label in texts:
        score = table[words].sum(axis=0)
        p = np.exp(score - score.max())
        p /= p.sum()
        for w in words:
            table[w] -= 0.1 * {expected}
        for w in words:
            table[w, {seen}] += {amount}
"""


def check(text):
    """Check a program in this process."""
    with contextlib.redirect_stdout(io.StringIO()):
        return Inspection(SourceFile("words.py", text), Options(), 20).report()


@pytest.mark.parametrize(
    ("expected", "seen", "amount", "verdict"),
    [
        ("p", "label", "0.1", "right"),
        ("p", "(label + 1) % 3", "0.1", "right"),  # any class may be the one that was seen
        ("p", "label", "0.2", "cannot-tell"),
        ("p * (1 - p)", "label", "0.1", "cannot-tell"),
        ("p", "label", "-0.1", "cannot-tell"),
    ],
)
def test_what_was_seen_is_added_by_a_statement_of_its_own(expected, seen, amount, verdict):
    """Both halves together follow the cross-entropy; at another rate or slope they do not."""
    report = check(WORDS.format(expected=expected, seen=seen, amount=amount))
    assert report.verdict == verdict
    if verdict == "right":
        assert "cross-entropy of p" in report.loss.description


COUNTS = """\
import numpy as np

rng = np.random.default_rng(4)
X = 0.5 * rng.normal(size=(20, 3))
y = rng.poisson(np.exp(X @ [0.5, -0.4, 0.3])).astype(float)
w = 0.1 * rng.normal(size=3)
for turn in range(10):
    mu = np.exp(X @ w)
    w -= 0.01 * X.T @ mu
    w += {rate} * X.T @ y
"""


@pytest.mark.parametrize(("rate", "verdict"), [("0.01", "right"), ("0.02", None)])
def test_counts_are_added_apart(rate, verdict):
    """A Poisson regression by what it expects and what was counted."""
    report = check(COUNTS.format(rate=rate))
    assert report.verdict == verdict or (verdict is None and report.verdict != "right")
