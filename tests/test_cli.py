import json
import os
import re
import subprocess
import sys
import time
from io import BytesIO, TextIOWrapper
from types import ModuleType

import pytest

import gradlint
from gradlint.doors.cli import main
from gradlint.doors.progress import Progress
from gradlint.findings import Annotation, Explanation, Finding, ParameterVerdict, Report, Site

PATH_OF_PACKAGE = os.path.dirname(os.path.dirname(gradlint.__file__))


class Engine(ModuleType):
    """A stand-in for the engine: judges a file by a word in it, and remembers what it was asked."""

    def __init__(self):
        super().__init__("gradlint.checking.files")
        self.asked = []

    def check_file(self, path, options):
        """Judge the text of a file."""
        return self.check_text(path.read_text(), str(path), options)

    def check_text(self, text, filename, options):
        """Judge a text: right, unless it says wrong, doubtful or interrupt."""
        self.asked.append((filename, options))
        if "interrupt" in text:
            raise KeyboardInterrupt
        parameter = ParameterVerdict("W", (2, 2), "right", "dW", 1, 1.0, 1e-10)
        if "wrong" in text:
            site = Site(filename, 1, 1, 1, 6)
            finding = Finding("GL201", "missing-batch-mean", "error", "`dW` is off", site)
            parameter = ParameterVerdict("W", (2, 2), "wrong", "dW", 1, 10.0, 1e-10)
            return Report(filename, "wrong", (finding,), (parameter,), None, 2, text, "hello\n")
        if "doubtful" in text:
            return Report(filename, "cannot-tell", source=text)
        return Report(filename, "right", (), (parameter,), None, 2, text, "hello\n")

    def explain_file(self, path, options):
        """Annotate the first row."""
        report = self.check_file(path, options)
        return Explanation(str(path), path.read_text(), (Annotation(1, "= ∂L/∂W"),), report)


