"""The road from gradient to parameter: optimisers of every family pass, what is none does not."""

from __future__ import annotations

import contextlib
import io

import pytest

from gradlint.checking.inspection import Inspection
from gradlint.config import Options
from gradlint.source.spots import SourceFile

NET = """
import numpy as np
rng = np.random.default_rng(3)
X, Y = rng.normal(size=(11, 3)), rng.normal(size=(11, 2))
P = {"W": rng.normal(size=(3, 4)), "b": 0.1 * rng.normal(size=4), "V": rng.normal(size=(4, 2))}
m = {k: np.zeros_like(p) for k, p in P.items()}
v = {k: np.zeros_like(p) for k, p in P.items()}
u = {k: np.zeros_like(p) for k, p in P.items()}
lr, mu, b1, b2, eps = 0.05, 0.9, 0.9, 0.99, 1e-8
for t in range(1, 40):
    h = np.tanh(X @ P["W"] + P["b"])
    r = h @ P["V"] - Y
    loss = np.mean(r ** 2)
    d = 2 * r / r.size
    dz = (d @ P["V"].T) * (1 - h ** 2)
    G = {"W": X.T @ dz, "b": dz.sum(0), "V": h.T @ d}
"""

OPTIMISERS = {
    "momentum": """
        m[k] = mu * m[k] + g
        P[k] = P[k] - lr * m[k]
""",
    "momentum with the rate inside": """
        m[k] = mu * m[k] - lr * g
        P[k] += m[k]
""",
    "dampened momentum with decay": """
        m[k] = mu * m[k] + (1 - mu) * (g + 0.01 * P[k])
        P[k] -= lr * m[k]
""",
    "Nesterov by two velocities": """
        old = m[k]
        m[k] = mu * m[k] - lr * g
        P[k] += -mu * old + (1 + mu) * m[k]
""",
    "Nesterov by a look ahead": """
        m[k] = mu * m[k] + g
        P[k] -= lr * (g + mu * m[k])
""",
    "Adagrad": """
        v[k] += g ** 2
        P[k] -= lr * g / (np.sqrt(v[k]) + eps)
""",
    "RMSprop in place": """
        v[k] *= b2
        v[k] += (1 - b2) * g * g
        P[k] -= lr * g / np.sqrt(v[k] + eps)
""",
    "centred RMSprop with momentum": """
        v[k] = b2 * v[k] + (1 - b2) * g ** 2
        u[k] = b2 * u[k] + (1 - b2) * g
        m[k] = mu * m[k] + lr * g / np.sqrt(v[k] - u[k] ** 2 + 1e-3)
        P[k] -= m[k]
""",
    "Adadelta": """
        v[k] = b2 * v[k] + (1 - b2) * g ** 2
        step = np.sqrt(u[k] + 1e-6) / np.sqrt(v[k] + 1e-6) * g
        u[k] = b2 * u[k] + (1 - b2) * step ** 2
        P[k] -= step
""",
    "Adam": """
        m[k] = b1 * m[k] + (1 - b1) * g
        v[k] = b2 * v[k] + (1 - b2) * g ** 2
        P[k] -= lr * (m[k] / (1 - b1 ** t)) / (np.sqrt(v[k] / (1 - b2 ** t)) + eps)
""",
    "Adam with decay in the gradient": """
        g = g + 0.01 * P[k]
        m[k] = b1 * m[k] + (1 - b1) * g
        v[k] = b2 * v[k] + (1 - b2) * g ** 2
        P[k] -= lr * np.sqrt(1 - b2 ** t) / (1 - b1 ** t) * m[k] / (np.sqrt(v[k]) + eps)
""",
    "AdamW": """
        m[k] = b1 * m[k] + (1 - b1) * g
        v[k] = b2 * v[k] + (1 - b2) * g ** 2
        P[k] -= lr * (m[k] / (1 - b1 ** t) / (np.sqrt(v[k] / (1 - b2 ** t)) + eps) + 0.02 * P[k])
""",
    "AMSGrad": """
        m[k] = b1 * m[k] + (1 - b1) * g
        v[k] = b2 * v[k] + (1 - b2) * g ** 2
        u[k] = np.maximum(u[k], v[k])
        P[k] -= lr * m[k] / (np.sqrt(u[k]) + eps)
""",
    "Nadam": """
        m[k] = b1 * m[k] + (1 - b1) * g
        v[k] = b2 * v[k] + (1 - b2) * g ** 2
        ahead = b1 * m[k] / (1 - b1 ** (t + 1)) + (1 - b1) * g / (1 - b1 ** t)
        P[k] -= lr * ahead / (np.sqrt(v[k] / (1 - b2 ** t)) + eps)
""",
    "Adamax": """
        m[k] = b1 * m[k] + (1 - b1) * g
        v[k] = np.maximum(b2 * v[k], np.abs(g))
        P[k] -= lr / (1 - b1 ** t) * m[k] / (v[k] + eps)
""",
    "Lion": """
        P[k] -= lr * (np.sign(b1 * m[k] + (1 - b1) * g) + 0.01 * P[k])
        m[k] = b2 * m[k] + (1 - b2) * g
""",
    "sign descent": """
        P[k] -= 0.01 * np.sign(g)
""",
    "Rprop": """
        same = np.sign(g * m[k])
        u[k] = (u[k] + 1e-3) * np.where(same > 0, 1.2, np.where(same < 0, 0.5, 1.0))
        P[k] -= u[k] * np.sign(g)
        m[k] = g
""",
    "clipping by value": """
        P[k] -= lr * np.clip(g, -0.05, 0.05)
""",
    "clipping by each norm": """
        P[k] -= lr * g / max(1.0, np.linalg.norm(g) / 0.1)
""",
    "warm-up from nothing": """
        P[k] -= lr * min(1.0, (t - 1) / 10) * g
""",
    "noise": """
        P[k] -= lr * (g + 0.01 * rng.normal(size=g.shape))
""",
    "a projected parameter": """
        P[k] = np.clip(P[k] - lr * g, -2, 2)
""",
    "a rule without a name": """
        m[k] = 0.5 * m[k] + 0.5 * np.cbrt(g)
        P[k] -= lr * m[k] / (0.1 + np.abs(m[k]).mean())
""",
    "the new rows brought to length 1": """
        P[k] = P[k] - lr * g
        P[k] = P[k] / np.linalg.norm(P[k], axis=-1, keepdims=True)
""",
    "the new columns centred": """
        P[k] = P[k] - lr * g
        P[k] -= P[k].mean(axis=0)
""",
    "a decay by the square root of the weight": """
        P[k] -= lr * (g + 0.01 * np.sign(P[k]) * np.sqrt(np.abs(P[k])))
""",
}

