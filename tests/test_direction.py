import contextlib
import io

import pytest

from gradlint.checking.inspection import Inspection
from gradlint.config import Options
from gradlint.findings import is_claim
from gradlint.source.edits import apply, edits_of
from gradlint.source.spots import SourceFile

LOGISTIC = """\
import numpy as np

rng = np.random.default_rng(0)
x, y = rng.normal(size=(20, 3)), rng.integers(0, 2, 20)
w = rng.normal(size=3)


def {function}(p):
    return {quantity}


for step in range(4):
    p = 1 / (1 + np.exp(-(x @ w)))
    {name} = {function}(p)
    w = w {sign} 0.01 * (x.T @ (y - p))
"""
LIKELIHOOD = "np.sum(np.log(np.where(y, p, 1 - p)))"

DENSITY = """\
import numpy as np

rng = np.random.default_rng(0)
x, y = rng.normal(size=(20, 3)), 0.1 * rng.normal(size=20)
w, s = rng.normal(size=3) * 0.1, {scale}
for step in range(4):
    r = y - x @ w
    {name} = {minus}np.sum(-0.5 * (r / s) ** 2 - np.log(s))
    w = w {sign} 0.001 * x.T @ r / s ** 2
"""


def check(text):
    """Check a program in this process."""
    with contextlib.redirect_stdout(io.StringIO()):
        return Inspection(SourceFile("net.py", text), Options(), 20).report()


def codes(text):
    """The codes of all claims."""
    return [f.code for f in check(text).findings if is_claim(f)]


def logistic(name, quantity, sign, function="measure"):
    """A logistic regression whose update goes up its likelihood or down."""
    return LOGISTIC.format(name=name, quantity=quantity, sign=sign, function=function)


@pytest.mark.parametrize(
    ("name", "quantity", "function", "told"),
    [
        ("log_likelihood", LIKELIHOOD, "measure", True),
        ("before", LIKELIHOOD, "log_lik", True),
        ("ll", LIKELIHOOD.replace("sum", "mean"), "measure", True),
        ("nll", "-" + LIKELIHOOD, "measure", True),
        ("log_likelihood", "-" + LIKELIHOOD, "measure", False),  # name and making disagree
        ("value", LIKELIHOOD, "measure", True),  # labels choose among the outputs: a likelihood
    ],
)
def test_a_likelihood_is_maximised_and_its_negative_minimised(name, quantity, function, told):
    """Up the likelihood is silent, down it is told where its name and its making agree."""
    assert codes(logistic(name, quantity, "+", function)) == []
    assert codes(logistic(name, quantity, "-", function)) == ["GL205"] * told


def test_the_descent_of_a_likelihood_is_turned_round():
    """The fix of an update that lowers the log-likelihood adds its gradient."""
    report = check(logistic("log_likelihood", LIKELIHOOD, "-"))
    text = apply(report.source, edits_of(report.findings, "net.py"))
    assert text == logistic("log_likelihood", LIKELIHOOD, "+")
    assert codes(text) == []


@pytest.mark.parametrize("scale", [0.05, 5.0])
def test_the_sign_of_a_density_tells_nothing(scale):
    """Negative log-likelihoods of densities have either sign; their names decide."""
    for sign, wrong in (("+", []), ("-", ["GL205"])):
        text = DENSITY.format(name="nll", minus="-", scale=scale, sign=sign)
        assert codes(text) == wrong
    for sign in "+-":
        assert codes(DENSITY.format(name="log_lik", minus="", scale=scale, sign=sign)) == []


def test_a_velocity_that_is_subtracted():
    """Momentum that was accumulated downhill and is then subtracted climbs."""
    text = """\
import numpy as np

rng = np.random.default_rng(0)
x, y = rng.normal(size=(20, 3)), rng.normal(size=20)
w, speed = rng.normal(size=3), np.zeros(3)
for step in range(4):
    loss = 0.5 * np.sum((x @ (w + 0.9 * speed) - y) ** 2)
    speed = 0.9 * speed - 0.01 * x.T @ (x @ (w + 0.9 * speed) - y)
    w = w - speed
"""
    assert codes(text) == ["GL205"]
    assert codes(text.replace("w = w - speed", "w = w + speed")) == []


SCALAR = """\
import numpy as np

rng = np.random.default_rng(0)
X = rng.normal(size=(20, 3))
y = (X[:, 0] > 0) * 1.0
w = rng.normal(size=3)
total = 0.0
for step in range(4):
    out = {output}
    value = {quantity}
    total += value
    w = w {sign} 0.01 * {slope}
"""
LINEAR, SIGMOID = "X @ w", "1 / (1 + np.exp(-X @ w))"


