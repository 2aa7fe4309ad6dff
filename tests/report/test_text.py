from dataclasses import replace

import pytest

from gradlint.findings import Array, Finding, Label, Operation, Report, Site, Trace
from gradlint.report import _listing, text
from gradlint.report._lines import length, paint, wrap
from gradlint.report._words import overall, summary_line, verdict_line

VERDICTS = """\
my_net.py: 1 of 4 gradients wrong (W1); right: b1, W2; cannot tell: b2 (its gradient is zero here)
good.py: 4 gradients right (W1, b1, W2, b2), 2 points, worst relative error 3e-10
my_nt.py: could not run, nothing was checked (GL905 could-not-run)
idle.py: cannot tell (GL901 no-training-step)"""


def rows(finding, report, width=80):
    """Render one finding as a list of plain lines."""
    return paint(text.finding_lines(finding, report, width), color=False).splitlines()


@pytest.mark.parametrize("width", [60, 80, 100, 120])
def test_a_finding_takes_at_most_twelve_lines(wrong, width):
    """However long its texts and many its labels, a finding stays within twelve lines."""
    words = "a sentence that is far too long for any line of any terminal " * 4
    for finding in wrong.findings:
        wordy = replace(finding, message=words, explanation=words, help=words)
        assert len(rows(wordy, wrong, width)) <= 12


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_is_wider_than_the_terminal(reports, width):
    """No line of the full text leaves the terminal, wide letters and tabs included."""
    told = text.render(reports, width=width, show_output=True)
    assert max(map(length, told.splitlines())) <= width


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_underline_stands_under_its_span(wrong, long_row, width):
    """The carets stand under the guilty expression even where the row was cut at both ends."""
    shown = rows(long_row, wrong, width)
    under = next(i for i, row in enumerate(shown) if "^" in row)
    column = shown[under].index("^")
    cut = shown[under - 1]
    first = next(i for i in range(len(cut)) if length(cut[:i]) == column)
    carets = shown[under].count("^")
    assert cut[first : first + carets] == "np.dot(A1, W2.T)"


def test_the_underline_counts_columns_not_characters(wrong, site):
    """Wide letters before a span move its underline by two columns each."""
    finding = Finding("GL399", "wrong-gradient", "error", "m", site("scaled"))
    shown = rows(finding, wrong, 140)
    under = next(i for i, row in enumerate(shown) if "^" in row)
    before = shown[under - 1][: shown[under - 1].index("scaled")]
    assert length(before) == shown[under].index("^")


def test_labels_show_where_there_is_room(wrong, missing_mean):
    """A label is shown with its row; one too many for twelve lines is left out."""
    assert any("---- divided by m here" in row for row in rows(missing_mean, wrong, 80))
    assert any("m is the batch size" in row for row in rows(missing_mean, wrong, 120)) is False
    short = replace(missing_mean, fix=None, explanation="")
    assert any("m is the batch size" in row for row in rows(short, wrong, 120))


def test_a_label_on_the_same_row(wrong, site):
    """A label beside the span shares its underline and has its words behind it."""
    label = Label(site("A1.T"), "upstream")
    finding = Finding("GL305", "transposed-operand", "error", "m", site("dZ2"), labels=(label,))
    assert rows(finding, wrong)[-1].endswith("^^^  ---- upstream")


def test_a_span_of_two_rows_is_bracketed(wrong, site):
    """A span over rows has a bracket in the margin that closes under its last character."""
    finding = Finding("GL206", "unsummed-bias", "error", "m", site("np.sum(\n        dZ1"))
    assert rows(finding, wrong)[3:] == [
        ' 11 | /     grads["db1"] = np.sum(',
        " 12 | |         dZ1,",
        "    | |___________^",
    ]


def test_a_note_is_quiet(wrong, convention):
    """A note takes its message and its place, no more."""
    told = rows(convention, wrong, 140)
    assert told == [
        f"GL405 negative-gradient-convention (note): {convention.message}",
        "   --> my_net.py:16:5",
    ]


def test_a_finding_in_another_file_shows_that_file(wrong):
    """A finding in a module beside the script is shown with the module's text."""
    site = Site("layers.py", 1, 5, 1, 8)
    finding = Finding("GL399", "wrong-gradient", "error", "m", site)
    assert rows(finding, wrong)[-1].startswith("  --> layers.py:1:5")
    known = replace(wrong, other_sources={"layers.py": "dz = a - y\n"})
    assert rows(finding, known)[-2:] == [" 1 | dz = a - y", "   |     ^^^"]