STRAY = {
    "absolute value": "np.abs(g)",
    "square": "g ** 2",
    "times its weight": "g * P[k]",
    "a constant": "g + 0.1",
    "cut on one side": "np.maximum(g, 0)",
    "the third power": "g ** 3",
    "data": "g + 0.1 * X[:4, :2]",
}

SLIPS = {
    "a moment overwritten": """
        m[k] = (1 - b1) * g
        v[k] = b2 * v[k] + (1 - b2) * g ** 2
        P[k] -= lr * m[k] / (np.sqrt(v[k]) + eps)
""",
    "a moment of squares": """
        m[k] = b1 * m[k] + (1 - b1) * g ** 2
        v[k] = b2 * v[k] + (1 - b2) * g ** 2
        P[k] -= lr * m[k] / (np.sqrt(v[k]) + eps)
""",
    "a second moment of sizes": """
        v[k] = b2 * v[k] + (1 - b2) * np.abs(g)
        P[k] -= lr * g / (np.sqrt(v[k]) + eps)
""",
    "the root of what may be negative": """
        v[k] = b2 * v[k] + (1 - b2) * g
        P[k] -= lr * g / (np.sqrt(v[k]) + eps)
""",
    "no root": """
        v[k] = b2 * v[k] + (1 - b2) * g ** 2
        P[k] -= lr * g / (v[k] + eps)
""",
    "the past subtracted": """
        m[k] = g - mu * m[k]
        P[k] -= lr * m[k]
""",
    "the past of the other moment": """
        m[k] = b1 * v[k] + (1 - b1) * g
        v[k] = b2 * v[k] + (1 - b2) * g ** 2
        P[k] -= lr * m[k] / (np.sqrt(v[k]) + eps)
""",
}


