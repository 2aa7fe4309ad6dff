import contextlib
import io

import pytest

from gradlint.checking.inspection import Inspection
from gradlint.config import Options
from gradlint.findings import is_claim
from gradlint.source.edits import apply, edits_of
from gradlint.source.spots import SourceFile

PROGRAM = """\
import numpy as np

rng = np.random.default_rng(0)
x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
W, b = rng.normal(size=(3, 2)), rng.normal(size=2)
lr, scale = 0.1, np.array([2.0, 3.0])
for step in range(4):
    out = np.tanh((x @ W + b) * scale)
    loss = 0.5 * np.sum((out - y) ** 2)
    d = (out - y) * (1 - out ** 2) * scale
    dW, db = x.T @ d, d.sum(axis=0)
{updates}
"""


def check(updates, program=PROGRAM):
    """Check the program with some updates in this process."""
    text = program.format(updates="\n".join(f"    {row}" for row in updates))
    with contextlib.redirect_stdout(io.StringIO()):
        return Inspection(SourceFile("net.py", text), Options(), 20).report()


def claims(report):
    """The codes and rows of all claims."""
    return [(f.code, f.site.row) for f in report.findings if is_claim(f)]


@pytest.mark.parametrize("update", ["b = b - lr * b", "b -= lr * b", "b = b * 0.9"])
def test_a_parameter_moved_by_itself_beside_its_gradient(update):
    """`db` is the true gradient and goes nowhere: the update of b is told, and W is right."""
    report = check(["W = W - lr * dW", update])
    assert report.verdict == "wrong"
    assert claims(report) == [("GL404", 13)]
    assert [(p.name, p.verdict) for p in report.parameters] == [("W", "right"), ("b", "wrong")]


@pytest.mark.parametrize("update", ["b = b - lr * b", "b -= lr * b"])
def test_the_fix_uses_the_gradient(update):
    """The parameter that stands in the place of the gradient is replaced by it."""
    report = check(["W = W - lr * dW", update])
    text = apply(report.source, edits_of(report.findings, "net.py"))
    assert update[:-1] + "db\n" in text


@pytest.mark.parametrize(
    "updates",
    [
        ["loss += np.sum(scale ** 2)", "W -= lr * dW", "b -= lr * db", "scale -= lr * scale"],
        ["W -= lr * dW", "b -= lr * db", "scale = 0.99 * scale"],
        ["W -= lr * dW", "b -= lr * db", "scale += 0.0"],
        ["W -= lr * dW"],
    ],
)
def test_what_is_moved_by_hand_or_kept_is_nobodys_mistake(updates):
    """A slope that is lowered by hand and a bias that nobody moves have no unused gradient."""
    report = check(updates)
    expected = [("GL409", 14)] if "scale += 0.0" in updates else []
    assert claims(report) == expected


def test_an_update_before_its_buffer_is_filled_is_moved():
    """The buffer is zero when it is subtracted; its gradient comes a line later."""
    updates = ["g = np.zeros(2)", "b -= lr * g", "W -= lr * dW", "g += db", "n = step"]
    report = check(updates)
    assert claims(report) == [("GL307", 13)]
    text = apply(report.source, edits_of(report.findings, "net.py"))
    assert text.endswith("    W -= lr * dW\n    g += db\n    b -= lr * g\n    n = step\n")


def test_only_the_decay_that_others_have_as_well():
    """Where siblings decay at the same rate, a gradient of decay alone has lost a term."""
    report = check(["W -= lr * (dW + 0.3 * W)", "b -= lr * (0.3 * b)"], PROGRAM)
    assert claims(report) == [("GL404", 13)]  # db is there, and unused
    without = PROGRAM.replace("dW, db = x.T @ d, d.sum(axis=0)", "dW = x.T @ d")
    report = check(["W -= lr * (dW + 0.3 * W)", "b -= lr * (0.3 * b)"], without)
    assert claims(report) == [("GL409", 13)]
    report = check(["W -= lr * (dW + 0.3 * W)", "b -= lr * (0.2 * b)"], without)
    assert claims(report) == []


