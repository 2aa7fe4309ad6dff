"""Layers, networks and lists of gradients as people build them, each checked with one line."""

from __future__ import annotations

import itertools
import warnings

import numpy as np
import pytest

import gradlint

rng = np.random.default_rng(0)
COLUMNS = rng.normal(size=(4, 7))


class Dense:
    """Features first; gradients are added up until somebody resets them."""

    def __init__(self, n, k, divide=False):
        """Draw the weights; ``divide`` is the mistake."""
        self.W, self.b = rng.normal(size=(k, n)), rng.normal(size=(k, 1))
        self.divide = divide
        self.zero_grad()

    def zero_grad(self):
        """Begin a step."""
        self.dW, self.db = np.zeros_like(self.W), np.zeros_like(self.b)

    def forward(self, x):
        """Weights times features plus bias."""
        self.x = x
        return self.W @ x + self.b

    def backward(self, dy):
        """Add to the gradients and give the one of x."""
        self.dW += dy @ self.x.T / (dy.shape[1] if self.divide else 1)
        self.db += dy.sum(axis=1, keepdims=True)
        return self.W.T @ dy


class Tanh:
    """The activation in between."""

    def forward(self, x):
        """Keep the output."""
        self.y = np.tanh(x)
        return self.y

    def backward(self, dy):
        """Multiply by the slope."""
        return dy * (1 - self.y**2)


class Network:
    """A network without a reset of its own: its layers have one each."""

    def __init__(self, layers):
        """Take any number of layers."""
        self.layers = list(layers)

    def forward(self, x):
        """Go through the layers."""
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, dy):
        """Go back through the layers."""
        for layer in reversed(self.layers):
            dy = layer.backward(dy)
        return dy


def layers(**options):
    """Make the layers one by one."""
    yield Dense(4, 6, **options)
    yield Tanh()
    yield Dense(6, 3, **options)


def test_a_network_whose_layers_are_reset_is_right():
    """Adding up is no mistake where some part of the network can be reset."""
    report = gradlint.check(Network(layers()), COLUMNS)
    assert report.verdict == "right"
    assert [(f.code, f.severity) for f in report.findings] == [("GL402", "note")]


def test_an_iterator_of_layers_is_a_model():
    """A generator of layers can be asked for them once, which is enough."""
    report = gradlint.check(layers(), COLUMNS)
    assert [p.name for p in report.parameters] == ["x", "[0].W", "[0].b", "[2].W", "[2].b"]
    assert report.verdict == "right"


def test_one_wrong_line_in_two_layers_is_told_once():
    """Both weights have the mistake of the one line that made them."""
    report = gradlint.check(Network(layers(divide=True)), COLUMNS)
    (wrong,) = [f for f in report.findings if f.severity == "error"]
    assert wrong.code == "GL202"
    assert wrong.evidence["parameters"] == ["layers[2].W", "layers[0].W"]


@pytest.mark.parametrize("wrong", [False, True])
def test_attributes_that_mean_the_same(wrong):
    """The gradient of ``_weights`` stands under ``w``."""

    class Layer:
        def __init__(self):
            self._weights, self._bias = rng.normal(size=(3, 4)), rng.normal(size=3)

        def __call__(self, x):
            self._x = x
            return x @ self._weights.T + self._bias

        def backward(self, dout):
            self.grads = {"w": dout.T @ self._x, "b": dout.mean(0) if wrong else dout.sum(0)}
            return dout @ self._weights

    report = gradlint.check(Layer(), COLUMNS.T)
    verdicts = {p.name: p.verdict for p in report.parameters}
    assert verdicts == {"x": "right", "_weights": "right", "_bias": "wrong" if wrong else "right"}


def net(params, x):
    """Sigmoid layers, and what each of them gave."""
    acts = [x]
    for W, b in params:
        acts.append(1 / (1 + np.exp(-(acts[-1] @ W + b))))
    return acts[-1], acts


def last_first(dout, params, acts):
    """Give the gradients as the backward pass comes by them."""
    grads = []
    for k in reversed(range(len(params))):
        dout = dout * acts[k + 1] * (1 - acts[k + 1])
        grads.append((acts[k].T @ dout, dout.sum(axis=0)))
        dout = dout @ params[k][0].T
    return grads


def first_first(dout, params, acts):
    """Give them in the order of the parameters."""
    return last_first(dout, params, acts)[::-1]


def half(dout, params, acts):
    """Forget half of one gradient."""
    grads = first_first(dout, params, acts)
    return [(grads[0][0] / 2, grads[0][1]), *grads[1:]]


@pytest.mark.parametrize("sizes", [(4, 5, 3, 2), (4, 4, 4, 4)])
@pytest.mark.parametrize("backward", [first_first, last_first])
def test_gradients_from_either_end(backward, sizes):
    """A list of gradients may begin with the last layer, also where shapes do not tell."""
    params = [(rng.normal(size=s), rng.normal(size=s[1])) for s in itertools.pairwise(sizes)]
    report = gradlint.check(net, backward, params, COLUMNS.T)
    assert report.verdict == "right"
    assert ("the last one first" in report.loss.description) == (backward is last_first)


