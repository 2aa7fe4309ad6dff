"""What a fix promises: the program with all offered edits is right by the reading it had before."""

from __future__ import annotations

import dataclasses

import pytest

from gradlint.checking.generality import (
    bound_to_this_run,
    depends_on_sizes,
    forgets,
    takes_away,
    turned_elsewhere,
    updated,
    varied,
)
from gradlint.checking.inspection import Inspection
from gradlint.checking.promise import Promise, Reading, broken
from gradlint.config import Options
from gradlint.findings import Edit, Finding, Fix, Loss, ParameterVerdict, Report, Site
from gradlint.source.edits import apply, with_comments
from gradlint.source.spots import SourceFile

LOSS = Loss("computed", "np.mean(e ** 2)", "cost", 4)
RIGHT = ParameterVerdict("W", (3, 2), "right", factor=1.0)
WRONG = ParameterVerdict("b", (2,), "wrong")
BEFORE = Reading(LOSS, (RIGHT, WRONG))


def mended(loss: Loss = LOSS, **other: object) -> Reading:
    """What a good fix leaves, but for some fields of the parameter that was right."""
    changed = dataclasses.replace(RIGHT, **other)  # type: ignore[arg-type]
    return Reading(loss, (changed, ParameterVerdict("b", (2,), "right", factor=1.0)))


def test_a_fix_that_keeps_everything_is_kept():
    """Same loss, same parameters, all right: nothing is broken."""
    assert broken(BEFORE, mended()) == ""


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (mended(verdict="wrong"), "`W` is right and is then not"),
        (mended(verdict="cannot-tell"), "`W` is right and is then not"),
        (mended(factor=60.0), "60 times"),
        (mended(name="V"), "`W` is then not learned"),
        (mended(loss=Loss("implied", "½ Σ (p − target)²", None, 4)), "½ Σ"),
        (mended(loss=dataclasses.replace(LOSS, row=7)), "held against `cost`"),
        (mended(loss=dataclasses.replace(LOSS, name="err")), "held against `err`"),
    ],
)
def test_another_reading_is_no_fix(after, said):
    """A loss, a parameter or a factor that is other than before is said."""
    assert said in broken(BEFORE, after)


def test_the_line_of_the_loss_may_move():
    """Rows that an edit adds above the loss move it, and are no other loss."""
    edit = Edit(Site("net.py", 2, 1, 2, 1), "old = W.copy()\n")
    moved = mended(loss=dataclasses.replace(LOSS, row=5))
    assert broken(BEFORE, moved, [edit]) == ""
    assert broken(BEFORE, moved) != ""


def edit_of(text: str, old: str, new: str) -> Edit:
    """The edit that replaces the only such text."""
    begin = text.index(old)
    row, column = text.count("\n", 0, begin) + 1, begin - (text.rfind("\n", 0, begin) + 1) + 1
    end_row = row + old.count("\n")
    end = column + len(old) if end_row == row else len(old) - old.rfind("\n")
    return Edit(Site("net.py", row, column, end_row, end), new)


@pytest.mark.parametrize(
    ("text", "old", "new", "bound"),
    [
        ("slope = lambda v: np.tanh(v)\n", "np.tanh(v)", "1 - h[2] ** 2", True),
        ("slope = lambda v: np.tanh(v)\n", "np.tanh(v)", "1 - np.tanh(v) ** 2", False),
        ("def slope(v):\n    return v\n", "return v", "return a[1]", False),  # no expression
        ("def slope(v):\n    return -v\n", "-v", "a[1]", True),
        ("def slope(c):\n    return -c[0]\n", "-c[0]", "c[1]", False),
        ("for k in range(3):\n    d = D[k] * 2\n    e = h[k]\n", "D[k] * 2", "D[k] * h[1]", True),
        ("for k in range(3):\n    d = D[k] * 2\n    e = h[k]\n", "D[k] * 2", "D[k] * h[k]", False),
        ("d = e\n", "e", "np.where(e > 0, 1, -0.524539)", True),
        ("d = e * 0.044715\n", "e * 0.044715", "3 * e * 0.044715", False),
        ("d = e\n", "e", "e * x.shape[0]", False),
    ],
)
def test_what_only_this_run_shows_is_no_fix(text, old, new, bound):
    """A layer by its number in a shared line, or a number nobody wrote, is not for everybody."""
    said = bound_to_this_run(SourceFile("net.py", text), [edit_of(text, old, new)])
    assert bool(said) is bound


