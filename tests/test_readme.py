"""What the README shows is what happens: every block is run, every output compared.

``pytest --update tests/test_readme.py`` writes the outputs and the table of mistakes anew.
"""

from __future__ import annotations

import doctest
import os
import re
import shutil
from pathlib import Path

import pytest
from shown import BLOCK, blocks_of, outputs

from gradlint.mistakes import load_all

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
_TABLE = re.compile(r"(?<=<!-- mistakes -->\n).*?(?=<!-- end of mistakes -->)", re.DOTALL)

# The check that the README compares gradlint with: central differences and a threshold.
NUMERIC_CHECK = """
import numpy as np

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(20, 3)), rng.normal(size=(20, 1))
net = {"W1": rng.normal(size=(3, 5)), "b1": np.zeros(5)}
net |= {"W2": rng.normal(size=(5, 1)), "b2": np.zeros(1)}


def loss(net):
    return np.mean((np.tanh(X @ net["W1"] + net["b1"]) @ net["W2"] + net["b2"] - Y) ** 2)


def backward(net):
    A1 = np.tanh(X @ net["W1"] + net["b1"])
    d_out = 2 * (A1 @ net["W2"] + net["b2"] - Y) / len(X)
    d_hidden = (d_out @ net["W2"].T) * A1 * (1 - A1)
    return {"W1": X.T @ d_hidden, "b1": d_hidden.sum(0), "W2": A1.T @ d_out, "b2": d_out.sum(0)}


hand = backward(net)
for name, value in net.items():
    numeric = np.zeros_like(value)
    for i in np.ndindex(*value.shape):
        for sign in (1, -1):
            value[i] += sign * 1e-6
            numeric[i] += sign * loss(net) / 2e-6
            value[i] -= sign * 1e-6
    size = np.linalg.norm(hand[name]) + np.linalg.norm(numeric)
    off = np.linalg.norm(hand[name] - numeric) / size
    print(f"{name}: relative difference {off:.3f}, {'ok' if off < 1e-5 else 'mismatch'}")
"""


def blocks(kind):
    """List the blocks of one language as (name, text)."""
    return blocks_of(README, kind)


@pytest.fixture
def folder(tmp_path):
    """Give a folder with the files the README speaks of."""
    for name, text in blocks("python"):
        assert name, "a python block of the README is a file: give it a name"
        (tmp_path / name).write_text(text)
    for name, text in (*blocks("text"), *blocks("json")):
        (tmp_path / name).write_text(text)
    broken = (tmp_path / "net.py").read_text()
    mended = broken.replace("A1 * (1 - A1)", "(1 - A1**2)")
    assert mended != broken
    (tmp_path / "right.py").write_text(mended)
    (tmp_path / "numeric_check.py").write_text(NUMERIC_CHECK)
    return tmp_path


def test_shown_outputs(folder, request):
    """Every console block shows what its commands print, letter by letter."""
    text = README.read_text()
    assert len(blocks("console")) >= 5
    for language, name, block in BLOCK.findall(text):
        if language == "toml":
            (folder / name).write_text(block)  # settings are there from where they are shown
        if language != "console":
            continue
        real = outputs(block, folder, ROOT)
        if request.config.getoption("--update"):
            text = text.replace(f"```console\n{block}```", f"```console\n{real}```")
        else:
            assert block == real
    README.write_text(text)


def test_python_sessions():
    """Every Python session shows what Python answers."""
    sessions = blocks("pycon")
    assert sessions
    for _, session in sessions:
        test = doctest.DocTestParser().get_doctest(session, {}, "README", "README.md", 0)
        assert doctest.DocTestRunner().run(test).failed == 0


def test_commands_are_those_of_ci():
    """The set-up, main and test commands are run by ``.ci/run``, taken from the README itself."""
    shell = dict(blocks("sh"))
    assert set(shell) == {"setup", "main", "tests"}
    assert len(shell["setup"].splitlines()) == 2
    assert len(shell["main"].splitlines()) == len(shell["tests"].splitlines()) == 1
    script = (ROOT / ".ci/run").read_text()
    assert all(f"$(block {name})" in script for name in shell)
    assert os.access(ROOT / ".ci/run", os.X_OK)


def test_main_job(folder):
    """The command of the main job finds what it is there to find."""
    (command,) = dict(blocks("sh"))["main"].splitlines()
    shutil.copytree(ROOT / "examples", folder / "examples")
    done = outputs(f"$ {command.removeprefix('.venv/bin/')}", folder, ROOT)
    assert "GL201" in done


def test_every_block_is_known():
    """There is no block in a language that no test runs."""
    assert {lang for lang, _, _ in BLOCK.findall(README.read_text())} == {
        "console", "json", "pycon", "python", "sh", "text", "toml",
    }  # fmt: skip


def test_table_of_mistakes(request):
    """The table lists every mistake with its first line, as its class says."""
    rows = ["| code | name | what it is |\n", "|---|---|---|\n"]
    rows += [
        f"| {m.code} | {m.name} | {(m.__doc__ or '').splitlines()[0].rstrip('.')} |\n"
        for m in load_all()
    ]
    text = README.read_text()
    if request.config.getoption("--update"):
        README.write_text(_TABLE.sub(lambda _: "".join(rows), text))
    else:
        assert _TABLE.search(text)[0] == "".join(rows)
