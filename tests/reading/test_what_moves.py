"""What moves in a step: parameters in all their ways, and states that only look like them."""

from __future__ import annotations

import contextlib
import io

import pytest

from gradlint.checking.inspection import Inspection
from gradlint.config import Options
from gradlint.findings import is_claim
from gradlint.source.spots import SourceFile

HEAD = "import numpy as np\n\nrng = np.random.default_rng(0)\n"


def report_on(text):
    """The report on a program that draws from one generator."""
    with contextlib.redirect_stdout(io.StringIO()):
        return Inspection(SourceFile("net.py", HEAD + text), Options(), 20).report()


def verdicts(report):
    """The verdict on each parameter."""
    return {p.name: p.verdict for p in report.parameters}


ROWS = """\
V, U = rng.normal(size=(5, 3)), rng.normal(size=(5, 3))
for step in range(9):
    v, u = V[1], U[3]
    p = 1 / (1 + np.exp(-(v @ u)))
    loss = -np.log(p)
    g = p - 1
    dv = g * u
    u -= 0.1 * g * v
    v -= 0.1 * {change}
"""


@pytest.mark.parametrize(("change", "verdict"), [("dv", "right"), ("g * u", "wrong")])
def test_rows_that_are_moved_through_names(change, verdict):
    """`v` looks into V: V learns, and what reads `u` after its step reads another row."""
    report = report_on(ROWS.format(change=change))
    assert report.verdict == verdict
    assert verdicts(report) == {"V": verdict, "U": "right"}


TWICE = """\
x, y = rng.normal(size=(2, 8, 3)), rng.normal(size=(2, 8, 2))
W, V = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
for step in range(9):
    hs = [np.tanh(part @ W) for part in x]
    loss = 0.5 * sum(np.sum((h @ V - t) ** 2) for h, t in zip(hs, y))
    {kept}
    for part, h, t in zip(x, hs, y):
        d = h @ {used} - t
        V -= 0.01 * h.T @ d
        W -= 0.01 * part.T @ ((d @ {used}.T) * (1 - h ** 2))
"""


@pytest.mark.parametrize(
    ("kept", "used", "verdict"), [("old = V.copy()", "old", "right"), ("pass", "V", "wrong")]
)
def test_two_moves_in_one_backward_pass_are_one(kept, used, verdict):
    """Both halves of a siamese net move W and V at once; the second half may not read the new V."""
    report = report_on(TWICE.format(kept=kept, used=used))
    assert set(verdicts(report)) == {"W", "V"}
    assert report.verdict == verdict


LATE = """\
x, y = rng.normal(size=(8, 3)), rng.normal(size=(8, 2))
W, V = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
for step in range(9):
    h = np.tanh(x @ W)
    out = h @ V
    loss = 0.5 * np.sum((out - y) ** 2)
    d = out - y
    gW = x.T @ ((d @ V.T) * {slope})
    V -= 0.01 * h.T @ d
    if step >= 1:
        W -= 0.01 * gW
    print(loss)
"""


@pytest.mark.parametrize(("slope", "verdict"), [("(1 - h ** 2)", "right"), ("(1 - h)", "wrong")])
def test_a_layer_that_is_set_free_is_judged_where_it_moves(slope, verdict):
    """The first layer learns from the second round on."""
    report = report_on(LATE.format(slope=slope))
    assert report.verdict == verdict
    assert verdicts(report)["W"] == verdict


STATES = {
    "Kalman filter": """\
F, H = np.array([[1.0, 1.0], [0.0, 1.0]]), np.array([[1.0, 0.0]])
x, P = np.zeros(2), np.eye(2)
for z in rng.normal(size=(30, 1)).cumsum(axis=0):
    x = F @ x
    P = F @ P @ F.T + 0.1 * np.eye(2)
    K = P @ H.T @ np.linalg.inv(H @ P @ H.T + 0.5 * np.eye(1))
    x = x + K @ (z - H @ x)
    P = P - K @ H @ P
print(x)
""",
    "recursive least squares": """\
w, P = np.zeros(3), 10 * np.eye(3)
for h in rng.normal(size=(30, 3)):
    gap = h @ np.array([1.0, 2.0, 3.0]) - h @ w
    k = P @ h / (1 + h @ P @ h)
    w = w + k * gap
    P = P - np.outer(k, h @ P)
print(w)
""",
    "centred rows": """\
table = rng.normal(size=(6, 4))
level = table.mean(axis=1)
for row in range(6):
    table[row] = table[row] - level[row]
print(table)
""",
    "shuffled data": """\
X, Y, W = rng.normal(size=(9, 3)), rng.normal(size=(9, 2)), rng.normal(size=(3, 2))
for epoch in range(9):
    order = rng.permutation(9)
    X, Y = X[order], Y[order]
    miss = Y - X @ W
    print(np.sum(miss ** 2) / 2)
    W = W + 0.01 * X.T @ miss
""",
}


@pytest.mark.parametrize("text", STATES.values(), ids=STATES.keys())
def test_states_and_data_are_accused_of_nothing(text):
    """A filter's state, its gain, centred rows and shuffled targets follow no gradient."""
    assert [f.code for f in report_on(text).findings if is_claim(f)] == []


IN_TURN = """\
X, y, W = rng.normal(size=(12, 4)), rng.normal(size=(12, 3)), rng.normal(size=(3, 4))
for step in range(9):
    miss = X @ W.T - y
    loss = 0.5 * np.sum(miss ** 2) + 0.05 * np.sum(W ** 2)
    for k in range(3):
        {move}
"""
MOVES = ["W[k] -= 0.01 * ({slope} + 0.1 * W[k])",
         "g = {slope} + 0.1 * W[k]; W[k] = W[k] - 0.01 * g"]  # fmt: skip


@pytest.mark.parametrize("move", MOVES)
@pytest.mark.parametrize(
    ("slope", "verdict"), [("miss[:, k] @ X", "right"), ("miss[:, k - 1] @ X", "wrong")]
)
def test_rows_that_are_moved_in_turn_make_one_step(move, slope, verdict):
    """Each row reads itself for its decay; what the rows before it became is not read."""
    report = report_on(IN_TURN.format(move=move.format(slope=slope)))
    assert verdicts(report) == {"W": verdict}
    assert report.verdict == verdict
