"""``gradlint trace`` from the command line: what it lists, and what it refuses."""

import os

import pytest

from gradlint.checking.inspection import Inspection
from gradlint.config import Options
from gradlint.doors.cli import main
from gradlint.source.spots import SourceFile

pytestmark = pytest.mark.usefixtures("in_this_process")

NET = """\
import numpy as np

rng = np.random.default_rng(0)
X, w, b = rng.normal(size=(6, 3)), np.zeros(3), np.zeros(1)
for step in range(9):
    r = X @ w + b - 1
    w = w - 0.1 * X.T @ r
    b = b - 0.1 * r.sum()
"""


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch, console):
    """Work in an empty directory with one net."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.py").write_text(NET)
    return tmp_path


def test_every_operation_is_listed(capsys):
    """Each line has its row, its value with the names of its axes, and what it was made of."""
    assert main(["trace", "net.py"]) == 0
    rows = capsys.readouterr().out.splitlines()
    product = next(row for row in rows if "= X @ w" in row and "with X" in row)
    assert product.split()[0] == "6"
    assert "=6" in product
    assert "=3" in product
    assert any("<- broadcast" in row for row in rows)
    assert [int(row.split()[0]) for row in rows] == sorted(int(row.split()[0]) for row in rows)


def test_a_trace_goes_to_a_file(capsys, here):
    """With -o the terminal stays empty."""
    assert main(["trace", "net.py", "-o", "trace.txt"]) == 0
    assert capsys.readouterr().out == ""
    assert "= X @ w" in (here / "trace.txt").read_text(encoding="utf-8")


BEHIND = NET + "test = rng.normal(size=(4, 3))\nguess = test @ w + b\nprint(guess.mean())\n"


def test_all_of_a_program_is_listed_on_request(capsys, here):
    """With --all, what comes behind the training loop is listed too."""
    (here / "net.py").write_text(BEHIND)
    assert main(["trace", "net.py"]) == 0
    assert "test @ w" not in capsys.readouterr().out
    assert main(["trace", "--all", "net.py"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("the training loop was left early\n")
    assert "= test @ w  with test (" in shown
    assert "= guess.mean()" in shown


# The clock may ring in a callback of Python's own, which swallows it: it rings again.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_what_was_not_run_is_said(monkeypatch):
    """Lines that a half-trained model did not come to are named, with the line that stopped it."""
    monkeypatch.setattr("gradlint.checking.shapes._LONGEST", 0.3)
    endless = NET.replace("range(9)", "range(10**9)")
    text = f"{endless}assert np.abs(r).max() < 1e-6\nz = X @ w\nprint(z)\n"
    trace = Inspection(SourceFile("net.py", text), Options(), timeout=20).traced(everything=True)
    assert trace.note == (
        "the training loop was left early; lines 10–11 were not run: after two training steps "
        "line 9 stops with AssertionError"
    )
    assert not any(operation.result.name == "z" for operation, _ in trace.operations)


def test_a_program_without_training_is_listed_whole(capsys, here):
    """It is said that there is no training step, and everything is there."""
    (here / "table.py").write_text("import numpy as np\nx = np.ones((5, 2))\ny = x - x.mean(0)\n")
    assert main(["trace", "table.py"]) == 0
    first, *rows = capsys.readouterr().out.splitlines()
    assert first == "no training step: all operations of the program"
    assert sum("= x - x.mean(0)" in row and row.endswith("<- broadcast") for row in rows) == 1


def test_a_trace_is_drawn(capsys, here):
    """``--output-format html`` writes a page with a picture of every operation."""
    assert main(["trace", "net.py", "--output-format", "html", "-o", "trace.html"]) == 0
    assert capsys.readouterr().out == ""
    page = (here / "trace.html").read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert "<title>summed over</title>" in page
    assert 'class="ghost"' in page


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("print('hello')\n", "nothing to trace; give the script that trains the network"),
        ("def f(:\n", "GL905 could-not-run: cannot be parsed"),
        ("", "the file is empty"),
    ],
)
def test_what_cannot_be_traced_is_said(capsys, here, text, words):
    """A program without an operation is told so, with exit status 2."""
    (here / "other.py").write_text(text)
    assert main(["trace", "other.py"]) == 2
    assert words in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("argument", "words"),
    [
        (".", ". is a directory; give one file"),
        ("net.py::f", "`trace` takes a whole script: net.py, without ::f"),
    ],
)
def test_what_is_no_script_is_refused(capsys, argument, words):
    """A directory or a pair is a mistake on the command line."""
    assert main(["trace", argument]) == 2
    assert words in capsys.readouterr().err


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_file_is_said(capsys, here):
    """A file without permission is one line and exit status 2."""
    (here / "net.py").chmod(0)
    assert main(["check", "net.py"]) == 2
    assert "permission denied; make it readable for you" in capsys.readouterr().out