@pytest.mark.parametrize("row", [0, 99])
def test_a_place_outside_the_text_is_told_without_source(wrong, row):
    """A place that the text does not have costs the excerpt, never the message."""
    finding = Finding("GL905", "could-not-run", "error", "m", Site("my_net.py", row, 5, row, 9))
    assert len(rows(finding, wrong)) == 2


def test_a_form_feed_is_no_line_break():
    """Rows count as Python counts them, also behind a form feed."""
    report = Report("a.py", "wrong", source="x = 1\n\x0c\ny = 2\n")
    finding = Finding("GL399", "wrong-gradient", "error", "m", Site("a.py", 3, 1, 3, 2))
    assert rows(finding, report)[-2] == " 3 | y = 2"


def test_quiet_leaves_what_matters(reports):
    """Quiet drops notes, right files and the summary, but nothing that was not checked."""
    told = text.render(reports, quiet=True)
    assert "GL405" not in told
    assert "good.py" not in told
    assert "4 files" not in told
    for code in ("GL201", "GL901", "no such file"):
        assert code in told


def test_quiet_still_tells_what_could_not_be_judged(right):
    """A file without a verdict is named even when quiet and without a finding."""
    parameters = tuple(replace(p, verdict="cannot-tell", reason="noise") for p in right.parameters)
    doubtful = replace(right, verdict="cannot-tell", parameters=parameters)
    assert text.render([doubtful], quiet=True) == "good.py: cannot tell: W1, b1, W2, b2 (noise)\n"


def test_verdict_lines(reports, wrong, right):
    """The last line of a file says what was checked and how it came out."""
    said = "\n".join(map(verdict_line, reports))
    assert said == VERDICTS
    assert verdict_line(replace(right, findings=wrong.findings[1:2])).startswith(
        "good.py: 1 finding (GL206); 4 gradients right"
    )
    one = replace(right, parameters=right.parameters[:1], points=1)
    assert "1 gradient right (W1), 1 point, worst" in verdict_line(one)


def test_many_parameters_are_counted_not_listed(right):
    """A network of many layers does not fill the screen with names."""
    many = tuple(replace(right.parameters[0], name=f"W{i}") for i in range(34))
    told = verdict_line(replace(right, parameters=many))
    assert "34 gradients right (W0, W1, W2, W3, W4, W5, W6, W7, and 26 more)" in told


def test_suppressed_findings_are_told(wrong, right):
    """A wrong gradient whose finding is suppressed never reads as right."""
    silent = replace(wrong, findings=(), suppressed=wrong.findings[:1])
    assert overall(silent) == "suppressed"
    assert verdict_line(silent).endswith("; 1 finding suppressed (GL201)")
    assert summary_line([silent, right]) == "2 files: 1 right, 1 suppressed"


def test_wrapping_keeps_code_in_one_piece():
    """Prose breaks at blanks, but not inside backticks, and never inside a word."""
    assert wrap("take `np.dot(a, b)` here", 12, 8) == ["take", "`np.dot(a, b)`", "here"]
    assert wrap("an unpaired ` sign", 11, 11) == ["an unpaired", "` sign"]


def test_help_that_is_only_an_expression_gives_way_to_the_fix(wrong, missing_mean):
    """The fix writes the expression already; a help in words, or without a fix, is kept."""
    assert missing_mean.fix is not None
    bare = replace(missing_mean, help="`A1.T @ dZ2 / m`")
    shown = [row.strip() for row in rows(bare, wrong, 120)]
    assert not any(row.startswith("= help") for row in shown)
    assert any(row.startswith("= fix") for row in shown)
    for kept in (replace(bare, fix=None), replace(bare, help="divide by `m`")):
        assert any(row.strip().startswith("= help") for row in rows(kept, wrong, 120))


def test_a_listing_fits_the_terminal():
    """A row that is too wide goes on below with its shapes; nothing else is touched or lost."""
    sides = [Array(n, (("rows", 3), ("columns", 4)), n) for n in ("X", "W1")]
    short = Operation(9, "np.tanh(Z)", "tanh", (), Array("A", (("b", 3),), "A"))
    wide = Operation(8, "X @ W1", "@", tuple(sides), Array("X @ W1", (("b", 3), ("h", 4))))
    trace = Trace("net.py", "", ((short, 1), (wide, 2)), "a note")
    told = _listing.render(trace, width=70)
    rows = told.splitlines()
    assert rows[:3] == ["a note", "", f"   9  {'A (b=3,)':<44} = np.tanh(Z)"]
    assert max(map(len, rows)) <= 70
    whole = _listing.render(trace)
    assert len(whole.splitlines()) == 4
    assert " ".join(told.split()) == " ".join(whole.split())
    assert "with X (rows=3, columns=4), W1 (rows=3, columns=4)  (2 times)" in whole