def test_only_the_decay_of_the_loss_in_an_update_that_others_learn_by():
    """The penalty's part of the gradient takes the place of the whole."""
    program = PROGRAM.replace("(out - y) ** 2)", "(out - y) ** 2) + 0.05 * (np.sum(W ** 2))")
    updates = ["for p, g in ((b, db), (W, dW)):", "    p -= lr * g"]
    assert claims(check(["dW += 0.1 * W", *updates], program)) == []
    found = claims(check(["dW = 0.1 * W", *updates], program))
    assert [code for code, _ in found] == ["GL409"]


def test_a_sum_that_nothing_is_added_to():
    """The buffer stays zero in every step."""
    without = PROGRAM.replace("dW, db = x.T @ d, d.sum(axis=0)", "dW, db = x.T @ d, np.zeros(2)")
    report = check(["W -= lr * dW", "b -= lr * db"], without)
    assert claims(report) == [("GL409", 11)]


OVERWRITTEN = ["W = -lr * dW", "W =- lr * dW", "W = lr * dW", "W[...] = -lr * dW"]


@pytest.mark.parametrize("update", OVERWRITTEN)
def test_a_parameter_that_its_step_overwrites(update):
    """Nothing is left of W; the parameter is in the report, and the fix keeps the old value."""
    report = check([update, "b -= lr * db"])
    assert claims(report) == [("GL408", 12)]
    assert [(p.name, p.verdict) for p in report.parameters] == [("b", "right"), ("W", "wrong")]
    if "[" not in update:
        text = apply(report.source, edits_of(report.findings, "net.py"))
        assert "    W -= lr * dW\n" in text


ALONE = """\
import numpy as np
rng = np.random.default_rng(8)
P, D = rng.normal(size=(7, 2)), rng.uniform(1, 2, size=(7, 7))
for turn in range(30):
    apart = P[:, None] - P[None]
    far = np.sqrt((apart ** 2).sum(-1) + np.eye(7))
    tension = (far - D) * (1 - np.eye(7))
    stress = 0.25 * (tension ** 2).sum()
    pull = ((tension + tension.T) / far)[:, :, None] * apart
    P {update}
print(stress)
"""


@pytest.mark.parametrize(
    "update", ["b = abs(b - lr * db)", "b = lr * db - b", "b = (b - lr * db) ** 2"]
)
def test_a_parameter_that_its_step_does_not_keep(update):
    """Where no gradient is the bias would change all the same."""
    assert claims(check(["W -= lr * dW", update])) == [("GL408", 13)]


@pytest.mark.parametrize(
    "update",
    [
        "b = np.sign(b - lr * db) * np.maximum(abs(b - lr * db) - 0.01, 0)",
        "u = b - lr * db; b = np.where(abs(u) > 0.01, u - 0.01 * np.sign(u), 0 * u)",
        "u = b - lr * db; b = u / max(1.0, np.linalg.norm(u))",
    ],
)
def test_a_parameter_that_is_brought_nearer_to_zero_is_kept(update):
    """A soft threshold and a ball are no slips."""
    assert "GL408" not in [code for code, _ in claims(check(["W -= lr * dW", update]))]


def test_a_gradient_that_only_counts_in_the_norm_is_not_used():
    """All gradients are clipped together, and one of them is then forgotten."""
    clip = "size = max(1.0, np.sqrt((dW ** 2).sum() + (db ** 2).sum()))"
    assert claims(check([clip, "W -= lr * dW / size", "b -= lr * db / size"])) == []
    assert claims(check([clip, "W -= lr * dW / size", "b -= lr"])) == [("GL404", 14)]


def test_a_lone_parameter_that_its_step_overwrites():
    """No other parameter shows the training step: the loss, its gradient and the place do."""
    step = "0.05 * 0.5 * pull.sum(1)"
    assert claims(check([], ALONE.format(update=f"-= {step}"))) == []
    for update in (f"= {step}", f"=- {step}"):
        report = check([], ALONE.format(update=update))
        assert claims(report) == [("GL408", 10)]
        text = apply(report.source, edits_of(report.findings, "net.py"))
        assert f"    P -= {step}\n" in text


