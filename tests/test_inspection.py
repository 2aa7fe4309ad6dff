"""One run, looked at from end to end: what is asked for is worked out once, and says what it is."""

# ruff: noqa: E501  (whole programs stand in a table)

from __future__ import annotations

import pickle
import textwrap

import pytest
from markers import inspected

from gradlint.checking.inspection import Inspection
from gradlint.config import Options
from gradlint.diagnosis.identify import fingerprint, proportion, squeezed
from gradlint.source.spots import SourceFile

NET = textwrap.dedent("""\
    import numpy as np
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(8, 3)), rng.normal(size=(8, 1))
    W1, b1, W2 = rng.normal(size=(3, 4)), np.zeros(4), rng.normal(size=(4, 1))
    for epoch in range(100_000):
        A = np.tanh(X @ W1 + b1)
        out = A @ W2
        loss = np.mean((out - Y) ** 2)
        d_out = 2 * (out - Y) / len(X)
        d_z = (d_out @ W2.T) * (1 - A ** 2)
        dW1, db1, dW2 = X.T @ d_z, d_z.sum(axis=0), A.T @ d_out
        W1 -= 0.1 * dW1; b1 -= 0.1 * db1; W2 -= 0.1 * dW2
""")


def inspection(text, **options):
    """Look at a text in this process."""
    return Inspection(SourceFile("net.py", text), Options(**options), timeout=20)


def report(text, **options):
    """Return the report on a text."""
    return inspection(text, **options).report()


def test_right_net():
    """Every parameter is judged, against the computed loss, at two points."""
    found = report(NET)
    assert found.verdict == "right"
    assert [(p.name, p.shape, p.verdict) for p in found.parameters] == [
        ("W1", (3, 4), "right"), ("b1", (4,), "right"), ("W2", (4, 1), "right"),
    ]  # fmt: skip
    assert (found.loss.kind, found.loss.name, found.loss.row) == ("computed", "loss", 8)
    assert found.points == 2
    assert found.worst_relative_error < 1e-12
    assert found.findings == ()


@pytest.mark.parametrize(
    ("line", "broken", "code", "column"),
    [
        ("A.T @ d_out", "A.T @ d_out * 3", "GL203", 49),
        ("d_z.sum(axis=0)", "-d_z.sum(axis=0)", "GL204", 32),
        ("(1 - A ** 2)", "A * (1 - A)", "GL303", 11),
    ],
)
def test_one_slip(line, broken, code, column):
    """A slip is named at the row and column where it stands."""
    text = NET.replace(line, broken)
    assert text != NET
    (finding,) = report(text).findings
    assert finding.code == code
    row = 1 + [
        one != other for one, other in zip(text.split("\n"), NET.split("\n"), strict=True)
    ].index(True)
    assert (finding.site.row, finding.site.column) == (row, column)


def test_same_factor_throughout_is_a_note():
    """Gradients that are all the same multiple of the loss's are right, and the multiple is told."""
    found = report(NET.replace(" / len(X)", ""))
    assert found.verdict == "right"
    assert [(f.code, f.severity, f.site.row) for f in found.findings] == [("GL207", "note", 8)]
    assert "8 times" in found.findings[0].message


@pytest.mark.parametrize("seed", [0, 1, 7])
def test_seed_changes_no_verdict(seed):
    """Other test points give the same findings; the same seed gives the same report."""
    text = NET.replace("(1 - A ** 2)", "A * (1 - A)")
    one, other = report(text, seed=seed), report(text, seed=seed)
    assert one == other
    assert [f.code for f in one.findings] == ["GL303"]


def test_report_travels_between_processes():
    """A report is plain frozen data: it can be pickled and compared."""
    found = report(NET)
    assert pickle.loads(pickle.dumps(found)) == found


def test_program_is_stopped_after_two_steps():
    """A hundred thousand epochs are not waited for."""
    looked = inspection(NET)
    assert looked.recording.ending.how == "stopped"
    assert len(looked.recording.tape) < 500


def test_script_of_one_step_is_judged():
    """A script that takes a single step is judged by that step."""
    found = report(NET.replace("100_000", "1"))
    assert found.verdict == "right"
    assert len(found.parameters) == 3


def test_set_gives_missing_names(tmp_path):
    """A name the script lacks can be given as an expression."""
    lines = [line for line in NET.splitlines() if not line.startswith("X, Y")]
    text = "\n".join(lines) + "\n"
    assert report(text).verdict == "could-not-run"
    given = (("X", "np.ones((8, 3))"), ("Y", "X[:, :1] * 2"))
    assert report(text, set=given).verdict == "right"


