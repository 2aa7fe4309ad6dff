"""Layer files that nobody calls, in the conventions people have: right ones, and their slips.

A file is a program of its own; a line that ends in ``# wrong`` is the guilty one, and a file
without such a line is right.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import gradlint

HERE = Path(__file__).parent / "files"
FILES = sorted(HERE.glob("*.py"))
pytestmark = pytest.mark.usefixtures("in_this_process")


def checked(path, monkeypatch):
    """Check a file where it lies, as the command does."""
    monkeypatch.chdir(HERE)
    return gradlint.check_file(os.fspath(path.name))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_layer_file(path, monkeypatch):
    """A right file is right without a word; of a wrong one the guilty line is shown."""
    report = checked(path, monkeypatch)
    lines = path.read_text(encoding="utf-8").splitlines()
    guilty = {row for row, line in enumerate(lines, 1) if line.endswith("# wrong")}
    loud = {f.site.row: f.code for f in report.findings if f.severity != "note"}
    assert report.verdict == ("wrong" if guilty else "right"), str(report)
    assert set(loud) <= guilty, str(report)
    assert loud or not guilty, str(report)


def test_a_file_is_named_as_it_was_asked_for(monkeypatch):
    """Also by its full path from a folder above it: a fix is found by the name of its file."""
    monkeypatch.chdir(HERE)
    path = os.fspath(HERE / "outputs_marked_wrong.py")
    report = gradlint.check_file(path)
    edits = [edit for f in report.findings if f.fix for edit in f.fix.edits]
    assert edits
    assert {f.site.filename for f in report.findings} == {path}
    assert {edit.site.filename for edit in edits} == {path}
