"""What happens to parameters without any gradient: a decay, a projection, or neither."""

from __future__ import annotations

import numpy as np
import pytest

from gradlint.truth.changes import Resting


def same(one, other):
    """Whether two changes are the same numbers."""
    return bool(np.allclose(one, other, rtol=1e-9, atol=1e-12))


def resting(change, count=3):
    """Parameters of one shape that ``change`` moves at rest, and how often they were moved."""
    rng = np.random.default_rng(0)
    first, second = ([rng.normal(size=(2, 3)) for _ in range(count)] for _ in range(2))
    runs = []

    def run(values):
        runs.append(values)
        return change(values)

    return Resting(first, second, run), runs


def unit(value):
    """The change that gives rows their length 1."""
    return value / np.linalg.norm(value, axis=1, keepdims=True) - value


CHANGES = {
    "nothing": (lambda values: [0.0 * v for v in values], True),
    "decay": (lambda values: [-0.1 * v for v in values], True),
    "decay of the square": (lambda values: [-0.1 * v**3 for v in values], True),
    "rows of length 1": (lambda values: [unit(v) for v in values], True),
    "bounds": (lambda values: [np.clip(v, -0.5, 0.5) - v for v in values], True),
    "the sum of all": (lambda values: [0.1 * v.sum() + 0.0 * v for v in values], False),
    "entries that move on": (lambda values: [np.roll(v, 1, 1) - v for v in values], False),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_is_a_decay_or_a_projection(name):
    """Entries by themselves, lengths, and what is settled after one step may change at rest."""
    change, shrinks = CHANGES[name]
    rest, _ = resting(change)
    assert [rest.only_shrinks(p, same) for p in range(3)] == [shrinks] * 3


def test_all_are_looked_at_together():
    """What does well with all the others is not run alone: the cost is that of one parameter."""
    rest, runs = resting(CHANGES["rows of length 1"][0], count=50)
    assert all(rest.only_shrinks(p, same) for p in range(50))
    assert len(runs) <= 4


def test_one_that_hangs_on_another_is_looked_at_alone():
    """A parameter decays by as much as another one is long: alone it shrinks."""
    rest, runs = resting(lambda v: [-0.1 * v[0], -abs(v[0].sum()) * v[1] ** 3, -0.1 * v[2]])
    assert [rest.only_shrinks(p, same) for p in range(3)] == [True] * 3
    assert len(runs) > 4