@pytest.mark.parametrize(
    ("new", "matters"),
    [
        ("e / n", True),
        ("e.T", True),
        ("e / 20", True),
        ("-e", False),
        ("e * a", False),
        ("e ** 3", False),
    ],
)
def test_edits_that_name_a_size_are_tried_at_others(new, matters):
    """A size, a number or a transposition may hold by coincidence; a sign or a value does not."""
    text = "n, a = 20, x\nd = +e\n"
    assert depends_on_sizes(SourceFile("net.py", text), [edit_of(text, "+e", new)]) is matters


def test_sizes_and_seeds_are_varied():
    """Numbers that a name is set to once, and seeds, are changed; all others stay."""
    text = "rng = default_rng(3)\nn, rate = 20, 0.1\nk = 2\nk += 1\nd = e / 20\n"
    (whole, said), (seed, _) = varied(text)
    assert whole == "rng = default_rng(4)\nn, rate = 21, 0.08\nk = 2\nk += 1\nd = e / 20\n"
    assert said == "`n = 21`, `rate = 0.08`"
    assert seed == text.replace("(3)", "(4)")


def test_comments_in_a_replaced_expression_stay():
    """What an edit takes away leaves its comments behind the row."""
    text = "dW = (X.T @ d  # chain rule\n      * 2)  # twice\nb = 1\n"
    edit = edit_of(text, "(X.T @ d  # chain rule\n      * 2)", "X.T @ d / n")
    after = apply(text, with_comments(text, [edit]))
    assert after == "dW = X.T @ d / n  # twice  # chain rule\nb = 1\n"
    assert with_comments("d = e  # here\n", [Edit(Site("net.py", 1, 5, 1, 6), "f")])[1:] == ()


# -- whole programs -----------------------------------------------------------------------------


def told(text: str) -> Report:
    """The report on a program with its fixes checked."""
    return Inspection(SourceFile("net.py", text), Options(), 20).report()


TWO_PATHS = """
import numpy as np
rng = np.random.default_rng(5)
x, t = rng.normal(size=(6, 1)), rng.uniform(size=(2, 1))
A, B = rng.normal(size=(4, 6)), rng.normal(size=(2, 4))
for _ in range(9):
    h = 1 / (1 + np.exp(-(A @ x)))
    p = 1 / (1 + np.exp(-(B @ h)))
    e = p - t
    eh = B.T @ e
    B -= 0.1 * (e * p * (1 - p)) @ h.T
    A -= 0.1 * (eh * h * (1 - h)) @ x.T
"""


def test_two_edits_that_mend_one_slip_are_one():
    """Where one edit makes the program right, one that spoils what was right is not told."""
    report = told(TWO_PATHS)
    assert [f.site.row for f in report.findings if f.severity != "note"] == [10]
    (fixed,) = [f for f in report.findings if f.fix is not None]
    after = told(apply(TWO_PATHS, fixed.fix.edits))
    assert after.verdict == "right"
    assert (
        broken(Reading(report.loss, report.parameters), Reading(after.loss, after.parameters)) == ""
    )


LOST = """
import numpy as np
rng = np.random.default_rng(1)
X = rng.normal(size=(40, 3))
y = X @ np.array([1.0, -2.0, 0.5])
w = np.zeros(3)
for _ in range(9):
    r = X @ w - y
    cost = np.sum(r ** 2) / 40
    g = 2 * np.sum(r @ X) / 40
    w = w - 0.05 * g
"""


def test_a_fix_keeps_the_constant_of_the_loss():
    """An edit that takes the mean out of the only gradient is not offered."""
    for finding in told(LOST).findings:
        if finding.fix is not None:
            after = told(apply(LOST, finding.fix.edits))
            assert [p.factor for p in after.parameters] == [pytest.approx(1.0)]


def test_a_budget_that_is_spent_offers_nothing():
    """What was not tried is not offered."""
    site = Site("net.py", 1, 5, 1, 6)
    finding = Finding("GL399", "x", "error", "m", site, fix=Fix("f", (Edit(site, "f"),)))
    promise = Promise(SourceFile("net.py", "d = e\n"), BEFORE, [finding], lambda _: 1 / 0, 0)  # type: ignore[arg-type,return-value]
    assert [f.fix for f in promise.kept()] == [None]


