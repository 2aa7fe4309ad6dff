"""An error of gradlint's own is called that, comes out in tests, and is never the program's."""

from __future__ import annotations

import pytest

from gradlint.checking.files import check_text
from gradlint.source.spots import SourceFile
from gradlint.trace import tape
from gradlint.trace.record import record

PROGRAM = "import numpy as np\nx = np.ones(3)\ny = x * 2\n"


def test_bookkeeping_is_not_the_program(monkeypatch):
    """What the tape raises ends the run as ours; what the program raises is the program's."""

    def broken(*_args, **_kwargs):
        raise KeyError("a slip of ours")

    broken.__code__ = broken.__code__.replace(co_filename=tape.__file__)
    monkeypatch.setattr(tape.Tape, "lookup", broken)
    with pytest.raises(KeyError, match="a slip of ours"):
        record(SourceFile("net.py", PROGRAM), lambda _tape: False)
    monkeypatch.undo()
    ending = record(SourceFile("net.py", PROGRAM + "y['a']\n"), lambda _tape: False).ending
    assert ending.exception == "IndexError"


def test_the_switch(monkeypatch):
    """With the switch a failure of the worker's task is raised; without it, it is reported."""
    monkeypatch.setattr("gradlint.trace.worker.BOOT", "import gradlint.nothing")
    monkeypatch.setenv("GRADLINT_RAISE", "")
    report = check_text(PROGRAM, "net.py")
    assert report.verdict == "could-not-run"
