"""Lines named by controlled experiments: altered in one way, and the backward pass run again."""

from __future__ import annotations

import textwrap

import pytest

from gradlint.checking.inspection import Inspection
from gradlint.config import Options
from gradlint.source.spots import SourceFile

RECURRENT = """
    import numpy as np

    rng = np.random.default_rng(0)
    T, m = 4, 5
    x, y = rng.normal(size=(T, 3, m)), rng.normal(size=(2, m))
    Wx, Wh, Wy = rng.normal(size=(6, 3)), 0.3 * rng.normal(size=(6, 6)), rng.normal(size=(2, 6))
    for step in range(3):
        h = [np.zeros((6, m))]
        for t in range(T):
            h.append(np.tanh(Wx @ x[t] + Wh @ h[t]))
        out = Wy @ h[T]
        loss = 0.5 * np.sum((out - y) ** 2)
        dWx, dWh = np.zeros_like(Wx), np.zeros_like(Wh)
        dWy = (out - y) @ h[T].T
        dh = Wy.T @ (out - y)
        for t in reversed(range(T)):
            dz = dh * (1 - h[t + 1] ** 2)
            dWx += dz @ x[t].T
            dWh += dz @ h[t].T
            dh = Wh.T @ dz
        Wx -= 0.01 * dWx
        Wh -= 0.01 * dWh
        Wy -= 0.01 * dWy
"""

PATHS = """
    import numpy as np

    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
    m, lam = len(x), 0.1
    W, V, U = rng.normal(size=(3, 4)), rng.normal(size=(4, 4)), rng.normal(size=(4, 2))
    for step in range(3):
        a = np.tanh(x @ W)
        b = 1 / (1 + np.exp(-(a @ V)))
        out = (a + b) @ U
        penalty = 0.5 * lam * np.sum(W[1:] ** 2) / m
        loss = 0.5 * np.sum((out - y) ** 2) / m + penalty
        d = (out - y) / m
        dU = (a + b).T @ d
        dzb = (d @ U.T) * b * (1 - b)
        dV = a.T @ dzb
        da = d @ U.T + dzb @ V.T
        dW = x.T @ (da * (1 - a ** 2))
        dW[1:] += lam * W[1:] / m
        W -= 0.1 * dW
        V -= 0.1 * dV
        U -= 0.1 * dU
"""


def claims(program: str, old: str = "", new: str = "") -> list[tuple[str, str, str]]:
    """The claims on a program with one place spoilt: code, text of the line, and its fix."""
    text = textwrap.dedent(program)
    assert not old or text.count(old) == 1, "the place to spoil is not unique"
    text = text.replace(old, new) if old else text
    report = Inspection(SourceFile("net.py", text), Options(), timeout=20).report()
    lines = text.splitlines()
    return [
        (f.code, lines[f.site.row - 1].strip(), f.fix.edits[0].content if f.fix else "")
        for f in report.findings
        if f.severity != "note"
    ]


@pytest.mark.parametrize("program", [RECURRENT, PATHS])
def test_right_programs_are_left_alone(program):
    """The programs that the tests below spoil are right."""
    assert claims(program) == []


@pytest.mark.parametrize(
    ("old", "new", "code", "fix"),
    [
        ("(1 - h[t + 1] ** 2)", "(1 - h[t] ** 2)", "GL308", "h[t + 1]"),
        ("dz @ h[t].T", "dz @ h[t - 1].T", "GL308", "h[t]"),
        ("dh = Wh.T @ dz", "dh = Wh @ dz", "GL305", "Wh.T"),
        ("dz = dh * (1 - h[t + 1] ** 2)", "dz = dh * 1 - h[t + 1] ** 2", "GL108", None),
    ],
)
def test_a_line_in_a_loop_is_mended_in_every_round(old, new, code, fix):
    """A slip in a recurrent backward pass is named at its line, its edit holds for all steps."""
    found = claims(RECURRENT, old, new)
    assert [c for c, _, _ in found] == [code]
    assert new in found[0][1]
    assert found[0][2]
    assert fix is None or found[0][2] == fix


@pytest.mark.parametrize(
    ("old", "new", "code", "fix"),
    [
        ("da = d @ U.T + dzb @ V.T", "da = d @ U.T", "GL309", "d @ U.T + dzb @ V.T"),
        ("* b * (1 - b)", "* (1 - b ** 2)", "GL303", "b * (1 - b)"),
        ("(da * (1 - a ** 2))", "(da * (1 - np.tanh(a) ** 2))", "GL302", "1 - a ** 2"),
        ("dzb = (d @ U.T) * b * (1 - b)", "dzb = d @ U.T", "GL304", "d @ U.T * (b * (1 - b))"),
        ("dW[1:] += lam * W[1:] / m", "dW[1:] += lam * W[1:]", "GL201", "lam * W[1:] / m"),
        ("dW[1:] += lam * W[1:] / m", "dW[1:] += lam * W[1:] / m / m", "GL202", None),
        ("d = (out - y) / m", "d = (out - y) * out * (1 - out) / m", "GL303", "(out - y)"),
    ],
)
def test_each_slip_is_named_where_it_is(old, new, code, fix):
    """A slip on one of several paths is named at its own line, with the edit that undoes it."""
    found = claims(PATHS, old, new)
    assert [c for c, _, _ in found] == [code]
    assert new in found[0][1]
    assert found[0][2]
    assert fix is None or found[0][2] == fix


def test_an_edit_keeps_the_way_the_author_writes():
    """Quotes stay as they are, and parentheses are not doubled."""
    program = PATHS.replace("W, V, U = ", 'p = {}\n    p["W"], V, U = ', 1)
    program = program.replace(" W ", ' p["W"] ').replace("@ W)", '@ p["W"])')
    program = program.replace("W[1:]", 'p["W"][1:]').replace('dp["W"]', "dW")
    assert claims(program) == []
    found = claims(program, 'lam * p["W"][1:] / m', 'lam * p["W"][1:]')
    assert [(code, fix) for code, _, fix in found] == [("GL201", 'lam * p["W"][1:] / m')]
    (sloped,) = claims(PATHS, "(da * (1 - a ** 2))", "(da * (a * (1 - a)))")
    assert sloped[2] == "1 - a ** 2"


EARLY = """
    import numpy as np

    rng = np.random.default_rng(8)
    x = rng.normal(size=(2, 20))
    y = (x[0] * x[1] > 0).reshape(1, 20)
    W, v = rng.normal(size=(6, 2)), 0.3 * rng.normal(size=(1, 6))
    for step in range(20):
        z = W @ x
        a = np.maximum(z, 0)
        out = 1 / (1 + np.exp(-(v @ a)))
        cost = -np.mean(y * np.log(out) + (1 - y) * np.log(1 - out))
        d = (out - y) / 20
        dv = d @ a.T
        v = v - 0.3 * dv
        dz = v.T * d * (a > 0)
        W = W - 0.3 * (dz @ x.T)
"""


def test_an_early_update_is_named_whatever_the_line_is_taken_for():
    """With the old weights everything that is made of the line comes right: that is the proof."""
    text = textwrap.dedent(EARLY)
    report = Inspection(SourceFile("net.py", text), Options(), timeout=20).report()
    row = next(i for i, line in enumerate(text.splitlines(), 1) if line.strip().startswith("dz ="))
    found = [f for f in report.findings if f.severity != "note"]
    assert [(f.code, f.site.row) for f in found] == [("GL307", row)]
    assert found[0].fix is not None
