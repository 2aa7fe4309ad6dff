"""What a function's text says about its arguments, and inputs that agree with it."""

from __future__ import annotations

import numpy as np
import pytest

import gradlint
from gradlint.pairs.hints import hints_of
from gradlint.pairs.shapes import suggestions

pytestmark = pytest.mark.usefixtures("in_this_process")


def pool_forward(x, options):
    """Say how many axes an image has, by taking its shape apart."""
    N, C, H, W = x.shape
    return x.reshape(N * C, H * W).max(axis=1), (x, options)


def attention(q, k, v):
    """Say which axes are the same, by their letters."""
    s = np.einsum("bid,bjd->bij", q, k) / np.sqrt(q.shape[-1])
    a = np.exp(s) / np.exp(s).sum(axis=-1, keepdims=True)
    return np.einsum("bij,bjd->bid", a, v), (q, k, v, a)


def attention_backward(dout, cache):
    """Differentiate attention."""
    q, k, v, a = cache
    dv = np.einsum("bij,bid->bjd", a, dout)
    da = np.einsum("bid,bjd->bij", dout, v)
    ds = a * (da - (da * a).sum(axis=-1, keepdims=True)) / np.sqrt(q.shape[-1])
    return np.einsum("bij,bjd->bid", ds, k), np.einsum("bij,bid->bjd", ds, q), dv


def oscillator(t, y):
    """Read two numbers."""
    return np.array([y[1], (1 - y[0] ** 2) * y[1] * t - y[0]])


def oscillator_jac(t, y):
    """Differentiate the oscillator by y."""
    return np.array([[0, 1], [-2 * y[0] * y[1] * t - 1, (1 - y[0] ** 2) * t]])


def network(params, x):
    """Run over pairs of weights and biases."""
    for W, b in params:
        x = np.tanh(x @ W + b)
    return x


def sequence(x, h0, Wx, Wh, b):
    """Take one time step after the other."""
    steps = [h0]
    for t in range(x.shape[1]):
        steps.append(np.tanh(x[:, t] @ Wx + steps[-1] @ Wh + b))
    return np.stack(steps[1:], axis=1)


def cell(x, prev_h, prev_c, Wx, Wh, b):
    """Put four gates side by side."""
    size = prev_h.shape[1]
    gates = x @ Wx + prev_h @ Wh + b
    i, f, o = (1 / (1 + np.exp(-gates[:, k * size : (k + 1) * size])) for k in range(3))
    c = f * prev_c + i * np.tanh(gates[:, 3 * size :])
    return o * np.tanh(c), c


def test_what_is_said_of_axes():
    """Shapes that are taken apart, letters, positions and indices, each for its argument."""
    assert hints_of(pool_forward)["x"].axes == 4
    assert hints_of(oscillator)["y"].numbers == 2
    assert hints_of(network)["params"].items == ("W", "b")
    assert hints_of(sequence)["x"].at_least == 2
    letters = hints_of(attention, (2, 4, 3, 5))
    assert {name: letters[name].shape for name in "qkv"} == {
        "q": (2, 3, 4),
        "k": (2, 5, 4),
        "v": (2, 5, 4),
    }


def test_nothing_is_said_where_there_is_no_text():
    """A compiled function has no hints."""
    assert hints_of(np.tanh) == {}


def test_a_vector_that_is_also_read_whole_may_have_any_size():
    """Positions tell the size only of what is read in no other way."""

    def mixed(y):
        return y[0] * y[1] + y.sum()

    assert hints_of(mixed)["y"].numbers == 0


@pytest.mark.parametrize("function", [attention, oscillator, network, sequence, cell])
def test_inputs_that_run_are_found(function):
    """Among the first suggestions is one that the function runs with."""
    ran = 0
    for values, _ in suggestions(function, {}):
        try:
            function(**values)
        except (ValueError, IndexError, TypeError, AttributeError):
            continue
        ran += 1
    assert ran


LAYER = """
import numpy as np

class Dense:
    def __init__(self, n_in, n_out, rng):
        self.W = rng.normal(size=(n_in, n_out))
        self.dW = np.zeros_like(self.W)

    def zero_grad(self):
        self.dW[...] = 0

    def forward(self, x):
        self.x = x
        return x @ self.W

    def backward(self, dout):
        self.dW += self.x.T @ dout{}
        return dout @ self.W.T

def rhs(t, y):
    return np.array([y[1], (1 - y[0] ** 2) * y[1] * t - y[0]])

def rhs_jac(t, y):
    return np.array([[0, 1], [-2 * y[0] * y[1] * t - 1, (1 - y[0] ** 2) * t]])

def predict(X, params):
    return 1 / (1 + np.exp(-X @ params["w"])), {{"X": X}}

def predict_backward(params, cache, labels):
    return {{"dw": cache["X"].T @ (labels - 1)}}
"""


@pytest.mark.parametrize("slip", ["", " / len(dout)"])
def test_a_file_of_pairs_without_a_driver(tmp_path, slip):
    """A generator is made for who needs one, a vector of two for who reads two numbers."""
    path = tmp_path / "layers.py"
    path.write_text(LAYER.format(slip))
    report = gradlint.check_file(path)
    verdicts = {p.name: p.verdict for p in report.parameters}
    wanted = {"Dense(x)": "right", "Dense(W)": "wrong" if slip else "right", "rhs(y)": "right"}
    assert verdicts == {**wanted, "predict": "cannot-tell"}
    errors = [f.code for f in report.findings if f.severity == "error"]
    assert errors == (["GL202", "GL906"] if slip else ["GL906"])