def test_neither_end_makes_a_wrong_gradient_right():
    """A list that can be read from both ends is wrong where it is wrong from either."""
    params = [(rng.normal(size=(4, 4)), rng.normal(size=4)) for _ in range(3)]
    report = gradlint.check(net, half, params, COLUMNS.T)
    assert [p.name for p in report.parameters if p.verdict == "wrong"] == ["params[0][0]"]


def test_a_gradient_for_an_option_may_be_none():
    """What was not passed has no gradient, as in functions that are written for a framework."""

    def forward(x, gain, eps=1e-5):
        return gain * x / (eps + np.abs(x)), (x, gain, eps)

    def backward(dout, cache):
        x, gain, eps = cache
        return dout * gain * eps / (eps + np.abs(x)) ** 2, dout * x / (eps + np.abs(x)), None

    gain = rng.normal(size=COLUMNS.shape)
    assert gradlint.check(forward, backward, COLUMNS, gain).verdict == "right"


def test_parts_that_forward_kept_go_by_their_names():
    """Backward takes what forward returned under the same names, in any order."""

    def forward(x, w1, w2):
        hidden = np.tanh(x @ w1)
        squashed = np.tanh(hidden @ w2)
        return squashed, hidden, squashed

    def backward(dout, squashed, hidden, x, w2):
        dz = dout * (1 - squashed**2)
        dw1 = x.T @ ((dz @ w2.T) * (1 - hidden**2))
        dw2 = hidden.T @ dz
        return dw1, dw2

    weights = rng.normal(size=(4, 5)), rng.normal(size=(5, 5))
    report = gradlint.check(forward, backward, COLUMNS.T, *weights)
    assert {p.name: p.verdict for p in report.parameters} == {"w1": "right", "w2": "right"}


def test_one_number_is_no_penalty():
    """Any gap of a single number is a multiple of it: that makes no regulariser of it."""

    def loss(params, x):
        gain = params["gain"]
        y = np.tanh(gain * x)
        return float((y**2).sum()), {"gain": float((y * (1 - y**2) * x).sum()) + 0.123}

    report = gradlint.check(loss, {"gain": 0.7}, COLUMNS)
    assert report.verdict == "wrong"
    assert "GL208" not in {f.code for f in report.findings}


def test_trials_do_not_warn():
    """What altered text would warn of is not the author's concern."""

    def forward(x, y):
        return x**5 * np.sin(y)

    def backward(dout, x, y):
        mixed = dout * y * (1 - x)[:, :]  # with one of the terms left out: (1)[:, :]
        return mixed, dout * x**5 * np.cos(y)

    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        assert gradlint.check(forward, backward, COLUMNS, COLUMNS**2).verdict == "wrong"
    assert not heard


def decay(p, t, y):
    """Residuals of a fit, one for each time."""
    return p[0] * np.exp(-p[1] * t) - y


@pytest.mark.parametrize("wrong", [False, True])
def test_a_jacobian_with_further_arguments(wrong):
    """Least squares: rows are residuals, and ``args=`` go to both functions."""

    def jacobian(p, t, y):
        fall = np.exp(-p[1] * t)
        return np.stack([fall, (1 if wrong else -1) * p[0] * t * fall], axis=1)

    t = np.linspace(0, 2, 8)
    report = gradlint.check(decay, jacobian, np.array([1.0, 0.5]), args=(t, np.sin(t)))
    assert report.verdict == ("wrong" if wrong else "right")


def test_a_jacobian_belongs_to_the_input_it_fits():
    """The derivative of ``rhs(t, y)`` by y is no gradient of t."""

    def rhs(t, y):
        return np.array([y[1], (1 - y[0] ** 2) * y[1] * t - y[0]])

    def jacobian(t, y):
        return np.array([[0, 1], [-2 * y[0] * y[1] * t - 1, (1 - y[0] ** 2) * t]])

    report = gradlint.check(rhs, jacobian, 0.7, rng.normal(size=2))
    assert [(p.name, p.verdict) for p in report.parameters] == [("y", "right")]


def softmax(x):
    """Rows that add up to one."""
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def softmax_along_columns(dout, x):
    """Sum along the first axis."""
    s = softmax(x)
    return s * (dout - (dout * s).sum(axis=0, keepdims=True))


def softmax_along_the_last_but_one(dout, x):
    """Sum along the same, counted from the end."""
    s = softmax(x)
    return s * (dout - (dout * s).sum(-2, keepdims=True))


