"""The journal: every decision of a check is there to be read, in the order of the story."""

from __future__ import annotations

from pathlib import Path

import pytest

from gradlint.checking.files import why_file
from gradlint.doors.cli import main
from gradlint.report import _why as why

pytestmark = pytest.mark.usefixtures("in_this_process")

BUGGY = Path(__file__).parents[2] / "examples" / "buggy"


@pytest.fixture(scope="module")
def report():
    """The check of a bias gradient that is a mean beside sums, with its journal."""
    return why_file(BUGGY / "unsummed_bias.py")


def said(report, stage):
    """What the journal holds of one stage: (row, outcome, text)."""
    return [(e.row, e.outcome, e.said) for e in report.journal if e.stage == stage]


def test_every_parameter_is_there_with_its_gradient(report):
    """What is learned is listed with the row of its update and the name of its gradient."""
    learned = [text for _, _, text in said(report, "run") if "is learned" in text]
    assert len(learned) == len(report.parameters)
    assert any("`g_encoder_bias`" in text for text in learned)


def test_gradients_are_held_against_the_truth(report):
    """The one wrong gradient failed, the others held, each with a number."""
    outcomes = {text.split("`")[1]: outcome for _, outcome, text in said(report, "gradient")}
    wrong = {p.name for p in report.parameters if p.verdict == "wrong"}
    assert {name for name, outcome in outcomes.items() if outcome == "failed"} == wrong
    assert all("relative error" in text for *_, text in said(report, "gradient"))


def test_edits_that_held_and_that_failed_are_told(report):
    """The edit that is the finding's fix stands among those that held; others failed."""
    edits = said(report, "edit")
    (finding,) = [f for f in report.findings if f.severity == "error"]
    held = [text for row, outcome, text in edits if outcome == "held" and row == finding.site.row]
    assert any(finding.code in text for text in held)
    assert any(outcome == "failed" for _, outcome, _ in edits)


def test_the_fix_was_checked_on_the_whole_program(report):
    """The last thing in the journal is the whole check of the edited program."""
    assert said(report, "fix")[-1][1] == "held"


def test_a_check_alone_keeps_no_journal():
    """The journal is made for those who ask."""
    from gradlint.checking.files import check_file

    assert check_file(BUGGY / "unsummed_bias.py").journal == ()


def test_one_screen_shows_what_mattered_and_verbose_shows_all(report):
    """The short form fits a screen and says how much it leaves out."""
    short, whole = why.render(report), why.render(report, verbose=True)
    assert len(short.splitlines()) <= 45
    assert "more (--verbose)" in short
    assert "--verbose" not in whole
    assert all(e.said.split("`")[1] in whole for e in report.journal if "`" in e.said)


def test_the_command_prints_it(capsys):
    """``gradlint why`` names the line, what was tried on it, and exits like check."""
    assert main(["why", str(BUGGY / "unsummed_bias.py"), "--color", "never"]) == 1
    out = capsys.readouterr().out
    assert "What was tried" in out
    assert "GL206" in out


def test_a_file_that_cannot_be_read_is_one_clear_message(capsys, tmp_path):
    """A missing file is told like everywhere else."""
    assert main(["why", str(tmp_path / "none.py"), "--color", "never"]) == 2
    assert "none.py" in capsys.readouterr().out
