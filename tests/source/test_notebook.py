"""Notebooks become programs, and edits go back into their cells."""

from __future__ import annotations

import json

import pytest

from gradlint.findings import Edit, Liberty, Report, Site
from gradlint.source import notebook
from gradlint.source.program import NoProgram


def made(*sources, **extra):
    """Write a notebook with one code cell for each source, behind a cell of text."""
    cells = [{"cell_type": "markdown", "metadata": {}, "source": ["# A net"]}]
    output = {"output_type": "stream", "name": "stdout", "text": ["1\n"]}
    common = {"execution_count": 3, "metadata": {"tags": ["é"]}, "outputs": [output]}
    cells += [
        {"cell_type": "code", **common, "source": source.splitlines(keepends=True)}
        for source in sources
    ]
    document = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5, **extra}
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def code(source):
    """Return what of a cell is run."""
    return [text for text, _ in notebook.without_magics(source)]


@pytest.mark.parametrize(
    ("cell", "run"),
    [
        ("%matplotlib inline\nx = 1", ["pass", "x = 1"]),
        ("for i in range(2):\n    !ls\n    x = i", ["for i in range(2):", "    pass", "    x = i"]),
        ("np.dot?\nx = 1", ["pass", "x = 1"]),
        ("?np.dot\nx = 1", ["pass", "x = 1"]),
        ("%time x = f(1)", ["x = f(1)"]),
        ("%timeit -n 3 f(1)", ["f(1)"]),
        ("files = !ls\nx = 1", ["files = []", "x = 1"]),
        ("%%timeit\nx = 1", ["", "x = 1"]),
        ("%%bash\necho 1", ["", ""]),
        ("x = (1\n% 2)", ["x = (1", "% 2)"]),
        ("%who\ntext = '''\n%s and !\n'''", ["pass", "text = '''", "%s and !", "'''"]),
    ],
)
def test_what_only_ipython_understands_does_nothing(cell, run):
    """Magics and shell lines become nothing, cells that are timed run, other languages do not."""
    assert code(cell) == run


def test_a_span_is_seen_in_its_cell():
    """The map leads from the joined text back to the cell, its row and its column."""
    program = notebook.program("n.ipynb", made("x = 1\n", "%time y = x + 1\nz = y"))
    row = program.text.split("\n").index("y = x + 1") + 1
    seen = program.site(Site("n.ipynb", row, 5, row, 10))
    assert (seen.cell, seen.row, seen.column, seen.end_column) == (3, 1, 11, 16)
    assert program.words(f"line {row} and `line {row}`") == f"line 1 of cell 3 and `line {row}`"


@pytest.mark.parametrize("indent", [1, 2, None])
def test_an_edit_changes_its_cell_and_nothing_else(indent):
    """Every byte outside the edited source is as it was, whatever the layout of the JSON."""
    text = json.dumps(json.loads(made("a = 1\nb = 2\n", "c = 'ü'")), indent=indent)
    edit = Edit(Site("n.ipynb", 2, 5, 2, 6, cell=2), "3\nd = 4")
    after = notebook.edited(text, [edit])
    before, new = json.loads(text), json.loads(after)
    assert new["cells"][1]["source"] == ["a = 1\n", "b = 3\n", "d = 4\n"]
    new["cells"][1]["source"] = before["cells"][1]["source"]
    assert new == before
    assert notebook.edited(text, []) == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (made("x = 1")[:120], "the file ends in the middle"),
        ("[]", "no notebook"),
        (made(), "no code cell"),
        (made("x = 1", metadata={"kernelspec": {"language": "R"}}), "written in r"),
    ],
)
def test_what_is_no_notebook_is_told_in_one_sentence(text, message):
    """A notebook that is cut off, empty or in another language is refused with its reason."""
    with pytest.raises(NoProgram, match=message):
        notebook.program("n.ipynb", text)


def numbered(*cells):
    """Write a notebook of cells, each with the number that it was run as."""
    kept = [
        {"cell_type": "code", "execution_count": n, "metadata": {}, "outputs": [], "source": text}
        for n, text in cells
    ]
    return json.dumps({"cells": kept, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def test_cells_that_stand_out_of_order_run_as_they_were_run():
    """Where a cell needs what a later one gives, their numbers tell the order, and it is said."""
    program = notebook.program("n.ipynb", numbered((3, "y = f(x)"), (1, "x = 1"), (2, "f = abs")))
    assert program.text.split() == ["x", "=", "1", "f", "=", "abs", "y", "=", "f(x)"]
    (said,) = program.assumptions
    assert said.text == "the order in which the cells were run: 2, 3, 1"
    assert said.site == Site("n.ipynb", 1, 1, 1, 1, cell=1)


@pytest.mark.parametrize(
    "cells",
    [
        [(9, "x = 1"), (2, "y = x")],  # run once more later
        [(3, "y = f(x)"), (None, "x = 1"), (2, "f = abs")],  # not all of them were run
        [(2, "y = x"), (3, "z = 1"), (4, "x = 1")],  # their numbers do no better
        [(2, "def f():\n    return x"), (1, "x = 1")],  # the name is read when it is there
    ],
)
def test_cells_keep_their_order_otherwise(cells):
    """Numbers do not reorder what can run as it stands, or cannot run either way."""
    program = notebook.program("n.ipynb", numbered(*cells))
    assert not program.assumptions
    assert program.text.startswith(cells[0][1])


def test_what_is_taken_for_granted_is_placed_in_its_cell():
    """A liberty's row is that of a cell, as people see it."""
    program = notebook.program("n.ipynb", made("x = 1\n", "y = 2\nz = 3"))
    row = program.text.split("\n").index("z = 3") + 1
    liberty = Liberty("constant", f"see line {row}", row)
    told = program.told(Report("n.ipynb", "right", liberties=(liberty,)))
    assert told.liberties == (Liberty("constant", "see line 2 of cell 3", 2, 3),)
