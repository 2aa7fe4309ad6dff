"""A sample of the scoreboard: planted mistakes are found, and right programs are left alone."""

from __future__ import annotations

import scoreboard


def test_planted_mistakes_are_found_and_right_programs_are_left_alone():
    """As many planted mistakes are found, placed, named and mended as were when measured.

    Nothing is said against the programs that they are planted in.
    """
    scores, alarms, _ = scoreboard.run(quick=True)
    assert alarms == []
    kept = [score for score in scores if score.state == "kept"]
    missed = {
        figure: [
            f"{s.program}:{s.plant.row} {s.plant.planter}" for s in kept if not getattr(s, figure)
        ]
        for figure in scoreboard.FLOORS
    }
    for figure, floor in scoreboard.FLOORS.items():
        assert 1 - len(missed[figure]) / len(kept) >= floor, missed[figure]


def test_mutants_are_wrong_by_their_own_values():
    """What counts as a mutant is seen from the values: a harmless edit does not count."""
    import numpy as np

    right = [[np.array([1.0, 2.0])], [np.array([3.0])]]
    assert scoreboard.difference(right, [[np.array([1.0, 2.0])], [np.array([3.0])]]) == "same"
    assert scoreboard.difference(right, [[2 * r[0]] for r in right]) == "proportional"
    assert scoreboard.difference(right, [[-r[0]] for r in right]) == "opposite"
    assert scoreboard.difference(right, [right[0], [np.array([6.0])]]) == "changed"
