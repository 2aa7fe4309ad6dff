import contextlib
import io

import pytest

from gradlint.checking.inspection import Inspection
from gradlint.config import Options
from gradlint.source.spots import SourceFile

PROGRAM = """\
import numpy as np

rng = np.random.default_rng(0)
x = rng.normal(size=(12, 5))
W1, W2, W3 = rng.normal(size=(5, 4)), rng.normal(size=(4, 3)), rng.normal(size=(3, 5))
n, beta = len(x), 0.3
for step in range(4):
    h = np.tanh(x @ W1)
    code = h @ W2
    out = code @ W3
    recon = 0.5 * np.sum((out - x) ** 2) / n
    hidden = {weight}0.5 * np.sum(code ** 2) / n + np.sum(h ** 4) / n
    {total}
    d = (out - x) / n
    dcode = d @ W3.T{at_code}
    dh = dcode @ W2.T{at_hidden}
    W1 -= 0.1 * x.T @ (dh * (1 - h ** 2))
    W2 -= 0.1 * h.T @ dcode
    W3 -= 0.1 * code.T @ d
"""
TERMS = {"at_code": " + code / n", "at_hidden": " + 4 * h ** 3 / n"}


def check(**parts):
    """Check the program with some of its parts in this process."""
    chosen = {"weight": "", "total": "pass", **TERMS, **parts}
    with contextlib.redirect_stdout(io.StringIO()):
        text = PROGRAM.format(**chosen)
        return Inspection(SourceFile("net.py", text), Options(), 20).report()


def told(report):
    """The codes and rows of everything that is said."""
    return [(f.code, f.severity, f.site.row) for f in report.findings]


def wrong(report):
    """The parameters whose gradients are wrong."""
    return {p.name for p in report.parameters if p.verdict == "wrong"}


@pytest.mark.parametrize("total", ["pass", "loss = recon + hidden"])
def test_both_scalars_together_are_the_loss(total):
    """Whether their sum is computed or not, the gradients that follow it are right."""
    report = check(total=total)
    assert (report.verdict, told(report)) == ("right", [])
    described = "recon + hidden"
    assert described in report.loss.description


def test_a_scalar_may_enter_with_a_weight():
    """The divergence is shown in full, and its gradient enters at 0.3 of it everywhere."""
    weighted = {name: text.replace(" + ", " + beta * ") for name, text in TERMS.items()}
    report = check(**weighted)
    assert (report.verdict, told(report)) == ("right", [])
    assert report.loss.description == "recon + 0.3 · hidden"


@pytest.mark.parametrize("total", ["pass", "loss = recon + hidden"])
@pytest.mark.parametrize(
    ("parts", "row"),
    [
        ({"at_hidden": " + 4 * h ** 3"}, 16),
        ({"at_hidden": " + 3 * h ** 3 / n"}, 16),
    ],
)
def test_a_term_at_another_weight_is_wrong(total, parts, row):
    """The other term shows which scalar is meant; the first layer inherits the error."""
    report = check(total=total, **parts)
    assert report.verdict == "wrong"
    assert wrong(report) == {"W1"}
    assert row in {f.site.row for f in report.findings}


def test_no_scalar_no_claim():
    """Penalties that the program computes nowhere stay notes."""
    report = check(weight="0 * ")
    assert report.verdict == "right"
    assert {severity for _, severity, _ in told(report)} == {"note"}


@pytest.mark.parametrize("name", ["loss", "shown"])
def test_a_term_of_the_loss_that_no_gradient_has(name):
    """The loss is the sum, whatever it is called, the gradients those of its first summand."""
    without = {"at_code": "", "at_hidden": ""}
    report = check(total=f"{name} = recon + hidden", **without)
    assert [(code, severity) for code, severity, _ in told(report)] == [("GL208", "warning")]
    assert report.findings[0].evidence["parameters"] == ["W1", "W2"]
    assert wrong(report) == {"W1", "W2"}
    assert told(check(total="pass", **without)) == []


