"""Whatever it is given, gradlint answers with one clear message and exit code 2, never with a crash.

Each case is a file as a stranger might give it, the words the answer must hold (what is wrong, and
the remedy), and the place it must point at.
"""

# ruff: noqa: E501  (whole programs stand in a table)

from __future__ import annotations

import textwrap

import pytest

from gradlint.doors.cli import main

TEXTS = {
    "nothing in it": ("", ["file is empty"], "x.py"),
    "only a comment": ("# todo\n", ["GL901", "no NumPy array"], "x.py:1:1"),
    "syntax error": ("x = 1\ny = (2,\n", ["GL905", "never closed", "make it run"], "x.py:2:5"),
    "Python 2 print": ("x = 1\nprint x\n", ["GL905", "this is Python 2"], "x.py:2:1"),
    "Python 2 names": ("for i in xrange(3): pass\n", ["Python 2", "`range`"], "x.py:1:10"),
    "notebook magic": ("%matplotlib inline\nx = 1\n", ["GL905", "notebook's command"], "x.py:1:1"),
    "notebook shell": ("!pip install numpy\n", ["GL905", "notebook's command"], "x.py:1:1"),
    "missing data": (
        "import numpy as np\nX = np.loadtxt('train.csv')\n",
        ["GL906", "`train.csv`", "not there", "made-up data"], "x.py:2:5",
    ),
    "missing pickle": (
        "import pickle\nX = pickle.load(open('d.pkl', 'rb'))\n", ["GL906", "`d.pkl`"], "x.py:2:17",
    ),
    "undefined name": (
        "import numpy as np\nW = np.ones(3)\nW -= X.T @ W\n",
        ["GL906", "`X` is not defined", "--set X="], "x.py:3:6",
    ),
    "missing module": (
        "import mnist_data\nX = mnist_data.load()\n",
        ["GL905", "`mnist_data`", "install"], "x.py:2:5",
    ),
    "crash": (
        "import numpy as np\nd = {}\nfor i in range(3):\n    y = d['k']\n",
        ["GL905", "KeyError: 'k'", "two training steps"], "x.py:4:9",
    ),
    "crash in a function": (
        "def f(x):\n    return 1 / x\nf(0)\n", ["GL905", "ZeroDivisionError"], "x.py:2:12",
    ),
    "recursion without end": ("def f(): return f()\nf()\n", ["RecursionError"], "x.py:1:17"),
    "exit at the top": ("import sys\nsys.exit(3)\n", ["GL901", "exit code 3"], "x.py:2:1"),
    "exit with a word": (
        "import sys\nimport numpy as np\nsys.exit('no data')\n",
        ["GL901", "exit code 1: no data"],
        "x.py:3:1",
    ),
    "hard exit": ("import os\nos._exit(4)\n", ["GL901", "exit code 4"], "x.py:2:1"),
    "kills itself": (
        "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n", ["GL905", "SIGKILL"], "x.py:1:1",
    ),
    "keyboard interrupt": ("raise KeyboardInterrupt\n", ["KeyboardInterrupt"], "x.py:1:1"),
    "no NumPy": ("total = 0\nfor i in range(9):\n    total += i\n", ["no NumPy array"], "x.py:1:1"),
    "definitions only": (
        "import numpy as np\nX = np.ones(3)\ndef train(): return X\n",
        ["GL901", "no training step", "gradlint.check"], "x.py:1:1",
    ),
    "plots and nothing else": (
        "import numpy as np\nimport matplotlib.pyplot as plt\nplt.plot(np.ones(3)); plt.show()\n",
        ["GL901", "no training step"], "x.py:1:1",
    ),
    "asks and asks": (
        "while True:\n    answer = input('more? ')\n", ["GL905", "EOFError"], "x.py:2:14",
    ),
}  # fmt: skip


def told(capsys, *arguments):
    """Check in a process of its own and return (exit code, what was printed)."""
    code = main(["check", *arguments])
    printed = capsys.readouterr()
    return code, " ".join((printed.out + printed.err).split()), printed


def assert_clear(code, text, words, place):
    """One message with its place and remedy, exit code 2, and no traceback of ours."""
    assert code == 2
    assert place in text
    assert not [word for word in words if word not in text]
    assert "Traceback" not in text
    assert "gradlint itself failed" not in text
    assert text.count("GL9") <= 2  # the finding and the summary


