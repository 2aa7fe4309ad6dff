"""Parameters are found in every style of update; states of optimisers and passing values are not."""

# ruff: noqa: E501  (whole programs stand in a table)

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from gradlint.checking.inspection import Inspection
from gradlint.config import Options
from gradlint.reading.step import find_step
from gradlint.source.spots import SourceFile

START = """
    rng = np.random.default_rng(5)
    X, Y = rng.normal(size=(6, 3)), rng.normal(size=(6, 2))
    W, b = rng.normal(size=(3, 2)), np.zeros(2)
    def grads(W, b):
        d = X @ W + b - Y
        return X.T @ d / 6, d.sum(axis=0) / 6
"""
W_AND_B = {"W", "b"}
STYLES = {
    "in place": ("for t in range(9):\n  gW, gb = grads(W, b)\n  W -= 0.1 * gW\n  b -= 0.1 * gb", W_AND_B),
    "rebound": (
        "for t in range(9):\n  gW, gb = grads(W, b)\n  W = W - 0.1 * gW\n  b = b + -0.1 * gb", W_AND_B,
    ),
    "added": (
        "for t in range(9):\n  d = Y - (X @ W + b)\n  W += X.T.dot(d) * 0.01\n  b += d.sum(0) * 0.01",
        W_AND_B,
    ),
    "np.subtract with out": (
        ("for t in range(9):\n  gW, gb = grads(W, b)\n  np.subtract(W, 0.1 * gW, out=W)\n"
        "  b[...] = b - 0.1 * gb"), W_AND_B,
    ),
    "dict by key": (
        ("p = {'W': W, 'b': b}\nfor t in range(9):\n  g = dict(zip(p, grads(**p)))\n"
        "  for k in p: p[k] -= 0.1 * g[k]"), W_AND_B,
    ),
    "list rebuilt with zip": (
        "p = [W, b]\nfor t in range(9):\n  p = [w - 0.1 * g for w, g in zip(p, grads(*p))]",
        W_AND_B,
    ),
    "attributes": (
        ("class N: pass\nn = N(); n.W, n.b = W, b\nfor t in range(9):\n  gW, gb = grads(n.W, n.b)\n"
        "  n.W = n.W - 0.1 * gW\n  n.b -= 0.1 * gb"), {"n.W", "n.b"},
    ),
    "a function that returns": (
        ("def step(W, b):\n  gW, gb = grads(W, b)\n  return W - 0.1 * gW, b - 0.1 * gb\n"
        "for t in range(9): W, b = step(W, b)"), W_AND_B,
    ),
    "while": (
        "t = 0\nwhile t < 9:\n  gW, gb = grads(W, b)\n  W -= 0.1 * gW; b -= 0.1 * gb; t += 1", W_AND_B,
    ),
    "momentum": (
        ("vW, vb = 0 * W, 0 * b\nfor t in range(9):\n  gW, gb = grads(W, b)\n"
        "  vW = 0.9 * vW - 0.1 * gW; vb = 0.9 * vb - 0.1 * gb\n  W += vW; b += vb"), W_AND_B,
    ),
    "momentum in place": (
        ("vW, vb = np.zeros_like(W), np.zeros_like(b)\nfor t in range(9):\n  gW, gb = grads(W, b)\n"
        "  vW *= 0.9; vW += gW; vb *= 0.9; vb += gb\n  W -= 0.1 * vW; b -= 0.1 * vb"), W_AND_B,
    ),
    "rmsprop": (
        ("sW, sb = np.zeros_like(W), np.zeros_like(b)\nfor t in range(9):\n  gW, gb = grads(W, b)\n"
        "  sW = 0.9 * sW + 0.1 * gW ** 2; sb = 0.9 * sb + 0.1 * gb ** 2\n"
        "  W -= 0.1 * gW / (np.sqrt(sW) + 1e-8); b -= 0.1 * gb / (np.sqrt(sb) + 1e-8)"), W_AND_B,
    ),
    "adam": (
        ("m, v = [0 * W, 0 * b], [0 * W, 0 * b]\nfor t in range(1, 9):\n"
        "  for i, (p, g) in enumerate(zip((W, b), grads(W, b))):\n"
        "    m[i] = 0.9 * m[i] + 0.1 * g; v[i] = 0.99 * v[i] + 0.01 * g * g\n"
        "    p -= 0.1 * (m[i] / (1 - 0.9 ** t)) / (np.sqrt(v[i] / (1 - 0.99 ** t)) + 1e-8)"), W_AND_B,
    ),
    "weight decay": (
        "for t in range(9):\n  gW, gb = grads(W, b)\n  W -= 0.1 * (gW + 0.01 * W)\n  b -= 0.1 * gb",
        W_AND_B,
    ),
    "running means beside the parameters": (
        ("mean, seen = np.zeros(2), 0.0\nfor t in range(9):\n  gW, gb = grads(W, b)\n"
        "  mean = 0.9 * mean + 0.1 * (X @ W + b).mean(axis=0); seen += (gW ** 2).sum()\n"
        "  W -= 0.1 * gW; b -= 0.1 * gb"), W_AND_B,
    ),
    "row by row": (
        ("for t in range(9):\n  for x, y in zip(X, Y):\n    d = x @ W + b - y\n"
        "    W -= 0.1 * np.outer(x, d); b -= 0.1 * d"), W_AND_B,
    ),
    "numbers": (
        ("a, c = 1.5, 0.0\nfor t in range(9):\n  d = a * X[:, 0] + c - Y[:, 0]\n"
        "  a -= 0.1 * (d * X[:, 0]).mean(); c -= 0.1 * d.mean()"), {"a", "c"},
    ),
    "nothing is trained": ("for t in range(9):\n  out = X @ W + b\n  X = X + 0.1", set()),
}  # fmt: skip


