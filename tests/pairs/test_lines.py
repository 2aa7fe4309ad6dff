"""In large pairs the line of one wrong gradient is told from the values on the tape."""

import linecache
import textwrap

import numpy as np
import pytest

import gradlint
from gradlint.findings import is_claim
from gradlint.pairs import tracing

NET = """
    import numpy as np
    def net(W1, W2, x, y):
        z = x @ W1
        a = np.maximum(z, 0)
        out = a @ W2
        n = len(x)
        loss = np.sum((out - y) ** 2) / (2 * n)
        d2 = (out - y) / n
        dW2 = a.T @ d2
        d1 = (d2 @ W2.T) * (z > 0)
        dW1 = x.T @ d1
        return loss, (dW1, dW2)
"""


@pytest.fixture
def net(tmp_path):
    """Return a function that makes the function ``net`` of a text, written to a file."""

    def load(text):
        path = tmp_path / "pair.py"
        path.write_text(textwrap.dedent(text))
        linecache.checkcache(str(path))
        namespace = {}
        exec(compile(path.read_text(), str(path), "exec"), namespace)
        return namespace["net"]

    return load


def claims(function):
    """Check it on arrays above the size up to which everything is tried."""
    rng = np.random.default_rng(0)
    shapes = (1500, 20), (20, 3), (8, 1500), (8, 3)
    report = gradlint.check(function, *(rng.normal(size=shape) for shape in shapes))
    assert {p.name: p.verdict for p in report.parameters} == {"W1": "wrong", "W2": "right"}
    return [finding for finding in report.findings if is_claim(finding)]


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("return loss", "dW1 = dW1 * 4\n        return loss", "dW1 = dW1 * 4", "4 times"),
        ("return loss", "dW1 *= 4\n        return loss", "dW1 *= 4", "4 times"),
        ("x.T @ d1", "x.T @ d1 * 4", "dW1 = x.T @ d1 * 4", "4 times"),
        ("return loss", "dW1[700, 5] += 9\n        return loss", "dW1[700, 5]", "entry (700, 5)"),
    ],
)
def test_the_line_needs_no_comparison_of_everything(net, monkeypatch, old, new, line, said):
    """A constant or an entry is placed at the line behind the last right value."""
    text = NET.replace(old, new)
    monkeypatch.setattr(tracing._Take, "told", lambda *_: pytest.fail("everything was compared"))
    (finding,) = claims(net(text))
    row = next(k for k, each in enumerate(text.splitlines(), 1) if each.strip().startswith(line))
    assert (finding.site.row, said in finding.message) == (row, True), finding


def test_a_line_that_several_may_be_is_left_to_the_tape(net):
    """Where more than one line is in question, the tape says which one goes wrong by itself."""
    text = NET.replace("* (z > 0)", "* (z > 0) * 4")
    (finding,) = claims(net(text))
    row = next(k for k, each in enumerate(text.splitlines(), 1) if "(z > 0) * 4" in each)
    assert finding.site.row == row
