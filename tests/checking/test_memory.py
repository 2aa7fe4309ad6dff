"""What a check has recorded is let go of with it: one process checks hundreds of files."""

import contextlib
import gc
import io
import weakref

from gradlint.checking.inspection import Inspection
from gradlint.config import Options
from gradlint.source.spots import SourceFile

PROGRAM = """\
import numpy as np

rng = np.random.default_rng(0)
X, y = rng.normal(size=(9, 3)), rng.normal(size=9)
w = np.zeros(3)
for step in range(20):
    out = X @ w
    loss = np.mean((out - y) ** 2)
    w -= 0.1 * {slope}
print(np.mean(X @ w == y))
"""


def check(slope):
    """Check a regression; returns what watches over its tape, and the verdict."""
    file = SourceFile("net.py", PROGRAM.format(slope=slope))
    with contextlib.redirect_stdout(io.StringIO()):
        seen = Inspection(file, Options(), 20)
        report = seen.report()
    return weakref.ref(seen.recording.tape), report.verdict


def test_no_tape_outlives_its_check():
    """Neither of a right program nor of one whose slip was looked for in edited texts."""
    for slope, verdict in (
        ("2 * X.T @ (out - y) / 9", "right"),
        ("-2 * X.T @ (out - y) / 9", "wrong"),
    ):
        tape, said = check(slope)
        assert said == verdict
        gc.collect()
        assert tape() is None
