"""Which parts of a line bear on what is wrong with its value, and what that saves."""

from __future__ import annotations

import pytest

from gradlint.checking.inspection import Inspection
from gradlint.config import Options
from gradlint.diagnosis.consequences import Consequences
from gradlint.source.spots import SourceFile


def _listed(count: int, wrong: int) -> str:
    """A gradient that is a list of numbers, one of them with the wrong sign."""
    parts = [f"{'-' if k == wrong else ''}np.mean(gap * A[:, {k}])" for k in range(count)]
    return f"""
import numpy as np
rng = np.random.default_rng(5)
A, goal = rng.normal(size=(25, {count})), rng.normal(size=25)
slope = rng.normal(size={count}) * 0.1
for step in range(3):
    gap = A @ slope - goal
    loss = 0.5 * np.mean(gap ** 2)
    grad = np.array([{", ".join(parts)}])
    slope -= 0.01 * grad
"""


def _summed(count: int, wrong: int) -> str:
    """A gradient that is a sum over views of the data, one of them weighted by its neighbour."""
    value = " + ".join(f"c[{k}] * (A[{k}] @ slope)" for k in range(count))
    terms = [f"A[{k}].T @ (c[{k + (k == wrong)}] * gap)" for k in range(count)]
    return f"""
import numpy as np
rng = np.random.default_rng(6)
A, goal = rng.normal(size=({count}, 9, 3)), rng.normal(size=9)
c, slope = rng.normal(size={count + 1}), rng.normal(size=3) * 0.1
for step in range(3):
    gap = {value} - goal
    loss = 0.5 * np.sum(gap ** 2)
    grad = {" + ".join(terms)}
    slope -= 0.001 * grad
"""


def _checked(text: str) -> Inspection:
    inspection = Inspection(SourceFile("script.py", text), Options(), 300.0)
    inspection.report()
    return inspection


def test_one_entry_of_a_long_list_is_told_where_it_stands() -> None:
    """However long the line is, the number with the wrong sign is the one that is mended."""
    text = _listed(40, 33)
    (finding,) = _checked(text).report().findings
    assert finding.fix is not None
    (edit,) = finding.fix.edits
    row = text.splitlines()[edit.site.row - 1]
    old = row[edit.site.column - 1 : edit.site.end_column - 1]
    assert old.replace("-np.mean(gap * A[:, 33])", "np.mean(gap * A[:, 33])") == edit.content
    assert old != edit.content


@pytest.mark.parametrize("write", [_listed, _summed])
def test_a_longer_line_is_not_tried_out_of_proportion(write, monkeypatch) -> None:
    """Runs of the rest of the backward pass grow with the length of a line, not with its square."""
    runs = dict.fromkeys((8, 32), 0)

    def counted(self: Consequences, *expressions: object) -> bool:
        runs[count] += 1
        return come_right(self, *expressions)  # type: ignore[arg-type]

    come_right = Consequences.come_right
    monkeypatch.setattr(Consequences, "come_right", counted)
    for count in runs:
        assert _checked(write(count, count // 2)).report().verdict == "wrong"
    assert runs[32] <= 5 * runs[8] + 20