def test_a_loop_that_gives_the_steps_the_names_of_the_parameters():
    """Nothing reads the new values, and nothing is learned: told once, with the fix for all."""
    loop = "for p, g in ((W, dW), (b, db)):"
    assert claims(check([loop, "    p -= lr * g"])) == []
    for slip in ("p =- lr * g", "p = -lr * g"):
        report = check([loop, f"    {slip}"])
        assert claims(report) == [("GL408", 13)]
        text = apply(report.source, edits_of(report.findings, "net.py"))
        assert "        p -= lr * g\n" in text


def test_gradients_that_are_only_worked_out_are_no_steps():
    """Without a new value under the name of a parameter nothing was meant to be learned."""
    report = check(["gW, gb = -lr * dW, -lr * db"])
    assert "GL408" not in [code for code, _ in claims(report)]


@pytest.mark.parametrize(
    "step",
    ["v = A @ v / np.linalg.norm(A @ v)", "v = np.linalg.solve(A, b - 0.1 * v)", "v = v @ v * b"],
)
def test_what_is_worked_out_anew_is_no_parameter_overwritten(step):
    """The power method and fixed points put something else in the place of a value."""
    text = (
        "import numpy as np\nrng = np.random.default_rng(8)\nB = rng.normal(size=(4, 4))\n"
        "A, b, v = 0.05 * B @ B.T + 0.1 * np.eye(4), rng.normal(size=4), rng.normal(size=4)\n"
        "for turn in range(30):\n    loss = 0.5 * v @ A @ v - b @ v\n"
        f"    {step}\nprint(loss)\n"
    )
    assert "GL408" not in [code for code, _ in claims(check([], text))]


def test_a_bias_that_starts_at_zero_and_is_overwritten():
    """In the first step zero minus the step is the step: the second step tells."""
    zero = PROGRAM.replace("rng.normal(size=2)\n", "np.zeros(2)\n", 1)
    assert claims(check(["W -= lr * dW", "b = -lr * db"], zero)) == [("GL408", 13)]


def test_a_parameter_that_learns_nothing_in_the_first_step_and_is_overwritten():
    """The weights behind it start at zero, and so does its gradient."""
    program = PROGRAM.replace("+ b) * scale", "+ b) * tilt").replace(
        "** 2) * scale", "** 2) * tilt"
    )
    program = program.replace("for step", "tilt = np.zeros(2)\nfor step")
    slope = "dt = ((out - y) * (1 - out ** 2) * (x @ W + b)).sum(axis=0)"
    report = check([slope, "b -= lr * db", "W = lr * dW", "tilt -= lr * dt"], program)
    assert claims(report) == [("GL408", 15)]


def test_a_layer_overwritten_before_the_step_in_which_all_others_learn():
    """The output weights start at zero: the others learn from the second step on only."""
    program = PROGRAM.replace("+ b) * scale", "+ b) @ tilt").replace("** 2) * scale", "** 2)")
    program = program.replace("for step", "tilt = np.zeros((2, 2))\nfor step")
    steps = ["e = d @ tilt.T", "dW, db = x.T @ e, e.sum(axis=0)", "dt = (x @ W + b).T @ d"]
    moved = ["W -= lr * dW", "b -= lr * db"]
    assert claims(check([*steps, "tilt -= lr * dt", *moved], program)) == []
    assert claims(check([*steps, "tilt =- lr * dt", *moved], program)) == [("GL408", 16)]


def test_a_bias_of_one_unit_that_becomes_a_single_number():
    """What takes the place of an array of one entry has no axes: it is the bias all the same."""
    program = PROGRAM.replace("size=(9, 2))", "size=(9, 1))").replace("(3, 2)", "(3, 1)")
    program = program.replace("rng.normal(size=2)\n", "np.zeros((1, 1))\n", 1)
    program = program.replace("np.array([2.0, 3.0])", "2.0").replace("d.sum(axis=0)", "d.sum()")
    assert claims(check(["W -= lr * dW", "b -= lr * db"], program)) == []
    assert claims(check(["W -= lr * dW", "b = lr * db"], program)) == [("GL408", 13)]


