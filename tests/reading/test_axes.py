"""Axes with an identity: what operations unify, what they hold apart, and what they are called."""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from gradlint.reading.axes.classes import Classes, grouped
from gradlint.reading.axes.dimensions import Axes
from gradlint.reading.axes.listing import traced
from gradlint.reading.axes.naming import DimensionNames
from gradlint.reading.axes.slips import dropped_axis, outer_broadcast
from gradlint.source.spots import SourceFile
from gradlint.trace.record import Recording, record

if TYPE_CHECKING:
    from gradlint.findings import Operation
    from gradlint.trace.tape import Node, Tape


def ran(text: str) -> Recording:
    """Record a few lines to their end."""
    source = f"import numpy as np\n{text}"
    return record(SourceFile("lines.py", source), lambda _: False, timeout=20)


def named(tape: Tape, name: str) -> Node:
    """Return the last value bound to a name."""
    return next(node for node in reversed(tape.nodes) if name in node.names)


def shapes(text: str, *names: str) -> list[str]:
    """Run a few lines and return the named shapes of some values."""
    recording = ran(text)
    words = DimensionNames(Axes(recording.tape))
    return [words.shape(named(recording.tape, name)) for name in names]


HEAD = "n, d, h, k = 6, 3, 4, 2\nx = np.ones((n, d))\nW = np.ones((d, h))\n"


@pytest.mark.parametrize(
    ("line", "shape"),
    [
        ("z = x @ W", "(n=6, h=4)"),
        ("z = np.dot(x, W)", "(n=6, h=4)"),
        ("z = x.dot(W).T", "(h=4, n=6)"),
        ("z = np.einsum('ab,bc->ca', x, W)", "(h=4, n=6)"),
        ("z = np.einsum('ab,bc', x, W)", "(n=6, h=4)"),
        ("z = np.tensordot(x, W, axes=([1], [0]))", "(n=6, h=4)"),
        ("z = np.tensordot(x, W, 1)", "(n=6, h=4)"),
        ("z = np.inner(x, W.T)", "(n=6, h=4)"),
        ("z = np.outer(x[0], W[0])", "(d=3, h=4)"),
        ("z = np.tanh(x @ W).sum(axis=0)", "(h=4,)"),
        ("z = (x @ W).mean(axis=1, keepdims=True)", "(n=6, 1)"),
        ("z = np.linalg.norm(x, axis=1)", "(n=6,)"),
        ("z = x[:, None, :] * W.T", "(n=6, h=4, d=3)"),
        ("z = np.where(x > 0, x, 0)", "(n=6, d=3)"),
        ("z = np.swapaxes(x, 0, 1)", "(d=3, n=6)"),
        ("z = np.moveaxis(x[None], 1, 2)", "(1, d=3, n=6)"),
        ("z = np.expand_dims(x, 1)", "(n=6, 1, d=3)"),
        ("z = np.squeeze(x[:, None])", "(n=6, d=3)"),
        ("z = x.reshape(-1)", "(n·d=18,)"),
        ("z = x.reshape(-1).reshape(n, d)", "(n=6, d=3)"),
        ("z = x.ravel().reshape(n, d) @ W", "(n=6, h=4)"),
        ("z = np.stack([x[0], x[1]], axis=1)", "(d=3, a=2)"),
        ("z = np.concatenate([x, x @ W], axis=1)[:, 3:]", "(n=6, h=4)"),
        ("z = np.hstack([x, x @ W])[:, :3]", "(n=6, d=3)"),
        ("z, y = np.split(x @ W, 2, axis=1)", "(n=6, a=2)"),
        ("z = x[[0, 1, 1]]", "(a=3, d=3)"),
        ("z = W[np.argmax(x, axis=1)]", "(n=6, h=4)"),
        ("z = np.array(x, ndmin=3)", "(1, n=6, d=3)"),
        ("z = sum([x @ W, x @ W])", "(n=6, h=4)"),
    ],
)
def test_operations_line_up_axes(line: str, shape: str) -> None:
    """Each operation's result has the axes of the arguments in the right places."""
    assert shapes(HEAD + line, "z") == [shape]


def test_equal_lengths_are_not_one_dimension() -> None:
    """Axes that nothing pairs stay apart, however equal their lengths."""
    recording = ran("x = np.ones((4, 4))\nW = np.ones((4, 4))\nz = x @ W\n")
    axes = Axes(recording.tape)
    x, W, z = (axes.of(named(recording.tape, name)) for name in ("x", "W", "z"))
    assert axes.same(x[1], W[0])
    assert axes.same(z[0], x[0])
    assert axes.same(z[1], W[1])
    assert not axes.same(x[0], x[1])
    assert not axes.same(z[0], z[1])


