import contextlib
import io

from gradlint.checking.inspection import Inspection
from gradlint.config import Options
from gradlint.source.edits import apply, edits_of
from gradlint.source.spots import SourceFile

PROGRAM = """\
import numpy as np

rng = np.random.default_rng(0)
xs, ys = rng.normal(size=(6, 3)), rng.normal(size=6)
w, b = rng.normal(size=3), np.zeros(1)
{before}
for epoch in range(4):
    {loop}
        {inside}
        total = 0.0
        for x, y in zip(xs, ys):
            e = w @ x + b[0] - y
            total += 0.5 * e ** 2
            gw += e * x
            gb += e
        w -= 0.01 * gw
        b -= 0.01 * gb
"""


def check(text):
    """Check a program in this process."""
    with contextlib.redirect_stdout(io.StringIO()):
        return Inspection(SourceFile("net.py", text), Options(), 20).report()


def mended(text):
    """The text after the fixes of GL402, and how many findings carry one."""
    report = check(text)
    found = [f for f in report.findings if f.code == "GL402"]
    assert found, report
    after = apply(text, edits_of(found, "net.py"))
    if any(f.fix for f in found):
        assert check(after).verdict == "right"
    return after, sum(f.fix is not None for f in found)


def test_buffers_are_made_in_the_loop_of_their_update():
    """Both buffers move, comments and all, into the loop that updates and not the one outside."""
    loop = "for batch in range(2):"
    text = PROGRAM.format(
        before="gw = np.zeros(\n    3)  # sums\ngb = np.zeros(1)", loop=loop, inside="pass"
    )
    after, count = mended(text)
    assert count == 2
    assert sorted(
        after.split("for batch in range(2):\n")[1].split("        pass\n")[0].split("\n")
    ) == [
        "",
        "            3)  # sums",
        "        gb = np.zeros(1)",
        "        gw = np.zeros(",
    ]
    assert "gw" not in after.split("for epoch")[0]


def test_one_statement_that_makes_both():
    """A statement that binds both buffers moves once."""
    text = PROGRAM.format(
        before="gw, gb = np.zeros(3), np.zeros(1)", loop="if True:", inside="n = 1"
    )
    after, _ = mended(text)
    assert after.count("gw, gb = np.zeros(3), np.zeros(1)") == 1
    assert "for epoch in range(4):\n    gw, gb = np.zeros(3)" in after


def test_nothing_is_offered_where_the_buffer_is_somebody_elses():
    """A buffer that is another name's is not made by its statement: no fix."""
    text = PROGRAM.format(
        before="sums = (np.zeros(3), np.zeros(1))\ngw = sums[0]\ngb = sums[1]",
        loop="if True:",
        inside="gw = sums[0]",
    )
    _, count = mended(text)
    assert count == 0


def test_nothing_is_offered_where_something_else_is_made_as_well():
    """Velocities that start as zeros beside the buffers must not start anew in each step."""
    text = PROGRAM.format(
        before="gw, gb, speed = np.zeros(3), np.zeros(1), np.zeros(3)",
        loop="if True:",
        inside="n = 1",
    )
    _, count = mended(text)
    assert count == 0
