"""Directions of a power iteration count as given where the backward pass takes them so."""

from __future__ import annotations

import contextlib
import io

import pytest

from gradlint.checking.inspection import Inspection
from gradlint.config import Options
from gradlint.findings import is_claim
from gradlint.source.spots import SourceFile

SPECTRAL = """\
import numpy as np

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(9, 4)), rng.normal(size=(9, 3))
W, u = rng.normal(size=(4, 3)), rng.normal(size=4)
for step in range(5):
    v = W.T @ u
    v /= {norm_v}
    {kept} = W @ v
    {kept} /= np.linalg.norm({kept})
    sigma = {kept} @ W @ v
    out = X @ (W / sigma)
    loss = 0.5 * np.sum((out - Y) ** 2)
    d = X.T @ (out - Y)
    W -= 0.01 * ({gradient})
"""
RIGHT = "d / sigma - np.sum(d * W) / sigma ** 2 * np.outer({kept}, v)"
NORMS = ["np.linalg.norm(v)", "np.sqrt(np.sum(v ** 2))", "(np.sqrt(v @ v) + 1e-12)"]


def claims(text):
    """The verdict, and the codes of all claims."""
    with contextlib.redirect_stdout(io.StringIO()):
        report = Inspection(SourceFile("net.py", text), Options(), 20).report()
    return report.verdict, {f.code for f in report.findings if is_claim(f)}


@pytest.mark.parametrize("norm", NORMS)
def test_the_directions_of_a_power_iteration_are_given(norm):
    """Nobody differentiates the iteration; what is wrong beside it is wrong still."""
    gradient = RIGHT.format(kept="u")
    text = SPECTRAL.format(norm_v=norm, kept="u", gradient=gradient)
    assert claims(text) == ("right", set())
    wrong = SPECTRAL.format(norm_v=norm, kept="u", gradient=gradient.replace("- np", "+ np"))
    assert claims(wrong)[0] == "wrong"


def test_a_direction_that_does_not_go_on_is_part_of_the_network():
    """A vector that is made afresh in each step is to be differentiated like everything else."""
    text = SPECTRAL.format(norm_v=NORMS[0], kept="w", gradient=RIGHT.format(kept="w"))
    assert claims(text)[0] == "wrong"


PROXIMAL = """\
import numpy as np

rng = np.random.default_rng(0)
theta, rewards = rng.normal(size=4), np.array([0.1, 0.5, 0.2, 0.9])
for round in range(4):
    z = np.exp(theta)
    old = z / z.sum()
    a = rng.choice(4, 64, p=old)
    adv = rewards[a] - rewards @ old
    for epoch in range(3):
        z = np.exp(theta)
        pi = z / z.sum()
        surrogate = np.mean(pi[a] / old[a] * adv)
        w = adv * pi[a] / old[a] / 64
        g = -w.sum() * pi
        np.add.at(g, a, {credit})
        theta = theta + 0.1 * g
"""


def test_what_several_steps_are_taken_from_is_given():
    """The probabilities and advantages of a round are constants in each of its epochs."""
    assert claims(PROXIMAL.format(credit="w")) == ("right", set())
    assert claims(PROXIMAL.format(credit="w * pi[a]"))[0] != "right"


CLIPPED = [
    ("np.mean(pi[a] / old[a] * adv)", "np.mean(np.minimum(r * adv, np.clip(r, 0.8, 1.2) * adv))"),
    ("surrogate =", "r = pi[a] / old[a]\n        surrogate ="),
    ("w = adv", "w = np.where(adv {side} 0, r < 1.2, r > 0.8) * adv"),
    ("0.1 * g", "3.0 * g"),
]


@pytest.mark.parametrize(("side", "verdict"), [(">", "right"), ("<", "wrong")])
def test_a_later_step_tells_what_a_ratio_of_one_hides(side, verdict):
    """In the first epoch every ratio is one, and no branch of a clip is taken."""
    text = PROXIMAL.replace("{credit}", "w")
    for old, new in CLIPPED:
        assert old in text
        text = text.replace(old, new)
    assert claims(text.replace("{side}", side))[0] == verdict


