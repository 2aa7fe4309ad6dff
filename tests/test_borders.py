"""An error of gradlint's own is called that, comes out in tests, and is never the program's."""

from __future__ import annotations

import pytest

from gradlint.checking.files import check_text
from gradlint.findings import Finding, Report, Site
from gradlint.source.spots import SourceFile
from gradlint.trace import tape
from gradlint.trace.record import record
from gradlint.trace.worker import Outcome

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


def test_calls_that_go_round_are_the_programs():
    """A recursion without an end stops wherever it happens to be, which may be in our books."""
    text = (
        "import numpy as np\n\n\nclass Net:\n    def __init__(self):\n"
        "        self.W = np.random.randn(3)\n\n    def f(self):\n        return Net().f()\n\n\n"
        "Net().f()\n"
    )
    ending = record(SourceFile("net.py", text), lambda _tape: False).ending
    assert ending.exception == "RecursionError"


def test_a_check_that_broke_off_says_so(monkeypatch):
    """What was known is told; that the rest failed is no matter of time."""
    monkeypatch.setenv("GRADLINT_RAISE", "")
    site = Site("net.py", 1, 1, 1, 1)
    left = Finding("GL909", "timeout", "note", "x was stopped after 1 s", site)
    known = Report("net.py", "wrong", (left,))
    came = Outcome(ended="failed", trouble="IndexError: 1", so_far=known)
    monkeypatch.setattr("gradlint.trace.worker.run", lambda *_a, **_k: came)
    (note,) = check_text(PROGRAM, "net.py").findings
    assert note.message == "x broke off: gradlint itself failed: IndexError: 1"