def checked(rule, changed="g"):
    """Check the net with an update rule, behind what is done to the gradient of one weight."""
    head = "    for k, g in G.items():\n"
    if changed != "g":
        head += f"        if k == 'V':\n            g = {changed}\n"
    with contextlib.redirect_stdout(io.StringIO()):
        program = SourceFile("net.py", NET + head + rule.strip("\n") + "\n")
        return Inspection(program, Options(), 60.0, verify=False).report()


@pytest.mark.parametrize("rule", OPTIMISERS.values(), ids=OPTIMISERS.keys())
def test_an_optimiser_is_let_through(rule):
    """Every family of optimisers leaves right gradients right, and nothing is said about it."""
    report = checked(rule)
    assert [(p.name, p.reason) for p in report.parameters if p.verdict != "right"] == []
    assert report.verdict == "right"
    assert len(report.parameters) == 3


@pytest.mark.parametrize("rule", ["momentum", "Adam", "clipping by value"])
@pytest.mark.parametrize("changed", STRAY.values(), ids=STRAY.keys())
def test_an_operation_on_one_gradient_is_found(changed, rule):
    """What is done to one gradient on its way is shown where it is done, behind any optimiser."""
    report = checked(OPTIMISERS[rule], changed)
    verdicts = {p.name: p.verdict for p in report.parameters}
    assert verdicts == {"P['W']": "right", "P['b']": "right", "P['V']": "wrong"}
    (finding,) = [f for f in report.findings if f.severity != "note"]
    assert finding.code == "GL209"
    assert changed in finding.message


@pytest.mark.parametrize("changed", ["np.abs(g)", "g ** 2"])
def test_a_rule_that_does_not_ask_for_the_gradient_s_sign_is_wrong(changed):
    """The opposite gradient gives the same step: whatever the parameters share, none descends."""
    report = checked(f"        P[k] -= lr * ({changed})\n")
    assert [p.verdict for p in report.parameters] == ["wrong"] * 3
    assert [f.code for f in report.findings if f.severity != "note"] == ["GL209"]


@pytest.mark.parametrize("changed", ["g ** 3", "np.maximum(g, 0)"])
def test_a_rule_that_is_no_optimiser_is_not_judged(changed):
    """What all gradients go through alike is a rule nobody knows: neither right nor wrong."""
    report = checked(f"        P[k] -= lr * ({changed})\n")
    assert report.verdict == "cannot-tell"
    assert all("right as far as" in p.reason for p in report.parameters)


@pytest.mark.parametrize("decay", ["np.sum(P[k])", "P[k][::-1]", "P[k].mean() + P[k]"])
def test_a_decay_is_the_weight_s_own(decay):
    """What is taken off a weight is made of that weight, or the rule is none that is known."""
    report = checked(f"        P[k] -= lr * (g + 0.01 * ({decay}))\n")
    assert report.verdict != "right"
    assert {p.verdict for p in report.parameters} == {"cannot-tell"}


@pytest.mark.parametrize("rule", SLIPS.values(), ids=SLIPS.keys())
def test_a_slip_of_an_optimiser_is_named(rule):
    """A formula that is nearly an optimiser's is wrong, and told once."""
    report = checked(rule)
    assert report.verdict == "wrong"
    assert [f.code for f in report.findings if f.severity != "note"] == ["GL410"]


