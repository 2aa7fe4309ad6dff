"""Which loss is meant: a statement binds, and a delta of no known loss proves nothing."""

from __future__ import annotations

import textwrap

import pytest

from gradlint.checking.inspection import Inspection
from gradlint.config import Options
from gradlint.source.spots import SourceFile


def checked(body: str, loss: str | None = None):
    """Check a program in this process."""
    text = "import numpy as np\nrng = np.random.default_rng(4)\n" + textwrap.dedent(body).lstrip()
    return Inspection(SourceFile("prog.py", text), Options(loss=loss), timeout=20).report()


def verdicts(report):
    """The set of what is said of the parameters."""
    return {p.verdict for p in report.parameters}


HEAT = """
    X, y = rng.normal(size=(20, 3)), rng.normal(size=20)
    w, c = rng.normal(size=3), 0.1
    for step in range(20):
        warm = np.tanh(X @ w + c)
        gap = {delta}
        w = w - 0.1 * X.T @ gap
        c = c - 0.1 * gap.sum()
    """


@pytest.mark.parametrize("delta", ["warm * (1 - warm) * y", "(warm - y) ** 3 * warm", "y * warm"])
def test_a_delta_of_no_known_loss_is_never_right(delta):
    """All gradients follow from a made-up delta, and nothing is called right for it."""
    report = checked(HEAT.format(delta=delta))
    assert report.verdict == "cannot-tell"
    assert verdicts(report) == {"cannot-tell"}
    assert "--loss" in report.findings[-1].help


def test_what_cannot_be_told_names_the_readings():
    """The finding and the report hold what was tried, with how far each got."""
    report = checked(HEAT.format(delta="warm * (1 - warm) * y"))
    assert "2 of 2 gradients agree" in report.findings[-1].explanation
    assert report.readings[0].kind == "bare"
    assert (report.readings[0].agree, report.readings[0].of) == (2, 2)
    assert report.readings[0].why_not


@pytest.mark.parametrize(
    ("delta", "verdict"),
    [
        ("np.sign(warm - y) * (1 - warm ** 2)", "right"),
        ("np.sign(2 * (warm - y) / 3) * (1 - warm ** 2)", "right"),
        ("np.sign(-2 * (y - warm)) * (1 - warm ** 2)", "right"),
        ("np.clip(warm - y, -0.3, 0.3) * (1 - warm ** 2)", "right"),
        ("np.where(y > warm, -0.8, 0.2) * (1 - warm ** 2)", "right"),
        ("np.where(warm - y > 0, 0.2, -0.8) * (1 - warm ** 2)", "right"),
        ("np.clip(warm - y, -0.3, 0.5) * (1 - warm ** 2)", "cannot-tell"),
        ("np.where(y > warm, 0.8, 0.2) * (1 - warm ** 2)", "cannot-tell"),
    ],
)
def test_bounded_residuals_are_families(delta, verdict):
    """Absolute, Huber and pinball errors are known by their formula, and only by it."""
    assert checked(HEAT.format(delta=delta)).verdict == verdict


def test_exchanged_branches_climb():
    """A pinball delta whose branches are exchanged goes up its loss."""
    report = checked(HEAT.format(delta="np.where(y > warm, 0.2, -0.8) * (1 - warm ** 2)"))
    assert report.verdict == "wrong"


@pytest.mark.parametrize("loss", ["miss", "7"])
def test_the_user_names_the_loss(loss):
    """A name or a line settles which loss the gradients are held against."""
    body = """
        X, y = rng.normal(size=(20, 3)), rng.normal(size=20)
        w = rng.normal(size=3)
        for step in range(20):
            out = X @ w
            miss = np.mean((out - y) ** 4)
            g = X.T @ {} / 20
            w = w - 0.1 * g
        """
    right, wrong = (checked(body.format(f"(4 * (out - y) ** {power})"), loss) for power in (3, 2))
    assert (right.verdict, wrong.verdict) == ("right", "wrong")
    assert right.loss.kind == "given"


def test_a_loss_that_is_not_there():
    """A name that the step does not compute is no loss to check against."""
    report = checked(HEAT.format(delta="warm - y"), loss="nothing")
    assert report.verdict == "cannot-tell"
    assert "nothing" in report.findings[0].message


LOAN = """
    X, y = rng.normal(size=(20, 3)), rng.integers(0, 2, size=20)
    w, c = rng.normal(size=3), 0.1
    for step in range(20):
        p = 1 / (1 + np.exp(-(X @ w + c)))
        {loss}
        gap = {delta}
        w = w - 0.1 * X.T @ gap / 20
        c = c - 0.1 * gap.sum() / 20
        print({shown})
    """
ENTROPY = "heat = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))"


def loan(loss: str, delta: str = "p - y", shown: str = "heat"):
    """Check a classifier whose loss has a name that tells nothing."""
    return checked(LOAN.format(loss=loss, delta=delta, shown=shown))


