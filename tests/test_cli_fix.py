import contextlib
import errno
import io
import json
import os
import re
import stat
import sys

import pytest
from word_engine import Engine

from gradlint.checking.inspection import Inspection
from gradlint.config import Options
from gradlint.doors.cli import main
from gradlint.source import edits as fix
from gradlint.source.spots import SourceFile


@pytest.fixture(autouse=True)
def engine(monkeypatch, console):
    """Put the stand-in where the command line looks for the engine."""
    engine = Engine()
    monkeypatch.setitem(sys.modules, "gradlint.checking.files", engine)
    return engine


@pytest.fixture
def net(tmp_path, monkeypatch):
    """Give a function that writes ``net.py`` into an empty current directory."""
    monkeypatch.chdir(tmp_path)

    def write(text, encoding="utf-8"):
        file = tmp_path / "net.py"
        file.write_bytes(text.encode(encoding))
        return file

    return write


def test_fix_writes_the_file_and_tells_what_is_left(net, capsys):
    """Safe fixes are made, the rest is reported, and their number is told."""
    file = net("a = bad\nb = bad + risky\n")
    assert main(["check", "--fix", "net.py"]) == 1
    told = capsys.readouterr().out
    assert file.read_text() == "a = good\nb = good + risky\n"
    assert told.endswith("Fixed 2 findings.\n")
    assert "GL201 missing-batch-mean: risky" in told
    assert "missing-batch-mean: bad" not in told


def test_a_file_that_is_mended_is_a_success(net, capsys):
    """If nothing is left the exit status is 0."""
    net("a = bad\n")
    assert main(["check", "--fix", "net.py"]) == 0
    assert capsys.readouterr().out.endswith("Fixed 1 finding.\n")


@pytest.mark.parametrize(
    "text", ["a = bad\n", "a = bad, trap\n", "a = bad, waiting\n", "a = good\n"]
)
def test_fixing_twice_changes_nothing(net, capsys, text):
    """What one run leaves, the next leaves as well, in its words too."""
    file = net(text)
    status = main(["check", "--fix", "net.py"])
    first = capsys.readouterr().out
    mended, when = file.read_bytes(), file.stat().st_mtime_ns
    assert main(["check", "--fix", "net.py"]) == status
    assert file.read_bytes() == mended
    assert file.stat().st_mtime_ns == when
    assert capsys.readouterr().out == re.sub(r"Fixed .*\n", "", first)


def test_a_mistake_behind_a_mistake_is_fixed_as_well(net, capsys):
    """Fixing goes on while a check of the fixed text offers more."""
    file = net("a = bad, waiting\n")
    assert main(["check", "--fix", "net.py"]) == 0
    assert file.read_text() == "a = good, good\n"
    assert "Fixed 2 findings." in capsys.readouterr().out


def test_a_fix_that_does_not_mend_is_not_made(net, capsys):
    """The text is checked as it would be written; a fix that makes it worse is left out."""
    file = net("a = bad\nb = trap\n")
    assert main(["check", "--fix", "net.py"]) == 1
    assert file.read_text() == "a = good\nb = trap\n"
    assert capsys.readouterr().out.endswith("Fixed 1 finding.\n")


def test_unsafe_fixes_on_demand(net):
    """Unsafe fixes are made if they are asked for."""
    file = net("b = bad + risky\n")
    assert main(["check", "--fix", "--unsafe-fixes", "net.py"]) == 0
    assert file.read_text() == "b = good + good\n"


@pytest.mark.parametrize(
    "arguments", [["--ignore", "GL2"], ["--select", "GL3"]], ids=["ignore", "select"]
)
def test_what_is_not_asked_for_is_not_fixed(net, arguments):
    """Selection holds for fixes as it does for findings."""
    file = net("a = bad\n")
    assert main(["check", "--fix", "net.py", *arguments]) == 0
    assert file.read_text() == "a = bad\n"


def test_what_a_comment_suppresses_is_not_fixed(net):
    """A suppressed finding keeps its line."""
    file = net("a = bad  # noqa: GL201\nb = bad\n")
    assert main(["check", "--fix", "net.py"]) == 0
    assert file.read_text() == "a = bad  # noqa: GL201\nb = good\n"


