import contextlib
import io

import pytest

from gradlint.checking.inspection import Inspection
from gradlint.config import Options
from gradlint.report.pages import pages
from gradlint.source.edits import apply
from gradlint.source.spots import SourceFile

HEAD = """import numpy as np
rng = np.random.default_rng(0)
x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
W, dW = rng.normal(size=(3, 2)), np.zeros((3, 2))
v, table = np.zeros((3, 2)), np.zeros((9, 3, 2))
for step in range(5):
"""
PASS = """
    out = np.tanh(x @ W)
    loss = 0.5 * np.sum((out - y) ** 2)
    d = (out - y) * (1 - out ** 2)
    g = x.T @ d
"""
SAMPLES = """
    for i in range(9):
        out = np.tanh(x[i:i + 1] @ W)
        loss = 0.5 * np.sum((out - y[i:i + 1]) ** 2)
        d = (out - y[i:i + 1]) * (1 - out ** 2)
        g = x[i:i + 1].T @ d
"""
BATCH = """
    out = np.tanh(xb @ W)
    loss = 0.5 * np.sum((out - yb) ** 2)
    d = (out - yb) * (1 - out ** 2)
    g = xb.T @ d
"""
DOWN = "    W -= 0.01 * g\n"
SUM = "    dW += g\n    W -= 0.01 * dW\n"

RIGHT = {
    "buffer filled with zeros": "    dW.fill(0)" + PASS + SUM,
    "buffer overwritten by zeros": "    dW[:] = 0" + PASS + SUM,
    "all of it": "    dW[...] = 0.0" + PASS + SUM,
    "row by row": "    for i in range(3): dW[i] = 0" + PASS + SUM,
    "copied zeros": "    np.copyto(dW, 0)" + PASS + SUM,
    "multiplied by zero": "    dW *= 0" + PASS + SUM,
    "taken from itself": "    dW -= dW" + PASS + SUM,
    "fresh zeros": "    dW = np.zeros_like(W)" + PASS + SUM,
    "momentum": PASS + "    v = 0.9 * v - 0.01 * g\n    W += v\n",
    "momentum in place": PASS + "    v *= 0.9\n    v += g\n    W -= 0.01 * v\n",
    "sum of squares": PASS + "    v += g ** 2\n    W -= 0.01 * g / (np.sqrt(v) + 1e-8)\n",
    "two steps collected": PASS
    + "    dW += g / 2\n    if step % 2:\n        W -= 0.01 * dW\n        dW = np.zeros((3, 2))\n",
    "average of remembered gradients": "    i = step\n"
    + BATCH.replace("xb", "x[i:i + 1]").replace("yb", "y[i:i + 1]")
    + "    dW += g - table[i]\n    table[i] = g\n    W -= 0.01 * dW / 9\n",
    "batches scaled as copies": "    xb, yb = x[step:step + 4] / 3.0, y[step:step + 4]"
    + BATCH
    + DOWN,
    "each part scaled once": "    xb, yb = x[step:step + 1], y[step:step + 1]\n    xb /= 3.0"
    + BATCH
    + DOWN,
    "standardised again and again": "    x /= x.std()" + PASS + DOWN,
    "data shuffled": "    p = rng.permutation(9)\n    x, y = x[p], y[p]" + PASS + DOWN,
    "rates that decay": "    v = np.full((3, 2), 0.01) if step == 0 else v\n    v *= 0.9"
    + PASS
    + "    W -= v * g\n",
}

WRONG = {
    "sum never reset": (PASS + SUM, "GL402", "    dW += g"),
    "sum over samples": (SAMPLES + "        dW += g\n    W -= 0.01 * dW\n", "GL402", "dW += g"),
    "sum rebound": (PASS + "    dW = dW + g\n    W -= 0.01 * dW\n", "GL402", "dW = dW + g"),
    "mean of the sum": (PASS + "    dW += g\n    W -= 0.01 * (dW / 9)\n", "GL402", "dW += g"),
    "data scaled in place": ("    x /= 3.0" + PASS + DOWN, "GL401", "x /= 3.0"),
    "data scaled by name": ("    x = x * 0.5" + PASS + DOWN, "GL401", "x = x * 0.5"),
    "batch scaled in place": (
        "    xb, yb = x[:4], y[:4]\n    xb /= 3.0" + BATCH + DOWN,
        "GL401",
        "xb /= 3.0",
    ),
}


def findings(text):
    """Everything that is found about what steps leave for the next one."""
    with contextlib.redirect_stdout(io.StringIO()):
        report = Inspection(SourceFile("net.py", text), Options(), 20.0).report()
    assert report.parameters
    return [f for f in report.findings if f.code in ("GL401", "GL402")]


