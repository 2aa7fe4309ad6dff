"""Wrapped pairs behave as before, and tell once what is wrong with them."""

from __future__ import annotations

import copy
import inspect
import pickle
import warnings

import numpy as np
import pytest

import gradlint
import gradlint.checking.pair as pairs_check
from gradlint.testing import GradientError
from gradlint.testing.wrap import GradientWarning

X = np.array([[1.0, -2.0, 3.0], [0.5, 4.0, -1.0]])


def square(x, scale=1.0):
    """Square each entry."""
    return scale * x**2, x


def halved(dout, x):
    """Forget the factor 2."""
    return dout * x


def right(dout, x):
    """Gradient of square."""
    return 2 * dout * x


@gradlint.instrument(every=1000)
def loss(w):
    """Sum of squares with its gradient."""
    return np.sum(w**2), 2 * w


def test_same_results_signature_and_docstring():
    """A stand-in gives the same results and looks the same."""
    forward, backward = gradlint.wrap(square, right)
    out, cache = forward(X, scale=1.0)
    np.testing.assert_array_equal(out, X**2)
    assert cache is X
    assert backward is right
    assert forward.__name__ == "square"
    assert forward.__doc__ == square.__doc__
    assert inspect.signature(forward) == inspect.signature(square)


def test_findings_are_told_once():
    """The same mistake is told on the first call that shows it, and never again."""
    found = []
    forward, _ = gradlint.wrap(square, halved, every=2, report=found.append)
    for _ in range(7):
        forward(X)
    assert [f.code for f in found] == ["GL203"]


def test_every_kth_call_is_checked():
    """Between samples nothing is called but the user's own function."""
    calls = []

    def forward(x):
        calls.append(x)
        return x**2, x

    wrapped, _ = gradlint.wrap(forward, right, every=5)
    wrapped(X)
    checked = len(calls)
    assert checked > 5
    for _ in range(4):
        wrapped(X)
    assert len(calls) == checked + 4
    wrapped(X)
    assert len(calls) > checked + 8


@pytest.mark.parametrize("how", ["warn", "raise"])
def test_warnings_and_errors(how):
    """Findings become a warning or an error."""
    forward, _ = gradlint.wrap(square, halved, report=how)
    with (
        pytest.raises(GradientError, match="GL203")
        if how == "raise"
        else pytest.warns(GradientWarning, match="GL203")
    ):
        forward(X)


def test_exceptions_are_the_users_own():
    """What the function raises it raises still, and a pair that cannot be checked only warns."""
    forward, _ = gradlint.wrap(lambda x: x @ x, lambda dout: dout)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(ValueError, match="matmul"):
            forward(X)


def test_state_in_a_closure_survives_a_check():
    """After a sampled call the backward function sees the values of that very call."""
    kept = {}

    def forward(x):
        kept["x"] = x
        return np.sin(x)

    def backward(dout):
        return dout * np.cos(kept["x"])

    wrapped, backward = gradlint.wrap(forward, backward)
    wrapped(X)
    np.testing.assert_array_equal(backward(np.ones_like(X)), np.cos(X))


def test_class_with_methods():
    """An instrumented class is the class it was; its instances pickle and are not disturbed."""
    found = []

    @gradlint.instrument(every=3, report=found.append)
    class Scale:
        """Scale by k."""

        def __init__(self, k):
            self.k = np.array([k])
            self.seen = 0

        def forward(self, x):
            self.x, self.seen = x, self.seen + 1
            return self.k * x

        def backward(self, dout):
            self.dk = np.array([np.sum(dout)])
            return dout * self.k

    layer = Scale(2.0)
    for _ in range(4):
        np.testing.assert_array_equal(layer.forward(X), 2 * X)
    assert layer.seen == 4
    assert [f.evidence["parameter"] for f in found] == ["k"]
    assert Scale.__doc__ == "Scale by k."
    assert inspect.isfunction(Scale.forward)


def test_pickling():
    """Decorated functions pickle by their name, wrapped ones with what they wrap."""
    assert pickle.loads(pickle.dumps(loss)) is loss
    forward, _ = gradlint.wrap(square, right)
    for twin in (pickle.loads(pickle.dumps(forward)), copy.deepcopy(forward)):
        np.testing.assert_array_equal(twin(X)[0], X**2)


def test_wrapped_function_as_a_method():
    """A wrapped function that becomes a class attribute binds like a function."""

    class Holder:
        forward = gradlint.wrap(lambda _, x: (np.sum(x**2), 2 * x), every=10)

    holder = Holder()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a bare instance is no input that can be checked
        assert holder.forward(X)[0] == np.sum(X**2)


@pytest.mark.parametrize("options", [{"every": 0}, {"report": "shout"}])
def test_wrong_options(options):
    """Options that make no sense are refused at once."""
    with pytest.raises(ValueError, match=next(iter(options))):
        gradlint.wrap(square, right, **options)


def test_class_without_forward():
    """A class without a forward method cannot be instrumented."""
    with pytest.raises(TypeError, match="defines no forward method"):
        gradlint.instrument(type("Empty", (), {}))


def test_a_cause_is_looked_for_once(monkeypatch):
    """Calls whose gradients are known to be wrong cost a verdict only; another wrong one, more."""
    asked = []
    original = pairs_check.check

    def counted(*arguments, **options):
        asked.append(options.get("explain", True))
        return original(*arguments, **options)

    monkeypatch.setattr(pairs_check, "check", counted)
    forward, _ = gradlint.wrap(
        lambda x: x**2, lambda dout, x: dout * x, every=1, report=lambda _: None
    )
    for _ in range(3):
        forward(np.arange(1.0, 5.0))
    assert asked == [False, True, False, False]
