import contextlib
import io

import pytest

from gradlint.checking.inspection import Inspection
from gradlint.config import Options
from gradlint.source.edits import apply, edits_of
from gradlint.source.spots import SourceFile

PROGRAM = """\
import numpy as np

rng = np.random.default_rng(0)
x, y = rng.normal(size=(4, 3)), rng.normal(size={target})
W1, W2 = rng.normal(size=(3, 4)), rng.normal(size={shape})
for step in range(4):
    {hidden}
    out = {forward}
    loss = 0.5 * np.sum((out - y) ** 2)
    d = out - y
    dz = ({back}) * (1 - a ** 2)
    {gradient}
    W1 -= 0.1 * {first}
    {update}
"""
ROWS = {
    "target": (4, 2),
    "shape": (4, 2),
    "hidden": "a = np.tanh(x @ W1)",
    "forward": "a @ W2",
    "back": "d @ W2.T",
    "first": "x.T @ dz",
}
COLUMNS = {
    "target": (2, 4),
    "shape": (2, 4),
    "hidden": "a = np.tanh(W1.T @ x.T)",
    "forward": "np.dot(W2, a)",
    "back": "W2.T @ d",
    "first": "(dz @ x).T",
}
TURNED = {**ROWS, "shape": (4, 4), "target": (4, 4), "forward": "a @ W2.T", "back": "d @ W2"}


def check(text):
    """Check a program in this process."""
    with contextlib.redirect_stdout(io.StringIO()):
        return Inspection(SourceFile("net.py", text), Options(), 20).report()


def mended(layout, gradient, update):
    """The rows of gradient and update after the fix of GL310."""
    report = check(PROGRAM.format(**layout, gradient=gradient, update=update))
    found = [f for f in report.findings if f.code == "GL310"]
    assert [f.fix is not None for f in found] == [True], report
    text = apply(report.source, edits_of(found, "net.py"))
    assert check(text).verdict == "right"
    rows = text.splitlines()
    return rows[11].strip(), rows[13].strip()


@pytest.mark.parametrize(
    ("layout", "product"),
    [(ROWS, "a.T @ d"), (COLUMNS, "np.dot(d, a.T)"), (TURNED, "d.T @ a")],
    ids=["rows", "columns", "turned"],
)
def test_the_product_is_the_layers_own(layout, product):
    """Sides, transpositions and the way products are written come from the forward pass."""
    assert mended(layout, "dW2 = d", "W2 -= 0.1 * dW2") == (f"dW2 = {product}", "W2 -= 0.1 * dW2")


def test_in_the_update_itself():
    """Where the update takes the delta, the update is edited and the delta stays what it is."""
    assert mended(ROWS, "n = 4", "W2 -= 0.1 * d") == ("n = 4", "W2 -= 0.1 * (a.T @ d)")
    assert mended(ROWS, "n = 4", "W2 = W2 - d * 0.1")[1] == "W2 = W2 - (a.T @ d) * 0.1"


MASKED = """\
import numpy as np

rng = np.random.default_rng(0)
x, y = rng.normal(size=(6, 3)), rng.normal(size=(6, 2))
W1, W2 = rng.normal(size=(3, 6)), rng.normal(size=(6, 2))
for step in range(4):
    z = x @ W1
    h = np.maximum(z, 0)
    d = h @ W2 - y
    loss = 0.5 * np.sum(d**2)
    dz = {product}
    dW1, dW2 = x.T @ dz, h.T @ d
    W1 -= 0.1 * dW1
    W2 -= 0.1 * dW2
"""


def test_a_comparison_keeps_its_parentheses():
    """A mask in a matrix product is multiplied with as a whole, not compared afterwards."""
    (found,) = check(MASKED.format(product="np.dot(d @ W2.T, z > 0)")).findings
    assert (found.code, found.site.row) == ("GL306", 11)
    assert [edit.content for edit in found.fix.edits] == ["d @ W2.T * (z > 0)"]
    assert check(MASKED.format(product="d @ W2.T * (z > 0)")).findings == ()
