"""How pairs are called: conventions found out, options for the rest, errors that help."""

from __future__ import annotations

import functools

import numpy as np
import pytest

import gradlint

rng = np.random.default_rng(0)
X, W, B = rng.normal(size=(6, 4)), rng.normal(size=(4, 3)), rng.normal(size=3)


def forward(x, w, b):
    """Rows times weights plus bias, and a cache."""
    return x @ w + b, (x, w)


def gradients(dout, cache):
    """Give the gradients of forward by name."""
    x, w = cache
    return {"x": dout @ w.T, "w": x.T @ dout, "b": dout.sum(axis=0)}


def permuted(dout, cache):
    """Give the gradients in another order than the inputs, named in the return statement."""
    grads = gradients(dout, cache)
    dw, db, dx = grads["w"], grads["b"], grads["x"]
    return dw, db, dx


BACKWARDS = {
    "in order": lambda dout, cache: tuple(gradients(dout, cache)[k] for k in "xwb"),
    "permuted": permuted,
    "some": lambda dout, cache: tuple(gradients(dout, cache)[k] for k in "wb"),
    "cache first": lambda cache, dout: tuple(gradients(dout, cache)[k] for k in "xwb"),
    "by name": gradients,
    "other names": lambda dout, cache: {f"grad_{k}": v for k, v in gradients(dout, cache).items()},
    "with None": lambda dout, cache: (None, *(gradients(dout, cache)[k] for k in "wb")),
    "list": lambda dout, cache: [gradients(dout, cache)[k] for k in "xwb"],
}


@pytest.mark.parametrize("backward", BACKWARDS.values(), ids=BACKWARDS)
def test_forms_of_gradients(backward):
    """Gradients come back in many forms, and each is found to be right."""
    report = gradlint.check(forward, backward, X, W, B)
    assert report.verdict == "right"
    assert {"w", "b"} <= {p.name for p in report.parameters}


def test_two_outputs():
    """Several outputs have an upstream gradient each, as in a stranger's LSTM."""

    def step(x, prev_h, prev_c, Wx, Wh, b):
        a = x @ Wx + prev_h @ Wh + b
        i, f, o = (1 / (1 + np.exp(-part)) for part in np.split(a, 4, axis=1)[:3])
        g = np.tanh(np.split(a, 4, axis=1)[3])
        next_c = f * prev_c + i * g
        return o * np.tanh(next_c), next_c, (x, prev_h, prev_c, Wx, Wh, i, f, o, g, next_c)

    def step_backward(dnext_h, dnext_c, cache):
        x, prev_h, prev_c, Wx, Wh, i, f, o, g, c = cache
        dc = dnext_c + dnext_h * o * (1 - np.tanh(c) ** 2)
        gates = [dc * g * i * (1 - i), dc * prev_c * f * (1 - f)]
        gates += [dnext_h * np.tanh(c) * o * (1 - o), dc * i * (1 - g**2)]
        da = np.hstack(gates)
        return da @ Wx.T, da @ Wh.T, dc * f, x.T @ da, prev_h.T @ da, da.sum(axis=0)

    shapes = [(5, 3), (5, 2), (5, 2), (3, 8), (2, 8), (8,)]
    report = gradlint.check(step, step_backward, *(rng.normal(size=s) for s in shapes))
    assert report.verdict == "right"
    assert "backward(dout0, dout1, cache)" in report.loss.description


def test_parameter_objects_and_nested_layers():
    """Gradients in ``.grad`` of parameter objects, in layers of a network object, are found."""

    class Parameter:
        def __init__(self, value):
            self.value, self.grad = value, None

    class Linear:
        def __init__(self):
            self.W, self.b = Parameter(W.copy()), Parameter(np.zeros(3))

        def forward(self, x):
            self.x = x
            return x @ self.W.value + self.b.value

        def backward(self, dout):
            self.W.grad, self.b.grad = self.x.T @ dout, dout.mean(axis=0)
            return dout @ self.W.value.T

    class Net:
        def __init__(self):
            self.layers = [Linear()]

        def forward(self, x):
            return self.layers[0].forward(x)

        def backward(self, dout):
            return self.layers[0].backward(dout)

    report = gradlint.check(Net(), X)
    verdicts = {p.name: p.verdict for p in report.parameters}
    assert verdicts == {"x": "right", "layers[0].W": "right", "layers[0].b": "wrong"}


def test_method_that_returns_gradients_of_attributes():
    """``net.loss(X, y)`` gives gradients keyed like ``net.params``."""

    class Net:
        def __init__(self):
            self.params = {"W1": W.copy(), "b1": np.zeros(3)}

        def loss(self, X, y):
            r = X @ self.params["W1"] + self.params["b1"] - y
            return 0.5 * np.sum(r**2), {"W1": X.T @ r, "b1": r.sum(axis=0)}

    report = gradlint.check(Net().loss, X, rng.normal(size=(6, 3)))
    assert [(p.name, p.verdict) for p in report.parameters] == [("W1", "right"), ("b1", "right")]


