"""Running a program under a tape: what the run leaves behind."""

from __future__ import annotations

import gc

import pytest

from gradlint.source.spots import SourceFile
from gradlint.trace.record import record

LONG = "import numpy as np\nx = np.ones(3)\nfor _ in range(5000):\n    x = x + 1.0\n"


def run(text):
    """Run a program to its end."""
    return record(SourceFile("program.py", text), lambda _tape: False)


def test_a_growing_tape_is_seldom_searched_for_garbage():
    """Collections would cost more with every operation, and find nothing."""
    begun = []

    def count(phase, _info):
        if phase == "start":
            begun.append(phase)

    gc.collect()
    gc.callbacks.append(count)
    try:
        recording = run(LONG)
    finally:
        gc.callbacks.remove(count)
    assert len(recording.tape.nodes) > 5000
    assert len(begun) < 5


@pytest.mark.parametrize("text", [LONG, "raise ValueError", "import gc\ngc.set_threshold(1, 1, 1)"])
def test_thresholds_of_the_collector_are_left_as_they_were(text):
    """Whatever the program does, and however it ends."""
    usual = gc.get_threshold()
    run(text)
    assert gc.get_threshold() == usual