@pytest.mark.parametrize(
    ("output", "quantity", "slope"),
    [
        (LINEAR, "0.5 * np.sum((out - y) ** 2)", "X.T @ (out - y)"),
        (LINEAR, "(out - y) @ (out - y) / 2 + 0.05 * w @ w", "(X.T @ (out - y) + 0.1 * w)"),
        (LINEAR, "np.sum(y * (y - out) ** 2) / 2", "X.T @ (y * (out - y))"),
        (LINEAR, "np.mean(np.abs(out - y)) * 20", "X.T @ np.sign(out - y)"),
        (SIGMOID, "-np.sum(np.log(np.where(y, out, 1 - out)))", "X.T @ (out - y)"),
        (SIGMOID, "-np.sum(y * np.log(out) + (1 - y) * np.log(1 - out))", "X.T @ (out - y)"),
    ],
)
def test_a_distance_from_targets_is_to_be_small_whatever_its_name(output, quantity, slope):
    """What lies between outputs and targets, or minus a log probability, is no aim to climb."""
    up, down = (SCALAR.format(output=output, quantity=quantity, slope=slope, sign=s) for s in "+-")
    assert codes(up) == ["GL205"]
    assert codes(down) == []


@pytest.mark.parametrize(
    ("quantity", "slope"),
    [
        ("np.mean(out ** 2)", "2 * X.T @ out / 20"),
        ("np.var(out)", "2 * X.T @ (out - out.mean()) / 20"),
        ("np.abs(np.mean(out ** 4) - 0.1)", "4 * X.T @ out ** 3 / 20"),
    ],
)
def test_a_spread_may_be_meant_to_grow(quantity, slope):
    """Principal and independent components climb a variance or a kurtosis: positive, no loss.

    Of a variance the making says so; with what it is held against, that the length is kept.
    """
    text = SCALAR.format(output=LINEAR, quantity=quantity, slope=slope, sign="+")
    if "- 0.1" in quantity:
        assert codes(text) == ["GL205"]
        text += "    w /= np.linalg.norm(w)\n"
    assert check(text).verdict == "right"


@pytest.mark.parametrize(
    ("quantity", "slope"),
    [
        ("(-y @ np.log(out) - (1 - y) @ np.log(1 - out)) / 20 + w @ w / 9",
         "(X.T @ (out - y) / 20 + w * (2 / 9))"),
        ("np.sum(np.logaddexp(0, X @ w) - y * (X @ w))", "X.T @ (out - y)"),
        ("np.sum(np.cosh(0.1 * X @ w) - 0.1 * y * (X @ w))",
         "X.T @ (np.sinh(0.1 * X @ w) - y) * 0.1"),
    ],
)  # fmt: skip
def test_what_rises_without_an_end_has_a_lowest_place(quantity, slope):
    """Where neither the name nor the making tells, the values do: what falls at last is to grow."""
    for minus, right, wrong in (("", "-", "+"), ("-", "+", "-")):
        made = {"output": SIGMOID, "quantity": f"{minus}({quantity})", "slope": f"{minus}{slope}"}
        assert codes(SCALAR.format(**made, sign=right)) == []
        assert codes(SCALAR.format(**made, sign=wrong)) == ["GL205"]


def test_what_is_kept_between_bounds_may_climb_a_loss():
    """An input that is to fool a model climbs its loss as far as it may go."""
    text = """\
import numpy as np

rng = np.random.default_rng(11)
w, b, start = rng.normal(size=20), 0.3, rng.normal(size=20)
x = start.copy()
for step in range(20):
    p = 1 / (1 + np.exp(-(x @ w + b)))
    loss = -np.log(p)
    x = x + 0.05 * np.sign((p - 1) * w)
    x = np.clip(x, start - 0.5, start + 0.5)
"""
    assert codes(text) == []
    assert codes(text.replace("np.clip(x, start - 0.5, start + 0.5)", "x * 1.0")) == ["GL205"]


@pytest.mark.parametrize("wrong", [False, True])
def test_an_error_of_known_entries_only_implies_a_loss(wrong):
    """Ratings that are not known count for nothing: the rest of the squared error goes down."""
    text = f"""\
import numpy as np

rng = np.random.default_rng(0)
R, known = rng.normal(size=(6, 5)), rng.random((6, 5)) < 0.7
P, Q = rng.normal(size=(6, 2)), rng.normal(size=(2, 5))
for step in range(4):
    E = known * (R - P @ Q)
    P, Q = P {"-+"[not wrong]} 0.01 * E @ Q.T, Q {"-+"[not wrong]} 0.01 * P.T @ E
"""
    report = check(text)
    assert report.loss.kind == "implied"
    assert codes(text) == ["GL205"] * wrong


