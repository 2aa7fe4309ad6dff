"""What is noticed before any comparison: writing, randomness, accumulators, precision."""

from __future__ import annotations

import copy
import threading

import numpy as np
import pytest

import gradlint
from gradlint.findings import is_claim

rng = np.random.default_rng(0)
X = rng.normal(size=(5, 4))


def codes(report, severity="error"):
    """Give the codes of the findings of one severity."""
    return [f.code for f in report.findings if f.severity == severity]


def relu(x):
    """Positive part, and the input."""
    return np.maximum(x, 0), x


def relu_backward(dout, x):
    """Gradient of relu."""
    return dout * (x > 0)


def test_arrays_and_objects_are_left_alone():
    """Neither inputs nor an object's arrays change, whatever the pair does with them."""

    class Layer:
        def __init__(self):
            self.W = np.ones((4, 3))
            self.dW = np.zeros((4, 3))
            self.calls = []

        def forward(self, x):
            self.calls.append(x)
            return x @ self.W

        def backward(self, dout):
            self.dW += self.calls[-1].T @ dout
            self.W *= 0.5
            return dout @ self.W.T

    layer, x = Layer(), X.copy()
    before = copy.deepcopy(vars(layer))
    gradlint.check(layer, x)
    np.testing.assert_array_equal(x, X)
    assert x.flags.writeable
    assert layer.calls == before["calls"] == []
    np.testing.assert_array_equal(layer.W, before["W"])
    np.testing.assert_array_equal(layer.dW, before["dW"])


def test_forward_that_writes_into_its_input():
    """The write is named with its line and its array."""

    def forward(x, k):
        x += k
        return x**2, x.copy()

    def backward(dout, x):
        return 2 * dout * x, np.sum(2 * dout * x)

    report = gradlint.check(forward, backward, X, 0.5)
    (finding,) = [f for f in report.findings if f.code == "GL401"]
    assert finding.evidence["changed"] == ["x"]
    assert finding.site.row == forward.__code__.co_firstlineno + 1
    assert report.verdict == "wrong"


def test_backward_that_writes_into_the_cache():
    """A cache made by forward may be used up: that is a note, not a claim."""

    def forward(x):
        p = np.exp(x - x.max(axis=1, keepdims=True))
        return -np.log(p / p.sum(axis=1, keepdims=True))[:, 0].sum(), p / p.sum(
            axis=1, keepdims=True
        )

    def backward(p):
        p[:, 0] -= 1
        return p

    report = gradlint.check(forward, backward, X)
    assert report.verdict == "right"
    assert codes(report, "note") == ["GL401"]


def test_upstream_gradient_may_be_overwritten():
    """``dout[x <= 0] = 0`` is how many write relu: silence."""

    def backward(dout, x):
        dout[x <= 0] = 0
        return dout

    report = gradlint.check(relu, backward, X)
    assert report.verdict == "right"
    assert not [f for f in report.findings if is_claim(f)]


def test_global_random_state_is_replayed_and_restored():
    """Dropout from NumPy's global state is right, and the state afterwards is what it was."""

    def forward(x):
        mask = np.random.rand(*x.shape) < 0.5
        return x * mask, mask

    np.random.seed(3)
    expected = np.random.rand(3)
    np.random.seed(3)
    report = gradlint.check(forward, lambda dout, mask: dout * mask, X)
    assert report.verdict == "right"
    assert "random draws replayed" in report.loss.description
    np.testing.assert_array_equal(np.random.rand(3), expected)


def test_generator_in_a_closure_is_replayed():
    """A generator that the function reaches is set back for every call."""
    source = np.random.default_rng(5)

    def forward(x):
        mask = source.random(x.shape) < 0.5
        return x * mask, mask

    report = gradlint.check(forward, lambda dout, mask: dout * mask, X)
    assert report.verdict == "right"


