"""Instrumented twins: the same function with hooks, for the user's own code and nothing else."""

from __future__ import annotations

import builtins
import linecache
import textwrap

import numpy as np
import pytest

from gradlint.source.rewrite import HOOKS
from gradlint.source.twins import Twins, is_user_code
from gradlint.trace.hooks import Hooks
from gradlint.trace.tape import Tape


def outer(shift):
    """Make a closure with defaults and keyword-only arguments."""

    def inner(x, scale=2.0, *, power=1):
        return scale * (x - shift) ** power

    return inner


@pytest.fixture
def taped(monkeypatch):
    """Give a tape, its places and a maker of twins, with the hooks in place."""
    tape, spots = Tape(), []
    hooks = Hooks(tape, spots)
    monkeypatch.setattr(builtins, HOOKS, hooks, raising=False)
    hooks.calls.twin = Twins(spots)
    return tape, spots, hooks.calls.twin


def test_closure_defaults_and_keywords(taped):
    """A twin computes what the function computes, and the tape sees how."""
    tape, _, twins = taped
    inner = outer(0.5)
    twin = twins(inner)
    x = np.array([1.0, 2.0])
    np.testing.assert_array_equal(twin(x, power=2), inner(x, power=2))
    assert twin.__closure__ == inner.__closure__
    assert [n.function for n in tape.nodes if not n.is_leaf] == [np.subtract, np.power, np.multiply]


def test_places_are_those_of_the_file(taped):
    """Every operation knows the row in which it was written."""
    tape, _, twins = taped
    inner = outer(0.0)
    twins(inner)(np.ones(2))
    rows = {n.spot.row for n in tape.nodes if n.spot is not None}
    assert rows == {inner.__code__.co_firstlineno + 1}


def test_a_function_has_one_twin(taped):
    """The same function gives the same twin; one file is instrumented once."""
    _, spots, twins = taped
    inner = outer(1.0)
    assert twins(inner) is twins(inner)
    count = len(spots)
    assert twins(outer) is not None
    assert len(spots) == count


def test_other_peoples_code_has_none(taped):
    """NumPy, the standard library and gradlint itself are not instrumented."""
    _, _, twins = taped
    assert twins(np.average.__wrapped__) is None
    assert twins(textwrap.dedent) is None
    assert twins(is_user_code) is None


def test_notebook_cells(taped):
    """A cell's text lives in linecache only; that is enough."""
    tape, _, twins = taped
    text = "def double(x):\n    return 2 * x\n"
    name = "<ipython-input-1-abc>"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    names = {}
    exec(compile(text, name, "exec"), names)
    assert twins(names["double"])(np.ones(2)).sum() == 4
    assert tape.nodes[-1].spot.row == 2


def test_text_that_has_changed(taped, tmp_path):
    """A file that was edited after it was imported has no twins: its lines would lie."""
    _, _, twins = taped
    path = tmp_path / "edited.py"
    path.write_text("def f(x):\n    return x + 1\n")
    names = {}
    exec(compile(path.read_text(), str(path), "exec"), names)
    path.write_text("def f(x):\n    return x * 2\n")
    linecache.checkcache(str(path))
    assert twins(names["f"]) is None