def test_the_error_of_a_choice_may_start_from_minus_the_probabilities():
    """``d = -p; d[a] += 1`` is the derivative of log p[a], whose ascent is right."""
    text = """\
import numpy as np

rng = np.random.default_rng(0)
W = rng.normal(size=(4, 3))
for step in range(4):
    x = rng.normal(size=4)
    e = np.exp(x @ W)
    p = e / e.sum()
    d = -p
    d[step % 3] += 1
    W += 0.1 * np.outer(x, d)
"""
    assert check(text).verdict == "right"
    assert codes(text.replace("W +=", "W -=")) == ["GL205"]


ONE_BY_ONE = """\
import numpy as np

rng = np.random.default_rng(6)
rows = [(np.zeros(2), 0.0), (np.array([0.0, 1.0]), 1.0), (np.array([1.0, 1.0]), 0.0)]
V, c = rng.normal(size=(3, 2)), rng.normal(size=3)
w, d = rng.normal(size=3), rng.normal(size=1)
for epoch in range(60):
    for given, wanted in rows:
        h = np.tanh(V @ given + c)
        o = w @ h + d
        back = {delta}
        behind = w * back * (1 - h**2)
        w = w - 0.1 * back * h
        d = d - 0.1 * back
        V = V - 0.1 * np.outer(behind, given)
        c = c - 0.1 * behind
"""


def test_a_residual_turned_round_is_told_sample_by_sample():
    """The first sample is zero, and the second one shows that all steps climb."""
    assert codes(ONE_BY_ONE.replace("{delta}", "o - wanted")) == []
    assert set(codes(ONE_BY_ONE.replace("{delta}", "wanted - o"))) == {"GL205"}


MARGINS = """\
import numpy as np

rng = np.random.default_rng(3)
x, kind = rng.normal(size=(20, 4)), rng.integers(0, 3, 20)
V, rows = rng.normal(size=(4, 3)), np.arange(20)
for step in range(5):
    f = x @ V
    room = {room}
    room[rows, kind] = 0.0
    value = {value} / 20
    slope = (room > 0) * 1.0
    slope[rows, kind] = -slope.sum(axis=1)
    V {sign}= 0.02 * x.T @ slope / 20
print(value)
"""
ROOM = "f - f[rows, kind][:, None] + 1.0"


@pytest.mark.parametrize(
    ("room", "value"),
    [
        (ROOM, "room[room > 0].sum()"),
        (ROOM, "np.maximum(0, room).sum()"),
        (f"1.0 + ({ROOM[:-6]})", "np.maximum(room, 0.0).sum()"),
    ],
)
def test_nobody_climbs_what_the_classes_lack_of_their_margin(room, value):
    """The hinge of several classes is a loss by its making, whether a mask or a maximum cuts it."""
    for sign, told in (("-", []), ("+", ["GL205"])):
        assert codes(MARGINS.format(room=room, value=value, sign=sign)) == told


def test_what_is_no_margin_may_be_climbed():
    """The same entries picked where they are negative are no hinge, and either way is silent."""
    text = MARGINS.replace("(room > 0)", "(room < 0)")
    for sign in "+-":
        assert codes(text.format(room=ROOM, value="room[room < 0].sum()", sign=sign)) == []


CODE = """\
import numpy as np

rng = np.random.default_rng(5)
x = (rng.uniform(size=(30, 6)) < 0.3) * 1.0
E, S, D = rng.normal(size=(6, 2)), 0.1 * rng.normal(size=(6, 2)), rng.normal(size=(2, 6))
for step in range(5):
    mean, spread = x @ E, x @ S
    noise = rng.normal(size=(30, 2))
    code = mean + np.exp(spread) * noise
    y = 1 / (1 + np.exp(-code @ D))
    seen = -np.sum(x * np.log(y) + (1 - x) * np.log(1 - y)) / 30
    d = (y - x) / 30
    dcode = d @ D.T
    dE = x.T @ (dcode + mean / 30)
    dS = x.T @ (dcode * noise * np.exp(spread) + (np.exp(2 * spread) - 1) / 30)
    dD = code.T @ d
    for P, g in ((E, dE), (S, dS), (D, dD)):
        P {sign}= 0.1 * g
print(seen)
"""


@pytest.mark.parametrize(("sign", "told"), [("-", []), ("+", ["GL205"])])
def test_a_loss_that_a_known_term_is_added_to_is_no_less_a_loss(sign, told):
    """The gradients hold a divergence that nothing prints; the cross-entropy is still minimised."""
    assert codes(CODE.format(sign=sign)) == told