def test_backward_pairing_of_strangers_is_a_clash() -> None:
    """After the forward pass two dimensions that it holds apart may not be paired."""
    text = "x = np.ones((4, 3))\nW = np.ones((3, 4))\nz = x @ W\ng = z @ z\nf = z.T @ z\n"
    tape = ran(text).tape
    forward = {node.index for node in tape.nodes[: named(tape, "z").index + 1]}
    clashes = Axes(tape, forward).clashes
    assert [clash.node for clash in clashes] == [named(tape, "g")]


def test_unknown_operations_claim_nothing() -> None:
    """An operation without a rule makes axes that may be paired with anything."""
    text = "x = np.ones((4, 4))\nu = np.linalg.cholesky(x @ x.T + np.eye(4))\nz = u @ x\n"
    tape = ran(text).tape
    forward = {node.index for node in tape.nodes[: named(tape, "u").index + 1]}
    assert Axes(tape, forward).clashes == []


def test_reduction_without_its_axis_is_seen() -> None:
    """``x / x.sum(axis=1)`` on a square array meets the wrong axis, with keepdims the right one."""
    text = "x = np.arange(9.0).reshape(3, 3) + 1\na = x / x.sum(axis=1)\nb = x / x.sum(axis=0)\n"
    recording = ran(text + "c = x / x.sum(axis=1, keepdims=True)\n")
    axes, tape = Axes(recording.tape), recording.tape
    assert dropped_axis(axes, named(tape, "a")) is not None
    assert dropped_axis(axes, named(tape, "b")) is None
    assert dropped_axis(axes, named(tape, "c")) is None


def test_symmetric_arrays_may_be_reduced_either_way() -> None:
    """A symmetric array has the same sums along both axes: nothing is wrong."""
    text = "x = np.ones((3, 3)) + np.eye(3)\na = x / x.sum(axis=1)\n"
    tape = ran(text).tape
    assert dropped_axis(Axes(tape), named(tape, "a")) is None


def test_outer_broadcast_needs_a_column_and_a_row() -> None:
    """Only a column with a row of one length is spread out; a bias is not."""
    text = "a = np.ones((5, 1))\nb = np.ones(5)\nc = np.ones((4, 5))\ns = a - b\nt = c - b\n"
    tape = ran(text + "u = a - np.ones((5, 1))\nv = a - np.ones(4)\n").tape
    axes = Axes(tape)
    found = {name: outer_broadcast(axes, named(tape, name)) for name in "stuv"}
    assert [name for name, outer in found.items() if outer is not None] == ["s"]


def test_products_split_into_their_factors() -> None:
    """What was flattened comes apart into the same axes, and into strangers where it cannot."""
    classes = Classes()
    a, b, c = (classes.fresh(n) for n in (2, 3, 4))
    flat = classes.product([a, b, c])
    assert classes.size(flat) == 24
    assert classes.split(flat, [2, 3, 4]) == [a, b, c]
    assert classes.split(flat, [6, 4])[0] == classes.product([a, b])
    strange = classes.split(flat, [4, 3, 2])
    assert all(classes.is_unsure(axis) for axis in strange)


def test_united_products_unite_their_factors() -> None:
    """Two flattened axes that are paired tell that their parts are paired."""
    classes = Classes()
    a, b, c, d = (classes.fresh(n) for n in (2, 3, 2, 3))
    classes.unite(classes.product([a, b]), classes.product([c, d]))
    assert classes.same(a, c)
    assert classes.same(b, d)
    assert not classes.same(a, d)


@pytest.mark.parametrize(
    ("ours", "theirs", "groups"),
    [
        ((2, 3), (6,), [([0, 1], [0])]),
        ((6, 4), (2, 3, 4), [([0], [0, 1]), ([1], [2])]),
        ((4, 3), (3, 4), [([0, 1], [0, 1])]),
        ((2, 3), (5,), None),
        ((2, 1), (2,), [([0], [0])]),
    ],
)
def test_reshape_groups(ours: Any, theirs: Any, groups: Any) -> None:
    """Neighbouring lengths are grouped so that equally many elements stand on both sides."""
    found = grouped(ours, theirs)
    if groups is not None and found is not None:
        found = [pair for pair in found if pair[0] and pair[1]]
    assert found == groups


def test_names_come_from_the_program() -> None:
    """A dimension is called by the variable of its length, wherever that variable was read."""
    text = "data = np.ones((6, 3))\nm = data.shape[0]\nhidden = 4\nW = np.ones((3, hidden))\n"
    assert shapes(text + "z = data @ W\n", "z", "data") == ["(m=6, hidden=4)", "(m=6, a=3)"]