CODER = """\
import numpy as np

rng = np.random.default_rng(3)
x = rng.uniform(size=(8, 6))
We, Wd = rng.normal(size=(6, 4)) * 0.4, rng.normal(size=(2, 6)) * 0.4
for it in range(5):
    code = x @ We
    mu, lv = code[:, :2], code[:, 2:]
    noise = rng.normal(size=mu.shape)
    z = {draw}
    out = 1 / (1 + np.exp(-(z @ Wd)))
    loss = np.sum((out - x) ** 2){stated}
    print(loss)
    d = 2 * (out - x) * out * (1 - out)
    gWd, dz = z.T @ d, d @ Wd.T
    data = np.append(dz, 0.5 * dz * noise * np.exp(0.5 * lv), axis=1)
    rest = {rest}
    gWe = {whole}
    We, Wd = We - 0.01 * gWe, Wd - 0.01 * gWd
"""
DRAWS = ["mu + np.exp(0.5 * lv) * noise", "noise * np.sqrt(np.exp(lv)) + mu"]
REST = "np.append(mu, 0.5 * (np.exp(lv) - 1), axis=1)"


def coder(draw=DRAWS[0], rest=REST, whole="x.T @ (data + rest)", stated=""):
    """Check a variational autoencoder whose two codes are parts of one array."""
    text = CODER.format(draw=draw, rest=rest, whole=whole, stated=stated)
    with contextlib.redirect_stdout(io.StringIO()):
        return Inspection(SourceFile("net.py", text), Options(), 20).report()


@pytest.mark.parametrize("draw", DRAWS)
@pytest.mark.parametrize(
    "whole", ["x.T @ (data + rest)", "x.T @ (0.3 * rest + data)", "x.T @ data + x.T @ rest"]
)
def test_a_divergence_that_is_not_printed(draw, whole):
    """Its derivative joins the gradients inside of one array: right, and the liberty is named."""
    report = coder(draw, whole=whole)
    assert (report.verdict, {severity for _, severity, _ in told(report)}) == ("right", {"note"})
    assert [liberty.name for liberty in report.liberties] == ["unprinted-term"]
    assert "divergence of (mu" in report.liberties[0].said


@pytest.mark.parametrize(
    "slip",
    [
        {"rest": "np.append(mu, np.exp(lv) - 1, axis=1)"},
        {"rest": "np.append(mu, 0.5 * np.exp(lv), axis=1)"},
        {"rest": "np.append(-mu, 0.5 * (np.exp(lv) - 1), axis=1)"},
        {"whole": "x.T @ (data - rest)"},
        {"whole": "x.T @ (data + 0.1)"},
        {"stated": " + 0.1 * np.sum(mu ** 2 + np.exp(lv) - lv - 1)"},
    ],
)
def test_what_is_no_divergence_at_one_positive_weight_is_wrong(slip):
    """A half too many, a term or a sign lost, a constant, or another weight than the loss says."""
    report = coder(**slip)
    assert wrong(report) == {"We"}


BONUS = """\
import numpy as np

rng = np.random.default_rng(5)
n = 14
S, A, G = rng.normal(size=(n, 3)), rng.integers(0, 3, n), rng.normal(size=n)
W = 0.2 * rng.normal(size=(3, 3))
hot = np.eye(3)[A]
for it in range(9):
    z = S @ W
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    loss = -np.mean(G * np.log((p * hot).sum(axis=1)))
    print(loss)
    d = (p - hot) * G[:, None] / n
    inner = np.sum(p * np.log(p), axis=1, keepdims=True)
    d = d {bonus}
    W = W - 0.1 * S.T @ d
"""


