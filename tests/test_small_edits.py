"""A wrong line that no mistake explains is mended by the small edit that it is off by."""

import pytest

from gradlint.checking.files import check_text
from gradlint.source.edits import apply, edits_of

pytestmark = pytest.mark.usefixtures("in_this_process")

ATTENTION = """\
import numpy as np

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(3, 5, 4)), rng.normal(size=(3, 5, 4))
Q, K = rng.normal(size=(4, 4)), rng.normal(size=(4, 4))
for step in range(3):
    q, k = X @ Q, X @ K
    s = q @ k.transpose(0, 2, 1)
    e = np.exp(s - s.max(axis=-1, keepdims=True))
    a = e / e.sum(axis=-1, keepdims=True)
    out = a @ X
    loss = 0.5 * np.sum((out - Y) ** 2)
    print(loss)
    da = (out - Y) @ X.transpose(0, 2, 1)
    ds = a * (da - (da * a).sum(axis=-1, keepdims=True))
    dq = ds @ k
    dk = ds.transpose(0, 2, 1) @ q
    Q -= 0.01 * np.einsum("btd,bte->de", X, dq)
    K -= 0.01 * np.einsum("btd,bte->de", X, dk)
"""
VARIANCE = """\
import numpy as np

rng = np.random.default_rng(1)
x, y = rng.normal(size=(12, 3)), rng.normal(size=12)
w, v = rng.normal(size=3), 0.1 * rng.normal(size=3)
for step in range(3):
    mean, log_var = x @ w, x @ v
    loss = np.sum(0.5 * log_var + 0.5 * (y - mean) ** 2 / np.exp(log_var))
    print(loss)
    d_mean = (mean - y) / np.exp(log_var)
    d_log_var = 0.5 - 0.5 * (y - mean) ** 2 / np.exp(log_var)
    w -= 0.01 * (x.T @ d_mean)
    v -= 0.01 * (x.T @ d_log_var)
"""
GRAPH = """\
import numpy as np

rng = np.random.default_rng(7)
n = 8
links = (rng.random((n, n)) < 0.4) + np.eye(n)
A, X, Y = links / links.sum(1, keepdims=True), rng.normal(size=(n, 4)), rng.normal(size=(n, 2))
mask = np.array([1, 1, 0, 1, 1, 0, 1, 1], bool)
W, V = rng.normal(size=(4, 5)), rng.normal(size=(5, 2))
for step in range(3):
    H = np.tanh(A @ X @ W)
    E = A @ H @ V - Y
    E[~mask] = 0
    print(0.5 * np.sum(E ** 2))
    dV = (A @ H).T @ E
    dH = A.T @ E @ V.T
    W -= 0.1 * (A @ X).T @ (dH * (1 - H ** 2))
    V -= 0.1 * dV
"""
SERIES = """\
import numpy as np

rng = np.random.default_rng(2)
x = rng.normal(size=30)
a, c = np.array(0.2), np.array(0.1)
for step in range(3):
    gap = x[1:] - a * x[:-1] - c
    loss = 0.5 * np.mean(gap ** 2)
    print(loss)
    a -= 0.1 * -np.sum(gap * x[:-1]) / len(gap)
    c -= 0.1 * -np.mean(gap)
"""
DIVERGENCE = """\
import numpy as np

rng = np.random.default_rng(3)
m, v = rng.normal(size=5), 0.3 * rng.normal(size=5)
target = rng.normal(size=5)
for step in range(3):
    loss = 0.5 * np.sum((m - target) ** 2) - 0.5 * np.sum(1 + v - m ** 2 - np.exp(v))
    print(loss)
    m, v = m - 0.1 * (m - target + m), v - 0.1 * 0.5 * (np.exp(v) - 1)
"""
MARGINS = """\
import numpy as np

rng = np.random.default_rng(5)
X = np.vstack([rng.normal(1.0, 1.2, (30, 2)), rng.normal(-1.0, 1.2, (30, 2))])
y, lam = np.r_[np.ones(30), -np.ones(30)], 0.05
m = len(y)
w, b = 0.1 * rng.normal(size=2), 0.0
for step in range(3):
    margin = y * (X @ w + b)
    hit = margin < 1
    print(lam / 2 * w @ w + np.maximum(0, 1 - margin).mean())
    gb = -y[hit].sum() / m
    gw = lam * w - (y[hit][:, None] * X[hit]).sum(0) / m
    w, b = w - 0.1 * gw, b - 0.1 * gb
"""
FOCAL = """\
import numpy as np

rng = np.random.default_rng(6)
X = rng.normal(size=(30, 3))
y = (X[:, 0] > 0.5).astype(float)
w, k = np.zeros(3), 2.0
for step in range(3):
    p = 1 / (1 + np.exp(-X @ w))
    print(-np.sum(y * (1 - p) ** k * np.log(p)))
    dz = y * (k * (1 - p) ** k * p * np.log(p) - (1 - p) ** (k + 1))
    w -= 0.1 * X.T @ dz
"""
PAIRS = """\
import numpy as np

rng = np.random.default_rng(8)
X, y = rng.random((20, 5)), rng.normal(size=20)
V = 0.3 * rng.normal(size=(5, 3))
for step in range(3):
    for row, goal in zip(X, y):
        s = row @ V
        e = 0.5 * np.sum(s ** 2 - row ** 2 @ V ** 2) - goal
        print(0.5 * e ** 2)
        dV = np.outer(row, s) - V * row[:, None] ** 2
        V = V - 0.05 * e * dV
"""
SQUARED = """\
import numpy as np

rng = np.random.default_rng(9)
X = rng.normal(size=(30, 3))
y = np.sign(X[:, 0] + 0.3 * rng.normal(size=30))
w, b, C = np.zeros(3), 0, 1.0
for step in range(3):
    slack = np.maximum(0, 1 - y * (X @ w + b))
    cost = 0.5 * np.dot(w, w) + C * np.sum(slack ** 2)
    pull = slack * y
    dw = w - 2 * C * X.T @ pull
    db = -2 * C * pull.sum()
    w, b = w - 0.01 * dw, b - 0.01 * db
"""
TRIPLETS = """\
import numpy as np

rng = np.random.default_rng(10)
a, p, n = rng.normal(size=(3, 20, 4))
L = 0.4 * rng.normal(size=(4, 2))
for step in range(3):
    u, v, w = a @ L, p @ L, n @ L
    over = np.sum((u - v) ** 2, axis=1) - np.sum((u - w) ** 2, axis=1) + 1
    print(np.sum(np.maximum(over, 0)))
    on = (over > 0)[:, None] * 1.0
    du = 2 * (w - v) * on
    dv = -2 * (u - v) * on
    dw = 2 * (u - w) * on
    dL = a.T @ du + p.T @ dv + n.T @ dw
    L -= 0.01 * dL
"""
CLIPPED = """\
import numpy as np

rng = np.random.default_rng(11)
X, y = rng.normal(size=(30, 4)), np.sign(rng.normal(size=30))
W, v, scale = rng.normal(size=(4, 6)), rng.normal(size=6), 1.5
for step in range(3):
    raw = X @ W
    out = np.clip(raw, 0, 1) @ v * scale
    margin = y * out
    loss = np.mean(np.logaddexp(0, -margin))
    dout = -y / (1 + np.exp(margin)) / len(X)
    draw = np.outer(dout * scale, v) * ((raw > 0) & (raw < 1))
    dv = np.clip(raw, 0, 1).T @ dout * scale
    dscale = np.sum(dout * (np.clip(raw, 0, 1) @ v))
    W, v, scale = W - 0.1 * (X.T @ draw), v - 0.1 * dv, scale - 0.1 * dscale
"""
SLIPS = [
    (CLIPPED, "(raw < 1)", "(raw > 1)"),
    (CLIPPED, "np.exp(margin)) / len", "np.exp(-margin)) / len"),
    (CLIPPED, "-y / (1 + np.exp(margin)) / len(X)", "-(1 + np.exp(margin)) / y / len(X)"),
    (CLIPPED, "@ dout * scale", "@ dout"),
    (VARIANCE, "(mean - y) / np.exp(log_var)", "np.exp(log_var) / (mean - y)"),
    (PAIRS, "row[:, None] ** 2", "row[:, None]"),
    (SQUARED, "pull = slack * y", "pull = (slack > 0) * y"),
    (TRIPLETS, "dw = 2 * (u - w)", "dw = -2 * (u - w)"),
    (TRIPLETS, "dv = -2 * (u - v)", "dv = 2 * (u - v)"),
    (MARGINS, "X[hit]).sum(0) / m", "X[hit]).sum(0) / hit.sum()"),
    (FOCAL, "(1 - p) ** (k + 1)", "(1 - p) ** k"),
    (ATTENTION, "(da * a).sum(axis=-1,", "(da * a).sum(axis=1,"),
    (ATTENTION, "ds.transpose(0, 2, 1) @ q", "ds.transpose(0, 1, 2) @ q"),
    (ATTENTION, "(out - Y) @ X.transpose(0, 2, 1)", "(out - Y) @ X.transpose(0, 2, 1) ** 2"),
    (VARIANCE, "(mean - y) / np.exp(log_var)", "(mean - y) / log_var"),
    (VARIANCE, "0.5 - 0.5 * (y - mean) ** 2", "0.5 - 0.5 * (y - mean) ** 3"),
    (ATTENTION, '"btd,bte->de", X, dk', '"btd,bte->ed", X, dk'),
    (VARIANCE, "(mean - y) / np.exp(log_var)", "(mean - y) / np.exp(-log_var)"),
    (DIVERGENCE, "np.exp(v) - 1", "np.exp(v) - v"),
    (SERIES, "gap * x[:-1]", "gap * x[1:]"),
    (GRAPH, "dH = A.T @ E", "dH = A @ E"),
]


@pytest.mark.parametrize(("program", "right", "slip"), SLIPS)
def test_the_edit_that_undoes_a_slip_is_offered(program, right, slip):
    """The finding stands on the slip's own row, alone, and with its fix the program is right."""
    assert check_text(program, "net.py").verdict == "right"
    head, _, tail = program.rpartition(right)
    text = head + slip + tail
    report = check_text(text, "net.py")
    claims = [f for f in report.findings if f.severity != "note"]
    assert [f.site.row for f in claims] == [head.count("\n") + 1], report
    assert check_text(apply(text, edits_of(claims, "net.py")), "net.py").verdict == "right"