def test_explanation_names_every_backward_line():
    """Each backward line is annotated with what it computes, and with its shape."""
    looked = inspection(NET)
    texts = {note.row: note.text for note in looked.explanation().annotations}
    assert texts[9] == "= ∂loss/∂out  (8×1)"
    assert texts[10].startswith("= ∂loss/∂(X @ W1 + b1)")
    assert {note.verdict for note in looked.explanation().annotations} == {"right"}


def test_explanation_says_what_a_wrong_value_is_not():
    """A wrong line is said not to be what it should; what inherits it, to be right but for it."""
    looked = inspection(NET.replace("(1 - A ** 2)", "A * (1 - A)"))
    notes = [(note.row, note.verdict, note.text) for note in looked.explanation().annotations]
    assert notes == [
        (9, "right", "= ∂loss/∂out  (8×1)"),
        (10, "wrong", "not ∂loss/∂(X @ W1 + b1)  (8×4)"),
        (11, "unknown", "dW1: ∂loss/∂W1 once line 10 is right  (3×4)"),
        (11, "unknown", "db1: ∂loss/∂b1 once line 10 is right  (4)"),
        (11, "right", "dW2 = ∂loss/∂W2  (4×1)"),
    ]


def test_explanation_names_the_multiple_that_a_wrong_value_is():
    """A line that is wrong by a factor is told what it really computes."""
    looked = inspection(NET.replace("A.T @ d_out", "A.T @ d_out * 3"))
    notes = {note.text: note.verdict for note in looked.explanation().annotations}
    assert notes["dW2 = 3·∂loss/∂W2  (4×1)"] == "wrong"
    assert notes["dW1 = ∂loss/∂W1  (3×4)"] == "right"


def test_output_of_the_program_is_not_ours(tmp_path, capsys):
    """What a program prints while it is looked at in this process goes where the test says."""
    path = tmp_path / "net.py"
    path.write_text(NET.replace("    A = ", "    print(epoch)\n    A = "))
    assert inspected(path).verdict == "right"
    assert capsys.readouterr().out == ""


def test_proportion_is_one_constant_or_none():
    """Two arrays are proportional by one constant for all entries, or not at all."""
    import numpy as np

    a = np.array([[1.0, -2.0], [3.0, 4.0]])
    assert proportion(-10 * a, a) == pytest.approx(-10)
    assert proportion(a * [1, 2], a) is None
    assert proportion(a + 1e-3, a) is None
    assert squeezed((1, 3, 1, 2)) == (3, 2)
    assert fingerprint(a) == pytest.approx(fingerprint(-5 * a))
    assert fingerprint(a) != pytest.approx(fingerprint(a.T))


def test_a_loop_over_single_numbers_makes_one_mistake():
    """What is wrong with each number of a list in one line is told once."""
    text = """\
import math

w, b = [0.3, -0.2, 0.4], [0.1, 0.2, -0.1]
for x, y in [(0.5, 1.0), (0.9, 0.0), (-0.4, 1.0)]:
    out = [math.tanh(wi * x + bi) for wi, bi in zip(w, b)]
    loss = sum((o - y) ** 2 for o in out) / 2
    d = [(o - y) * (1 - o * o) for o in out]
    for j in range(3):
        w[j] -= 0.1 * d[j] * x
        b[j] += 0.1 * d[j]
"""
    report = Inspection(SourceFile("net.py", text), Options(), 20).report()
    assert [(f.code, f.site.row) for f in report.findings] == [("GL204", 10)]
    assert sum(p.verdict == "wrong" for p in report.parameters) == 3


def test_functions_that_give_back_several_arrays_are_no_random_numbers():
    """What starts as an orthogonal matrix was made of a pair of arrays of unlike shapes."""
    line = "W1, b1, W2 = rng.normal(size=(3, 4)), np.zeros(4), rng.normal(size=(4, 1))"
    made = "W1, b1, W2 = np.linalg.qr(rng.normal(size=(4, 3)))[0].T * 1.0, np.zeros(4), rng.normal(size=(4, 1))"
    found = report(NET.replace(line, made).replace("(1 - A ** 2)", "(1 - A)"))
    assert (found.verdict, found.findings[0].site.row) == ("wrong", 10)