def test_a_statement_binds_without_a_name():
    """A cross-entropy called `heat` is followed, and another delta is wrong for it."""
    assert loan(ENTROPY).verdict == "right"
    report = loan(ENTROPY, "(p - y) * p * (1 - p)")
    assert report.verdict == "wrong"
    assert {f.code for f in report.findings if f.severity != "note"} == {"GL312"}
    assert verdicts(report) == {"wrong"}


@pytest.mark.parametrize(
    "metric",
    [
        "heat = np.mean(np.abs(p - y))",
        "heat = np.mean((p > 0.5) == y)",
        "heat = np.exp(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))",
        "heat = np.mean(p)",
    ],
)
def test_a_metric_binds_nothing(metric):
    """An absolute error, an accuracy, a perplexity or a mean is watched, not differentiated."""
    assert loan(metric).verdict == "right"


@pytest.mark.parametrize(
    ("loss", "mended"),
    [
        ("heat = np.mean(-y * np.log(p) + (1 - y) * np.log(1 - p))", "-"),
        ("heat = -np.mean(y * np.log(p)) + np.mean((1 - y) * np.log(1 - p))", "-"),
    ],
)
def test_a_slip_in_the_loss_is_blamed_on_the_loss(loss, mended):
    """The gradients are those of a cross-entropy, from which the loss is one sign away."""
    report = loan(loss)
    (finding,) = [f for f in report.findings if f.severity != "note"]
    assert finding.code == "GL314"
    assert report.source.splitlines()[finding.site.row - 1].strip() == loss
    assert mended in finding.help
    assert finding.fix is not None


def test_another_small_constant_is_a_liberty():
    """The loss and its derivative are kept finite by different constants, which is said."""
    report = loan(
        "heat = -np.mean(y * np.log(p + 1e-4) + (1 - y) * np.log(1 - p + 1e-4))",
        "-(y / (p + 1e-9) - (1 - y) / (1 - p + 1e-9)) * p * (1 - p)",
    )
    assert report.verdict == "right"
    assert "epsilon" in [liberty.name for liberty in report.liberties]


def test_another_small_constant_covers_no_slip():
    """A derivative with another constant and a wrong sign is wrong."""
    report = loan(
        "heat = -np.mean(y * np.log(p + 1e-4) + (1 - y) * np.log(1 - p + 1e-4))",
        "-(y / (p + 1e-9) + (1 - y) / (1 - p + 1e-9)) * p * (1 - p)",
    )
    assert report.verdict == "wrong"


SPECIES = """
    X, T = rng.normal(size=(12, 3)), np.eye(4)[rng.integers(0, 4, size=12)]
    W = rng.normal(size=(3, 4))
    for step in range(20):
        e = np.exp(X @ W)
        p = e / e.sum(axis={axis}, keepdims=True)
        W = W - 0.1 * X.T @ (p {sign} T)
    """


@pytest.mark.parametrize(
    ("axis", "sign", "verdict"),
    [(1, "-", "right"), (0, "-", "wrong"), (1, "+", "cannot-tell")],
)
def test_targets_add_up_to_one_along_the_softmax(axis, sign, verdict):
    """A softmax over the samples, or a target that is added, makes no cross-entropy's delta."""
    assert checked(SPECIES.format(axis=axis, sign=sign)).verdict == verdict


def test_a_part_of_a_stated_loss_is_not_the_loss():
    """What follows one term of a sum is held to the sum."""
    body = """
        X, y = rng.normal(size=(20, 3)), rng.normal(size=20)
        w = rng.normal(size=3)
        for step in range(20):
            out = X @ w
            cost = np.mean((out - y) ** 2) + 0.3 * np.mean(np.cosh(out))
            g = 2 * X.T @ (out - y) / 20
            {}
            w = w - 0.1 * g
        """
    assert checked(body.format("g = g + 0.3 * X.T @ np.sinh(out) / 20")).verdict == "right"
    assert checked(body.format("pass")).verdict == "wrong"


@pytest.mark.parametrize("delta", ["0.5 * warm - y", "np.abs(warm) - y", "(2 * warm - y) / 20"])
def test_a_loss_of_what_the_delta_is_made_of_binds(delta):
    """The delta's line may do something to the output first: the loss says what belongs there."""
    told = """
    X, y = rng.normal(size=(20, 3)), rng.normal(size=20)
    w, c = rng.normal(size=3), 0.1
    for step in range(20):
        warm = X @ w + c
        loss = 0.5 * np.mean((warm - y) ** 2)
        gap = {delta}
        w = w - 0.1 * X.T @ gap
        c = c - 0.1 * gap.sum()
    """
    assert checked(told.format(delta="(warm - y) / 20")).verdict == "right"
    assert checked(told.format(delta=delta)).verdict == "wrong"


def test_an_output_made_in_the_delta_s_line_is_the_one_of_the_loss():
    """The output is worked out once for the loss and once more for the delta."""
    told = """
    X, y = rng.normal(size=(20, 3)), (rng.normal(size=20) > 0) * 1.0
    w = rng.normal(size=3)
    for step in range(20):
        z = X @ w
        loss = np.mean(np.log(1 + np.exp(z)) - y * z)
        gap = (1 / (1 + np.exp(-z)) - y) / 20
        w = w - 0.1 * X.T @ gap
    """
    assert checked(told).verdict == "right"
    assert checked(told.replace("- y) / 20", "- y) * z / 20")).verdict != "right"


