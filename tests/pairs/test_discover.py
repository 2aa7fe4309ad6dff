"""Pairs in files without a driver: found by name, run with made-up inputs, judged with care."""

from __future__ import annotations

import linecache
import sys
import types

import numpy as np
import pytest

from gradlint.config import Options
from gradlint.findings import is_claim
from gradlint.mistakes import catalogue
from gradlint.pairs.discover import check_functions
from gradlint.pairs.partners import pairs_in
from gradlint.source.rewrite import instrument
from gradlint.source.spots import SourceFile

LAYERS = """
import numpy as np

def affine_forward(x, w, b):
    return x @ w + b, (x, w)

def affine_backward(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout, dout.mean(axis=0)

def relu(z):
    return np.maximum(0, z)

def relu_backward(dout, z):
    return dout * (z > 0)

def sigmoid(x):
    return 1 / (1 + np.exp(-x))

def sigmoid_derivative(a):
    return a * (1 - a)

def hinge_loss(scores, y):
    rows = np.arange(len(y))
    margins = np.maximum(0, scores - scores[rows, y][:, None] + 1)
    margins[rows, y] = 0
    d = (margins > 0).astype(float)
    d[rows, y] = -d.sum(axis=1)
    return margins.sum(), d

def f(w):
    return np.sum(w**3)

def df(w):
    return 2 * w**2

class Dense:
    def __init__(self, inputs, outputs):
        self.W = np.random.randn(inputs, outputs)

    def forward(self, x):
        self.x = x
        return x @ self.W

    def backward(self, dout):
        self.dW = self.x.T @ dout
        return dout @ self.W.T
"""


@pytest.fixture
def load(tmp_path, monkeypatch):
    """Run a text as a module, with hooks on request: its file and namespace, and the mistakes."""

    def run(text, hooks=False):
        path = tmp_path / "layers.py"
        path.write_text(text)
        linecache.checkcache(str(path))
        file = SourceFile(str(path), text)
        module = types.ModuleType("layers_under_test")
        monkeypatch.setitem(sys.modules, module.__name__, module)
        tree = instrument(file, []) if hooks else text
        if hooks:
            hooked = types.SimpleNamespace(bind=lambda _spot, value: value)
            monkeypatch.setattr("builtins.__gradlint__", hooked, raising=False)
            hooked.call = lambda _spot, function, *a, **k: function(*a, **k)
        exec(compile(tree, str(path), "exec"), vars(module))
        if hooks:
            monkeypatch.delattr("builtins.__gradlint__")
        return file, vars(module), catalogue()

    return run


def test_names(load):
    """Pairs are found by the names that people give them."""
    found = {p.name: p.backward and p.functions()[1].__name__ for p in pairs_in(*load(LAYERS)[:2])}
    assert found == {
        "affine_forward": "affine_backward",
        "relu": "relu_backward",
        "sigmoid": "sigmoid_derivative",
        "f": "df",
        "hinge_loss": None,
        "Dense": "backward",
    }


@pytest.mark.parametrize("hooks", [False, True])
def test_verdicts(load, hooks):
    """Every pair is judged, right ones as right; functions compiled with hooks work as well."""
    report = check_functions(*load(LAYERS, hooks))
    wrong = {p.name for p in report.parameters if p.verdict == "wrong"}
    assert wrong == {"affine_forward(b)", "f(w)"}
    assert all(p.verdict == "right" for p in report.parameters if p.name not in wrong)
    rows = {f.site.row: f.code for f in report.findings}
    guilty = {
        "return dout @ w.T, x.T @ dout, dout.mean(axis=0)": "GL206",
        "return 2 * w**2": "GL203",
    }
    lines = LAYERS.splitlines()
    assert {lines[row - 1].strip(): code for row, code in rows.items()} == guilty
    assert report.verdict == "wrong"


def test_slope_of_the_output_is_understood(load):
    """``a * (1 - a)`` is right where it is meant to be given the activation."""
    text = LAYERS[: LAYERS.index("def hinge")].replace("dout.mean", "dout.sum")
    report = check_functions(*load(text))
    assert report.verdict == "right"