@pytest.fixture(autouse=True)
def engine(monkeypatch, console):
    """Put the stand-in where the command line looks for the engine."""
    engine = Engine()
    monkeypatch.setitem(sys.modules, "gradlint.checking.files", engine)
    return engine


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Give an empty current directory with a right, a wrong and a doubtful program."""
    monkeypatch.chdir(tmp_path)
    for word in ("right", "wrong", "doubtful"):
        (tmp_path / f"{word}.py").write_text(f"{word} = 1\n")
    return tmp_path


RIGHT = "right.py: 1 gradient right (W), 2 points, worst relative error 1e-10\n"


@pytest.mark.parametrize(
    ("paths", "status"),
    [
        (["right.py"], 0),
        (["wrong.py"], 1),
        (["doubtful.py"], 2),
        (["right.py", "doubtful.py"], 2),
        (["right.py", "wrong.py", "doubtful.py"], 1),
        (["nothing.py"], 2),
        (["right.py", "nothing.py"], 2),
    ],
)
def test_exit_status(here, capsys, paths, status):
    """0 only if everything was checked and is right; 1 with findings; else 2."""
    assert main(["check", *paths]) == status


def test_a_right_program_is_told_what_was_checked(here, capsys):
    """A clean run is one line."""
    main(["check", "right.py"])
    assert capsys.readouterr().out == RIGHT


def test_nothing_asked_prints_help(capsys):
    """The bare command prints its help and succeeds."""
    assert main([]) == 0
    assert capsys.readouterr().out.startswith("usage: gradlint")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["wrong.py"], "did you mean `gradlint check wrong.py`?"),
        (["chekc", "wrong.py"], "did you mean `gradlint check`?"),
        (["rul", "GL201"], "did you mean `gradlint rule`?"),
        (["gl201"], "did you mean `gradlint rule GL201`?"),
        (["check"], "give a file, a directory, - for standard input, or -m MODULE"),
        (["check", "-m", "no-name"], "not the name of a module"),
        (["check", "right.py", "--select", "E501"], "`E501` is not a gradlint code"),
        (["check", "right.py", "--set", "3=4"], "`3=4` is not NAME=EXPR"),
        (["check", "right.py", "--seed", "-1"], "argument --seed"),
        (["check", "right.py", "--timeout", "soon"], "`soon` is not a number of seconds above 0"),
        (["check", "right.py", "--set", "x=("], "`(` is not a Python expression"),
        (["check", "right.py", "--timeout", "-1"], "`-1` is not a number of seconds above 0"),
        (["check", "right.py", "--timeout", "nan"], "`nan` is not a number of seconds"),
        (["check", "right.py", "--seed", "x"], "`x` is not a whole number"),
        (["check", "right.py", "-j", "0"], "`0` is not a number of files above 0"),
        (["check", "right.py", "--output-format", "pdf"], "invalid choice: 'pdf'"),
        (["check", "right.py", "--output-format", "json", "--statistics"], "--statistics goes"),
        (["check", "right.py", "-o", "no/such/dir.txt"], "cannot write to no/such/dir.txt"),
        (["explain", "."], ". is a directory"),
        (["explain", "right.py::f"], "`explain` takes a whole script: right.py, without ::f"),
    ],
)
def test_usage_errors(here, capsys, monkeypatch, engine, arguments, words):
    """A command line that means nothing costs one line on stderr, exit 2, and no checking."""
    monkeypatch.setattr(sys, "argv", ["gradlint", *arguments])
    try:
        status = main(arguments)
    except SystemExit as stop:
        status = stop.code
    told = capsys.readouterr()
    assert status == 2
    assert words in told.err
    assert told.err.count("\n") == 1
    assert told.out == ""
    assert engine.asked == []


BAD_FILES = {
    "empty.py": (b"\n  \n", "the file is empty"),
    "binary.py": (b"\x7fELF\0\0", "a binary file, not Python source; give a .py file"),
    "latin.py": (b"a = 1\nb = '\xe9'\n", "line 2 is not valid UTF-8; save it as UTF-8"),
    "first.py": (b"# caf\xe9\na = 1\n", "line 1 is not valid UTF-8; save it as UTF-8"),
    "huge.py": (b"a = 1\n" * 1_000_000, "6 MB of source are more than gradlint follows; load"),
    "coding.py": (b"# coding: klingon\na = 1\n", "unknown encoding: klingon"),
    "page.pdf": (b"%PDF", "not a Python file; if it holds Python, pass it on standard input"),
    "net.ipynb": (b"{}", "the file is JSON, but no notebook: it has no cells"),
    "page.html": (b"<html>", "no code was found in it"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_file_that_cannot_be_checked(here, capsys, engine, name):
    """Each kind of bad file costs one line with the reason and the remedy, and exit 2."""
    data, words = BAD_FILES[name]
    (here / name).write_bytes(data)
    assert main(["check", name]) == 2
    told = " ".join(capsys.readouterr().out.split())
    assert told.startswith(f"{name}: ")
    assert words in told
    assert engine.asked == []


def test_a_missing_file_is_told_what_was_probably_meant(here, capsys):
    """A misspelt name gets a suggestion."""
    main(["check", "worng.py"])
    assert capsys.readouterr().out == (
        "worng.py: no such file or directory; did you mean `wrong.py`?\n"
    )


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads all")
def test_an_unreadable_file(here, capsys):
    """A file without read permission is named."""
    (here / "right.py").chmod(0)
    assert main(["check", "right.py"]) == 2
    assert "permission denied" in capsys.readouterr().out


def test_a_directory_without_python(here, capsys):
    """A directory with nothing to check is not a success."""
    (here / "docs").mkdir()
    assert main(["check", "docs"]) == 2
    assert "docs: no Python files in this directory" in capsys.readouterr().out


def test_a_directory_is_walked(here, engine):
    """Python files below a directory are found in order; foreign, hidden and blank ones are not."""
    for folder in ("b", "a/c", ".git", "venv", "node_modules", "__pycache__", "mine/site-packages"):
        (here / folder).mkdir(parents=True)
        (here / folder / "net.py").write_text("right")
    (here / "mine" / "pyvenv.cfg").write_text("")
    (here / "a" / "__init__.py").write_text("")
    (here / "a" / "notes.txt").write_text("right")
    main(["check", ".", "-j", "1"])
    names = [filename.replace(os.sep, "/") for filename, _ in engine.asked]
    assert names == ["doubtful.py", "right.py", "wrong.py", "a/c/net.py", "b/net.py"]


def test_excluded_paths_are_not_walked_but_may_be_named(here, engine):
    """An exclude pattern holds for directories; a file named outright is checked."""
    (here / "pyproject.toml").write_text("[tool.gradlint]\nexclude = ['wrong.py', 'd*']\n")
    main(["check", ".", "doubtful.py", "-j", "1"])
    assert [filename for filename, _ in engine.asked] == ["right.py", "doubtful.py"]


def test_no_file_is_checked_twice(here, engine):
    """However often a file is named, it is checked once."""
    main(["check", "right.py", "./right.py", str(here / "right.py")])
    assert len(engine.asked) == 1


@pytest.mark.parametrize("jobs", ["1", "3"])
def test_files_are_told_in_order(here, capsys, jobs):
    """Several files end with a summary; their order does not depend on the number of jobs."""
    assert main(["check", "right.py", "nothing.py", "doubtful.py", "-j", jobs]) == 2
    assert capsys.readouterr().out.splitlines() == [
        RIGHT.strip(),
        "nothing.py: no such file or directory; check the spelling",
        "doubtful.py: cannot tell",
        "3 files: 1 right, 1 cannot tell, 1 could not run",
    ]


@pytest.mark.parametrize(
    ("data", "status"), [(b"right", 0), (b"wrong", 1), (b"", 2), (b"\xff", 2), (b"a\0", 2)]
)
def test_standard_input(here, monkeypatch, capsys, data, status):
    """A lone - reads the program from standard input."""
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(data)))
    assert main(["check", "-"]) == status
    assert "<stdin>" in capsys.readouterr().out


def test_options_reach_the_engine(here, engine):
    """What the command line says overrides pyproject.toml, which overrides the defaults."""
    (here / "pyproject.toml").write_text("[tool.gradlint]\nseed = 4\ntimeout = 9\n")
    main(["check", "right.py", "--seed", "5", "--set", "X=np.eye(3)", "--set", "m = 2"])
    options = engine.asked[0][1]
    assert (options.seed, options.timeout) == (5, 9.0)
    assert options.set == (("X", "np.eye(3)"), ("m", "2"))


def test_configuration_is_looked_for_beside_the_files(here, engine, monkeypatch, tmp_path_factory):
    """A project's settings hold for its files wherever the command is typed."""
    (here / "pyproject.toml").write_text("[tool.gradlint]\nseed = 4\n")
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    main(["check", str(here / "right.py")])
    assert engine.asked[0][1].seed == 4