@pytest.mark.parametrize(
    ("taken", "verdict"), [("1.0", "right"), ("2.0", "wrong"), ("0.5", "wrong")]
)
def test_an_entropy_of_logarithms_binds_what_is_made_of_their_exponentials(taken, verdict):
    """The probabilities are worked out for the delta alone; the loss takes their logarithms."""
    report = checked(f"""
    X, kind = rng.normal(size=(12, 3)), rng.integers(0, 4, 12)
    W, c = rng.normal(size=(3, 4)), np.zeros(4)
    for step in range(20):
        z = X @ W + c
        log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
        loss = -log_p[np.arange(12), kind].mean()
        d = np.exp(log_p)
        d[np.arange(12), kind] -= {taken}
        d /= 12
        W -= 0.3 * X.T @ d
        c -= 0.3 * d.sum(axis=0)
    """)
    assert report.verdict == verdict


SPREAD = """
    X, y = rng.normal(size=(30, 2)), rng.normal(size=30)
    mu, ls = np.zeros(2), np.full(2, -1.0)
    for step in range(9):
        eps = rng.normal(size=(4, 2))
        z = mu + np.exp(ls) * eps
        res = z @ X.T - y
        score = -0.5 * np.sum(res ** 2, 1) - 0.5 * np.sum(z ** 2, 1)
        bound = score.mean() + ls.sum()
        print(bound)
        g_z = res @ X + z
        g_mu = g_z.mean(0)
        g_ls = (g_z * eps * np.exp(ls)).mean(0) - 1
        mu = mu - 0.001 * g_mu
        ls = ls - 0.001 * g_ls
    """


def test_what_is_added_to_a_right_gradient_is_held_to_the_sum_that_is_stated():
    """A part of the loss fits but for a constant: the constant is the other part's derivative."""
    assert checked(SPREAD).verdict == "right"
    slip = SPREAD.replace(".mean(0) - 1", ".mean(0) + 1")
    (finding,) = checked(slip).findings
    assert (finding.site.row, finding.fix.edits[0].content[-3:]) == (14, "- 1")


def test_a_delta_that_is_computed_twice_is_no_loss():
    """The first of two like statements has a result that nothing reads, and is no statement."""
    body = """
        w, c = rng.normal(size=(1, 3)), rng.normal(size=(1, 1))
        for step in range(20):
            x, y = rng.normal(size=(3, 1)), 1.0
            o = np.tanh(w @ x + c)
            back = (o - y) * (1 - o ** 2)
            {}
            w = w - 0.1 * back @ x.T
            c = c - 0.1 * back
        """
    for again in ("back = (o - y) * (1 - o ** 2)", "pass"):
        assert checked(body.format(again)).verdict == "right"


LABELS = """
    X, y = rng.normal(size=(12, 3)), rng.integers(0, 2, size=12)
    w = np.zeros(3)
    for step in range(20):
        p = 1 / (1 + np.exp(-X @ w))
        {update}
    """


SUM_OF_ERRORS = """
        g = np.zeros(3)
        for i in range(12): g += 1 / (1 + np.exp(-X[i] @ w)) - y[i]
        w -= g * X[i]""".lstrip()


@pytest.mark.parametrize(
    ("update", "verdict"),
    [
        ("w -= 0.1 * X.T @ (p - y)", "right"),
        ("w -= 0.1 * (X ** 2).T @ (p - y)", "wrong"),
        (SUM_OF_ERRORS, "wrong"),
        (
            "H = X.T @ np.diag(p * (1 - p)) @ X\n        w -= np.linalg.inv(H) @ X.T @ (p - y)",
            "cannot-tell",
        ),
    ],
)
def test_errors_of_labels_are_those_of_the_cross_entropy(update, verdict):
    """Probabilities less labels state a loss, though not one gradient follows it."""
    assert checked(LABELS.format(update=update)).verdict == verdict


@pytest.mark.parametrize("said", ["print(-np.log(p[np.arange(6), k]).mean())", "pass"])
def test_a_number_that_ends_in_a_report_is_held_to_where_one_gradient_follows_it(said):
    """What is printed and goes nowhere else is a statement, whether or not it has a name."""
    report = checked(
        f"""
        X, k = rng.normal(size=(6, 3)), [0, 1, 2, 1, 0, 2]
        A, B, V = (rng.normal(size=(3, 3)) for _ in range(3))
        for step in range(5):
            h = np.tanh(X @ A)
            g = np.tanh(h @ B)
            p = np.exp(g @ V) / np.exp(g @ V).sum(1, keepdims=True)
            {said}
            d = (p - np.eye(3)[k]) / 6
            dg = d @ V.T * (1 - h ** 2)
            dh = dg @ B.T * (1 - g)
            A -= 0.1 * X.T @ dh
            B -= 0.1 * h.T @ dg
            V -= 0.1 * g.T @ d
        """
    )
    assert report.verdict == "wrong"
    assert {p.name: p.verdict for p in report.parameters}["V"] == "right"