def test_a_factor_before_a_scale_free_rule_is_silent():
    """Adam makes the same step of half the gradient."""
    assert checked(OPTIMISERS["Adam"], "0.5 * g").verdict == "right"


def test_a_factor_before_a_common_norm_is_found():
    """A norm of all gradients does not take a factor of one of them away."""
    norm = (
        "    G['V'] = 0.5 * G['V']\n    size = np.sqrt(sum((g ** 2).sum() for g in G.values()))\n"
    )
    rule = "        P[k] -= lr * g / size\n"
    text = NET + norm + "    for k, g in G.items():\n" + rule
    with contextlib.redirect_stdout(io.StringIO()):
        report = Inspection(SourceFile("net.py", text), Options(), 60.0, verify=False).report()
    assert [p.name for p in report.parameters if p.verdict == "wrong"] == ["P['V']"]


def test_a_decay_that_grows_is_wrong():
    """Without a gradient an update must not push the weights away from zero."""
    report = checked("        P[k] -= lr * g - 0.01 * P[k]\n")
    assert report.verdict == "wrong"
    assert {f.code for f in report.findings if f.severity != "note"} == {"GL208"}


def test_the_edit_takes_the_operation_away():
    """The fix leaves what the operation was done to, and the program is right with it."""
    text = NET + "    G['b'] = np.abs(G['b'])\n    for k, g in G.items():\n        P[k] -= lr * g\n"
    with contextlib.redirect_stdout(io.StringIO()):
        report = Inspection(SourceFile("net.py", text), Options(), 60.0).report()
    (finding,) = [f for f in report.findings if f.severity != "note"]
    assert finding.fix is not None
    assert [e.content for e in finding.fix.edits] == ["G['b']"]


def test_a_buffer_made_beforehand_is_no_moment():
    """A gradient that is kept in an array of zeros made before the loop is not one overwritten."""
    rule = """
        g = total[k] = g / len(Y)
        m[k] = mu * m[k] + g
        P[k] -= lr * m[k]
"""
    text = NET.replace("loss = np.mean(r ** 2)", "loss = np.sum(r ** 2) / r.shape[1]")
    text = text.replace("2 * r / r.size", "2 * r / r.shape[1]")
    text = text.replace("lr, mu", "total = {k: np.zeros_like(p) for k, p in P.items()}\nlr, mu")
    text += "    for k, g in G.items():\n" + rule.strip("\n") + "\n"
    with contextlib.redirect_stdout(io.StringIO()):
        report = Inspection(SourceFile("net.py", text), Options(), 60.0, verify=False).report()
    assert report.verdict == "right"


def test_an_objection_to_one_road_leaves_the_others_as_they_were():
    """Bias and scale are numbers; that the weights' step is no step says nothing of their rates."""
    text = """
import numpy as np
rng = np.random.default_rng(4)
X, goal = rng.normal(size=(14, 3)), rng.normal(size=14)
w, b, c = np.zeros(3), 0.2, 1.1
for k in range(30):
    line = X @ w + b
    out = np.tanh(c * line)
    loss = np.mean((out - goal) ** 2)
    d = 2 * (out - goal) * (1 - out ** 2) / len(goal)
    gw, gb, gc = c * X.T @ d, np.sum(c * d), np.sum(d * line)
    w -= np.abs(0.3 * gw)
    b -= 0.3 * gb
    c -= 0.3 * gc
"""
    with contextlib.redirect_stdout(io.StringIO()):
        report = Inspection(SourceFile("line.py", text), Options(), 60.0).report()
    assert [p.name for p in report.parameters if p.verdict != "right"] == ["w"]
    assert [f.code for f in report.findings if f.severity != "note"] == ["GL209"]


