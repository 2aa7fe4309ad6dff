"""SciPy as the training loop: the function and the derivative that a driver is given."""

from __future__ import annotations

import pytest

import gradlint

pytest.importorskip("scipy")
pytestmark = pytest.mark.usefixtures("in_this_process")

START = """
import numpy as np
from scipy import optimize

rng = np.random.default_rng(0)
X, y = rng.normal(size=(20, 3)), rng.normal(size=20)


def cost(w, X, y):
    return 0.5 * np.sum((np.tanh(X @ w) - y) ** 2)


def slope(w, X, y):
    h = np.tanh(X @ w)
    return X.T @ ((h - y) * (1 - h**2))


def residuals(w):
    return np.tanh(X @ w) - y


def jacobian(w):
    return (1 - np.tanh(X @ w) ** 2)[:, None] * X


class Fit:
    def both(self, w):
        return cost(w, X, y), slope(w, X, y)


"""
DRIVERS = [
    "optimize.minimize(cost, np.zeros(3), args=(X, y), jac=slope, method='BFGS')",
    "optimize.minimize(Fit().both, x0=np.ones(3), jac=True)",
    "optimize.minimize(lambda w: cost(w, X, y), np.ones(3), jac=lambda w: slope(w, X, y))",
    "optimize.fmin_l_bfgs_b(cost, np.zeros(3), fprime=slope, args=(X, y))",
    "optimize.fmin_cg(cost, np.ones(3), slope, (X, y), disp=0)",
    "optimize.least_squares(residuals, np.ones(3), jac=jacobian)",
    "optimize.check_grad(cost, slope, np.ones(3), X, y)",
]


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("slip", [False, True])
def test_a_driver(driver, slip, tmp_path):
    """A right derivative is right however it is handed over; a wrong one is found in its line."""
    text = START + driver + "\n"
    if slip:
        text = text.replace("(1 - h**2))", "(1 + h**2))").replace(
            "(1 - np.tanh(X", "(1 + np.tanh(X"
        )
    path = tmp_path / "fit.py"
    path.write_text(text)
    report = gradlint.check_file(path)
    assert report.verdict == ("wrong" if slip else "right"), str(report)
    guilty = {row for row, line in enumerate(text.splitlines(), 1) if "(1 + " in line}
    assert {f.site.row for f in report.findings if f.severity != "note"} <= guilty


SYSTEM = """
import numpy as np
from scipy import optimize


def f(v):
    x, y = v
    return [x + 0.5 * (x - y) ** 3 - 1.0, 0.5 * (y - x) ** 3 + y]


def J(v):
    x, y = v
    return np.array([[1 + 1.5 * (x - y) ** 2, -1.5 * (x - y) ** 2],
                     [-1.5 * (y - x) ** 2, 1 + 1.5 * (y - x) ** 2]])


optimize.root(f, [0.3, -0.4], jac=J)
"""
CURVE = """
import numpy as np
from scipy import optimize

x = np.linspace(0, 3, 20)
d = 2 * np.exp(-1.3 * x)


def model(x, a, b):
    return a * np.exp(-b * x)


def jac(x, a, b):
    return np.stack([np.exp(-b * x), -a * x * np.exp(-b * x)], axis=1)


optimize.curve_fit(model, x, d, p0=[1, 1], jac=jac)
"""
ONES = """
import numpy as np
from scipy import optimize

rng = np.random.default_rng(0)
A, y = rng.normal(size=(20, 3)), rng.normal(size=20)


def cost(w):
    r = A @ w - y
    return 0.5 * r @ r + 0.1 * w @ w, A.T @ r + 0.2 * w


optimize.minimize(cost, np.ones(3), jac=True)
"""
LISTS = SYSTEM.replace("return np.array([[1", "return ([[1")
SPARSE = SYSTEM.replace("[[1 + ", "np.array([[1 + ").replace(
    "1.5 * (y - x) ** 2]])", "1.5 * (y - x) ** 2]]))"
)
SPARSE = SPARSE.replace("np.array(np.array", "csr_matrix(np.array").replace(
    "from scipy import optimize", "from scipy import optimize\nfrom scipy.sparse import csr_matrix"
).replace("optimize.root", "optimize.least_squares")  # fmt: skip
CLASSES = """
import numpy as np
from scipy import optimize


class Sorter:
    def __init__(self, classes):
        self.classes = classes

    def cost(self, v):
        s = self.X @ v.reshape(-1, self.classes)
        s = s - s.max(axis=1, keepdims=True)
        total = np.log(np.exp(s).sum(axis=1)) - s[np.arange(len(s)), self.y]
        return total.sum() + 0.3 * np.sum(v**2)

    def slope(self, v):
        s = self.X @ v.reshape(-1, self.classes)
        p = np.exp(s - s.max(axis=1, keepdims=True))
        p = p / p.sum(axis=1, keepdims=True)
        p[np.arange(len(p)), self.y] -= 1
        return (self.X.T @ p).ravel() + 0.6 * v

    def fit(self, X, y):
        self.X, self.y = X, y
        start = np.zeros(X.shape[1] * self.classes)
        optimize.minimize(self.cost, start, jac=self.slope, method="CG", callback=self.cost)


rng = np.random.default_rng(0)
Sorter(3).fit(rng.normal(size=(20, 4)), rng.integers(0, 3, 20))
"""


@pytest.mark.parametrize(
    ("text", "old", "new", "says"),
    [
        (LISTS, ", -1.5 * (x - y)", ", 1.5 * (x - y)", "GL204"),
        (SPARSE, ", -1.5 * (x - y)", ", 1.5 * (x - y)", "GL204"),
        (CLASSES, "0.6 * v", "0.3 * v", "GL208"),
        (SYSTEM, ", -1.5 * (x - y)", ", 1.5 * (x - y)", "GL204"),
        (CURVE, "-a * x * np.exp", "-a * np.exp", "* x"),
        (ONES, "0.2 * w\n", "0.2 * w.sum()\n", "GL399"),
    ],
)
def test_equations_curves_and_starts_without_variety(text, old, new, says, tmp_path):
    """Values that come one by one, parameters that are spread, a start that tells little."""
    path = tmp_path / "fit.py"
    path.write_text(text, encoding="utf-8")
    assert gradlint.check_file(path).verdict == "right"
    path.write_text(text.replace(old, new), encoding="utf-8")
    report = gradlint.check_file(path)
    row = next(k for k, line in enumerate(path.read_text().split("\n"), 1) if new.strip() in line)
    (finding,) = [f for f in report.findings if f.severity != "note"]
    assert (report.verdict, finding.site.row) == ("wrong", row)
    assert says in f"{finding.code} {finding.fix and finding.fix.message}"


NAMED = """
import contextlib

from scipy import optimize


def f(v):
    return (v**2).sum()


def slope(v):
    return str(2 * v)


with contextlib.suppress(Exception):
    optimize.minimize(f, [0.3, -0.4], jac=slope)
"""


def test_what_could_not_be_compared_is_said(tmp_path):
    """A derivative that cannot be held against its function is no clean program."""
    path = tmp_path / "fit.py"
    path.write_text(NAMED, encoding="utf-8")
    report = gradlint.check_file(path)
    assert report.verdict == "cannot-tell"
    assert "slope" in str(report)