@pytest.mark.parametrize("name", RIGHT)
def test_state_that_is_kept_on_purpose(name):
    """Resets in every spelling, optimiser states and fresh data are no mistakes."""
    assert findings(HEAD + RIGHT[name]) == []


@pytest.mark.parametrize("name", WRONG)
def test_state_that_should_not_be_kept(name):
    """The line that lets one step act on the next is found, and nothing else is."""
    body, code, line = WRONG[name]
    text = HEAD + body
    (finding,) = findings(text)
    assert finding.code == code
    assert finding.severity == "error"
    assert line.strip() == text.splitlines()[finding.site.row - 1].strip()


HIDDEN = HEAD.replace(
    "for step", "W1, W2 = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))\nfor step"
)
HIDDEN += """
    a = 1 / (1 + np.exp(-(x @ W1)))
    out = a @ W2
    loss = 0.5 * np.sum((out - y) ** 2)
    d = out - y
    a *= 1 - a
    dz = d @ W2.T * a
    dW2 = a.T @ d
    W1 -= 0.01 * (x.T @ dz)
    W2 -= 0.01 * dW2
"""


def test_a_cached_value_that_is_read_after_it_was_changed():
    """The line that changed the activation is found, and points at the line that reads it."""
    (finding,) = findings(HIDDEN)
    rows = HIDDEN.splitlines()
    assert finding.code == "GL401"
    assert rows[finding.site.row - 1].strip() == "a *= 1 - a"
    assert [rows[label.site.row - 1].strip() for label in finding.labels] == ["dW2 = a.T @ d"]


@pytest.mark.parametrize("change", ["v[v > 0] = 1\n    v[v <= 0] = 0", "v *= 0.5", "v /= 4"])
def test_a_slope_helper_that_writes_into_the_activation(change):
    """The helper's line is found, not the innocent one that reads the activation later."""
    text = HIDDEN.replace("1 / (1 + np.exp(-(x @ W1)))", "np.maximum(x @ W1, 0)")
    text = text.replace("    a *= 1 - a\n", "").replace("d @ W2.T * a", "d @ W2.T * slope(a)")
    helper = f"def slope(v):\n    {change}\n    return np.ceil(v / (v + 1e-9))\n"
    (finding,) = findings(text.replace("for step", helper + "for step", 1))
    assert finding.code == "GL401"
    assert finding.site.row == text.splitlines().index("for step in range(5):") + 2
    assert finding.fix is not None


def test_a_cached_value_that_nobody_needs_any_more():
    """To change an activation in place after its last reader is thrift, and right."""
    line = "    dW2 = a.T @ d\n"
    assert (
        findings(HIDDEN.replace(line, "").replace("    a *= 1 - a\n", line + "    a *= 1 - a\n"))
        == []
    )


def test_a_scaled_argument_is_mended_by_a_new_array():
    """In a function the fix gives the scaled array a place of its own."""
    (finding,) = findings(pages()["GL401"].bad.replace("x /= 10", "x /= 4 + 6"))
    assert finding.fix is not None
    assert [edit.content for edit in finding.fix.edits] == ["x = x / (4 + 6)"]


@pytest.mark.parametrize(
    ("line", "mended"),
    [("dW += g", "dW = g"), ("dW  +=(g  # ü\n        )", "dW  =(g  # ü\n        )")],
)
def test_a_sum_of_one_is_mended_by_assignment(line, mended):
    """Where each step adds once, the two characters of the operator are all that has to change."""
    text = HEAD + PASS + f"    {line}\n    W -= 0.01 * dW\n"
    (finding,) = findings(text)
    assert finding.fix is not None
    assert apply(text, finding.fix.edits) == text.replace(line, mended)


def test_a_sum_over_samples_has_no_such_fix():
    """Where samples are collected, `=` would lose all but the last; the weights are made beside."""
    (finding,) = findings(HEAD + SAMPLES + "        dW += g\n    W -= 0.01 * dW\n")
    assert finding.fix is None


def test_a_sum_over_samples_starts_anew():
    """A statement that makes the buffer and nothing else goes to the start of the loop."""
    beside, made = "W, dW = rng.normal(size=(3, 2)), np.zeros((3, 2))", "dW = np.zeros((3, 2))"
    head = HEAD.replace(beside, f"W = rng.normal(size=(3, 2))\n{made}")
    text = head + SAMPLES + "        dW += g\n    W -= 0.01 * dW\n"
    (finding,) = findings(text)
    mended = text.replace(f"{made}\n", "").replace("    for i in", f"    {made}\n    for i in")
    assert apply(text, finding.fix.edits) == mended


def test_a_scaled_name_has_no_such_fix():
    """At module level a new array under the old name would be scaled again all the same."""
    (finding,) = findings(HEAD + "    x /= 3.0" + PASS + DOWN)
    assert finding.fix is None