@pytest.mark.parametrize(("factor", "wrong"), [("1.0", []), ("0.5", ["P['V']"])])
def test_a_factor_of_a_gradient_and_its_decay_is_no_rate(factor, wrong):
    """The gradient is halved together with the decay, in the line that makes it."""
    head = f"    for k in 'WV':\n        G[k] = {'{}'} * (G[k] + 0.01 * P[k])\n"
    head = head.format(f"({factor} if k == 'V' else 1.0)")
    text = NET + head + "    for k, g in G.items():\n        P[k] -= lr * g\n"
    with contextlib.redirect_stdout(io.StringIO()):
        report = Inspection(SourceFile("net.py", text), Options(), 60.0, verify=False).report()
    assert [p.name for p in report.parameters if p.verdict == "wrong"] == wrong


@pytest.mark.parametrize(("last", "wrong"), [("G['V'] * scale", []), ("scale", ["P['V']"])])
def test_a_branch_that_only_the_first_step_takes_is_driven(last, wrong):
    """The first step is clipped and the second is not: what the clipping does is seen."""
    text = NET.replace(
        "for t in range(1, 40):", "for t in range(1, 40):\n    most = 1e-3 * t ** 30"
    )
    text += f"""
    size = np.sqrt(sum((g ** 2).sum() for g in G.values()))
    if size > most:
        scale = most / size
        G["W"], G["b"], G["V"] = G["W"] * scale, G["b"] * scale, {last}
    for k, g in G.items():
        P[k] -= lr * g
"""
    with contextlib.redirect_stdout(io.StringIO()):
        report = Inspection(SourceFile("net.py", text), Options(), 60.0, verify=False).report()
    assert [p.name for p in report.parameters if p.verdict == "wrong"] == wrong


@pytest.mark.parametrize("bound", [1, 2, 4, 8, 16, 32])
def test_a_clip_makes_no_square_a_size(bound):
    """A bound on large gradients bounds what becomes of their squares."""
    text = NET.replace("u = {k: np.zeros_like(p)", "u = {k: np.full_like(p, 1e-8)")
    text += f"""    for k, g in G.items():
        g = np.clip(g, -{bound}, {bound})
        u[k] += g ** 2
        P[k] -= lr * g / np.sqrt(u[k])
"""
    with contextlib.redirect_stdout(io.StringIO()):
        report = Inspection(SourceFile("net.py", text), Options(), 60.0, verify=False).report()
    assert report.verdict == "right"


PLAIN = """\
import numpy as np

rng = np.random.default_rng(0)
x, y = rng.normal(size=(20, 3)), rng.normal(size=(20, 2))
W1, W2, W3 = rng.normal(size=(3, 5)), rng.normal(size=(5, 4)), rng.normal(size=(4, 2))
for step in range(9):
    h = np.tanh(x @ W1)
    k = np.tanh(h @ W2)
    out = k @ W3
    loss = 0.5 * np.sum((out - y) ** 2)
    print(loss)
    d = out - y
    dk = d @ W3.T * (1 - k ** 2)
    dh = FACTOR * (dk @ W2.T) * (1 - h ** 2)
    W3 -= 0.01 * k.T @ d
    W2 -= 0.01 * h.T @ dk
    W1 -= 0.01 * x.T @ dh
"""


@pytest.mark.parametrize("factor", ["1.0005", "0.9998"])
def test_a_factor_near_one_is_no_factor_that_a_rule_takes_no_notice_of(factor):
    """Plain descent takes notice of every factor, however near to one it is."""
    file = SourceFile("net.py", PLAIN.replace("FACTOR", factor))
    with contextlib.redirect_stdout(io.StringIO()):
        report = Inspection(file, Options(), 20).report()
    wrong = [p.name for p in report.parameters if p.verdict == "wrong"]
    assert wrong == ["W1"], report