MADE_FOR_EIGHT = """
import numpy as np
rng = np.random.default_rng(3)
n = 8
X, Y = rng.normal(size=(n, 5)), rng.normal(size=(n, 6))
A, B = rng.normal(size=(5, 6)), rng.normal(size=(6, 6))
for it in range(9):
    h = np.tanh(X @ A)
    d = 2 * (h @ B - Y)
    loss = np.sum((h @ B - Y) ** 2) / n
    gB = h.T @ d / 8
    gA = X.T @ (d @ B * (1 - h ** 2)) / n
    A -= 0.05 * gA
    B -= 0.05 * gB
"""


def test_a_program_made_for_its_sizes_does_not_spoil_a_fix():
    """With other sizes a literal of the program's own is wrong: that is no fault of the edit."""
    (fixed,) = [f.fix for f in told(MADE_FOR_EIGHT).findings if f.fix is not None]
    assert fixed.edits[0].content == "B.T"
    assert fixed.applicability == "safe"


CRASH = """
import numpy as np
rng = np.random.default_rng(4)
X, Y = rng.normal(size=(3, 5)), rng.uniform(size=(1, 5))
A, B = rng.normal(size=(3, 3)), rng.normal(size=(1, 3))
for step in range(9):
    h = np.tanh(A @ X)
    e = B @ h - Y
    loss = np.sum(e ** 2) / 2
    dB = h * e
    dA = (B.T @ e * (1 - h ** 2)) @ X.T
    A = A - 0.05 * dA
    B = B - 0.05 * dB
"""


def test_a_remedy_does_not_forget_the_gradient():
    """A crash in an update is not mended by an update that only shrinks the parameter."""
    for finding in told(CRASH).findings:
        assert finding.fix is None or "dB" in finding.fix.edits[0].content or finding.site.row != 13


@pytest.mark.parametrize(
    ("old", "new", "factor", "kept"),
    [
        ("e * e", "2 * e", 2.0, "unsafe"),  # brings a number that the loss does not have
        ("e * e", "2 * e", 1.0, "safe"),
        ("e / n", "e / n * s", 0.5, "safe"),  # the constant is as it was
        ("2 * f(e) / 60", "e", 30.0, None),  # takes the constant away
    ],
)
def test_the_only_gradient_keeps_its_constant(old, new, factor, kept):
    """Where no gradient is right to say which constant is meant, an edit leaves it alone."""
    text = f"W -= {old}\n"
    edit = edit_of(text, old, new)
    finding = Finding("GL399", "x", "error", "m", edit.site, fix=Fix("f", (edit,)))
    before = Reading(LOSS, (dataclasses.replace(RIGHT, verdict="wrong", factor=None),))
    loss = dataclasses.replace(LOSS)
    after = Report("net.py", "right", (), (dataclasses.replace(RIGHT, factor=factor),), loss)
    promise = Promise(SourceFile("net.py", text), before, [finding], lambda _: after, 9)
    (told_,) = promise.kept()
    assert (told_.fix and told_.fix.applicability) == kept


def kept_of(text: str, edits: list[tuple[str, str]], before: Reading, check) -> list[Finding]:
    """What is kept of findings with one edit each, where ``check`` gives the report on a text."""
    findings = []
    for old, new in edits:
        edit = edit_of(text, old, new)
        findings.append(Finding("GL399", "x", "error", "m", edit.site, fix=Fix("f", (edit,))))
    return Promise(SourceFile("net.py", text), before, findings, check, 9).kept()


def test_a_fix_that_leaves_another_mistake_is_not_safe():
    """What an edit makes up for may be the mistake that stays."""
    text = "e = a\nd = e + c\n"
    left = Finding("GL399", "x", "error", "m", Site("net.py", 1, 1, 1, 6))
    after = Report("net.py", "wrong", (left,), (RIGHT, WRONG), LOSS)
    edit = edit_of(text, "e + c", "c")
    fixed = Finding("GL399", "x", "error", "m", edit.site, fix=Fix("f", (edit,)))
    promise = Promise(SourceFile("net.py", text), BEFORE, [left, fixed], lambda _: after, 9)
    fix = promise.kept()[1].fix
    assert fix is not None
    assert fix.applicability == "unsafe"
    assert "line 1" in fix.message


