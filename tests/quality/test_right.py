"""Right programs that look wrong: no false alarm, and a verdict, in every style people write."""

from __future__ import annotations

from pathlib import Path

import pytest
from markers import inspected

HERE = Path(__file__).parent
PROGRAMS = sorted([*(HERE / "right").glob("*.py"), *(HERE.parent / "shapes/right").glob("*.py")])


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: f"{path.parents[1].name}/{path.stem}")
def test_right_program_is_judged_right(path):
    """Nothing but notes is said about a right program, and its gradients are judged right."""
    report = inspected(path)
    assert [f"{f.site.row} {f.code}" for f in report.findings if f.severity != "note"] == []
    assert report.verdict == "right"
    assert {p.verdict for p in report.parameters} == {"right"}
