"""A verdict is not lost when the search for the cause, or for the fix, takes too long."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gradlint.checking import files
from gradlint.config import Options

BUGGY = Path(__file__).parents[2] / "examples" / "buggy" / "missing_batch_mean.py"
ENDLESS = """
import time

import gradlint.checking.inspection as inspection
import gradlint.checking.promise as promise
from gradlint.checking.files import work as whole


def no_cause(**asked):
    inspection.explain = lambda *_, **__: time.sleep(1000)
    return whole(**asked)


def no_fix(**asked):
    promise.Promise.tries = lambda *_: time.sleep(1000)
    return whole(**asked)


def crash(**asked):
    def fail(*_, **__):
        raise RuntimeError("lost")

    inspection.explain = fail
    return whole(**asked)
"""


@pytest.fixture
def check(tmp_path, monkeypatch):
    """Check the example with a step of the search replaced, and little time for it."""
    (tmp_path / "endless_search.py").write_text(ENDLESS)
    known = os.environ.get("PYTHONPATH", "")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), *known.split(os.pathsep)]))
    monkeypatch.setattr("gradlint.trace.worker.GRACE", 0.0)

    def check(task):
        monkeypatch.setattr(files, "_TASK", f"endless_search:{task}")
        return files.check_file(BUGGY, Options(timeout=8))

    return check


def test_the_verdict_comes_before_the_cause(check):
    """With an endless search the wrong gradient is still called wrong."""
    report = check("no_cause")
    assert report.verdict == "wrong", report.findings[0].message
    assert [p.verdict for p in report.parameters].count("wrong") == 1
    (note,) = report.findings
    assert (note.code, note.severity) == ("GL909", "note")
    assert "the search for the cause was stopped after 8 s" in note.message
    assert "--timeout 16" in note.help


def test_the_verdict_outlives_an_error_of_ours(check, monkeypatch):
    """With a search that fails the wrong gradient is still called wrong, and the failure told."""
    monkeypatch.delenv("GRADLINT_RAISE")
    report = check("crash")
    assert report.verdict == "wrong", report.findings[0].message
    (note,) = report.findings
    assert (note.code, note.severity) == ("GL905", "note")
    assert "broke off: gradlint itself failed: RuntimeError: lost" in note.message


def test_the_cause_comes_before_the_fix(check):
    """With an endless check of the fix the cause is there, without a fix."""
    report = check("no_fix")
    causes = [f for f in report.findings if f.severity == "error"]
    assert [f.code for f in causes] == ["GL201"]
    assert all(f.fix is None for f in report.findings)