def test_an_edit_that_only_takes_away_must_be_needed():
    """Where another edit alone makes the program right, nothing is taken out beside it."""
    right = Report("net.py", "right", (), mended().parameters, LOSS)
    kept = kept_of("e = a\nd = e + c\n", [("a\n", "b\n"), ("e + c", "c")], BEFORE, lambda _: right)
    assert [f.site.row for f in kept] == [1]


def test_without_an_edit_that_takes_away_another_loss_is_right():
    """Where the rest alone is right for more than was read before, what is taken out is unsafe."""
    whole = dataclasses.replace(LOSS, name="both", row=9)
    text = "e = a\nd = e + c\n"

    def check(mended_text: str) -> Report:
        loss = LOSS if "+" not in mended_text else whole
        return Report("net.py", "right", (), mended().parameters, loss)

    kept = kept_of(text, [("a\n", "b\n"), ("e + c", "c")], BEFORE, check)
    assert [f.fix and f.fix.applicability for f in kept] == ["safe", "unsafe"]


def test_a_division_turned_into_a_product_says_its_factor():
    """The numbers are as they were, and the size of the gradient is not."""
    before = Reading(LOSS, (dataclasses.replace(RIGHT, verdict="wrong", factor=None),))
    after = Report("net.py", "right", (), (dataclasses.replace(RIGHT, factor=9.0),), LOSS)
    (kept,) = kept_of("d = n / e\n", [("n / e", "n * e")], before, lambda _: after)
    assert kept.fix is not None
    assert "9 times" in kept.fix.message


@pytest.mark.parametrize(("pull", "kept"), [(-1.0, "unsafe"), (-0.1, "safe")])
def test_an_edit_does_not_take_the_rate_away(pull, kept):
    """All others step at one rate: what is left of an update must, too."""
    slow = dataclasses.replace(RIGHT, pull=-0.1)
    mended_ = ParameterVerdict("b", (2,), "right", factor=1.0, pull=pull)
    after = Report("net.py", "right", (), (slow, mended_), LOSS)
    before = Reading(LOSS, (slow, WRONG))
    (told_,) = kept_of("b -= r / g\n", [("r / g", "g")], before, lambda _: after)
    assert told_.fix is not None
    assert told_.fix.applicability == kept


@pytest.mark.parametrize(("row", "kept"), [(1, "unsafe"), (4, "safe")])
def test_a_loss_is_not_cut_down_to_the_gradients(row, kept):
    """A part taken out of the loss makes wrong gradients right by name only."""
    loss = dataclasses.replace(LOSS, row=row)
    after = Report("net.py", "right", (), mended().parameters, loss)
    before = Reading(loss, BEFORE.parameters)
    (told_,) = kept_of("cost = e ** 2 / q\n", [("e ** 2 / q", "e ** 2")], before, lambda _: after)
    assert told_.fix is not None
    assert told_.fix.applicability == kept


@pytest.mark.parametrize(
    ("text", "elsewhere"),
    [
        ("W = W - v\nahead = W - m * v\n", True),  # a look ahead goes the old way
        ("W = W - v\nahead = W - m * u\n", False),
        ("W = W - v\nb -= v\n", False),
        ("W = W - v * r\nr = 0.5\nW -= r * W\n", False),  # a decay at the same rate
        ("W = W - v\n", False),
    ],
)
def test_a_step_that_is_tried_elsewhere_is_not_turned_alone(text, elsewhere):
    """The sign of an update is one of two where another line adds the same step."""
    edit = edit_of(text, "W = W - v", "+")
    assert turned_elsewhere(SourceFile("net.py", text), [edit]) is elsewhere


@pytest.mark.parametrize(
    ("old", "new", "less"),
    [("lr / g", "g", True), ("(a + b) @ W", "(a @ W)", False), ("a / b", "(a)", True),
     ("a - b", "a + b", False), ("a", "a", False)],
)  # fmt: skip
def test_what_only_takes_away_brings_nothing(old, new, less):
    """What is left was there, brackets aside."""
    text = f"d = {old}\n"
    assert takes_away(SourceFile("net.py", text), edit_of(text, old, new)) is less


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (Loss("computed", "cost / len(X)", None, 9), True),
        (Loss("computed", "total", "total", 9, value=2.5), True),
        (Loss("computed", "total", "total", 9, value=3.5), False),
        (Loss("computed", "cost + decay", None, 9), False),
    ],
)
def test_a_loss_times_a_number_is_the_same_loss(other, same):
    """A mean for a sum, or the total that a sample's loss begins, is no other loss."""
    before = Reading(dataclasses.replace(LOSS, value=2.5), (RIGHT, WRONG))
    assert (broken(before, mended(other)) == "") == same