def test_randomness_that_cannot_be_replayed():
    """A generator made inside forward without a seed: cannot tell, and GL403 says why."""

    def forward(x):
        mask = np.random.default_rng().random(x.shape) < 0.5
        return x * mask, mask

    report = gradlint.check(forward, lambda dout, mask: dout * mask, X)
    assert report.verdict == "cannot-tell"
    assert codes(report) == ["GL403"]


def test_backward_that_draws_again():
    """A mask drawn anew in backward is wrong, and named."""

    def forward(x):
        mask = np.random.rand(*x.shape) < 0.5
        return x * mask, mask

    report = gradlint.check(forward, lambda dout, _: dout * (np.random.rand(5, 4) < 0.5), X)
    assert report.verdict == "wrong"
    assert "GL403" in codes(report)


class Adding:
    """A layer whose gradients add up."""

    def __init__(self):
        self.W, self.dW = np.ones((4, 3)), np.zeros((4, 3))

    def forward(self, x):
        """Rows times weights."""
        self.x = x
        return x @ self.W

    def backward(self, dout):
        """Add to dW."""
        self.dW += self.x.T @ dout
        return dout @ self.W.T


class Resetting(Adding):
    """The same with a method that resets, to be called before each step."""

    def zero_grad(self):
        """Forget the gradients."""
        self.dW[:] = 0


@pytest.mark.parametrize(("layer", "severity"), [(Adding(), "error"), (Resetting(), "note")])
def test_accumulators(layer, severity):
    """Gradients that add up are a mistake, unless the object offers to reset them."""
    report = gradlint.check(layer, X)
    assert codes(report, severity) == ["GL402"]
    assert report.verdict == ("wrong" if severity == "error" else "right")


@pytest.mark.parametrize(
    ("backward", "code"),
    [
        (lambda x: x, "GL411"),
        (lambda x: x.astype(np.float32), "GL509"),
    ],
)
def test_memory_and_precision_are_notes(backward, code):
    """A gradient in its input's memory, or in float32, is told and is not wrong."""
    report = gradlint.check(lambda x: 0.5 * np.sum(x**2), backward, X)
    assert report.verdict == "right"
    assert codes(report, "note") == [code]


@pytest.mark.parametrize(
    ("bias_gradient", "remedy", "code"),
    [
        (lambda d: d.sum(axis=0)[:, None], "`bias_gradient(dout).ravel()`", "GL101"),
        (lambda d: d, ".sum(axis=0)", "GL206"),
        (lambda d: d.sum(axis=0)[:2], "", "GL101"),
    ],
)
def test_shapes_before_arithmetic(bias_gradient, remedy, code):
    """A wrong shape is named, with what makes it right if anything does."""
    w, b = rng.normal(size=(4, 3)), rng.normal(size=3)

    def backward(dout, x, w):
        return dout @ w.T, x.T @ dout, bias_gradient(dout)

    report = gradlint.check(lambda x, w, b: x @ w + b, backward, X, w, b)
    (finding,) = report.findings
    assert finding.code == code
    assert remedy in (finding.fix.message if finding.fix else finding.help)
    assert [p.name for p in report.parameters if p.verdict == "wrong"] == ["b"]


def test_infinite_gradient_has_its_place():
    """The first bad number is named with its index and the line that made it."""

    def backward(w):
        slope = 2 * w
        slope[3] = np.log(0)
        return slope

    report = gradlint.check(lambda w: np.sum(w**2), backward, rng.normal(size=6))
    (finding,) = report.findings
    assert (finding.code, finding.evidence["index"]) == ("GL501", [3])
    assert finding.site.row == backward.__code__.co_firstlineno + 2


def test_objects_that_cannot_be_copied():
    """An object with a lock is refused with what to do instead, before anything is called."""

    class Locked(Adding):
        def __init__(self):
            super().__init__()
            self.lock = threading.Lock()

    with pytest.raises(gradlint.CallError, match="pass forward and backward as functions"):
        gradlint.check(Locked(), X)