@pytest.mark.parametrize("title", STYLES)
def test_parameters_are_found(title, tmp_path):
    """What an update carries over is a parameter, by whatever way and name; nothing else is."""
    program, names = STYLES[title]
    text = "import numpy as np\n" + textwrap.dedent(START) + program + "\n"
    recording = Inspection(SourceFile(str(tmp_path / "net.py"), text), Options(), 20).recording
    assert recording.ending.how in ("stopped", "finished"), recording.ending
    step = find_step(recording.tape)
    assert {p.name for p in step.parameters} == names if names else step is None


@pytest.mark.parametrize(
    ("update", "scale"),
    [
        ("W -= 0.1 * gW", -0.1),
        ("W += -0.25 * gW", -0.25),
        ("W = W - lr * gW", -0.5),
        ("W = W + gW / -4.0", -0.25),
        ("W -= gW", -1.0),
        ("W -= lr * (0.5 * gW)", -0.25),
    ],
)
def test_factor_of_the_update(update, scale, tmp_path):
    """The constant between the gradient and the change of the parameter is told from the gradient."""
    text = "import numpy as np\n" + textwrap.dedent(START) + textwrap.dedent(f"""
        lr = 0.5
        for t in range(9):
            gW, gb = grads(W, b)
            {update}
            b -= 0.1 * gb
    """)  # fmt: skip
    recording = Inspection(SourceFile(str(tmp_path / "net.py"), text), Options(), 20).recording
    (parameter,) = [p for p in find_step(recording.tape).parameters if p.name == "W"]
    assert parameter.gradient.scale == pytest.approx(scale)
    assert "gW" in parameter.gradient.node.names


def test_a_record_is_no_number():
    """Parameters in the fields of a structured array are not followed, and nothing is claimed."""
    text = textwrap.dedent("""
        import numpy as np
        p = np.zeros((), dtype=[("W", float, (3, 2)), ("b", float, (2,))])
        X, Y = np.ones((10, 3)), np.ones((10, 2))
        for i in range(20):
            d = X @ p["W"] + p["b"] - Y
            p["W"] -= 0.01 * X.T @ d
            p["b"] -= 0.01 * d.sum(0)
    """)
    report = Inspection(SourceFile("net.py", text), Options(), 20).report()
    assert report.verdict == "cannot-tell"
    assert [f.code for f in report.findings] == ["GL901"]


def test_a_number_that_is_only_scaled_and_added_is_a_parameter():
    """The last weight of an engine of numbers has no shape that tells it from what it scales."""
    path = Path(__file__).parents[1] / "quality" / "right" / "engine_last_weight.py"
    file = SourceFile("engine.py", path.read_text(encoding="utf-8"))
    report = Inspection(file, Options(), 20.0).report()
    assert [p.name for p in report.parameters] == [f"w[{k}].x" for k in range(6)]


def test_rows_named_by_a_list_of_numpy_integers():
    """The numbers in the list are values of the program, and stand for themselves in the index."""
    text = textwrap.dedent("""
        import numpy as np
        rng = np.random.default_rng(65)
        E, O = rng.normal(size=(10, 4)), rng.normal(size=(4, 10))
        poem = rng.integers(0, 10, size=60)
        for k in range(2, 60):
            rows = [poem[k - 2], int(poem[k - 1])]
            h = E[rows].mean(axis=0)
            p = np.exp(h @ O) / np.exp(h @ O).sum()
            loss = -np.log(p[poem[k]])
            d = p.copy()
            d[poem[k]] -= 1
            dh = O @ d
            O -= 0.1 * np.outer(h, d)
            np.subtract.at(E, rows, 0.1 * dh / 2)
    """)
    assert Inspection(SourceFile("net.py", text), Options(), 20).report().verdict == "right"


def test_an_array_of_another_shape_keeps_its_name():
    """What gets its shape by assignment is called what it was called before."""
    text = (
        "import numpy as np\n"
        "rng = np.random.default_rng(0)\n"
        "X, y = rng.normal(size=(6, 2)), rng.normal(size=(6, 3))\n"
        "K = rng.normal(size=6)\n"
        "K.shape = (2, 3)\n"
        "for step in range(3):\n"
        "    r = X @ K - y\n"
        "    loss = 0.5 * np.sum(r ** 2)\n"
        "    K -= 0.1 * X.T @ r\n"
    )
    report = Inspection(SourceFile("net.py", text), Options(), 20).report()
    assert [(p.name, p.verdict) for p in report.parameters] == [("K", "right")]


FACTORS = """
import numpy as np
rng = np.random.default_rng(68)
plays = rng.integers(1, 5, size=(6, 7)).astype(float)
P, Q = rng.normal(size=(6, 2)) * 0.5, rng.normal(size=(7, 2)) * 0.5
for epoch in range(3):
    for u in range(6):
        for i in range(7):
            e = plays[u, i] - P[u] @ Q[i]
            for k in range(2):
                pk, qk = P[u, k], Q[i, k]
                P[u, k] += 0.02 * (2 * e * qk - 0.1 * pk)
                Q[i, k] += 0.02 * (2 * e * {partner} - 0.1 * qk)
"""


def test_an_entry_that_is_moved_is_no_residual():
    """A parameter with its own change in one place is not compared with any target."""
    right = Inspection(SourceFile("net.py", FACTORS.format(partner="pk")), Options(), 20).report()
    assert right.verdict == "right"
    wrong = Inspection(SourceFile("net.py", FACTORS.format(partner="P[u, k]")), Options(), 20)
    report = wrong.report()
    assert report.verdict != "right"
    assert "GL205" not in {f.code for f in report.findings}