def operations(text: str) -> list[Operation]:
    """Run a few lines and return their operations."""
    return [operation for operation, _ in traced(ran(text)).operations]


def test_broadcasts_are_marked() -> None:
    """There is one operation for all rounds, with named shapes and its broadcast marked."""
    text = "n = 5\na = np.ones((n, 1))\nb = np.ones(n)\nfor i in range(3):\n    s = a - b\n"
    last, times = traced(ran(text)).operations[-1]
    assert (last.text, last.symbol, times) == ("a - b", "−", 3)
    assert last.result.name == "s"
    assert last.mark == "broadcast: every element of one with every element of the other"
    assert last.stretched == ((1,), (0,))


def test_a_choice_by_a_mask_is_a_broadcast_too() -> None:
    """``np.where`` repeats its condition as any elementwise function does."""
    text = "m = np.array([True, False, True])\nx = np.ones((4, 3))\ny = np.where(m, x, 0.0)\n"
    last = operations(text)[-1]
    assert last.mark == "broadcast"
    assert last.stretched == ((0,), ())


def test_a_merged_axis_shows_both_names() -> None:
    """Two dimensions that an operation brings together are called by both of their names."""
    text = "batch, heads = 4, 4\na = np.ones((batch, 5))\nb = np.ones((heads, 5))\nc = a + b\n"
    assert operations(text)[-1].result.axes[0] == ("batch=heads", 4)


@pytest.mark.parametrize(
    ("line", "meetings"),
    [
        ("x @ w", [((0, 1), (1, 0), True)]),
        ("np.dot(x, w)", [((0, 1), (1, 0), True)]),
        ("np.einsum('ij,jk->ik', x, w)", [((0, 1), (1, 0), True)]),
        ("np.einsum('ij,ij->i', x, x * 2)", [((0, 0), (1, 0), False), ((0, 1), (1, 1), True)]),
        ("np.tensordot(x, w, axes=1)", [((0, 1), (1, 0), True)]),
        ("x * v", [((0, 1), (1, 0), False)]),
        ("s @ s.swapaxes(-1, -2)", [((0, 2), (1, 1), True), ((0, 0), (1, 0), False)]),
        ("np.tanh(x)", []),
    ],
)
def test_axes_that_meet(line: str, meetings: list[tuple[object, object, bool]]) -> None:
    """A product sums over two axes, an elementwise operation lines them up from the last on."""
    made = "x, w, v, s = np.ones((6, 3)), np.ones((3, 4)), np.ones(3), np.ones((2, 5, 3))\n"
    found = operations(f"{made}y = {line}\n")[-1].meetings
    assert [(m.one, m.other, m.summed) for m in found] == meetings


def test_a_trace_repeats_no_values() -> None:
    """Shapes are shown, never numbers of the arrays."""
    said = str(traced(ran("x = np.full((3, 2), 17.25)\ny = x * 2\n")).operations)
    assert "17.25" in said  # the author's own text
    assert "34.5" not in said


def _calls(rounds: int) -> int:
    """How many functions are called to name the axes of a loop of some rounds."""
    text = f"x = np.ones((4, 3))\nW = np.ones((3, 3))\nfor i in range({rounds}):\n"
    tape = ran(text + "    x = np.tanh(x @ W + 0.1)\n").tape
    assert len(tape) >= 3 * rounds
    counted = Counter[str]()
    before = sys.getprofile()
    sys.setprofile(lambda _frame, event, _what: counted.update((event,)))
    try:
        Axes(tape)
    finally:
        sys.setprofile(before)
    return counted["call"] + counted["c_call"]


def test_axes_of_a_long_tape_are_named_in_proportion() -> None:
    """Each operation is looked at a few times, however long the tape is."""
    few, many = _calls(250), _calls(1000)
    assert many <= 4.2 * few
    assert many <= 100 * 3000


def test_a_later_pass_settles_nothing() -> None:
    """What runs after the studied step does not unify axes that were apart before."""
    tape = ran("x = np.ones((4, 3))\ny = np.ones((4, 5))\ns = x.T @ y\n").tape
    before = named(tape, "y").index
    axes = Axes(tape, settled=before)
    x, y = axes.of(named(tape, "x")), axes.of(named(tape, "y"))
    assert not axes.same(x[0], y[0])
    whole = Axes(tape)
    assert whole.same(whole.of(named(tape, "x"))[0], whole.of(named(tape, "y"))[0])
