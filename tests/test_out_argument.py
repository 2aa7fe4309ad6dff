import contextlib
import io
from pathlib import Path

import pytest

from gradlint.checking.inspection import Inspection
from gradlint.config import Options
from gradlint.source.edits import apply, edits_of
from gradlint.source.spots import SourceFile, read

PROGRAMS = Path(__file__).parent / "shapes" / "buggy"


def check(text):
    """Check a program in this process."""
    with contextlib.redirect_stdout(io.StringIO()):
        return Inspection(SourceFile("net.py", text), Options(), 20).report()


@pytest.mark.parametrize(
    ("stem", "mended"),
    [
        ("multiply_of_three", "dZ1 = np.multiply(np.multiply(dA1, 1 - A1), A1)"),
        ("matmul_of_three", "dZ1 = np.matmul(dZ2, W2.T) * dA1"),
        ("add_of_three", "dx = np.add(np.add(dh1, dh2), dskip)"),
        ("crash_out_argument", "z = np.dot(X, W) + b"),
    ],
)
def test_all_three_take_part(stem, mended):
    """The fix of GL107 alone makes each program right, in its own functions."""
    report = check(read(PROGRAMS / f"{stem}.py"))
    (found,) = [f for f in report.findings if f.code == "GL107"]
    text = apply(report.source, edits_of([found], "net.py"))
    assert text.splitlines()[found.site.row - 1].split("  #")[0].strip() == mended
    assert check(text).verdict == "right"


SLOPE = """\
import numpy as np

rng = np.random.default_rng(13)
X, Y = rng.normal(size=(16, 3)), rng.normal(size=(16, 2))
W, V = rng.normal(size=(3, 5)) * 0.5, rng.normal(size=(5, 2)) * 0.5


def slope(h):
    {line}
    return h


for it in range(5):
    H = np.tanh(X @ W)
    O = H @ V
    L = np.sum((O - Y) ** 2)
    D = 2 * (O - Y)
    dW = X.T @ (D @ V.T * slope(H))
    dV = H.T @ D
    W -= 0.01 * dW
    V -= 0.01 * dV
"""


@pytest.mark.parametrize(
    ("line", "mended"),
    [
        ("np.subtract(1, h**2, out=h)", "h = np.subtract(1, h ** 2)"),
        ("h **= 2; h = 1 - h", "h = h ** 2; h = 1 - h"),
        ("h = 1 - h**2", ""),
    ],
)
def test_a_cache_that_a_result_is_written_into(line, mended):
    """It is read once more: the line that writes is shown, and makes a new array."""
    report = check(SLOPE.format(line=line))
    told = {(f.code, f.site.row) for f in report.findings}
    assert told == ({("GL401", 9)} if mended else set()), str(report)
    if mended:
        text = apply(report.source, edits_of(report.findings, "net.py"))
        assert text.splitlines()[8].strip() == mended