@pytest.mark.parametrize("title", TEXTS)
def test_text(title, tmp_path, monkeypatch, capsys):
    """Each of these texts is answered in one clear message."""
    text, words, place = TEXTS[title]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.py").write_text(text)
    code, shown, _ = told(capsys, "x.py")
    assert_clear(code, shown, words, place)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("missing.py", None, ["no such file"]),
        ("image.py", b"\x89PNG\r\n\x1a\n\x00\x01", ["binary file"]),
        ("latin.py", b"name = 'Gr\xf6\xdfe'\n", ["UTF-8"]),
        ("wide.py", "x = 1\n".encode("utf-16"), ["UTF-16", "save it as UTF-8"]),
        ("nulls.py", b"x = 1\x00\n", ["binary file"]),
        ("notes.txt", b"dear diary\n", ["notes.txt", "no code was found"]),
    ],
)
def test_file(name, content, words, tmp_path, monkeypatch, capsys):
    """What is no Python file is said to be what it is."""
    monkeypatch.chdir(tmp_path)
    if content is not None:
        (tmp_path / name).write_bytes(content)
    code, shown, _ = told(capsys, name)
    assert_clear(code, shown, words, name)


def test_directory_without_programs(tmp_path, monkeypatch, capsys):
    """A directory that holds no Python file is not a clean directory."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    code, shown, _ = told(capsys, "data")
    assert_clear(code, shown, ["no Python files"], "data")


@pytest.mark.parametrize(
    "text",
    [
        "while True:\n    pass\n",
        "import time\nwhile True:\n    try:\n        time.sleep(1)\n    except BaseException:\n        pass\n",
        "import numpy as np\nx = np.ones(3)\nwhile np.linalg.norm(x) > 0:\n    x = x * 1.0\n",
    ],
    ids=["empty", "deaf", "norm"],
)
def test_endless_loop(text, tmp_path, monkeypatch, capsys):
    """A program that never trains is stopped in time."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.py").write_text(text)
    code, shown, _ = told(capsys, "--timeout", "2", "x.py")
    assert_clear(code, shown, ["GL909", "--timeout"], "x.py:")


def test_million_lines(tmp_path, monkeypatch, capsys):
    """A chatty program is checked all the same, and its chatter stays its own."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.py").write_text(
        textwrap.dedent("""\
        import numpy as np
        for i in range(200_000): print("line", i)
        X, y, w = np.eye(4), np.arange(4.0), np.ones(4)
        for i in range(1_000_000):
            print("epoch", i)
            w -= 0.1 * X.T @ (X @ w - y)
    """)
    )
    code, shown, printed = told(capsys, "x.py")
    assert code == 0
    assert "1 gradient right" in shown
    assert len(printed.out.splitlines()) < 10


def test_missing_plot_library_does_not_matter(tmp_path, monkeypatch, capsys):
    """Drawing after training, or before, changes nothing about the gradients."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.py").write_text(
        textwrap.dedent("""\
        import matplotlib.pyplot as plt
        import numpy as np
        X, y, w = np.eye(4), np.arange(4.0), np.ones(4)
        fig, ax = plt.subplots()
        for i in range(100):
            ax.plot(w); plt.pause(0.1)
            w -= 0.1 * X.T @ (X @ w - y)
        plt.show()
    """)
    )
    code, shown, _ = told(capsys, "x.py")
    assert (code, "1 gradient right" in shown) == (0, True)


def test_one_bad_file_does_not_spoil_the_others(tmp_path, monkeypatch, capsys):
    """Of several files each gets its own answer; what could not be checked shows in the exit code."""
    monkeypatch.chdir(tmp_path)
    right = "import numpy as np\nX, w = np.eye(2) * 3, np.ones(2)\nfor i in range(9):\n"
    (tmp_path / "a.py").write_text(right + "    w -= 0.1 * X.T @ (X @ w - 2)\n")
    (tmp_path / "b.py").write_text("print 'x'\n")
    code, shown, _ = told(capsys, "a.py", "b.py", "c.py")
    assert code == 2
    assert "a.py: 1 gradient right" in shown
    assert "this is Python 2" in shown
    assert "c.py: no such file" in shown
