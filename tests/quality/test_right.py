"""Right programs that look wrong: no false alarm, and a verdict, in every style people write."""

from __future__ import annotations

from pathlib import Path

import pytest
from markers import inspected

HERE = Path(__file__).parent
PROGRAMS = sorted([*(HERE / "right").glob("*.py"), *(HERE.parent / "shapes/right").glob("*.py")])

# Programs that get no verdict yet, or a wrong one; (reason, whether trying it takes too long).
NOT_YET: dict[str, tuple[str, bool]] = {
    "quality/vectorized_helpers": ("element-by-element updates: lineages are never chained", True),
}


def cases():
    """Give each program its own mark where something is missing yet."""
    for path in PROGRAMS:
        name = f"{path.parents[1].name}/{path.stem}"
        reason, slow = NOT_YET.get(name, ("", False))
        marks = [pytest.mark.xfail(reason=reason, strict=True, run=not slow)] if reason else []
        yield pytest.param(path, id=name, marks=marks)


@pytest.mark.parametrize("path", list(cases()))
def test_right_program_is_judged_right(path):
    """Nothing but notes is said about a right program, and its gradients are judged right."""
    report = inspected(path)
    assert [f"{f.site.row} {f.code}" for f in report.findings if f.severity != "note"] == []
    assert report.verdict == "right"
    assert {p.verdict for p in report.parameters} == {"right"}