def test_a_bad_configuration_stops_the_run(here, engine, capsys):
    """A misspelt key costs one line on stderr and exit 2."""
    (here / "pyproject.toml").write_text("[tool.gradlint]\noutput-format = 'pdf'\n")
    assert main(["check", "right.py"]) == 2
    assert "`output-format` must be one of full, concise" in capsys.readouterr().err
    assert engine.asked == []


@pytest.mark.parametrize(
    ("arguments", "status"),
    [(["--ignore", "GL2"], 0), (["--select", "GL3"], 0), (["--select", "GL2,GL3"], 1)],
)
def test_select_and_ignore(here, capsys, arguments, status):
    """Findings that are not asked for neither show nor count, but the verdict names them."""
    assert main(["check", "wrong.py", *arguments]) == status
    told = capsys.readouterr().out
    assert ("GL201 missing-batch-mean" in told) == (status == 1)
    assert ("1 finding suppressed (GL201)" in told) == (status == 0)


def test_a_comment_suppresses(here, capsys):
    """A suppression comment makes the run succeed, and the verdict says so."""
    (here / "wrong.py").write_text("wrong = 1  # noqa: GL201\n")
    assert main(["check", "wrong.py"]) == 0
    assert "wrong.py: 1 of 1 gradient wrong (W); 1 finding suppressed" in capsys.readouterr().out


def test_output_goes_to_a_file(here, capsys):
    """With -o the result is in the file and the terminal stays empty."""
    assert main(["check", "wrong.py", "--output-format", "json", "-o", "out.json"]) == 1
    assert capsys.readouterr().out == ""
    assert json.loads((here / "out.json").read_text())["files"][0]["verdict"] == "wrong"


def test_statistics(here, capsys):
    """Statistics count findings by code in place of telling them."""
    (here / "other.py").write_text("wrong")
    assert main(["check", "wrong.py", "other.py", "--statistics"]) == 1
    assert capsys.readouterr().out == "2  GL201  missing-batch-mean\n2 files: 2 wrong\n"