def test_a_bias_that_is_solved_for_is_not_overwritten():
    """From zero the best bias is a multiple of the gradient there, and never looks at the old."""
    text = (
        "import numpy as np\nrng = np.random.default_rng(0)\n"
        "x, y = rng.normal(size=(20, 3)), rng.normal(size=(20, 2))\n"
        "W, b = rng.normal(size=(3, 2)), np.zeros(2)\nfor t in range(30):\n"
        "    out = x @ W + b\n    loss = np.mean((out - y) ** 2)\n"
        "    dW = x.T @ (out - y) / 20\n    b = np.mean(y - x @ W, axis=0)\n"
        "    W -= 0.1 * dW\nprint(loss)\n"
    )
    assert claims(check([], text)) == []


LISTS = """\
import math
import random

random.seed(4)
inner = [[random.uniform(-1, 1) for _ in range(2)] for _ in range(3)]
outer = [random.uniform(-1, 1) for _ in range(3)]
data = [([random.uniform(-1, 1), random.uniform(-1, 1)], random.random()) for _ in range(6)]
for turn in range(20):
    for point, goal in data:
        h = [math.tanh(row[0] * point[0] + row[1] * point[1]) for row in inner]
        out = sum(w * v for w, v in zip(outer, h))
        loss = 0.5 * (out - goal) ** 2
        d = out - goal
        below = [d * outer[j] * (1 - h[j] ** 2) for j in range(3)]
        for j in range(3):
            outer[j] {outer} 0.1 * d * h[j]
            for i in range(2):
                inner[j][i] {inner} 0.1 * below[j] * point[i]
print(loss)
"""


@pytest.mark.parametrize(
    ("outer", "inner", "found"),
    [("-=", "-=", []), ("=", "-=", [("GL408", 16)]), ("-=", "=", [("GL408", 18)])],
)
def test_weights_in_lists_of_plain_numbers_that_are_overwritten(outer, inner, found):
    """A plain number has no dtype, and is a parameter as an array is."""
    report = check([], LISTS.replace("{outer}", outer).replace("{inner}", inner))
    assert claims(report) == found
    assert not any("`below" in f.message for f in report.findings)  # no factor of the gradient


@pytest.mark.parametrize(
    ("start", "update"),
    [
        ("scale = np.array([2.0, 3.0])", "scale = scale * np.exp(-lr * ds)"),
        ("total = np.zeros(2)", "total = total + ds; scale = np.array([2.0, 3.0]) - lr * total"),
    ],
)
def test_rules_that_multiply_or_sum_up_keep_their_parameter(start, update):
    """Exponentiated gradients and dual averaging lose nothing of the old value."""
    program = PROGRAM.replace("for step", f"{start}\nfor step")
    slope = "ds = ((out - y) * (1 - out ** 2) * (x @ W + b)).sum(axis=0)"
    codes = [
        code for code, _ in claims(check([slope, "W -= lr * dW", "b -= lr * db", update], program))
    ]
    assert "GL408" not in codes


HINGE = """\
import numpy as np

rng = np.random.default_rng(0)
x = np.vstack([rng.normal(size=(9, 3)) + 1, rng.normal(size=(9, 3)) - 1])
y = np.repeat([1.0, -1.0], 9)
w, b = rng.normal(size=3), 0.0
for step in range(9):
    loss = 0.0
    for i in range(18):
        margin = y[i] * (x[i] @ w - b)
        loss += max(0.0, 1 - margin)
        if margin >= 1:
            w -= 0.05 * (0.02 * w)
        else:
            w -= 0.05 * (0.02 * w - y[i] * x[i])
            b {sign}= 0.05 * y[i]
    print(loss / 18 + 0.01 * w @ w)
"""


@pytest.mark.parametrize(("sign", "verdict"), [("-", "right"), ("+", "wrong")])
def test_a_bias_whose_gradient_is_data(sign, verdict):
    """Only a branch leads from the margin to the gradient of b, and b is judged all the same."""
    report = check([], HINGE.replace("{sign}", sign))
    assert report.verdict == verdict
    assert {p.name: p.verdict for p in report.parameters}["b"] == verdict