@pytest.mark.parametrize(
    ("bonus", "verdict"),
    [
        ("+ 0.02 * p * (np.log(p) - inner)", "right"),
        ("- 0.02 * p * (np.log(p) - inner)", "wrong"),
        ("+ 0.02", "wrong"),
    ],
)
def test_an_entropy_bonus_that_is_not_printed(bonus, verdict):
    """The only gradient holds it, at a weight that makes the chances more even."""
    with contextlib.redirect_stdout(io.StringIO()):
        text = BONUS.format(bonus=bonus)
        report = Inspection(SourceFile("net.py", text), Options(), 20).report()
    assert report.verdict == verdict
    if verdict == "right":
        assert "entropy of p" in report.liberties[0].said


DRAWN = """\
import numpy as np

rng = np.random.default_rng(10)
x = rng.uniform(size=(30, 6))
W, V = rng.normal(size=(6, 4)) * 0.3, rng.normal(size=({wide}, 6)) * 0.3
rho = 0.05
for step in range(4):
    {code}
    out = z @ V
    recon = 0.5 * np.sum((out - x) ** 2) / 30
    d = (out - x) / 30
    dz = d @ V.T
    {back}
    V -= 0.05 * z.T @ d
    W -= 0.05 * x.T @ dcode
"""
SPREAD = {
    "wide": 2,
    "code": "c = x @ W; mu, lv = c[:, :2], c[:, 2:]; e = rng.normal(size=mu.shape); "
    "z = mu + np.exp(0.5 * lv) * e",
    "back": "dcode = np.hstack([dz, dz * e * 0.5 * np.exp(0.5 * lv)]); "
    "dcode = dcode + np.hstack([mu, 0.5 * {term}]) / 30",
}
SPARSE = {
    "wide": 4,
    "code": "z = 1 / (1 + np.exp(-x @ W))",
    "back": "hat = z.mean(axis=0); dz = dz + 0.1 * ({term}) / 30; dcode = dz * z * (1 - z)",
}


@pytest.mark.parametrize(
    ("parts", "term", "verdict"),
    [
        (SPREAD, "(np.exp(lv) - 1)", "right"),
        (SPREAD, "(np.exp(lv) + 1)", "wrong"),
        (SPREAD, "np.exp(lv)", "wrong"),
        (SPARSE, "-rho / hat + (1 - rho) / (1 - hat)", "right"),
        (SPARSE, "rho / hat - (1 - rho) / (1 - hat)", "wrong"),
        (SPARSE, "np.sign(z)", "right"),
        (SPARSE, "-np.sign(z)", "wrong"),
    ],
)
def test_a_penalty_that_is_not_shown_has_its_lowest_place_inside(parts, term, verdict):
    """What drives a hidden value one way, wherever it is, is the slope of no penalty."""
    text = DRAWN.format(**{k: str(v).format(term=term) for k, v in parts.items()})
    report = Inspection(SourceFile("coder.py", text), Options(), 20).report()
    assert report.verdict == verdict, str(report)
    notes = [code for code, severity, _ in told(report) if severity == "note"]
    assert (notes == ["GL208"]) == (verdict == "right")


SHRUNK = """\
import numpy as np

rng = np.random.default_rng(17)
X, T = rng.normal(size=(4, 30)), rng.normal(size=(2, 30))
w, lam, eta, n = rng.normal(size=(2, 4)), 0.3, 0.5, 30
for epoch in range(9):
    r = w @ X - T
    cost = np.sum(r ** 2) / (2 * n) + 0.5 * lam / n * np.sum(w ** 2)
    dw = r @ X.T{penalty}
    w = (1 - eta * lam / n) * w - eta / n * dw
"""


def test_a_penalty_in_the_gradient_and_in_the_update_is_one_too_many():
    """The cost states how much the weights decay; decay by the update alone is that of the cost."""

    def report(penalty):
        file = SourceFile("net.py", SHRUNK.format(penalty=penalty))
        return Inspection(file, Options(), 20).report()

    assert (report("").verdict, report("").findings) == ("right", ())
    twice = report(" + lam * w")
    assert (twice.verdict, [f.code for f in twice.findings]) == ("wrong", ["GL208"])
    assert "together 2 times" in twice.findings[0].message
