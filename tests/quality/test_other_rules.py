"""Programs that learn by other rules than a gradient's: nothing is claimed about them."""

from __future__ import annotations

from pathlib import Path

import pytest
from markers import inspected

PROGRAMS = sorted((Path(__file__).parent / "other_rules").glob("*.py"))


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_nothing_is_claimed(path):
    """Nobody is called wrong for not following a loss that was never meant."""
    report = inspected(path)
    claims = [f for f in report.findings if f.severity != "note" and not f.code.startswith("GL9")]
    assert claims == []
    assert report.verdict in ("right", "cannot-tell")
    assert {p.verdict for p in report.parameters} <= {"right", "cannot-tell"}