def test_inputs_that_cannot_be_known(load):
    """Without inputs that run, the report says what to give; with them it is checked."""
    text = """
import numpy as np

def price_forward(curve):
    return np.sum(curve["rates"][curve["days"]] ** 2)

def price_backward(curve):
    g = np.zeros(len(curve["rates"]))
    np.add.at(g, curve["days"], 2 * curve["rates"][curve["days"]])
    return {"rates": g}
"""
    known = load(text)
    report = check_functions(*known)
    (finding,) = report.findings
    assert finding.code == "GL906"
    assert "--set 'curve=" in finding.help
    assert report.verdict == "cannot-tell"
    expression = "{'rates': np.array([1.0, 2.0, 3.0]), 'days': np.array([0, 2, 2])}"
    again = check_functions(*known, Options(set=(("curve", expression),)))
    assert again.verdict == "right"


def test_file_without_pairs(load):
    """A file in which nothing looks like a pair has no report."""
    assert check_functions(*load("def area(r):\n    return 3.14 * r**2\n")) is None


def test_ufuncs_have_slopes_too(load):
    """A name bound to a NumPy function can be the forward function."""
    text = (
        "import numpy as np\ntanh = np.tanh\ndef tanh_prime(x):\n    return 1 - np.tanh(x) ** 2\n"
    )
    report = check_functions(*load(text))
    assert report.verdict == "right"
    assert np.isfinite(report.worst_relative_error)


TEACHING = """
import numpy as np

def mse(y_true, y_pred):
    return np.mean((y_true - y_pred) ** 2)

def mse_prime(y_true, y_pred):
    return 2 * (y_pred - y_true) / y_true.size

def linear_forward(A, W, b):
    return W @ A + b, (A, W)

def linear_backward(dZ, cache):
    A, W = cache
    m = A.shape[1]
    return W.T @ dZ, dZ @ A.T / m, dZ.sum(axis=1, keepdims=True) / m

def softmax(x):
    e = np.exp(x - x.max())
    return e / e.sum()

def softmax_grad(s):
    return np.diagflat(s) - np.outer(s, s)

def cross_entropy(y, p):
    return -np.sum(y * np.log(p))

def cross_entropy_grad(y, p):
    return p - y

def lookup_forward(x, W):
    return W[x], (x, W.shape)

def lookup_backward(dout, cache):
    x, shape = cache
    dW = np.zeros(shape)
    np.add.at(dW, x, dout)
    return dW
"""


def test_right_code_that_looks_wrong(load):
    """Gradients in the prediction, layer-wise means, Jacobians and fused losses: no claim."""
    report = check_functions(*load(TEACHING))
    assert {f.code for f in report.findings} == {"GL207", "GL312"}
    assert {f.severity for f in report.findings} == {"note"}
    doubtful = {p.name for p in report.parameters if p.verdict != "right"}
    assert len(doubtful) == 1
    assert doubtful <= {"cross_entropy(y)", "cross_entropy(p)"}


def test_name_that_no_pair_has(load):
    """A pair that is not there is reported as such, with what is meant or what there is."""
    report = check_functions(*load(LAYERS), only="afine")
    assert report.verdict == "could-not-run"
    assert report.findings[0].message == "there is no function pair `afine` in this file"
    assert report.findings[0].help == "did you mean `affine`?"
    assert "relu, sigmoid" in check_functions(*load(LAYERS), only="zzz").findings[0].help
    assert "leave out the name" in check_functions(*load("x = 1\n"), only="z").findings[0].help


def test_gradient_that_raises(load):
    """Where the function runs and its gradient raises, the line and the error are told."""
    text = """
import numpy as np

class Linear:
    def __init__(self, n_in, n_out):
        self.weight = np.random.randn(n_in, n_out)

    def forward(self, x):
        self.x = x
        return x @ self.weight

    def backward(self, grad):
        self.grad_weight = self.x.T @ grad
        return grad @ self.weigth.T
"""
    report = check_functions(*load(text))
    assert report.verdict == "cannot-tell"
    (finding,) = report.findings
    assert finding.code == "GL905"
    assert "backward(dout) raised AttributeError" in finding.message
    assert text.splitlines()[finding.site.row - 1].strip() == "return grad @ self.weigth.T"


