"""Jupyter itself: a real kernel runs the magics, and functions of cells have lines and fixes."""

from __future__ import annotations

import warnings

import pytest

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")

DATA = """\
import numpy as np
X = np.random.default_rng(0).normal(size=(8, 3))
Y = X.sum(axis=1, keepdims=True)
W = np.full((3, 1), 0.3)
"""
MODEL = "def predict(X, W):\n    return np.tanh(X @ W)\n"
TRAIN = """\
for step in range(100):
    P = predict(X, W)
    cost = np.sum((P - Y) ** 2)
    W -= 0.01 * X.T @ (2 * (P - Y) * (1 - P))
"""
PAIR = """\
def forward(x, w):
    return (x @ w) ** 2

def backward(d, x, w):
    return d * (x @ w) @ w.T, x.T @ (2 * d * (x @ w))

print(gradlint.check(forward, backward, np.ones((2, 3)), np.arange(6.0).reshape(3, 2)))
"""


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    """What each cell of a notebook gave, run by a real kernel."""
    v4 = nbformat.v4
    sources = [
        "%load_ext gradlint\nimport gradlint", DATA, MODEL, "%%gradlint --seed 3\n" + TRAIN,
        "W.ravel()[0]", TRAIN, "%gradlint explain", "%gradlint rule GL303",
        "%%gradlint\nimport os\nos._exit(3)", PAIR, "%gradlint nonsense",
    ]  # fmt: skip
    notebook = v4.new_notebook(cells=[v4.new_code_cell(source) for source in sources])
    client = nbclient.NotebookClient(
        notebook, timeout=300, kernel_name="python3", allow_errors=True,
        resources={"metadata": {"path": str(tmp_path_factory.mktemp("session"))}},
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # those of Jupyter's own libraries
        client.execute()
    return [cell["outputs"] for cell in notebook.cells]


def text(outputs):
    """All text that a cell gave."""
    return "".join(o.get("text", "") or o.get("data", {}).get("text/plain", "") for o in outputs)


def test_a_cell_is_checked_in_its_session(session):
    """The report is shown as HTML, names the cell's number and row, and the session's functions."""
    (shown,) = session[3]
    assert "text/html" in shown["data"]
    assert "session:cell 4:5:" in text(session[3])
    assert "GL30" in text(session[3])


def test_the_session_stays_as_it_was(session):
    """The cell ran elsewhere: the weights are those of before."""
    assert "0.3" in text(session[4])


def test_a_cell_is_explained(session):
    """The last cell is printed with its annotations."""
    told = text(session[6])
    assert told.startswith("cell 6\n")
    assert "predict(X, W)" in told
    assert "✗" in told


def test_a_page_is_shown(session):
    """``%gradlint rule`` prints the page."""
    assert "GL303" in text(session[7])


def test_a_cell_that_ends_its_process_does_not_end_the_session(session):
    """One clear message, and the kernel goes on."""
    assert "exit code 3" in text(session[8])


def test_functions_of_cells_have_lines_and_fixes(session):
    """``gradlint.check`` finds the line in the cell and what to write."""
    told = text(session[9])
    assert ":5:" in told
    assert "fix (" in told


def test_what_is_not_understood_is_told(session):
    """An unknown word costs the usage."""
    assert "%gradlint explain" in text(session[10])
