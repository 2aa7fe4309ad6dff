"""Programs outside of neural networks: silent shape faults, crashes, and odd shapes on purpose."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from markers import inspected

from gradlint.findings import Finding, is_claim

HERE = Path(__file__).parent / "plain"


def programs(kind: str) -> list[Path]:
    """All programs of one folder."""
    return sorted((HERE / kind).glob("*.py"))


def marked(text: str) -> set[tuple[int, str]]:
    """The guilty rows with their codes."""
    rows = enumerate(text.splitlines(), start=1)
    return {(row, found[1]) for row, line in rows if (found := re.search(r"# (GL\d+)$", line))}


def underlined(path: Path, finding: Finding) -> str:
    """The text that a finding points at."""
    lines = path.read_text(encoding="utf-8").splitlines()
    site = finding.site
    return lines[site.row - 1][site.column - 1 : site.end_column - 1]


def rightly_placed(path: Path, claims: list[Finding]) -> None:
    """Just the marked lines are claimed, and the very expression is underlined, where one is."""
    text = path.read_text(encoding="utf-8")
    assert {(f.site.row, f.code) for f in claims} == marked(text)
    for wanted in re.findall(r"^# expression: (.+)$", text, re.MULTILINE):
        assert wanted in [underlined(path, f) for f in claims]


@pytest.mark.parametrize("path", programs("silent"), ids=lambda path: path.stem)
def test_silent_fault_is_found(path):
    """A program that runs to its end is wrong in just the expression that is marked."""
    report = inspected(path)
    rightly_placed(path, [f for f in report.findings if is_claim(f)])
    assert report.verdict == "wrong"


@pytest.mark.parametrize("path", programs("crash"), ids=lambda path: path.stem)
def test_crash_is_answered(path):
    """A program that raises is explained where it is marked, with the edit that mends it."""
    claims = [f for f in inspected(path).findings if is_claim(f)]
    rightly_placed(path, claims)
    wanted = re.search(r"^# says: (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    if wanted:
        said = " ".join(f"{f.message} {f.help}" for f in claims)
        assert re.search(wanted[1], said), said


@pytest.mark.parametrize("path", programs("right"), ids=lambda path: path.stem)
def test_odd_shapes_are_no_fault(path):
    """A working program with unusual broadcasting gets no claim, and exit status 0."""
    report = inspected(path)
    assert [f"{f.site.row} {f.code}" for f in report.findings if is_claim(f)] == []
    assert report.verdict == "right"
