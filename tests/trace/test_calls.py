"""What a call means to the tape: every result hangs on what it was computed from, or says it does not."""

# ruff: noqa: E501  (whole programs stand in a table)

from __future__ import annotations

import numpy as np
import pytest
from traced import Traced

from gradlint.trace.primitives import astype

# An expression of x (2×3) and v (3 floats), and a function that must stand in its history.
EXPRESSIONS = [
    ("x.sum()", "sum"), ("x.mean(axis=0)", "mean"), ("np.add.reduce(x)", "reduce"),
    ("x.dot(x.T)", "dot"), ("x.T", "transpose"), ("x.reshape(3, -1)", "reshape"),
    ("x.astype(int)", "astype"), ("float(v[0])", "float"), ("v.item(1)", "take"),
    ("v[:1].item()", "sum"), ("v.tolist()[2]", "getitem"), ("x.tolist()[1][2]", "getitem"),
    ("math.exp(v[0])", "exp"), ("math.sqrt(float(v[1]))", "sqrt"), ("sum(v)", "sum"),
    ("sum(a * b for a, b in zip(v, v))", "sum"), ("max(v) * 2", "getitem"),
    ("abs(v[0])", "absolute"), ("round(v[1], 2)", "round"), ("pow(v[1], 2)", "power"),
    ("operator.mul(v[0], v[1])", "multiply"), ("np.array([v[0], v[1]])", "array"),
    ("np.array([[a, b] for a, b in zip(v, v)])", "array"), ("np.c_[v, v]", "column_stack"),
    ("np.r_[v, 1.0]", "hstack"), ("copy.deepcopy({'w': [x]})['w'][0]", "copy"),
    ("np.vectorize(lambda t: t * 2.0)(v)", "multiply"), ("np.linalg.eigh(x @ x.T)[1]", "eigh"),
    ("np.split(v, 3)[1]", "split"), ("[*v][2] * 1.0", "getitem"), ("take(*v)", "multiply"),
    ("np.apply_along_axis(lambda r: r * 2, 1, x)", "apply_along_axis"),
    ("functools.reduce(lambda a, b: a * b, v)", "multiply"), ("list(map(np.exp, v))[0]", "exp"),
    ("functools.partial(np.add, v)(1)", "add"), ("statistics.fmean(v)", "fmean"),
    ("np.matrix(x).sum(axis=0)", "sum"), ("x.__matmul__(x.T)", "matmul"), ("x.flat[4] * 1", "ravel"),
    ("next(iter(v)) * 2", "getitem"), ("callable_layer(x)", "tanh"), ("np.float32(v[0])", "float"),
    ("np.fromiter((t * 2 for t in v), float)", "multiply"), ("x.view()[0] + 0", "view"),
]  # fmt: skip
PREFACE = """
    import copy, functools, math, operator, statistics
    class Layer:
        def __call__(self, x): return np.tanh(x)
    callable_layer = Layer()
    def take(a, b, c): return a * b
    x = np.arange(1.0, 7.0).reshape(2, 3) / 10
    v = np.array([0.25, 0.5, 0.75])
"""


@pytest.mark.parametrize(("expression", "function"), EXPRESSIONS)
def test_result_is_followed(expression, function, tmp_path):
    """The result is on the tape under its function, computed from the array it came from."""
    run = Traced(f"{PREFACE}\n    r = {expression}\n", tmp_path)
    assert function in run.history("r")
    assert run.comes_from("r", "x") or run.comes_from("r", "v")


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        ("import random\nw = v * 2\nrandom.shuffle(w)\nr = w + 0", True),
        ("w = v * 2\nnp.random.shuffle(w)\nr = w + 0", True),
        ("w = v * 2\nw.partition(1)\nr = w + 0", False),
        ("w = v * 2\nw.setfield(7.0, float)\nr = w + 0", True),
        ("w = v * 2\nw.sort()\nr = w + 0", False),
        ("w = v * 2\nnp.copyto(w, v)\nr = w + 0", False),
        ("w = v * 2\nprint(w)\nr = w + 0", False),
    ],
)
def test_unseen_write_is_a_break(text, broken, tmp_path):
    """What nobody can follow is a value from outside, with its line, never a stale value."""
    run = Traced(f"v = np.array([3.0, 1.0, 2.0])\n{text}\n", tmp_path)
    written = run["r"].args[0]
    assert written.value.tolist() == run["r"].value.tolist()
    assert written.is_leaf is broken
    if broken:
        assert written.spot is not None


def test_draws_are_leaves_with_their_place(tmp_path):
    """Random numbers come from outside, whatever draws them."""
    run = Traced(
        "g = np.random.default_rng(0)\na = np.random.rand(3)\nb = g.normal(size=2)\n", tmp_path
    )
    for name in "ab":
        assert run[name].is_leaf
        assert run[name].spot.row in (3, 4)


def test_calls_of_the_users_functions_are_frames(tmp_path):
    """Each call of a user's function is an invocation with its arguments, its frame and its result."""
    run = Traced(
        "def f(x, k=2):\n    y = x * k\n    return y\na = np.ones(2)\nb = f(a, k=3.0)\n", tmp_path
    )
    (call,) = run.tape.invocations
    assert call.args == (run["a"],)
    assert call.result is run["b"]
    assert run["y"].frame == call.frame != call.caller == 0
    assert run.tape.arguments[call.frame]["x"] is run["a"]


def test_copies_in_a_circle_end(tmp_path):
    """A deep copy of objects that know each other links every array once."""
    run = Traced(
        """
        import copy
        class L: pass
        a, b = L(), L(); a.next, b.next, a.w = b, a, np.ones(2)
        c = copy.deepcopy(a); r = c.w * 2
    """,
        tmp_path,
    )
    assert run["r"].args[0].function is np.copy


def test_cast_that_changes_nothing_is_nothing(tmp_path):
    """``astype(copy=False)`` that gives the same array back makes no new value."""
    run = Traced("x = np.ones(2)\ny = x.astype(float, copy=False)\nz = y * 2\n", tmp_path)
    assert run["z"].args[0] is run["x"]
    assert astype not in {n.function for n in run.tape.nodes}