def test_options_narrow_and_name():
    """``wrt`` picks inputs or maps them, ``call`` and ``loss`` say what cannot be inferred."""
    report = gradlint.check(forward, gradients, X, W, B, wrt=["w", 2])
    assert [p.name for p in report.parameters] == ["w", "b"]
    odd = gradlint.check(
        lambda x, w: {"out": x @ w},
        lambda up, a, _: {"first": a.T @ up},
        X,
        W,
        loss="out",
        call="backward(dout, x, w)",
        wrt={"w": "first"},
    )
    assert [(p.name, p.verdict) for p in odd.parameters] == [("w", "right")]
    given = gradlint.check(forward, gradients, X, W, B, cotangent=np.ones((6, 3)))
    assert given.verdict == "right"
    assert "given cotangent" in given.loss.description


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"wrt": "q"}, "backward gives gradients of x, w, b"),
        ({"call": "backward(dout, nothing)"}, "names that can be used: "),
        ({"cotangent": np.ones(3)}, "shape (3,) for an output of shape (6, 3)"),
    ],
)
def test_errors_say_what_to_pass(options, words):
    """A wrong option is answered with what would do."""
    with pytest.raises(gradlint.CallError) as caught:
        gradlint.check(forward, gradients, X, W, B, **options)
    assert words in str(caught.value)


def test_a_pair_that_fits_no_convention():
    """The error shows what forward returned, what backward takes and what was tried."""

    def text(x):
        return "text"

    def back(q, r, s):
        return None

    with pytest.raises(ValueError, match="forward returned") as caught:
        gradlint.check(text, back, X)
    assert "backward takes (q, r, s)" in str(caught.value)
    assert "call='backward(dout, cache)'" in str(caught.value)


def test_errors_of_the_users_own_pass_through():
    """What forward raises is what the caller sees."""
    with pytest.raises(np.linalg.LinAlgError):
        gradlint.check(np.linalg.inv, lambda dout: dout, np.zeros((3, 3)))


def test_callables_of_every_kind():
    """Partials, static methods and compiled functions are callables like any other."""

    class Scale:
        @staticmethod
        def forward(x, k):
            return x * k, (x, k)

        @staticmethod
        def backward(dout, cache):
            x, k = cache
            return dout * k, (dout * x).sum(axis=0)

    assert gradlint.check(Scale, X[:, :3], B).verdict == "right"
    part = functools.partial(forward, b=B)
    assert gradlint.check(part, lambda dout, cache: gradients(dout, cache)["w"], X, W).points == 2
    assert gradlint.check(np.exp, np.exp, X).verdict == "right"


def test_workers_and_scalars():
    """A map-like ``workers`` gives the same report; numbers are parameters too."""
    one = gradlint.check(forward, gradients, X, W, B)
    assert gradlint.check(forward, gradients, X, W, B, workers=map) == one
    report = gradlint.check(lambda w: w**3, lambda w: 2 * w**2, 1.5)
    assert report.parameters[0].shape == ()
    assert report.parameters[0].factor == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("forward", "inputs", "options", "words"),
    [
        (lambda x, k: x * k, [], {}, ["takes (x, k)", "given 0", "backward, x, k)"]),
        (lambda x, k: x * k, [X], {}, ["takes (x, k)", "given 1"]),
        (5, [X], {}, ["type int", "pass a function"]),
        (lambda x: x, [X], {"loss": "y"}, ["loss='y'", "forward returned float64 array"]),
        (lambda x: (x, 1), [X], {"loss": 7}, ["loss=7", "forward returned"]),
    ],
)  # fmt: skip
def test_a_call_that_cannot_work_says_what_to_pass(forward, inputs, options, words):
    """Inputs left out and parts that are not there are told before anything is tried."""
    with pytest.raises(gradlint.CallError) as caught:
        gradlint.check(forward, lambda dout: dout, *inputs, **options)
    assert all(word in str(caught.value) for word in words)


def test_what_leaves_no_doubt_is_not_tried_otherwise():
    """A loss and its gradient of the same signature are called alike, at the first trial."""
    calls = []

    def loss(*arrays):
        return sum(np.sum(a**2) for a in arrays)

    def gradient(*arrays):
        calls.append(len(arrays))
        return [2 * a for a in arrays]

    arrays = [np.arange(1.0, n) for n in (3, 4, 5)]
    assert gradlint.check(loss, gradient, *arrays).verdict == "right"
    assert set(calls) == {3}
