"""Each example is judged as it says itself: the marked lines, no others; mended ones right."""

from __future__ import annotations

from pathlib import Path

import pytest
from markers import inspected, markers, misplaced

from gradlint.checking.files import check_file
from gradlint.findings import exit_code

EXAMPLES = Path(__file__).parents[1] / "examples"
BUGGY = sorted((EXAMPLES / "buggy").glob("*.py"))
FIXED = sorted((EXAMPLES / "fixed").glob("*.py"))

# What gradlint does not say yet, and why.  A strict xfail: who teaches it takes the row out.
NOT_YET: dict[str, str] = {}


def cases(paths):
    """Give each program its own mark where something is missing yet."""
    for path in paths:
        reason = NOT_YET.get(path.stem)
        marks = [pytest.mark.xfail(reason=reason, strict=True)] if reason else []
        yield pytest.param(path, id=path.stem, marks=marks)


@pytest.mark.parametrize("path", list(cases(BUGGY)))
def test_buggy_example(path):
    """Every marked line is found with one of its codes, every other line is silent."""
    report = inspected(path)
    assert misplaced(report) == []
    assert exit_code([report]) == 1


@pytest.mark.parametrize("path", FIXED, ids=lambda p: p.stem)
def test_fixed_example(path):
    """The mended program is right in every gradient, and nothing but notes is said about it."""
    report = inspected(path)
    assert [f for f in report.findings if f.severity != "note"] == []
    assert report.verdict == "right"
    assert report.parameters
    assert {p.verdict for p in report.parameters} == {"right"}
    assert exit_code([report]) == 0


@pytest.mark.parametrize("stem", ["missing_batch_mean", "textbook_update", "one_hidden_loop"])
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
    assert set(NOT_YET) <= {p.stem for p in BUGGY}