@pytest.mark.parametrize(
    ("backward", "told", "axis"),
    [
        (softmax_along_columns, "sums over axis 0, softmax over 1", "1"),
        (softmax_along_the_last_but_one, "`-2` stands where `-1` belongs", "-1"),
    ],
)
def test_a_sum_along_the_wrong_axis(backward, told, axis):
    """The axis is what is wrong, and -2 is no number with a wrong sign."""
    (finding,) = gradlint.check(softmax, backward, COLUMNS).findings
    assert told in finding.message
    assert finding.fix.edits[0].content == axis


def gradients_of_net(params, acts, x, y):
    """Average every gradient but one."""
    m = len(x)
    dz = acts[-1] - y
    return {"w": x.T @ dz, "b": dz.sum(axis=0) / m}


def test_a_mistake_in_a_function_that_backward_calls():
    """The lambda that is passed is right; what it calls is mended."""
    y = (rng.normal(size=(7, 2)) > 0) * 1.0

    def cost(p):
        a = 1 / (1 + np.exp(-(COLUMNS.T @ p["w"] + p["b"])))
        return -np.mean(np.sum(y * np.log(a) + (1 - y) * np.log(1 - a), axis=1))

    def slopes(p):
        a = 1 / (1 + np.exp(-(COLUMNS.T @ p["w"] + p["b"])))
        return gradients_of_net(p, [a], COLUMNS.T, y)

    start = {"w": rng.normal(size=(4, 2)), "b": np.zeros(2)}
    report = gradlint.check(cost, lambda p: {**slopes(p)}, start)
    (finding,) = report.findings
    assert (finding.code, finding.fix.edits[0].content) == ("GL201", "x.T @ dz / m")


def test_what_nothing_is_known_of_is_named():
    """A backward function that takes the labels of a loss is told how to be checked."""

    def forward(x, w):
        return 1 / (1 + np.exp(-x @ w))

    def backward(x, w, labels):
        return x.T @ (forward(x, w) - labels)

    with pytest.raises(ValueError, match="nothing is known to give for `labels`"):
        gradlint.check(forward, backward, COLUMNS.T, rng.normal(size=4))


class Sigmoids:
    """A network with lists of biases and weights, and a backward pass that returns two lists."""

    def __init__(self, sizes, slip=1.0):
        """Draw the parameters; ``slip`` multiplies the gradients of the first layer."""
        self.slip = slip
        self.biases = [rng.normal(size=(n, 1)) for n in sizes[1:]]
        self.weights = [rng.normal(size=(n, m)) for m, n in itertools.pairwise(sizes)]

    def activations(self, x):
        """Go forward and keep everything."""
        found = [x]
        for b, w in zip(self.biases, self.weights, strict=True):
            found.append(1 / (1 + np.exp(-(w @ found[-1] + b))))
        return found

    def cost(self, x, y):
        """Half the squared distance."""
        return 0.5 * np.sum((self.activations(x)[-1] - y) ** 2)

    def backprop(self, x, y):
        """Give the gradients of weights and biases, in this order."""
        acts = self.activations(x)
        nabla_b, nabla_w = [], []
        delta = acts[-1] - y
        for k in reversed(range(len(self.weights))):
            delta = delta * acts[k + 1] * (1 - acts[k + 1])
            nabla_b.insert(0, delta * (self.slip if k == 0 else 1))
            nabla_w.insert(0, delta @ acts[k].T * (self.slip if k == 0 else 1))
            delta = self.weights[k].T @ delta
        return nabla_w, nabla_b


@pytest.mark.parametrize("sizes", [(4, 5, 2), (4, 4, 4, 4), (3, 3)])
@pytest.mark.parametrize("slip", [1.0, 2.0])
def test_lists_of_gradients_belong_to_lists_of_parameters(sizes, slip):
    """Lists go together by their shapes, whatever their order and that of the attributes."""
    net = Sigmoids(sizes, slip)
    x, y = rng.normal(size=(sizes[0], 1)), rng.normal(size=(sizes[-1], 1))
    for report in (
        gradlint.check(net.cost, net.backprop, x, y),
        gradlint.check(net.cost, net.backprop, args=(x, y)),
    ):
        assert len(report.parameters) == 2 * len(net.weights)
        wrong = [p.name for p in report.parameters if p.verdict == "wrong"]
        assert wrong == ([] if slip == 1 else ["biases[0]", "weights[0]"])


def test_lists_that_cannot_be_told_apart_are_not_guessed():
    """With one unit in every layer, weights and biases look the same."""
    net = Sigmoids((1, 1, 1))
    with pytest.raises(ValueError, match="matches no input"):
        gradlint.check(net.cost, net.backprop, np.array([[0.3]]), np.array([[0.9]]))


def test_forward_and_backward_of_two_objects():
    """The gradients of one network are not held against another one's cost."""
    with pytest.raises(ValueError, match="two different Sigmoids objects"):
        gradlint.check(Sigmoids((3, 2)).cost, Sigmoids((3, 2)).backprop, COLUMNS[:3], 0.5)