FAST = """\
import numpy as np

rng = np.random.default_rng(0)
w = rng.normal(size=3)


def grad(w, X, y):
    return X.T @ (X @ w - y) / len(y)


for step in range(4):
    total, meta = 0.0, np.zeros(3)
    for task in range(2):
        X, y = rng.normal(size=(10, 3)), rng.normal(size=10)
        fast = w - 0.1 * grad(w, X, y)
        loss = np.sum((X[5:] @ fast - y[5:]) ** 2) / 10
        total += loss
        meta += {gradient}
    w = w - 0.01 * meta
"""


def test_the_inner_step_of_meta_learning_may_be_given():
    """First-order meta-learning moves w by the gradient at the adapted weights."""
    assert claims(FAST.format(gradient="grad(fast, X[5:], y[5:])")) == ("right", set())
    assert claims(FAST.format(gradient="grad(fast, X[5:], y[5:]) ** 3"))[0] != "right"


SHARP = """\
import numpy as np

rng = np.random.default_rng(19)
X = rng.normal(size=(32, 3))
y = np.sin(X[:, 0]) - 0.5 * X[:, 2]
w = [rng.normal(size=(3, 6)) * 0.6, np.zeros(6), rng.normal(size=6) * 0.6]


def grads_at(w):
    A, b, c = w
    h = np.tanh(X @ A + b)
    r = h @ c - y
    loss = np.mean(r ** 2)
    dr = 2 * r / len(r)
    back = np.outer(dr, c){slope}
    return loss, [X.T @ back, back.sum(0), h.T @ dr]


for k in range(20):
    loss, g = grads_at(w)
    length = np.sqrt(sum((x ** 2).sum() for x in g)) + 1e-12
    away = [p + 0.05 * x / length for p, x in zip(w, g)]
    _, g2 = grads_at(away)
    w = [p - 0.05 * x for p, x in zip(w, g2)]
    print(loss)
"""


def test_a_function_that_gives_the_gradient_at_the_shifted_weights_gives_its_loss_twice():
    """The loss at the weights themselves belongs to the shift, which is held constant."""
    assert claims(SHARP.format(slope=" * (1 - h ** 2)")) == ("right", set())
    assert claims(SHARP.format(slope="")) == ("wrong", {"GL304"})


SHIFTED = """\
import numpy as np

rng = np.random.default_rng(102)
X = rng.normal(size=(5, 40))
T = (X[:1] > 0.2) * 1.0
p = {{"W": rng.normal(size=(1, 5)) * 0.3, "c": np.zeros((1, 1))}}


def loss_and_grads(p):
    o = 1 / (1 + np.exp(-(p["W"] @ X + p["c"])))
    loss = -np.mean(T * np.log(o) + (1 - T) * np.log(1 - o))
    d = (o - T) / T.shape[1]
    return loss, {{"W": d @ X.T, "c": {dc}}}


for i in range(9):
    loss, g = loss_and_grads(p)
    norm = np.sqrt(sum(np.sum(v * v) for v in g.values()))
    shifted = {{k: p[k] + 0.1 * g[k] / (norm + 1e-12) for k in p}}
    sharp_loss, sharp = loss_and_grads(shifted)
    for k in p:
        p[k] = p[k] - 0.5 * sharp[k]
    print(loss, sharp_loss)
"""


def test_the_shift_of_one_number_is_held_as_well():
    """A bias of one entry is moved by the same rule as the weights beside it."""
    assert claims(SHIFTED.format(dc="d.sum(axis=1, keepdims=True)")) == ("right", set())
    assert claims(SHIFTED.format(dc="d.mean(axis=1, keepdims=True)"))[0] == "wrong"