def test_a_fix_is_made_whole_or_not_at_all(net):
    """Where two fixes meet, the first is made and the other waits for the next round."""
    file = net("bad\nx = spreading\n")
    main(["check", "--fix", "net.py"])
    assert file.read_text() == "alld\nx = good\n"


ROWS = "# first ∂\na = bad\nü = 'é' + bad  # ∂L/∂W\n\nb = rows\n"
FIXED = "# first ∂\na = good\nü = 'é' + good  # ∂L/∂W\n\nb = (good +\n     good)\n"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["unix", "windows", "old-mac"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_line_ends_and_encoding_are_kept(net, end, encoding):
    """A fix changes its own span: every other byte of the file stays."""
    file = net(ROWS.replace("\n", end), encoding)
    assert main(["check", "--fix", "net.py"]) == 0
    wanted = FIXED.replace("\n", end).encode(encoding)
    assert file.read_bytes() == wanted


def test_odd_characters_end_no_row(net):
    """A form feed or a line separator within a row moves no edit."""
    file = net("\x0ca = 1\ns = 'x\u2028y\x1c'; b = bad\nc = bad\n")
    assert main(["check", "--fix", "net.py"]) == 0
    assert file.read_text() == "\x0ca = 1\ns = 'x\u2028y\x1c'; b = good\nc = good\n"


def test_a_declared_encoding_is_kept(net, capsys):
    """A Latin-1 file stays one; a fix that it cannot hold is not made."""
    head = "# coding: latin-1\nü = 'é'\n"
    file = net(head + "a = bad\n", "latin-1")
    assert main(["check", "--fix", "net.py"]) == 0
    assert file.read_bytes() == (head + "a = good\n").encode("latin-1")
    file = net(head + "a = accented\n", "latin-1")
    before = file.read_bytes()
    capsys.readouterr()
    assert main(["check", "--fix", "net.py"]) == 1
    told = capsys.readouterr()
    assert file.read_bytes() == before
    assert told.err.startswith("gradlint: net.py was not fixed: the fix needs a character that")
    assert "Fixed" not in told.out


@pytest.mark.parametrize("mode", [0o644, 0o755, 0o600])
def test_permissions_are_kept(net, mode):
    """An executable script stays executable, a private file private."""
    file = net("a = bad\n")
    file.chmod(mode)
    main(["check", "--fix", "net.py"])
    assert file.read_text() == "a = good\n"
    assert stat.S_IMODE(file.stat().st_mode) == mode


def test_a_link_stays_a_link(net, tmp_path):
    """The file behind a symbolic link is fixed, once, and the link still leads there."""
    (tmp_path / "real").mkdir()
    file = net("a = bad\n").rename(tmp_path / "real" / "net.py")
    (tmp_path / "link.py").symlink_to(file)
    assert main(["check", "--fix", "link.py", "real/net.py"]) == 0
    assert (tmp_path / "link.py").is_symlink()
    assert file.read_text() == "a = good\n"
    assert sorted(p.name for p in (tmp_path / "real").iterdir()) == ["net.py"]


def test_a_file_that_disappears_meanwhile(net, monkeypatch, capsys):
    """A file that cannot be read any more is told as one that could not run."""
    net("a = bad\n")
    monkeypatch.setattr("gradlint.doors.mend.mend_file", raises(OSError(errno.EIO, "broken disk")))
    assert main(["check", "--fix", "net.py"]) == 2
    assert "broken disk" in capsys.readouterr().out


def test_one_function_of_a_file(net, engine, capsys):
    """FILE::function names a file and what to check in it; the file is what is fixed."""
    file = net("a = bad\n")
    assert main(["check", "--fix", "net.py::backward"]) == 0
    assert file.read_text() == "a = good\n"
    assert engine.names == ["net.py::backward"] * 2


def raises(error):
    """Make a function that fails."""

    def fail(*_, **__):
        raise error

    return fail


def test_a_file_that_changes_meanwhile_is_left_alone(net, engine, capsys):
    """Somebody saves the file while it is being checked: their text wins, and they are told."""
    file = net("a = bad\n")
    engine.meanwhile = lambda: file.write_text("a = bad  # saved\n")
    assert main(["check", "--fix", "net.py"]) == 1
    told = capsys.readouterr()
    assert file.read_text() == "a = bad  # saved\n"
    assert told.err == "gradlint: net.py was not fixed: it was changed while it was being checked\n"
    assert "GL201" in told.out


@pytest.mark.parametrize("step", ["replace", "fdopen", "chmod"])
def test_a_disk_that_fails_costs_nothing(net, tmp_path, monkeypatch, capsys, step):
    """If the file cannot be replaced it is as it was, and no draft is left behind."""

    def fail(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    file = net("a = bad\n")
    monkeypatch.setattr(fix.os, step, fail)
    assert main(["check", "--fix", "net.py"]) == 1
    assert capsys.readouterr().err == ("gradlint: net.py was not fixed: no space left on device\n")
    assert file.read_text() == "a = bad\n"
    assert os.listdir(tmp_path) == ["net.py"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root writes all")
@pytest.mark.parametrize("what", ["file", "directory"])
def test_what_is_read_only_is_left_alone(net, tmp_path, capsys, what):
    """A file that may not be written, or not be replaced, keeps its text."""
    file = net("a = bad\n")
    locked = file if what == "file" else tmp_path
    locked.chmod(0o555)
    try:
        assert main(["check", "--fix", "net.py"]) == 1
    finally:
        locked.chmod(0o755)
    assert "was not fixed: permission denied" in capsys.readouterr().err
    assert file.read_text() == "a = bad\n"


@pytest.mark.parametrize("denied", ["access", "mkstemp"], ids=["file", "directory"])
def test_a_refusal_of_the_system_is_told(net, monkeypatch, capsys, denied):
    """No right to write, as everyone but root meets it."""

    def refuse(*_, **__):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    file = net("a = bad\n")
    if denied == "access":
        monkeypatch.setattr(fix.os, "access", lambda *_: False)
    else:
        monkeypatch.setattr("tempfile.mkstemp", refuse)
    assert main(["check", "--fix", "net.py"]) == 1
    assert capsys.readouterr().err == "gradlint: net.py was not fixed: permission denied\n"
    assert file.read_text() == "a = bad\n"


def test_machine_formats_tell_what_is_left(net, capsys):
    """JSON on standard output stays JSON; the number of fixes goes to stderr."""
    net("a = bad\nb = risky\n")
    assert main(["check", "--fix", "net.py", "--output-format", "json"]) == 1
    told = capsys.readouterr()
    assert [f["message"] for f in json.loads(told.out)["findings"]] == ["risky"]
    assert told.err == "Fixed 1 finding.\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--fix", "--diff"], "not allowed with argument"),
        (["--unsafe-fixes"], "--unsafe-fixes goes with --fix or --diff"),
    ],
)
def test_usage_errors(net, engine, capsys, arguments, words):
    """Options that mean nothing together cost one line and no checking."""
    net("bad")
    try:
        status = main(["check", "net.py", *arguments])
    except SystemExit as stop:
        status = stop.code
    assert status == 2
    assert words in capsys.readouterr().err
    assert engine.asked == []


NET = """import numpy as np

rng = np.random.default_rng(0)
x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
W1, W2 = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
m = x.shape[0]
for step in range(3):
    a = np.tanh(x @ W1)
    out = a @ W2
    loss = 0.5 * np.sum((out - y) ** 2) / m
    δ = out - y
    dW2 = a.T @ δ / m
    Größe = 1; dW1 = x.T @ (δ @ W2.T * (1 - a ** 2))  # ∂L/∂W1
    W1 -= 0.1 * dW1
    W2 -= 0.1 * dW2
"""


def test_the_engine_itself(net, engine, monkeypatch, capsys):
    """A real mistake in a file with Windows line ends and other scripts is fixed in its place."""

    def check(text, filename, options):
        with contextlib.redirect_stdout(io.StringIO()):
            return Inspection(SourceFile(filename, text), Options(), 20.0).report()

    monkeypatch.setattr(engine, "check_text", check)
    file = net(NET.replace("\n", "\r\n"))
    assert main(["check", "net.py", "--fix"]) == 0
    wanted = NET.replace("a ** 2))", "a ** 2)) / m").replace("\n", "\r\n")
    assert file.read_bytes().decode() == wanted
    assert capsys.readouterr().out.endswith("Fixed 1 finding.\n")
