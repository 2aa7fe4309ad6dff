"""Reports that are kept between runs: told again while nothing has changed, and never longer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading

import pytest

from gradlint.doors import cache
from gradlint.doors.cli import main
from gradlint.trace import worker

RIGHT = """\
import numpy as np

rng = np.random.default_rng(0)
X, Y, w = rng.normal(size=(12, 3)), rng.normal(size=12), rng.normal(size=3)
for step in range(20):
    loss = 0.5 * np.sum((X @ w - Y) ** 2)
    w -= 0.01 * X.T @ (X @ w - Y)
"""
WRONG = RIGHT.replace("X.T @ (X @ w - Y)", "X.T @ np.abs(X @ w - Y)")
BIASED = """\
import numpy as np

rng = np.random.default_rng(0)
X, Y, w, b = rng.normal(size=(12, 3)), rng.normal(size=12), rng.normal(size=3), 0.0
for step in range(20):
    r = X @ w + b - Y
    loss = np.mean(r ** 2)
    w -= 0.02 * X.T @ r / 12
    b -= 0.02 * np.sum(r)
"""


@pytest.fixture
def here(tmp_path, monkeypatch, console):
    """Give a working directory with one right program, `net.py`."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.py").write_text(RIGHT)
    return tmp_path


@pytest.fixture
def runs(monkeypatch):
    """Count the programs that are really run."""
    started, run = [], worker.run

    def counted(task, payload, **options):
        started.append(payload["program"].filename)
        return run(task, payload, **options)

    monkeypatch.setattr(worker, "run", counted)
    return started


def check(*arguments):
    """Check a file, or what the arguments say."""
    return main(["check", *(arguments or ["net.py"])])


def settle(runs, *arguments):
    """Check until the answer is told again, and forget how many runs that took.

    On a busy machine time may end a run's later part, and such an answer is not kept.
    """
    for _ in range(6):
        before = len(runs)
        check(*arguments)
        if len(runs) == before:
            break
    else:
        pytest.fail("no answer is kept")
    del runs[:]


def kept(folder):
    """The answers that lie in a folder."""
    return sorted(f for f in (folder / cache.FOLDER).iterdir() if len(f.name) == 32)


@pytest.mark.parametrize("text", [RIGHT, WRONG], ids=["right", "wrong"])
def test_the_second_run_says_the_same_without_a_run(here, runs, monkeypatch, capsys, text):
    """What is told again is what was told, in every format, with its exit code."""
    (here / "net.py").write_text(text)
    formats = ("full", "concise", "json", "sarif", "github", "junit", "html")
    outcomes = []

    def run_once(*question, **options):
        outcomes[:] = outcomes or [run(*question, **options)]
        return outcomes[0]

    with monkeypatch.context() as patch:
        run = worker.run
        patch.setattr(worker, "run", run_once)
        anew = [(check("net.py", "--no-cache", "--output-format", f), capsys.readouterr().out)
                for f in formats]  # fmt: skip
    settle(runs)
    capsys.readouterr()
    again = [(check("net.py", "--output-format", f), capsys.readouterr().out) for f in formats]
    assert again == anew
    assert not runs


