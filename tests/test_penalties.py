import contextlib
import io

import pytest

from gradlint.checking.inspection import Inspection
from gradlint.config import Options
from gradlint.source.spots import SourceFile

PROGRAM = """\
import numpy as np

rng = np.random.default_rng(0)
x = rng.normal(size=(12, 5))
W1, W2, W3 = rng.normal(size=(5, 4)), rng.normal(size=(4, 3)), rng.normal(size=(3, 5))
n, beta = len(x), 0.3
for step in range(4):
    h = np.tanh(x @ W1)
    code = h @ W2
    out = code @ W3
    recon = 0.5 * np.sum((out - x) ** 2) / n
    hidden = {weight}0.5 * np.sum(code ** 2) / n + np.sum(h ** 4) / n
    {total}
    d = (out - x) / n
    dcode = d @ W3.T{at_code}
    dh = dcode @ W2.T{at_hidden}
    W1 -= 0.1 * x.T @ (dh * (1 - h ** 2))
    W2 -= 0.1 * h.T @ dcode
    W3 -= 0.1 * code.T @ d
"""
TERMS = {"at_code": " + code / n", "at_hidden": " + 4 * h ** 3 / n"}


def check(**parts):
    """Check the program with some of its parts in this process."""
    chosen = {"weight": "", "total": "pass", **TERMS, **parts}
    with contextlib.redirect_stdout(io.StringIO()):
        text = PROGRAM.format(**chosen)
        return Inspection(SourceFile("net.py", text), Options(), 20).report()


def told(report):
    """The codes and rows of everything that is said."""
    return [(f.code, f.severity, f.site.row) for f in report.findings]


def wrong(report):
    """The parameters whose gradients are wrong."""
    return {p.name for p in report.parameters if p.verdict == "wrong"}


@pytest.mark.parametrize("total", ["pass", "loss = recon + hidden"])
def test_both_scalars_together_are_the_loss(total):
    """Whether their sum is computed or not, the gradients that follow it are right."""
    report = check(total=total)
    assert (report.verdict, told(report)) == ("right", [])
    described = "recon + hidden"
    assert described in report.loss.description


def test_a_scalar_may_enter_with_a_weight():
    """The divergence is shown in full, and its gradient enters at 0.3 of it everywhere."""
    weighted = {name: text.replace(" + ", " + beta * ") for name, text in TERMS.items()}
    report = check(**weighted)
    assert (report.verdict, told(report)) == ("right", [])
    assert report.loss.description == "recon + 0.3 · hidden"


@pytest.mark.parametrize("total", ["pass", "loss = recon + hidden"])
@pytest.mark.parametrize(
    ("parts", "row"),
    [
        ({"at_hidden": " + 4 * h ** 3"}, 16),
        ({"at_hidden": " + 3 * h ** 3 / n"}, 16),
    ],
)
def test_a_term_at_another_weight_is_wrong(total, parts, row):
    """The other term shows which scalar is meant; the first layer inherits the error."""
    report = check(total=total, **parts)
    assert report.verdict == "wrong"
    assert wrong(report) == {"W1"}
    assert row in {f.site.row for f in report.findings}


def test_no_scalar_no_claim():
    """Penalties that the program computes nowhere stay notes."""
    report = check(weight="0 * ")
    assert report.verdict == "right"
    assert {severity for _, severity, _ in told(report)} == {"note"}


def test_a_term_of_the_loss_that_no_gradient_has():
    """The loss is the sum, the gradients are those of its first summand: a warning."""
    without = {"at_code": "", "at_hidden": ""}
    report = check(total="loss = recon + hidden", **without)
    assert [(code, severity) for code, severity, _ in told(report)] == [("GL208", "warning")]
    assert report.findings[0].evidence["parameters"] == ["W1", "W2"]
    assert told(check(total="pass", **without)) == []
    assert told(check(total="shown = recon + hidden", **without)) == []
