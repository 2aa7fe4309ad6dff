"""Going on behind a training loop: what is left, what is kept, and what the next tape knows."""

from __future__ import annotations

import textwrap

import numpy as np
import pytest

from gradlint.reading.enough import Enough
from gradlint.reading.step import find_step
from gradlint.source.spots import SourceFile
from gradlint.trace.record import record
from gradlint.trace.replay import replay

START = """
import numpy as np
x, t = np.arange(6.0).reshape(3, 2) / 6, np.array([1.0, 0.0, 2.0])
w, v = np.ones(2), np.full(2, 0.5)
rounds = []
"""
FOR = "for i in range({}):\n    rounds.append(i)\n    {} -= 0.1 * x.T @ (x @ {} - t)\n"
WHILE = "i = 0\nwhile i < {}:\n    i += 1\n    {} -= 0.1 * x.T @ (x @ {} - t)\n"


def run(text, tmp_path, **options):
    """Record a program and what it does behind its training loops."""
    file = SourceFile(str(tmp_path / "program.py"), START + textwrap.dedent(text))
    options.setdefault("further", Enough)
    return record(file, Enough(), timeout=20, **options)


def trained(recording):
    """Name the parameters of a recording, or of a part of one."""
    step = find_step(recording.tape)
    return [] if step is None else [p.name for p in step.parameters]


@pytest.mark.parametrize("first", [FOR, WHILE], ids=["for", "while"])
@pytest.mark.parametrize("second", [FOR, WHILE], ids=["for", "while"])
def test_two_loops_make_two_tapes(tmp_path, first, second):
    """Of two training loops one after the other each has a tape with its own parameter."""
    text = first.format(10**6, "w", "w") + second.format(10**6, "v", "v")
    recording = run(text, tmp_path)
    assert recording.ending.how == "stopped"
    assert trained(recording) == ["w"]
    assert [trained(part) for part in recording.further] == [["v"]]


def test_the_loop_is_left_early(tmp_path):
    """A loop of a million rounds is left after a few, and its ``else`` is run."""
    text = FOR.format(10**6, "w", "w") + "else:\n    done = len(rounds)\n"
    recording = run(text, tmp_path)
    assert recording.namespace["done"] < 100


def test_an_epoch_loop_around_batches_is_left_as_well(tmp_path):
    """Where batches are trained inside of epochs both loops are left."""
    inner = textwrap.indent(FOR.format(1000, "w", "w"), "    ")
    recording = run(f"for epoch in range(10**6):\n{inner}after = len(rounds)\n", tmp_path)
    assert recording.namespace["after"] < 1000


def test_without_further_the_program_is_stopped(tmp_path):
    """Nobody who did not ask for more gets it."""
    recording = run(FOR.format(10**6, "w", "w") + "after = 1\n", tmp_path, further=None)
    assert recording.further == ()
    assert "after" not in recording.namespace


def test_what_was_seen_is_kept_as_it_was(tmp_path):
    """Writes in place behind the loop change none of the values that the first tape holds."""
    text = FOR.format(10**6, "w", "w") + "w[:] = 99.0\nx *= 0\nnp.multiply(t, 0, out=t)\n"
    tape = run(text, tmp_path).tape
    step = find_step(tape)
    values = replay(step.gradient_nodes)
    for node in step.gradient_nodes:
        np.testing.assert_array_equal(values[node.index], node.value)
        assert np.abs(node.value).max() < 10
        assert np.any(node.value)


def test_an_error_behind_the_loop_is_not_the_programs(tmp_path):
    """A half-trained model may make later lines fail; the run counts as stopped, nothing more."""
    recording = run(FOR.format(10**6, "w", "w") + "rounds[999_999]\n", tmp_path)
    assert recording.ending.how == "stopped"
    assert recording.failure is None
    assert recording.further == ()
    assert trained(recording) == ["w"]


def test_names_are_handed_on(tmp_path):
    """What the first tape knows by an attribute's name the next one does too."""
    text = "class Box: pass\nbox = Box()\nbox.values = v\n"
    text += FOR.format(10**6, "w", "w") + FOR.format(10**6, "box.values", "box.values")
    recording = run(text, tmp_path)
    assert [trained(part) for part in recording.further] == [["box.values"]]


def test_a_whole_course_waits_for_all_rounds(tmp_path):
    """A series with a number for each round is as long behind the loop as the program makes it."""
    text = FOR.format(500, "w", "w") + "length = len(rounds)\nrounds[499]\n"
    recording = run(text, tmp_path, whole=True)
    assert recording.namespace["length"] == 500
    assert recording.behind.ending.how == "finished"


def test_a_while_loop_of_a_whole_course_ends_by_itself(tmp_path):
    """What stands behind a ``while`` loop has a tape of its own, whole course or not."""
    text = WHILE.format(500, "w", "w") + FOR.format(10**6, "v", "v")
    recording = run(text, tmp_path, whole=True)
    assert len(recording.namespace["rounds"]) >= 500
    assert [trained(part) for part in recording.further] == [["v"]]