def test_an_implied_loss_has_no_unit():
    """All that was right may be another multiple of it, but not one alone."""
    implied = Loss("implied", "½ Σ (p − target)²", None, 4)
    also = dataclasses.replace(RIGHT, name="V")
    before = Reading(implied, (RIGHT, also, WRONG))
    twice = [dataclasses.replace(p, factor=2.0) for p in (RIGHT, also)]
    b = ParameterVerdict("b", (2,), "right", factor=1.0)
    assert broken(before, Reading(implied, (*twice, b))) == ""
    assert "2 times" in broken(before, Reading(implied, (RIGHT, twice[1], b)))


SQUARE = """\
import numpy as np

rng = np.random.default_rng(0)
x, y = rng.normal(size=(9, 4)), rng.normal(size=(9, 9))
W = rng.normal(size=(4, 9))
for step in range(3):
    z = x @ W
    e = np.exp(z)
    p = e / e.sum(axis=1, keepdims=True)
    loss = 0.5 * np.sum((p - y) ** 2)
    dp = p - y
    dz = p * (dp - np.sum(dp * p, axis=1))
    W -= 0.01 * x.T @ dz
"""


def test_two_findings_with_one_edit_are_one():
    """What the dropped axis is, and what becomes of the softmax by it, is one slip."""
    report = Inspection(SourceFile("net.py", SQUARE), Options(), 20.0).report()
    claims = [f for f in report.findings if f.severity != "note"]
    assert [(f.code, f.site.row) for f in claims] == [("GL105", 12)]
    assert claims[0].fix is not None
    text = apply(SQUARE, claims[0].fix.edits)
    assert Inspection(SourceFile("net.py", text), Options(), 20.0).report().verdict == "right"


@pytest.mark.parametrize(
    ("text", "part", "moved"),
    [
        ("class N:\n    def f(self):\n        self.W -= lr * self.dW\n", "lr * self.dW", {"net.W"}),
        ("for k in p:\n    p[k] -= lr * g[k]\n", "lr * g[k]", {"p['a']", "p['b']"}),
        ("a = f(x); b -= g\n", "g", {"b"}),
        ("h[t] = W @ x\n", "W @ x", set()),
    ],
)
def test_which_parameters_an_edit_moves(text, part, moved):
    """Those that its own statement replaces, whatever the object is called there."""
    names = {"net.W", "p['a']", "p['b']", "b"}
    assert updated(SourceFile("net.py", text), [edit_of(text, part, "0")], names) == moved


@pytest.mark.parametrize(
    ("new", "lost"), [("g", "v"), ("0.9 * v - g", ""), ("0.9 * self.v + g", "")]
)
def test_a_statement_that_forgets_what_it_was_made_of(new, lost):
    """A velocity that becomes the gradient is no velocity."""
    text = "v = 0.9 * v + g\n"
    assert forgets(SourceFile("net.py", text), [edit_of(text, "0.9 * v + g", new)]) == lost


@pytest.mark.parametrize("text", ["b = b - lr * b\n", "b -= lr * b\n"])
def test_a_statement_that_keeps_what_it_was_made_of(text):
    """The old value is still there, whatever is subtracted from it."""
    assert forgets(SourceFile("net.py", text), [edit_of(text, "lr * b", "lr * db")]) == ""


TWO = """\
import numpy as np

rng = np.random.default_rng(0)
x, y = rng.normal(size=20), rng.normal(size=20)
a, c, n = 0, 0, 20
for step in range(9):
    e = y - (a * x + c)
    da = (-2 / n) * sum(x * e)
    dc = (-2 / n ** 2) * sum(e)
    a = a - 0.01 * da
    c = c - 0.01 * dc
"""


def test_of_two_multiples_none_is_sure():
    """No loss is stated: what is divided once too often and what once too little look the same."""
    report = Inspection(SourceFile("net.py", TWO), Options(), 20.0).report()
    assert report.verdict == "wrong"
    assert {f.fix.applicability for f in report.findings if f.fix is not None} == {"unsafe"}
