"""Notebooks on the command line: real ones, written by nbformat."""

from __future__ import annotations

import json

import pytest

from gradlint.doors.cli import main

nbformat = pytest.importorskip("nbformat")

pytestmark = pytest.mark.usefixtures("in_this_process")

DATA = """\
%matplotlib inline
import numpy as np
rng = np.random.default_rng(2)
X = rng.normal(size=(12, 3))
Y = np.tanh(X @ rng.normal(size=(3, 1)))
W1, W2 = rng.normal(size=(3, 4)), rng.normal(size=(4, 1))
"""
TRAIN = """\
# training
for step in range(100):
    hidden = np.tanh(X @ W1)
    error = hidden @ W2 - Y
    cost = (error ** 2).sum() / len(X)
    dW2 = hidden.T @ (2 * error / len(X))
    dW1 = X.T @ ((2 * error / len(X)) @ W2.T * (1 - hidden))
    W1 -= 0.1 * dW1
    W2 -= 0.1 * dW2
"""


@pytest.fixture
def net(tmp_path, monkeypatch):
    """A notebook with a slip in its fourth cell, in an empty current directory."""
    monkeypatch.chdir(tmp_path)
    v4 = nbformat.v4
    output = v4.new_output("stream", text="0.31\n")
    cells = [
        v4.new_markdown_cell("# A net"),
        v4.new_code_cell(DATA),
        v4.new_markdown_cell("now train"),
        v4.new_code_cell(TRAIN, outputs=[output], execution_count=7),
    ]
    notebook = v4.new_notebook(cells=cells, metadata={"custom": {"any": [1]}})
    path = tmp_path / "net.ipynb"
    nbformat.write(notebook, path)
    return path


def checked(capsys, *arguments):
    """Run a check and return its exit status and what was printed."""
    status = main(["check", *arguments])
    return status, capsys.readouterr().out


def test_a_finding_names_cell_and_row(net, capsys):
    """The text shows the row of the cell, and the JSON has both numbers."""
    status, told = checked(capsys, "net.ipynb")
    assert status == 1
    assert "net.ipynb:cell 4:7:" in told
    assert " 7 |     dW1 = X.T" in told
    assert "(line 5 of cell 4)" in told
    status, told = checked(capsys, "net.ipynb", "--output-format", "json")
    document = json.loads(told)
    location = document["findings"][0]["location"]
    assert (location["cell"], location["row"]) == (4, 7)
    assert {p["cell"] for p in document["files"][0]["parameters"]} == {4}


@pytest.mark.parametrize("form", ["concise", "github", "sarif", "junit", "html"])
def test_every_format_names_the_cell(net, capsys, form):
    """No format gives a row without its cell."""
    _, told = checked(capsys, "net.ipynb", "--output-format", form)
    assert "cell 4" in told


def test_a_fix_is_written_into_the_cell(net, capsys):
    """Outputs, metadata and all other cells stay, byte for byte."""
    before = net.read_text()
    status, _ = checked(capsys, ".", "--fix")
    assert status == 0
    changed = [
        (old, new)
        for old, new in zip(before.split("\n"), net.read_text().split("\n"), strict=True)
        if old != new
    ]
    assert len(changed) == 1
    assert "hidden" in changed[0][1]
    nbformat.validate(nbformat.read(net, as_version=4))


def test_a_comment_in_a_cell_suppresses(net, capsys):
    """A comment speaks for the row of its own cell."""
    net.write_text(net.read_text().replace("(1 - hidden))\\n", "(1 - hidden))  # noqa\\n"))
    _, told = checked(capsys, "net.ipynb")
    assert "suppressed (GL" in told
    assert "cell 4:7" not in told


def test_explain_prints_cell_by_cell(net, capsys):
    """Each cell is printed under its number."""
    main(["explain", "net.ipynb"])
    told = capsys.readouterr().out
    assert told.startswith("cell 2\n")
    assert "\ncell 4\n" in told
    assert "∂cost/∂W2" in told


def test_a_notebook_that_is_cut_off_is_told(net, capsys):
    """One sentence, no traceback."""
    net.write_text(net.read_text()[:300])
    status, told = checked(capsys, "net.ipynb")
    assert status == 2
    assert "the file ends in the middle of it; save it again in Jupyter" in " ".join(told.split())