AHEAD = """
import numpy as np
rng = np.random.default_rng(7)
X = rng.normal(size=(30, 3))
y = X @ rng.normal(size=3) + rng.standard_t(2, size=30)
w, v = np.zeros(3), np.zeros(3)
for k in range(40):
    look = w AHEAD 0.9 * v
    r = X @ look - y
    g = X.T @ np.clip(r, -1, 1) / 30
    v = 0.9 * v PUSH 0.05 * g
    w = w MOVE v
"""


@pytest.mark.parametrize(
    ("ahead", "push", "move", "wrong"),
    [("+", "-", "+", False), ("-", "+", "-", False), ("-", "-", "+", True), ("+", "+", "-", True)],
)
@pytest.mark.parametrize("said", [True, False])
def test_the_look_ahead_goes_where_the_step_goes_on(ahead, push, move, wrong, said):
    """Nesterov's model is asked where its past leads the parameter, not behind it."""
    text = AHEAD.replace("AHEAD", ahead).replace("PUSH", push).replace("MOVE", move)
    if said:
        text = text.replace("np.clip(r, -1, 1)", "r").replace(
            "    v =", "    print(r @ r / 60)\n    v ="
        )
    report = Inspection(SourceFile("ahead.py", text), Options(), timeout=20).report()
    found = [(f.code, f.site.row) for f in report.findings if f.severity != "note"]
    assert found == ([("GL410", 8)] if wrong else []), report
    assert report.verdict == ("wrong" if wrong else "right")


CORRECTED = """
import numpy as np
rng = np.random.default_rng(4)
X = rng.normal(size=(30, 4))
y = np.tanh(X @ rng.normal(size=4))
w, m, v = 0.1 * rng.normal(size=4), np.zeros(4), np.zeros(4)
b1, b2 = 0.9, 0.999
for t in range(1, 40):
    e = np.tanh(X @ w) - y
    loss = np.mean(e ** 2)
    g = X.T @ (2 * e * (1 - np.tanh(X @ w) ** 2)) / 30
    m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g ** 2
    fair = v / (1 - b2 ** t)
    w = w - 0.01 * m / (1 - b1 ** t) / (np.sqrt(fair) + 1e-8)
"""


def test_a_correction_that_turns_a_moment_negative_is_told():
    """The root of a negative number is none: the bias correction has a slip."""
    file = SourceFile("adam.py", CORRECTED)
    assert Inspection(file, Options(), timeout=20).report().verdict == "right"
    file = SourceFile("adam.py", CORRECTED.replace("b2 ** t", "b2 * t"))
    (finding,) = Inspection(file, Options(), timeout=20).report().findings
    assert (finding.code, finding.site.row) == ("GL410", 13)
    assert finding.fix is not None
    assert finding.fix.edits[0].content == "b2 ** t"


ONE_BY_ONE = """
import numpy as np
rng = np.random.default_rng(8)
X = rng.normal(size=(20, 5))
T = (X @ np.array([1.0, -2.0, 0.5, 0.0, 1.0]) > 0).astype(float)
w, b = rng.normal(size=5) * 0.1, 0.2
for epoch in range(20):
    sum_w, sum_b, loss = np.zeros(5), 0.0, 0.0
    for x, t in zip(X, T):
        q = 1 / (1 + np.exp(-(x @ w + b)))
        loss -= t * np.log(q) + (1 - t) * np.log(1 - q)
        gw, gb = (q - t) * x, q - t
        cut = min(1.0, 0.7 / np.sqrt(gw @ gw + gb ** 2))
        sum_w += gw * cut
        sum_b += gb * cut
    w -= 0.3 * sum_w / 20
    b -= 0.3 * sum_b / 20
"""


def test_gradients_that_are_clipped_sample_by_sample_are_no_slip():
    """The samples that are added behind the one whose gradient was found are no number."""
    report = Inspection(SourceFile("net.py", ONE_BY_ONE), Options(), timeout=20).report()
    assert report.verdict == "cannot-tell"
    assert all(f.severity == "note" or f.code.startswith("GL9") for f in report.findings)
