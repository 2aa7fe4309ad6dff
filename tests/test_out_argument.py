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
