"""Posts and missing data on the command line."""

from __future__ import annotations

import io
import json
import sys

import pytest

from gradlint.doors.cli import main

pytestmark = pytest.mark.usefixtures("in_this_process")

LOADED = """\
import numpy as np
X = np.loadtxt("train.csv")
Y = np.loadtxt("labels.csv")
W = np.full((3, 1), 0.2)
for step in range(50):
    error = X @ W - Y
    loss = np.mean(error ** 2)
    W -= 0.1 * X.T @ error / len(X)
"""
POST = f"""\
Why is my loss odd?

```python
{LOADED.replace("2 * ", "")}```

## Answer

Write it so:

```python
for step in range(50):
    error = X @ W - Y
    loss = np.mean(error ** 2)
    W -= 0.1 * 2 * X.T @ error / error.size
```
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty current directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def checked(capsys, *arguments):
    """Run a check and return its exit status and its words on one line."""
    status = main(["check", *arguments])
    return status, " ".join(capsys.readouterr().out.split())


def test_a_setting_takes_the_place_of_a_failing_load(here, capsys):
    """The file that is not there is not needed any more."""
    (here / "net.py").write_text(LOADED)
    status, told = checked(capsys, "net.py")
    assert status == 2
    assert "--fill" in told
    settings = ["--set", "X=np.random.randn(9, 3)", "--set", "Y=np.random.randn(9, 1)"]
    status, told = checked(capsys, "net.py", *settings)
    assert (status, "1 gradient right (W)" in told) == (0, True)


def test_fill_makes_up_what_a_script_loads(here, capsys):
    """A script is filled only if that is asked for, and the settings are listed."""
    (here / "net.py").write_text(LOADED)
    status, told = checked(capsys, "net.py", "--fill")
    assert status == 0
    assert "--set 'X=np.random" in told
    assert "line 2: `np.loadtxt('train.csv')`" in told or "line 2: `X = np.loadtxt" in told


def test_a_setting_without_effect_is_an_error(here, capsys):
    """A misspelt name is told what was probably meant."""
    (here / "net.py").write_text(LOADED)
    status, told = checked(capsys, "net.py", "--set", "errors=1")
    assert status == 2
    assert "--set errors has no effect" in told
    assert "did you mean `error`?" in told


def test_each_program_of_a_post_has_its_verdict(here, capsys):
    """Question and answer are told apart, from a file and from standard input."""
    (here / "q.md").write_text(POST)
    status, told = checked(capsys, "q.md", "--output-format", "json")
    files = json.loads(told)["files"]
    assert [f["verdict"] for f in files] == ["right", "right"]
    assert [f["part"].split(",")[0] for f in files] == ["program 1 of 2", "program 2 of 2"]
    made_up = [a["set"] for a in files[1]["assumptions"] if a["set"]]
    assert any(setting.startswith("W=") for setting in made_up)
    assert status == 0


def test_a_post_is_read_from_standard_input(here, capsys, monkeypatch):
    """What is no Python but a post is taken for one."""
    stream = io.TextIOWrapper(io.BytesIO(POST.encode()))
    monkeypatch.setattr(sys, "stdin", stream)
    status, told = checked(capsys, "-", "--no-fill")
    assert status == 2
    assert "<stdin> (program 1 of 2" in told


def test_a_fix_is_written_into_a_post(here, capsys):
    """The post keeps its words; the line of code is mended."""
    text = "Help!\n\n" + "".join(f"    {row}\n" for row in [
        "for i in range(99):", "    h = np.tanh(X @ W1)", "    e = h @ W2 - Y",
        "    loss = np.sum(e ** 2)", "    dW2 = h.T @ (2 * e)",
        "    dW1 = X.T @ ((2 * e) @ W2.T * (1 - h))",
        "    W1 -= 0.01 * dW1", "    W2 -= 0.01 * dW2",
    ]) + "\nThanks, a <tired> student\n"  # fmt: skip
    (here / "q.txt").write_text(text)
    status, _ = checked(capsys, "q.txt", "--fix")
    assert status == 0
    changed = [
        (a, b)
        for a, b in zip(text.split("\n"), (here / "q.txt").read_text().split("\n"), strict=True)
        if a != b
    ]
    assert len(changed) == 1
    assert "dW1" in changed[0][1]
    assert "(1 - h)" not in changed[0][1]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("q.md", "Only words here.\n", "no code was found in it"),
        ("q.html", "<pre>x</pre>" * 500_000, "6 MB are more than a post"),
        ("q.md", "```python\nfor i in range(3)\n    x = \n```\n", "cannot be parsed"),
    ],
)
def test_what_is_no_post_is_told_in_one_sentence(here, capsys, name, text, words):
    """Words without code, a page that is too large, code that is broken."""
    (here / name).write_text(text)
    status, told = checked(capsys, name)
    assert status == 2
    assert words in told
