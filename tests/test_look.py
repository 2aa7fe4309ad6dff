"""A program is run until it has shown what it trains; what proves nothing is not judged."""

from __future__ import annotations

import textwrap

from gradlint.checking.studied import study_run
from gradlint.config import Options
from gradlint.source.spots import SourceFile


def looked(text, timeout=20.0):
    """Look at a text in this process."""
    text = "import numpy as np\nrng = np.random.default_rng(3)\n" + textwrap.dedent(text)
    return study_run(SourceFile("net.py", text), Options(), timeout)


def names(found):
    """List the parameters of the studied step."""
    return [] if found.step is None else [p.name for p in found.step.parameters]


def test_the_state_of_a_simulation_is_no_parameter():
    """What is updated from itself in every round gives way to what is trained now and then."""
    found = looked("""
        W = rng.normal(size=3)
        place, seen, pushes = rng.normal(size=3), [], []
        for t in range(100_000):
            push = np.tanh(place @ W)
            seen.append(place)
            pushes.append(push)
            place = place + 0.1 * np.array([place[1], -place[0], place[2] * place[0]])
            if len(seen) == 10:
                loss = np.mean((np.array(pushes) - 0.5) ** 2)
                slopes = 2 * (np.array(pushes) - 0.5) / 10 * (1 - np.array(pushes) ** 2)
                W = W - 0.1 * np.array(seen).T @ slopes
                place, seen, pushes = rng.normal(size=3), [], []
        """)
    assert names(found) == ["W"]
    assert found.explains


def test_a_sample_of_zeros_is_passed_over():
    """A step whose gradient is zero because its sample is does not stand for the others."""
    found = looked("""
        w, c = rng.normal(size=2), 0.3
        for t in range(1000):
            x = np.array([t // 2 % 2, t % 2], float)
            y = np.tanh(w @ x + c)
            loss = 0.5 * (y - 1.0) ** 2
            d = (y - 1.0) * (1 - y * y)
            w = w - 0.1 * d * x
            c = c - 0.1 * d
        """)
    assert names(found) == ["w", "c"]
    assert found.idle == 0


def test_a_step_cut_off_by_the_clock_is_not_judged():
    """Before any update has come round again, a time-out leaves nothing to judge."""
    found = looked(
        """
        import threading
        W, V = rng.normal(size=(2, 2)), rng.normal(size=2)
        x, t = rng.normal(size=(5, 2)), rng.normal(size=5)
        while True:
            h = np.tanh(x @ W)
            e = h @ V - t
            dV = h.T @ e
            dW = x.T @ (np.outer(e, V) * (1 - h * h))
            V = V - 0.1 * dV
            y = np.tanh(x @ W) @ V
            threading.Event().wait(60)
            W = W - 0.1 * dW
            loss = 0.5 * np.sum(e ** 2)
        """,
        timeout=1.0,
    )
    assert found.recording.ending.how == "out-of-time"
    assert found.step is None


def test_the_same_code_is_judged_once():
    """A function that trains several times is no second model."""
    found = looked("""
        X, y = rng.normal(size=(9, 3)), rng.normal(size=9)
        def train(rate):
            w = np.zeros(3)
            for _ in range(1000):
                loss = np.mean((X @ w - y) ** 2)
                w = w - rate * 2 * X.T @ (X @ w - y) / 9
            return w
        train(0.1)
        train(0.2)
        """)
    assert found.explains
    assert found.others == ()