LOSS = """
import numpy as np

def squared_loss(scores, targets):
    d = scores - targets
    return 0.5 * np.mean(np.sum(d**2, axis=1)), d
"""
AVERAGING = """
def linear_forward(x, w, b):
    return x @ w + b, (x, w)

def linear_backward(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout / len(x), dout.mean(axis=0)
"""


def test_a_mean_that_the_layers_take(load):
    """A loss without its mean is wrong alone, and right beside layers that average for it."""
    alone = check_functions(*load(LOSS))
    assert [f.code for f in alone.findings if is_claim(f)] == ["GL201"]
    together = check_functions(*load(LOSS + AVERAGING))
    assert together.verdict == "right"
    assert {f.severity for f in together.findings} == {"note"}


RETURNED = [
    "(dw, db), loss",
    "[loss, [dw, db]]",
    'loss, {"w": dw, "b": db}',
    "loss, dict(w=dw, b=db)",
]


@pytest.mark.parametrize("returned", RETURNED)
def test_gradients_beside_a_loss_in_every_container(load, returned):
    """A function that returns both is checked, whatever the gradients lie in."""
    text = f"""
import numpy as np

def run(w, b, X, y):
    p = 1 / (1 + np.exp(-(X @ w + b)))
    loss = -np.sum(y * np.log(p) + (1 - y) * np.log(1 - p)) / len(y)
    dw = X.T @ (p - y)
    db = np.sum(p - y) / len(y)
    return {returned}
"""
    wrong = check_functions(*load(text))
    assert {p.name for p in wrong.parameters if p.verdict == "wrong"} == {"run(w)"}
    right = check_functions(*load(text.replace("X.T @ (p - y)", "X.T @ (p - y) / len(y)")))
    assert right.verdict == "right"


GIVEN = """
import numpy as np

class Affine:
    def __init__(self, W, b):
        self.W, self.b = W, b

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        self.dW = self.x.T @ dout
        self.db = dout
        return dout @ self.W.T
"""


def test_a_bias_that_was_made_up_for_one_sample_proves_nothing(load):
    """Of a batch of one, or of one column, the missing sum cannot be seen."""
    report = check_functions(*load(GIVEN))
    assert {p.name for p in report.parameters if p.verdict == "wrong"} == {"Affine(b)"}
    (finding,) = [f for f in report.findings if is_claim(f)]
    assert GIVEN.splitlines()[finding.site.row - 1].strip() == "self.db = dout"
    assert check_functions(*load(GIVEN.replace("= dout\n", "= dout.sum(0)\n"))).verdict == "right"


def test_one_entry_of_each_row_is_chosen_by_a_product(load):
    """A formula that sums predictions times targets along an axis asks for one-hot targets."""
    text = """
import numpy as np

class Loss:
    def forward(self, y_pred, y_true):
        chosen = np.sum(np.clip(y_pred, 1e-7, 1 - 1e-7) * y_true, axis=1)
        return np.mean(-np.log(chosen))

    def backward(self, dvalues, y_true):
        self.dinputs = -y_true / dvalues / len(dvalues)
"""
    assert check_functions(*load(text)).verdict == "right"
    assert check_functions(*load(text.replace("-y_true /", "y_true /"))).verdict == "wrong"


def test_a_slope_is_called_as_it_is_written(load):
    """What gradlint multiplies with the gradient from above is no line of the file."""
    text = """
import numpy as np

class Mish:
    def fn(self, x):
        return x * np.tanh(np.log1p(np.exp(x)))

    def grad(self, x):
        t = np.tanh(np.log1p(np.exp(x)))
        return t + x * (1 - t ** 2)
"""
    (finding,) = [f for f in check_functions(*load(text)).findings if is_claim(f)]
    assert "`t + x * (1 - t ** 2)`" in finding.message


def test_a_loss_whose_backward_takes_and_returns_nothing(load):
    """What it leaves on its object is the gradient of the one input that is no target."""
    text = """
import numpy as np

class Squared:
    def forward(self, guess, truth):
        self.gap = guess - truth
        self.result = np.mean(self.gap ** 2)

    def backward(self):
        self.left_over = 2 * self.gap / self.gap.size
"""
    assert check_functions(*load(text)).verdict == "right"
    assert check_functions(*load(text.replace("= 2 *", "= -2 *"))).verdict == "wrong"