def test_a_hit_needs_neither_numpy_nor_rich(here, runs):
    """A report that is kept costs no import of NumPy, and no process."""
    settle(runs)
    code = (
        "import sys; from gradlint.doors.cli import main; status = main(['check', 'net.py']); "
        "print(status, {'numpy', 'rich', 'subprocess'} & set(sys.modules))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.endswith("0 set()\n")


CHANGES = {
    "data": lambda here: (here / "data.txt").write_text("2.0 1.0\n"),
    "a module": lambda here: (here / "helper.py").write_text("FACTOR = 2.0\n"),
    "a file that was not there": lambda here: (here / "extra.txt").write_text("3.0\n"),
    "a module that was not there": lambda here: (here / "spare.py").write_text("FACTOR = 3\n"),
    "a folder that was listed": lambda here: (here / "parts" / "b.txt").write_text("1\n"),
    "a folder that was walked": lambda here: (here / "walked" / "b.txt").write_text("1\n"),
    "how it is started": lambda here: (here / "__init__.py").write_text(""),
    "a variable": lambda _: os.environ.__setitem__("FACTOR_OF_NET", "2"),
    "the program": lambda here: (here / "net.py").write_text(WRONG),
}
LOOKING = """\
import glob
import os
import numpy as np
import helper

try:
    import spare
except ImportError:
    spare = None
data = np.loadtxt("data.txt")
extra = np.loadtxt("extra.txt") if os.path.exists("extra.txt") else 1.0
count = len(os.listdir("parts")) + len(glob.glob("walked/*"))
factor = float(os.environ.get("FACTOR_OF_NET", "1"))
rng = np.random.default_rng(0)
X, Y, w = rng.normal(size=(12, 2)), rng.normal(size=12), data * helper.FACTOR * extra * factor
for step in range(20):
    loss = 0.5 * np.sum((X @ w - Y) ** 2)
    w -= 0.01 * X.T @ (X @ w - Y)
"""


def test_what_the_program_looked_at_counts(here, runs, monkeypatch):
    """A change of anything that a program read, listed or missed has it checked anew."""
    monkeypatch.setenv("FACTOR_OF_NET", "1")
    (here / "net.py").write_text(LOOKING)
    (here / "data.txt").write_text("1.0 2.0\n")
    (here / "helper.py").write_text("FACTOR = 1.0\n")
    for folder in ("parts", "walked"):
        (here / folder).mkdir()
        (here / folder / "a.txt").write_text("1\n")
    settle(runs)
    (here / "of_no_concern.py").write_text("x = 1\n")
    (here / "of_no_concern.txt").write_text("1\n")
    check()
    assert not runs
    for what, change in CHANGES.items():
        change(here)
        check()
        assert len(runs) == 1, what
        settle(runs)


def test_times_do_not_hide_a_change(here, runs):
    """Another text of the same length and age is another program."""
    here.joinpath("data.txt").write_text("1.0 2.0 3.0\n")
    here.joinpath("net.py").write_text(
        RIGHT.replace("rng.normal(size=3)", 'np.loadtxt("data.txt")')
    )
    os.utime(here / "data.txt", (1e9, 1e9))
    settle(runs)
    here.joinpath("data.txt").write_text("1.0 2.0 4.0\n")
    os.utime(here / "data.txt", (1e9, 1e9))
    check()
    assert len(runs) == 1


def test_a_touched_file_is_the_same_file(here, runs):
    """A checkout that gives files new times changes nothing."""
    settle(runs)
    os.utime(here / "net.py", (1e9, 1e9))
    check()
    assert not runs


@pytest.mark.parametrize(
    "line",
    [
        "import time; start = time.time()",
        "from datetime import datetime; day = datetime.now()",
        "import subprocess; subprocess.run(['true'])",
        "import random; lucky = random.SystemRandom().random()",
        "answer = input('how many? ')",
        "import sys; text = sys.stdin.read()",
        "import urllib.request",
        "exec('import time; start = time.time()')",
        "import os; os.system('true')",
        "seed = np.frombuffer(open('/dev/urandom', 'rb').read(4), np.uint32)",
    ],
)
def test_what_cannot_be_looked_at_again_is_not_kept(here, runs, line):
    """The clock, other programs, answers and devices make a report one of its run alone."""
    (here / "net.py").write_text(RIGHT.replace("\n\n", f"\n{line}\n", 1))
    check()
    assert len(runs) == 1
    assert not (here / cache.FOLDER).exists()


def test_options_ask_for_an_answer_of_their_own(here, runs):
    """What changes a report is part of the question; how it is printed is not."""
    settle(runs)
    check("net.py", "--loss", "loss")
    check("net.py", "--select", "GL2")
    assert len(runs) == 2
    settle(runs, "net.py", "--seed", "3")
    check("net.py", "--seed", "3", "--output-format", "json")
    check("net.py", "--quiet")
    assert not runs


def test_it_can_be_left_out(here, runs):
    """`--no-cache` and `cache = false` check anew, and leave nothing behind."""
    check("net.py", "--no-cache")
    (here / "pyproject.toml").write_text("[tool.gradlint]\ncache = false\n")
    check()
    check()
    assert len(runs) == 3
    assert not (here / cache.FOLDER).exists()


def test_another_gradlint_answers_anew(here, runs, monkeypatch):
    """A report of another version of gradlint does not count."""
    settle(runs)
    monkeypatch.setattr(cache, "_program", lambda: [("gradlint/__init__.py", 1, 1)])
    check()
    assert len(runs) == 1


def test_a_broken_answer_is_none(here, runs, capsys):
    """Whatever happened to the file of an answer, the program is checked anew, without a word."""
    settle(runs)
    capsys.readouterr()
    check()
    told = capsys.readouterr()
    spoils = [
        lambda data: data[:0],
        lambda data: data[: len(data) // 2],
        lambda data: data.replace(b'"right"', b'"wrong"'),
        lambda data: b"\xff" * len(data),
        lambda data: data[:33] + b"[]\n[]",
    ]
    for number, spoil in enumerate(spoils):
        settle(runs)
        (entry,) = kept(here)
        entry.write_bytes(spoil(entry.read_bytes()))
        capsys.readouterr()
        assert check() == 0
        assert capsys.readouterr() == told
        assert len(runs) == 1, number


def test_a_folder_that_cannot_be_written_is_no_error(here, capsys):
    """Where nothing can be kept everything is checked, as ever."""
    (here / cache.FOLDER).write_text("a file stands in its place\n")
    assert check() == 0
    assert check() == 0
    assert not capsys.readouterr().err


def test_where_it_lies(here, runs):
    """Beside the nearest pyproject.toml, kept out of version control by itself."""
    (here / "pyproject.toml").write_text("")
    (here / "inner").mkdir()
    (here / "inner" / "deep.py").write_text(RIGHT)
    settle(runs, "inner/deep.py")
    assert (here / cache.FOLDER / ".gitignore").read_text() == "*\n"
    assert len(kept(here)) == 1


def test_an_answer_replaces_the_one_before(here, runs):
    """A file that is edited a thousand times has one answer."""
    settle(runs)
    (here / "net.py").write_text(WRONG)
    settle(runs)
    assert len(kept(here)) == 1


def test_clean(here, runs, capsys):
    """`gradlint clean` takes away what was kept, and nothing that is not ours."""
    settle(runs)
    assert main(["clean"]) == 0
    assert not (here / cache.FOLDER).exists()
    (here / cache.FOLDER).mkdir()
    (here / cache.FOLDER / "mine.txt").write_text("mine\n")
    assert main(["clean"]) == 0
    assert (here / cache.FOLDER / "mine.txt").exists()
    assert "nothing to remove" in capsys.readouterr().err


def test_fixes_are_made_from_the_file_as_it_is(here, runs):
    """`--fix` asks no report of an earlier run."""
    (here / "net.py").write_text(BIASED)
    assert check() == 1
    before = len(runs)
    check("net.py", "--fix")
    assert len(runs) > before
    assert check() == 0


def test_a_search_that_time_ended_is_not_kept(here, monkeypatch):
    """What was not looked for today may be found tomorrow."""
    (here / "net.py").write_text("while True:\n    pass\n")
    check("net.py", "--timeout", "1")
    assert not (here / cache.FOLDER).exists()


def test_many_at_a_time(here, runs, capsys):
    """Several runs may write the same answers at once."""
    threads = [threading.Thread(target=check) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    settle(runs)
    (entry,) = kept(here)
    digest, _, rest = entry.read_text().partition("\n")
    assert digest == cache._hash(rest)
    assert json.loads(rest.partition("\n")[0])["grounds"]
