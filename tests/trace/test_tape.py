"""The tape: values by identity, versions of buffers, views, what is kept of old values."""

from __future__ import annotations

import numpy as np
import pytest
from traced import Traced

from gradlint.trace.primitives import (
    astype,
    geometry_of,
    leaf,
    setitem,
    view,
    window,
    write_view,
)
from gradlint.trace.tape import Tape, root_of


def test_equal_values_are_told_apart():
    """Two arrays of the same contents are two values; the same array is one."""
    tape = Tape()
    a, b = np.ones(3), np.ones(3)
    assert tape.lookup(a) is tape.lookup(a)
    assert tape.lookup(a) is not tape.lookup(b)


def test_literals_are_values_of_their_own(tmp_path):
    """Equal float literals, which Python keeps as one object, are two values."""
    run = Traced("a = 0.0\nb = 0.0\nc = -0.5\nd = -0.5\ne = 1 / 2\nf = 2 / 4\n", tmp_path)
    assert len({run[name].index for name in "abcdef"}) == 6


def test_write_makes_a_new_version(tmp_path):
    """After a write the array is another value; what was computed before keeps the old one."""
    run = Traced("W = np.ones(3)\ny = W * 2\nW -= y\nz = W * 3\n", tmp_path)
    old, new = run["y"].args[0], run["z"].args[0]
    assert old is not new
    assert new.function is np.subtract
    assert new.args == (old, run["y"])
    assert old.value.tolist() == [1, 1, 1]
    assert new.value.tolist() == [-1, -1, -1]


def test_unread_value_is_dropped_and_replayed(tmp_path):
    """An overwritten value that nobody had read costs no memory."""
    run = Traced("W = np.ones(3) * 2\nW += 1\nW += 1\nW += 1\n", tmp_path)
    versions = [n for n in run.tape.nodes if n.function is np.add]
    assert len(versions) == 3
    assert versions[-1].value.tolist() == [5, 5, 5]


def test_view_older_than_the_write_is_derived_anew(tmp_path):
    """A view made before a write into its buffer stands for the new contents afterwards."""
    run = Traced("W = np.zeros((2, 3))\nrow = W[1]\nW += 5\ny = row * 2\n", tmp_path)
    seen = run["y"].args[0]
    assert seen.function is view
    assert seen.args[0].function is np.add
    assert run["y"].value.tolist() == [10, 10, 10]


def test_write_through_a_view_changes_the_buffer(tmp_path):
    """What is written into a view is part of the whole array's new version."""
    run = Traced("W = np.zeros((2, 3))\nrow = W[1]\nrow += 5\ny = W.sum()\n", tmp_path)
    whole = run["y"].args[0]
    assert whole.function is write_view
    assert whole.args[1].function is np.add


def test_container_of_values_is_a_container_of_nodes():
    """Lists and tuples in arguments keep their kind, data stays data."""
    tape = Tape()
    a = np.ones(2)
    referenced = tape.reference([a, (a, 3), "x", 2.5])
    node = tape.lookup(a)
    assert referenced == [node, (node, 3), "x", 2.5]


def test_parents_are_found_in_nested_arguments():
    """A node's parents are the values among its arguments, at any depth, also in slices."""
    tape = Tape()
    a, b = np.ones(2), np.ones(3)
    nodes = tape.lookup(a), tape.lookup(b)
    made = tape.record(np.concatenate, ([*nodes],), {"axis": 0}, np.ones(5), None)
    assert list(made.parents) == list(nodes)
    assert nodes[0].needed
    assert nodes[0].is_leaf


@pytest.mark.parametrize("order", ["C", "F"])
def test_view_and_write_view_undo_each_other(order):
    """A view's geometry finds the same entries in a copy, whatever the layout of the buffer."""
    base = np.array(np.arange(24.0).reshape(4, 6), order=order)
    for seen in (base[1], base[:, ::2], base.T[2:], base[::-1, 1:3], base[1:2, :, None]):
        geometry = geometry_of(seen, base)
        assert view(base, geometry).tolist() == seen.tolist()
        written = write_view(base, np.full(seen.shape, -1.0), geometry)
        expected = base.copy(order="K")
        window(expected, geometry)[...] = -1
        assert written.tolist() == expected.tolist()
        assert (written == -1).sum() == seen.size
        assert base.min() == 0


def test_geometry_knows_overlap_and_foreign_types():
    """Broadcast and sliding views overlap; a view as another type has no place in elements."""
    x = np.arange(6.0)
    windows = np.lib.stride_tricks.sliding_window_view(x, 3)
    assert root_of(windows) is x
    assert geometry_of(windows, x).overlapping
    assert geometry_of(windows[:1], x).overlapping is False
    assert geometry_of(np.broadcast_to(x, (2, 6)), x).overlapping
    assert not geometry_of(x[::2], x).overlapping
    assert geometry_of(x.view(np.int32), x) is None


def test_primitives_change_nothing():
    """The functional forms of writes leave their arguments alone."""
    x = np.zeros(3)
    assert setitem(x, 1, 5.0).tolist() == [0, 5, 0]
    assert x.tolist() == [0, 0, 0]
    assert type(astype(np.float64(2.5), np.int64)) is np.int64
    with pytest.raises(NotImplementedError):
        leaf()
