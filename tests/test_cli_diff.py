import re
import sys
from io import BytesIO, TextIOWrapper

import pytest
from word_engine import Engine

from gradlint.doors.cli import main
from gradlint.source import edits as fix


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


DIFF = """--- net.py
+++ net.py
@@ -1,2 +1,2 @@
-a = bad
+a = good
 b = 1
"""


def test_diff_prints_and_changes_nothing(net, capsys):
    """The change is printed as a unified diff; the file stays, and the exit status is 1."""
    file = net("a = bad\nb = 1\n")
    assert main(["check", "--diff", "net.py"]) == 1
    told = capsys.readouterr()
    assert told.out == DIFF
    assert told.err == "Would fix 1 finding.\n"
    assert file.read_text() == "a = bad\nb = 1\n"


@pytest.mark.parametrize(
    ("text", "status", "said"),
    [
        ("a = good\n", 0, ""),
        ("a = worse\n", 1, "Would fix 0 findings; 1 left.\n"),
        ("doubtful\n", 2, "net.py: cannot tell\n"),
        ("", 2, "net.py: could not run"),
    ],
)
def test_diff_without_a_difference(net, capsys, text, status, said):
    """Where there is nothing to change the exit status is that of the check, and says why."""
    net(text)
    assert main(["check", "--diff", "net.py"]) == status
    told = capsys.readouterr()
    assert told.out == ""
    assert said in told.err
    assert bool(told.err) == bool(said)


def test_a_diff_is_what_fix_does(net, capsys, tmp_path):
    """Two ways to the same text: the diff of one run, the file of the other."""
    file = net("bad\nx = waiting, risky\nü = trap")
    main(["check", "--diff", "--unsafe-fixes", "net.py"])
    shown = capsys.readouterr().out
    before = file.read_text()
    main(["check", "--fix", "--unsafe-fixes", "net.py"])
    assert shown == fix.diff(before, file.read_text(), "net.py")
    assert "-bad\n-x = waiting, risky\n+good\n+x = good, good\n" in shown


def test_diffs_stand_in_the_order_of_the_files(net, capsys, tmp_path):
    """Several files, several at a time: their diffs come in the order of the files."""
    for name in ("c.py", "a.py", "b.py"):
        (tmp_path / name).write_text("bad\n")
    assert main(["check", "--diff", ".", "-j", "3"]) == 1
    told = capsys.readouterr()
    assert re.findall(r"(?m)^--- (.*)", told.out) == ["a.py", "b.py", "c.py"]
    assert told.err == "Would fix 3 findings.\n"


def test_a_diff_goes_to_a_file(net, capsys, tmp_path):
    """With -o the diff is in the file, in UTF-8."""
    net("a = bad\nb = 1\n")
    main(["check", "--diff", "net.py", "-o", "net.patch"])
    assert capsys.readouterr().out == ""
    assert (tmp_path / "net.patch").read_text(encoding="utf-8") == DIFF


class Output(TextIOWrapper):
    """Standard output whose bytes can be read."""

    def __init__(self):
        super().__init__(BytesIO(), encoding="utf-8", write_through=True)


@pytest.mark.parametrize(
    ("data", "wanted", "status"),
    [
        (b"a = bad\r\nb = 1\r\n", b"a = good\r\nb = 1\r\n", 0),
        (b"a = good\n", b"a = good\n", 0),
        (b"a = worse\n", b"a = worse\n", 1),
        (b"# coding: latin-1\n'\xe9', bad\n", b"# coding: latin-1\n'\xe9', good\n", 0),
        (b"\xff", b"\xff", 2),
    ],
)
def test_standard_input_is_printed_fixed(net, monkeypatch, capsys, data, wanted, status):
    """With - the fixed text goes to standard output byte by byte, and the report to stderr."""
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(data)))
    output = Output()
    monkeypatch.setattr(sys, "stdout", output)
    assert main(["check", "--fix", "-"]) == status
    assert output.buffer.getvalue() == wanted
    assert capsys.readouterr().err.startswith("<stdin>:" if status != 1 else "GL201")


def test_standard_input_as_a_diff(net, monkeypatch, capsys):
    """With - the diff is printed under the name of standard input."""
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(b"a = bad\nb = 1\n")))
    assert main(["check", "--diff", "-"]) == 1
    assert capsys.readouterr().out == DIFF.replace("net.py", "<stdin>")
