"""The corpus of shape bugs: found on line and expression; right programs stay silent."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from seeing import seen

from gradlint.findings import Finding, Report
from gradlint.report.text import MOST_LINES, finding_lines
from gradlint.source.spots import SourceFile, read

if TYPE_CHECKING:
    from gradlint.truth.judge import Judged

HERE = Path(__file__).parent
BUGGY = sorted(path.stem for path in (HERE / "buggy").glob("*.py"))
RIGHT = sorted(path.stem for path in (HERE / "right").glob("*.py"))

# Axes cannot tell these: the wrong pairing is of two axes of one dimension (query and key run over
# the same rows, a recurrent matrix over the same units), or a reshape cuts an array in pieces.
# The gradients give them away, and the diagnosis of gradients finds the line.
BY_GRADIENT = {
    "attention_values",
    "heads_merged_wrong",
    "reshape_for_transpose",
    "rnn_recurrent_back",
    "unflatten_without_transpose",
}
# Every label of the batch is marked in every row: no axis is out of place, and the gradient that
# comes of it is the right gradient of another loss.
UNSEEN = {"labels_index_all_rows"}
# The reduction that lost its axis is blamed, one pair of parentheses inside the marked expression.
INSIDE = {"row_norms_square"}


@cache
def checked(kind: str, stem: str) -> tuple[SourceFile, list[Finding], Judged | None]:
    """Run one program of the corpus once and return what its shapes give away."""
    path = str(HERE / kind / f"{stem}.py")
    file = SourceFile(path, read(path))
    findings, judged = seen(file)
    return file, findings, judged


def marked(file: SourceFile) -> tuple[dict[int, set[str]], set[int]]:
    """Return the guilty rows with their codes, and the rows where a finding is allowed."""
    guilty, allowed = {}, set()
    for row, line in enumerate(file.lines, start=1):
        if found := re.search(r"# (GL\d+(?:, GL\d+)*)$", line):
            guilty[row] = set(found[1].split(", "))
        elif "# also GL" in line:
            allowed.add(row)
    return guilty, allowed


def spanned(file: SourceFile, finding: Finding) -> str:
    """Return the text that a finding underlines."""
    site = finding.site
    rows = file.lines[site.row - 1 : site.end_row]
    rows[-1] = rows[-1][: site.end_column - 1]
    rows[0] = rows[0][site.column - 1 :]
    return " ".join(row.strip() for row in rows)


@pytest.mark.parametrize("stem", sorted(set(BUGGY) - BY_GRADIENT - UNSEEN))
def test_bug_is_found_on_its_line(stem: str) -> None:
    """Each bug is reported on its guilty line under one of its codes."""
    file, findings, _ = checked("buggy", stem)
    guilty, _ = marked(file)
    for row, codes in guilty.items():
        assert codes & {f.code for f in findings if f.site.row == row}, findings


@pytest.mark.parametrize("stem", BUGGY)
def test_other_lines_stay_silent(stem: str) -> None:
    """Nothing is said about a line that is neither guilty nor a consequence."""
    file, findings, _ = checked("buggy", stem)
    guilty, allowed = marked(file)
    assert {f.site.row for f in findings} <= {*guilty, *allowed}, findings


@pytest.mark.parametrize("stem", sorted(set(BUGGY) - BY_GRADIENT - UNSEEN - INSIDE))
def test_bug_is_found_at_its_expression(stem: str) -> None:
    """The finding underlines exactly the guilty sub-expression."""
    file, findings, _ = checked("buggy", stem)
    guilty, _ = marked(file)
    wanted = next(line for line in file.lines if line.startswith("# expression: "))
    assert wanted.removeprefix("# expression: ") in [
        spanned(file, f) for f in findings if f.site.row in guilty
    ]


@pytest.mark.parametrize("stem", sorted(BY_GRADIENT))
def test_gradients_give_the_rest_away(stem: str) -> None:
    """What axes cannot tell shows in the gradients, and is left to them."""
    _, findings, judged = checked("buggy", stem)
    assert judged is not None
    assert judged.wrong
    assert not findings


@pytest.mark.parametrize("stem", RIGHT)
def test_right_programs_stay_silent(stem: str) -> None:
    """A correct program gets no finding, however odd its shapes look."""
    _, findings, _ = checked("right", stem)
    assert findings == []


@pytest.mark.parametrize("stem", BUGGY)
def test_message_contract(stem: str) -> None:
    """At most 12 lines, one line of message, no array values, no talk of what was expected."""
    file, findings, _ = checked("buggy", stem)
    for finding in findings:
        said = f"{finding.message} {finding.explanation} {finding.help}"
        assert "\n" not in finding.message
        assert "array(" not in said
        assert "[[" not in said
        assert "expected" not in said
        assert "value 1" not in said  # the placeholder of a value without a name
        report = Report(file.filename, "wrong", (finding,), source=file.text)
        assert len(finding_lines(finding, report, 80)) <= MOST_LINES


def test_enough_is_found() -> None:
    """The shares that shapes alone find and place exactly, of all bugs in the corpus."""
    found = len(BUGGY) - len(BY_GRADIENT) - len(UNSEEN)
    assert found / len(BUGGY) >= 0.9
    assert (found - len(INSIDE)) / len(BUGGY) >= 0.9
    assert (found + len(BY_GRADIENT)) / len(BUGGY) >= 0.95
