"""Terms that are worked out and then forgotten, and rounds of a loop that overwrite each other."""

from __future__ import annotations

import textwrap

import pytest

from gradlint.checking.inspection import Inspection
from gradlint.config import Options
from gradlint.source.spots import SourceFile

CRITIC = """
    import numpy as np

    rng = np.random.default_rng(0)
    real, fake = rng.normal(size=(9, 3)), rng.normal(2.0, 1.0, size=(7, 3))
    W, b, v = rng.normal(size=(3, 4)), np.zeros(4), rng.normal(size=(4, 1))
    for step in range(9):
        h, g = np.tanh(real @ W + b), np.tanh(fake @ W + b)
        loss = np.mean(g @ v) - np.mean(h @ v)
        one, two = np.full((9, 1), -1 / 9), np.full((7, 1), 1 / 7)
        dv = h.T @ one + g.T @ two
        dh = one @ v.T * (1 - h ** 2)
        dg = two @ v.T * (1 - g ** 2)
        dW = real.T @ dh + fake.T @ dg
        db = dh.sum(axis=0) + dg.sum(axis=0)
        W -= 0.01 * dW
        b -= 0.01 * db
        v -= 0.01 * dv
"""

ONLINE = """
    import numpy as np

    rng = np.random.default_rng(0)
    xs, ys = rng.normal(size=(6, 3)), rng.normal(size=(6, 2))
    W, b = rng.normal(size=(2, 3)), np.zeros(2)
    for step in range(9):
        gW, gb, loss = np.zeros_like(W), np.zeros_like(b), 0.0
        for x, y in zip(xs, ys):
            out = np.tanh(W @ x + b)
            loss += 0.5 * np.sum((out - y) ** 2)
            d = (out - y) * (1 - out ** 2)
            gW = gW + np.outer(d, x)
            gb = gb + d
        W -= 0.01 * gW
        b -= 0.01 * gb
"""

SCATTER = """
    import numpy as np

    def slide(x, w):
        return np.array([x[i:i + len(w)] @ w for i in range(len(x) - len(w) + 1)])

    def back(x, w, dy):
        dx, dw = np.zeros_like(x), np.zeros_like(w)
        for i, d in enumerate(dy):
            dx[i:i + len(w)] += d * w
            dw += d * x[i:i + len(w)]
        return dx, dw

    rng = np.random.default_rng(2)
    wave, goal = rng.normal(size=9), rng.normal(size=5)
    w, v = rng.normal(size=3), rng.normal(size=3)
    for step in range(9):
        h = np.tanh(slide(wave, w))
        loss = 0.5 * np.sum((slide(h, v) - goal) ** 2)
        dh, dv = back(h, v, slide(h, v) - goal)
        _, dw = back(wave, w, dh * (1 - h ** 2))
        w -= 0.01 * dw
        v -= 0.01 * dv
"""

SLIPS = [
    (SCATTER, "dx[i:i + len(w)] += d * w", "dx[i:i + len(w)] = d * w", "dx[i:i + len(w)] += d * w"),
    (CRITIC, "dW = real.T @ dh + fake.T @ dg", "dW = real.T @ dh", "real.T @ dh + fake.T @ dg"),
    (ONLINE, "gb = gb + d", "gb = d", "gb += d"),
    (ONLINE, "gW = gW + np.outer(d, x)", "gW = np.outer(d, x)", "gW += np.outer(d, x)"),
]


@pytest.mark.parametrize(("program", "was", "now", "new"), SLIPS)
def test_what_is_not_added_is_told_with_the_edit_that_adds_it(program, was, now, new):
    """The line that lost a term is named, and mended."""
    text = textwrap.dedent(program)
    assert was in text
    text = text.replace(was, now)
    report = Inspection(SourceFile("net.py", text), Options(), timeout=20).report()
    row = next(i for i, line in enumerate(text.splitlines(), 1) if line.strip() == now)
    found = [f for f in report.findings if f.severity != "note"]
    assert [(f.code, f.site.row) for f in found] == [("GL309", row)]
    assert found[0].fix is not None
    assert [edit.content for edit in found[0].fix.edits] == [new]


@pytest.mark.parametrize("program", [CRITIC, ONLINE, SCATTER])
def test_the_programs_are_right_as_they_are(program):
    """What the slips are planted in is right."""
    report = Inspection(SourceFile("net.py", textwrap.dedent(program)), Options(), timeout=20)
    assert report.report().verdict == "right"


SPREAD = """
    import numpy as np

    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(5, 2, 4)), rng.normal(size=(5, 2, 4))
    C = 2
    g = rng.random((C, 1)) + 0.5
    for step in range(9):
        a = np.tanh(x * g)
        loss = 0.5 * np.sum((a - y) ** 2)
        d = a - y
        dg = np.sum(d * (1 - a ** 2) * x, axis=(0, 2)).reshape(C, 1)
        g -= 0.05 * dg
"""


def test_sizes_written_one_by_one_hide_nothing():
    """A line that ends in ``reshape(C, 1)`` is altered like any other."""
    text = textwrap.dedent(SPREAD).replace("(1 - a ** 2)", "(a * (1 - a))")
    report = Inspection(SourceFile("net.py", text), Options(), timeout=20).report()
    (finding,) = (f for f in report.findings if f.severity != "note")
    assert (finding.code, finding.site.row) == ("GL303", 12)
    assert finding.fix is not None


@pytest.mark.parametrize("slip", ["d * w[::-1]", "d * w ** 2", "-d * w"])
def test_what_is_added_to_parts_of_a_buffer_is_altered_in_all_of_them(slip):
    """The windows that lie in the middle may be right: the buffer is still what is wrong."""
    text = textwrap.dedent(SCATTER)
    text = text.replace("np.sum((slide(h, v) - goal) ** 2)", "(slide(h, v).mean() - 0.3) ** 2")
    text = text.replace("slide(h, v) - goal)", "np.full(5, (slide(h, v).mean() - 0.3) / 5))")
    report = Inspection(SourceFile("net.py", text), Options(), timeout=20).report()
    assert report.verdict == "right"
    text = text.replace("+= d * w\n", f"+= {slip}\n")
    report = Inspection(SourceFile("net.py", text), Options(), timeout=20).report()
    (finding,) = (f for f in report.findings if f.severity != "note")
    assert text.splitlines()[finding.site.row - 1].endswith(slip)
    assert finding.fix is not None
