"""Each example is judged as it says itself: the marked lines, no others; mended ones right."""

from __future__ import annotations

import contextlib
import functools
import io
import re
from collections import Counter
from pathlib import Path

import pytest
from markers import inspected, markers, misplaced

from gradlint.checking.files import check_file
from gradlint.checking.inspection import Inspection
from gradlint.config import Options
from gradlint.doors.mend import mend_file
from gradlint.findings import exit_code, is_claim
from gradlint.source.spots import SourceFile

EXAMPLES = Path(__file__).parents[1] / "examples"
BUGGY = sorted((EXAMPLES / "buggy").glob("*.py"))
FIXED = sorted((EXAMPLES / "fixed").glob("*.py"))

WITHOUT = {  # programs of which no edit of a line is known to mend them
    "column_labels", "delta_for_gradient", "idle_update", "layer_objects",
    "missing_activation_derivative", "missing_term", "optimiser_slip", "uncontrolled_randomness",
    "xor_script",
}  # fmt: skip
_MARK = re.compile(r"# GL\d{3}")
_TIMEOUT = 60.0  # seconds; measured: 4 for the slowest on two shared cores


@functools.cache
def check(text):
    """Check a program in this process."""
    with contextlib.redirect_stdout(io.StringIO()):
        file = SourceFile("program.py", text)
        return Inspection(file, Options(), _TIMEOUT).report()


@pytest.mark.parametrize("path", BUGGY, ids=lambda path: path.stem)
def test_buggy_example(path, tmp_path):
    """Every marked line is found with one of its codes, every other line is silent.

    Where every finding has a fix, the program checks right once they are made.  No line of the
    original is lost but marked ones; others only move, with what they need.  A mended program has
    nothing left that could be mended.
    """
    copy = tmp_path / path.name
    copy.write_bytes(path.read_bytes())
    done = mend_file(copy, check, unsafe=True)
    assert misplaced(done.original) == []
    assert exit_code([done.original]) == 1
    assert bool(done.fixed) == (path.stem not in WITHOUT)
    assert (done.fixed == 0) == (done.before == done.after)
    claims = [finding for finding in done.original.findings if is_claim(finding)]
    if all(finding.fix for finding in claims):
        assert done.fixed == len(claims)
        assert done.report.verdict == "right"
        assert not any(map(is_claim, done.report.findings))
    assert copy.read_bytes() == done.data
    before, after = ([row.strip() for row in t.splitlines()] for t in (done.before, done.after))
    lost, new = Counter(before) - Counter(after), Counter(after) - Counter(before)
    # A `return` below which an update would have to move is split in two.
    assert [row for row in lost if not _MARK.search(row)] == []
    assert all(_MARK.search(row) or row.startswith("return ") for row in new)
    again = mend_file(copy, check, unsafe=True)
    assert again.fixed == 0
    assert again.after == done.after


@pytest.mark.parametrize("path", FIXED, ids=lambda p: p.stem)
def test_fixed_example(path):
    """The mended program is right in every gradient, and nothing but notes is said about it."""
    report = inspected(path)
    assert [f for f in report.findings if f.severity != "note"] == []
    assert report.verdict == "right"
    assert report.parameters
    assert {p.verdict for p in report.parameters} == {"right"}
    assert exit_code([report]) == 0


@pytest.mark.parametrize("stem", ["missing_batch_mean", "one_hidden_loop"])
def test_example_in_a_process_of_its_own(stem):
    """The worker process says what the same check says in this process."""
    for folder in ("buggy", "fixed"):
        path = EXAMPLES / folder / f"{stem}.py"
        far, near = check_file(path), inspected(path)
        assert (far.verdict, far.findings) == (near.verdict, near.findings)


def test_pairs_are_complete():
    """Each broken program has its mended twin, and marks at least one line; the twin marks none."""
    assert [p.stem for p in BUGGY] == [p.stem for p in FIXED]
    assert all(markers(p.read_text(encoding="utf-8")) for p in BUGGY)
    assert not any(markers(p.read_text(encoding="utf-8")) for p in FIXED)
    assert {p.stem for p in BUGGY} >= WITHOUT