def test_what_the_program_printed(here, capsys):
    """The program's own output shows on demand only."""
    main(["check", "right.py"])
    assert "hello" not in capsys.readouterr().out
    main(["check", "right.py", "--show-output"])
    assert "right.py printed:\n  | hello\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "environment", "colored"),
    [
        ([], {}, False),
        ([], {"FORCE_COLOR": "1"}, True),
        ([], {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        (["--color", "always"], {"NO_COLOR": "1"}, True),
        (["--color", "never"], {"FORCE_COLOR": "1"}, False),
        (["--color", "always", "--output-format", "json"], {}, False),
    ],
)
def test_colour(here, capsys, monkeypatch, arguments, environment, colored):
    """The option decides, then NO_COLOR, then FORCE_COLOR, then the terminal; JSON has none."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    main(["check", "wrong.py", *arguments])
    assert ("\x1b[" in capsys.readouterr().out) is colored


def test_explain(here, capsys):
    """The source is printed with its annotations, and the exit status is that of the check."""
    assert main(["explain", "right.py"]) == 0
    assert capsys.readouterr().out == f" 1 | right = 1   # = ∂L/∂W\n\n{RIGHT}"
    assert main(["explain", "wrong.py"]) == 1
    assert main(["explain", "nothing.py"]) == 2


def test_interruption_is_said(here, capsys):
    """Ctrl-C ends with 130, and nothing but that it did is said."""
    (here / "right.py").write_text("interrupt")
    for arguments in (["right.py"], ["right.py", "wrong.py", "-j", "2"]):
        assert main(["check", *arguments]) == 130
        told = capsys.readouterr()
        assert (told.out, told.err) == ("", "gradlint: interrupted\n")


def python(code, *arguments, **options):
    """Run code in a fresh interpreter that finds this package."""
    environment = {**os.environ, "PYTHONPATH": PATH_OF_PACKAGE}
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(
        command, capture_output=True, env=environment, timeout=60, check=False, **options
    )


START = "import sys; from gradlint.doors.cli import main\n"


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["check", "--help"], []])
def test_help_loads_nothing_heavy(arguments):
    """Version and help load neither NumPy nor rich nor the engine."""
    code = (
        START + "try: main(sys.argv[1:])\nexcept SystemExit: pass\n"
        "print({'numpy', 'rich', 'gradlint.check'} & {*sys.modules})"
    )
    done = python(code, *arguments)
    assert done.stdout.decode().splitlines()[-1] == "set()", done.stderr


def test_a_reader_that_leaves_is_no_crash(tmp_path):
    """A closed pipe costs no traceback."""
    (tmp_path / "x.py").write_text("")
    code = START + "print(flush=True); sys.stdin.readline(); sys.exit(main(sys.argv[1:]))"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "check", "x.py", "--output-format", "html"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": PATH_OF_PACKAGE},
    )
    process.stdout.readline()
    process.stdout.close()
    process.stdin.write(b"\n")
    process.stdin.close()
    assert process.wait(60) == 2
    assert process.stderr.read() == b""
    process.stderr.close()


def test_a_narrow_encoding_is_no_crash(tmp_path):
    """Where standard output knows ASCII only, what it lacks is escaped."""
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONPATH": PATH_OF_PACKAGE}
    command = [sys.executable, "-m", "gradlint", "check", "∂.py"]
    done = subprocess.run(
        command, capture_output=True, env=environment, cwd=tmp_path, timeout=60, check=False
    )
    assert done.returncode == 2
    assert done.stdout.startswith(b"\\u2202.py: no such file"), done.stderr


class Terminal(TextIOWrapper):
    """A terminal that remembers what it was sent."""

    def __init__(self):
        super().__init__(BytesIO(), encoding="utf-8", write_through=True)

    def isatty(self):
        """Claim to be a terminal."""
        return True


def test_progress_shows_on_long_work_only(monkeypatch):
    """Nothing at first, then one line that names the file, wiped at the end."""
    quick, slow = Terminal(), Terminal()
    monkeypatch.setattr("gradlint.doors.progress._PATIENCE", 60)
    with Progress(quick, 3) as progress, progress.working_on("a.py"):
        pass
    assert quick.buffer.getvalue() == b""
    monkeypatch.setattr("gradlint.doors.progress._PATIENCE", 0.01)
    monkeypatch.setattr("gradlint.doors.progress._PERIOD", 0.01)
    with Progress(slow, 3) as progress, progress.working_on("a.py"):
        deadline = time.monotonic() + 30
        while not slow.buffer.getvalue() and time.monotonic() < deadline:
            time.sleep(0.01)
    told = slow.buffer.getvalue().decode()
    assert re.match(r"\r\x1b\[2Kgradlint: checking 0/3 a\.py \(\d+ s\)", told)
    assert told.endswith("\r\x1b[2K")