TWO = """\
import numpy as np
rng = np.random.default_rng(2)
x, goal = rng.normal(size=(16, 3)), rng.normal(size=(16, 1))
A, V = rng.normal(size=(3, 2)), rng.normal(size=(3, 1))
for turn in range(30):
    guess = x @ V
    left = goal - guess
    way = np.tanh(x @ A)
    value_cost = np.mean((guess - goal) ** 2)
    way_cost = np.mean(((way - 0.1 * np.tanh(left)) ** 2).sum(axis=1))
    dV = x.T @ (guess - goal) * 2 / 16
    dA = x.T @ ((way - 0.1 * np.tanh(left)) * (1 - way ** 2)) * 2 / 16
    A -= 0.1 * dA
    V -= 0.1 * dV
print(value_cost, way_cost)
"""


def test_the_parameter_of_a_second_model_that_is_overwritten():
    """The loss that is followed knows nothing of it; the one computed beside that does."""
    assert claims(check([], TWO)) == []
    assert claims(check([], TWO.replace("A -= 0.1", "A =- 0.1"))) == [("GL408", 13)]


LAYERS = """\
import numpy as np
rng = np.random.default_rng(7)
x, goal = rng.normal(size=(12, 3)), rng.normal(size=(12, 2))


class Layer:
    def __init__(self, wide, narrow):
        self.W, self.b = rng.normal(size=(wide, narrow)), np.zeros(narrow)

    def forward(self, x):
        self.x = x
        self.out = np.tanh(x @ self.W + self.b)
        return self.out

    def backward(self, d):
        d = d * (1 - self.out**2)
        self.dW, self.db = self.x.T @ d, d.sum(axis=0)
        return d @ self.W.T


layers = [Layer(3, 5), Layer(5, 4), Layer(4, 2)]
for turn in range(20):
    out = x
    for layer in layers:
        out = layer.forward(out)
    loss = np.mean((out - goal) ** 2)
    d = 2 * (out - goal) / out.size
    for layer in reversed(layers):
        d = layer.backward(d)
    for layer in layers:
        layer.W -= 0.1 * layer.dW
        layer.b -= 0.1 * layer.db
print(loss)
"""


def test_the_parameters_of_all_layers_that_one_line_overwrites():
    """One place reads the offset of one layer after the other."""
    assert claims(check([], LAYERS)) == []
    slip = LAYERS.replace("layer.b -= 0.1", "layer.b =- 0.1")
    assert [code for code, _ in claims(check([], slip))] == ["GL408"]


def test_a_step_of_nothing_is_told():
    """A factor of 0 in one update: nothing is learned there, though it looks so."""
    assert claims(check(["W -= lr * dW", "b -= lr * 0 * db"])) == [("GL209", 13)]


SPECTRAL = """\
import numpy as np

rng = np.random.default_rng(0)
X, y = rng.normal(size=(20, 6)), rng.normal(size=(20, 5))
W, b, u = rng.normal(size=(6, 5)), np.zeros(5), rng.normal(size=6)
u /= np.linalg.norm(u)
for step in range(30):
    v = W.T @ u; v /= np.linalg.norm(v)
    u = W @ v; u /= np.linalg.norm(u)
    s = u @ W @ v
    error = X @ (W / s) + b - y
    print(0.5 * np.sum(error ** 2))
    g = X.T @ error
    dW = g / s - (g * W).sum() / s ** 2 * np.outer(u, v)
    W -= 0.01 * dW
    b -= 0.01 * error.sum(axis=0)
"""


def test_a_matrix_under_spectral_normalisation_that_is_overwritten():
    """Its singular vectors count as given, as they do where it is a parameter."""
    with contextlib.redirect_stdout(io.StringIO()):
        right = Inspection(SourceFile("net.py", SPECTRAL), Options(), 20).report()
        text = SPECTRAL.replace("W -= 0.01", "W =- 0.01")
        wrong = Inspection(SourceFile("net.py", text), Options(), 20).report()
    assert {p.name for p in right.parameters if p.verdict == "right"} == {"W", "b"}
    claims = [f for f in wrong.findings if f.severity != "note"]
    assert [(f.code, f.site.row) for f in claims] == [("GL408", 15)]
