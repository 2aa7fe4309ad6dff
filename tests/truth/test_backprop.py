"""Reverse mode over the tape, held against central differences of the replayed tape."""

# ruff: noqa: E501  (whole programs stand in a table)

from __future__ import annotations

import textwrap

import numpy as np
import pytest

from gradlint.source.spots import SourceFile
from gradlint.trace.record import record
from gradlint.trace.replay import ancestors, replay
from gradlint.truth.backprop import Underivable, backprop, unbroadcast

# Programs from x (3×4) to a scalar ``loss``; each goes through what only the tape itself can do.
PROGRAMS = {
    "broadcasting": "loss = np.sum((x * x[:, :1] + x[0] - 2.0) ** 2)",
    "a value used many times": "y = x * 2; z = y * y + y; loss = (z * y + x).sum()",
    "views of views": "v = x.T[1:]; w = v[::2, ::-1]; loss = (w ** 2).sum() * v[0, 0] + v.mean()",
    "write through a view": """
        y = x * 2; row = y[1]; row *= x[0]; y[:, 2] = x[:, 0] ** 2; loss = (y * y).sum() + row[1]
    """,
    "write through a transposed view": """
        y = np.asfortranarray(x * 1.0); t = y.T; t[1] += x[:, 0] ** 2; t[2:, 1:] = 3.0 * x[1:, :2].T
        loss = (y ** 3).sum()
    """,
    "setitem in loops": """
        out = np.zeros((3, 4))
        for i in range(3):
            for j in range(4): out[i, j] = x[i, j] * (out[i, j - 1] if j else 1.0) + i
        loss = (out ** 2).sum()
    """,
    "accumulating slices": """
        out = np.zeros(6)
        for k in range(3): out[k:k + 4] += x[k] * (k + 1)
        out[1:3] -= out[3:5] * x[0, 0]; loss = (out ** 2).sum()
    """,
    "overwritten values do not count": """
        y = x ** 2; y[0] = 1.0; y[1, 1:3] = x[2, :2]; z = y * 1; z[:] = x * z; loss = (z * y).sum()
    """,
    "overlapping windows": """
        w = np.lib.stride_tricks.sliding_window_view(x, (2, 2)); loss = (w ** 3).sum()
    """,
    "overlapping windows of one axis": """
        s = np.lib.stride_tricks.as_strided(x, (2, 3), (8, 16)); loss = (s ** 2).sum() * x[0, 0]
    """,
    "windows after a write": """
        y = x * 1.0; w = np.lib.stride_tricks.sliding_window_view(y, (2, 2)); y[1] *= x[0]
        loss = (w ** 2).sum()
    """,
    "fancy indices, repeated": """
        i = np.array([0, 2, 2]); p = x[i] ** 2; q = x[i, [1, 1, 3]]; p[[0, 1], [2, 2]] = q[:2]
        loss = (p * q[:, None]).sum() + (x[x > 0.5] ** 2).sum()
    """,
    "add.at": """
        g = x * 0.5; np.add.at(g, [0, 0, 2], x ** 2); np.add.at(g, (1, [1, 1]), x[2, :2])
        loss = (g ** 2).sum()
    """,
    "boolean mask assignment": """
        y = x * 3; m = x > 0.4; y[m] = x[m] ** 2; y[~m] *= 0.1; loss = (y ** 2).sum()
    """,
    "in place": "y = x * 1; y += x; y *= y; y /= 1 + x ** 2; y **= 2; y -= 0.5; loss = (y * x).sum()",
    "out=": """
        y = np.empty((3, 4)); np.multiply(x, x, out=y); np.add(y, x, y); np.exp(y, out=y)
        z = np.zeros(4); np.sum(y, axis=0, out=z); np.dot(x, z, out=(q := np.zeros(3))); loss = q.sum()
    """,
    "a loss kept in a buffer": """
        losses = np.zeros(3)
        for k in range(3): losses[k] = (x[k] ** 2).sum()
        loss = losses.mean()
    """,
    "pure Python numbers": """
        t = 0.0
        for row in x:
            for v in row.tolist(): t += math.tanh(v) * float(row[0])
        a, b, *c = x[1]; loss = t * a - b * c[0] + max(x[2]) + sum(x[0]) * x[0].item(2)
    """,
    "several results of one call": """
        a, b = np.split(x, 2, axis=1); (c, d) = np.linalg.eigh(x @ x.T)[0][1:]; loss = (a * b).sum() + c * d
    """,
    "stacking, copying, casting": """
        y = np.vstack([x, x * 2])[1:4].copy(); z = np.array([y[0], x[1], y[2]]); w = z.astype(float)
        loss = (np.concatenate([z, w.ravel()[None, :4]]) ** 2).sum()
    """,
    "matrices": """
        M = np.matrix(x); N = M * M.T; loss = float(np.multiply(N, N).sum()) + (M[0] * M[1].T)[0, 0]
    """,
    "a call that no row describes": """
        y = np.apply_along_axis(lambda r: r / r.sum(), 1, x); loss = (y ** 2).sum()
    """,
    "a chain of float32": "y = np.float32(x); loss = (y * y).sum() * np.float32(0.5)",
}


