"""A sample of the scoreboard: planted mistakes are found, and right programs are left alone."""

from __future__ import annotations

import pytest
import scoreboard


@pytest.fixture(scope="module")
def board():
    """The sample of scores, with the false alarms."""
    scores, alarms, _ = scoreboard.run(quick=True)
    return [score for score in scores if score.state == "kept"], alarms


def test_right_programs_raise_no_alarm(board):
    """The programs that mistakes are planted in are right, and nothing is said against them."""
    assert board[1] == []


# Some points below what was measured: which mutants the sample holds depends on the corpus.
@pytest.mark.parametrize(("figure", "floor"), sorted(scoreboard.FLOORS.items()))
def test_planted_mistakes_are_found(board, figure, floor):
    """As many planted mistakes are found, placed, named and mended as were when measured."""
    scores = board[0]
    missed = [
        f"{s.program}:{s.plant.row} {s.plant.planter}" for s in scores if not getattr(s, figure)
    ]
    assert 1 - len(missed) / len(scores) >= floor, missed


def test_mutants_are_wrong_by_their_own_values():
    """What counts as a mutant is seen from the values: a harmless edit does not count."""
    import numpy as np

    right = [[np.array([1.0, 2.0])], [np.array([3.0])]]
    assert scoreboard.difference(right, [[np.array([1.0, 2.0])], [np.array([3.0])]]) == "same"
    assert scoreboard.difference(right, [[2 * r[0]] for r in right]) == "proportional"
    assert scoreboard.difference(right, [[-r[0]] for r in right]) == "opposite"
    assert scoreboard.difference(right, [right[0], [np.array([6.0])]]) == "changed"