def run(text, tmp_path):
    """Record a program of PROGRAMS and return its nodes for ``x`` and ``loss``."""
    start = "x = np.random.default_rng(3).uniform(0.2, 1.0, (3, 4))\n"
    text = f"import math\nimport numpy as np\n{start}{textwrap.dedent(text)}"
    file = SourceFile(str(tmp_path / "program.py"), text)
    recording = record(file, lambda _tape: False)
    assert recording.ending.how == "finished", recording.ending
    nodes = recording.tape.nodes
    x = next(node for node in nodes if "x" in node.names)
    return x, [node for node in nodes if "loss" in node.names][-1]


def truth(x, loss, start):
    """Reverse mode: the derivative of the loss for x."""
    values = replay([loss], {x: start}, precise=True)
    dependent = {x.index}
    order = []
    for node in ancestors([loss]):
        if node is x or any(parent.index in dependent for parent in node.parents):
            dependent.add(node.index)
            order.append(node)
    return backprop(order, values, {loss: np.ones(loss.shape)})[x.index]


def differences(x, loss, start):
    """Central differences of the replayed tape, entry by entry."""
    result = np.zeros(start.shape)
    for i in np.ndindex(*start.shape):
        for sign in (1, -1):
            moved = start.copy()
            moved[i] += sign * 1e-5
            value = replay([loss], {x: moved}, precise=True)[loss.index]
            result[i] += sign * float(np.squeeze(value)) / 2e-5
    return result


@pytest.mark.parametrize("title", PROGRAMS)
def test_against_central_differences(title, tmp_path):
    """The derivative through this construction is the one that differences measure."""
    x, loss = run(PROGRAMS[title], tmp_path)
    start = np.array(x.value)
    # Central differences at h = 1e-5 of values around 1 to 100: truncation and rounding < 1e-8.
    np.testing.assert_allclose(truth(x, loss, start), differences(x, loss, start), 1e-6, 1e-7)


@pytest.mark.parametrize("title", PROGRAMS)
def test_values_are_left_alone(title, tmp_path):
    """Reverse mode changes no value, and gives the same answer when asked again."""
    x, loss = run(PROGRAMS[title], tmp_path)
    start = np.array(x.value)
    first = truth(x, loss, start)
    assert np.array_equal(first, truth(x, loss, start))
    assert np.array_equal(x.value, start)


def test_contributions_of_each_reader(tmp_path):
    """``edges`` tells what each reader of a value contributes; together they make the whole."""
    x, loss = run("a = x * 2; b = x ** 2; loss = (a + b).sum()", tmp_path)
    values = replay([loss], {x: np.array(x.value)})
    order = [n for n in ancestors([loss]) if not n.is_leaf or n is x]
    edges = {}
    whole = backprop(order, values, {loss: np.ones(())}, edges=edges)[x.index]
    parts = [part for (_, value), part in edges.items() if value == x.index]
    assert len(parts) == 2
    np.testing.assert_allclose(sum(parts), whole, 1e-14)


def test_forced_cotangent_replaces_what_flowed(tmp_path):
    """A value whose cotangent is given passes that one on, whatever reached it."""
    x, loss = run("y = x * 3; loss = (y ** 2).sum()", tmp_path)
    y = next(n for n in ancestors([loss]) if "y" in n.names)
    values = replay([loss], {x: np.array(x.value)})
    order = [n for n in ancestors([loss]) if not n.is_leaf or n is x]
    found = backprop(order, values, {loss: np.ones(())}, forced={y: np.full((3, 4), 7.0)})
    assert (found[x.index] == 21).all()


def test_underivable_path_is_named(tmp_path):
    """A call without a derivative, too large for differences, is refused with its node."""
    x, loss = run(
        "y = np.apply_along_axis(lambda r: r * 2, 1, np.tile(x, (40, 40))); loss = y.sum()",
        tmp_path,
    )
    with pytest.raises(Underivable) as caught:
        truth(x, loss, np.array(x.value))
    assert caught.value.node.function is np.apply_along_axis


@pytest.mark.parametrize("shape", [(), (1,), (4,), (1, 4), (3, 1), (1, 1), (3, 4)])
def test_unbroadcast_sums_what_broadcasting_stretched(shape):
    """A cotangent of the result becomes one of the argument: the transpose of broadcasting."""
    g = np.random.default_rng(0).normal(size=(3, 4))
    probe = np.random.default_rng(1).normal(size=shape)
    back = unbroadcast(g, shape)
    assert back.shape == shape
    assert np.sum(back * probe) == pytest.approx(
        np.sum(g * np.broadcast_to(probe, (3, 4))), rel=1e-12
    )
