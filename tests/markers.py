"""Programs that carry their expectations: a guilty line ends in the codes of what is wrong."""

from __future__ import annotations

import contextlib
import io
import re
import warnings

from gradlint.checking.inspection import Inspection
from gradlint.config import Options
from gradlint.findings import Finding, Report, is_claim
from gradlint.source.spots import SourceFile, read

_MARKER = re.compile(r"# (GL\d{3}(?:,? GL\d{3})*)")


def markers(text: str) -> dict[int, set[str]]:
    """Map each marked row to its codes; any of them is a true thing to say about that line."""
    found = {}
    for row, line in enumerate(text.splitlines(), 1):
        match = _MARKER.search(line)
        if match and not line.lstrip().startswith("#"):
            found[row] = set(re.findall(r"GL\d{3}", match[1]))
    return found


def inspected(path) -> Report:
    """Check a script in this process, its output thrown away."""
    quiet = io.StringIO()
    with (
        contextlib.redirect_stdout(quiet),
        contextlib.redirect_stderr(quiet),
        warnings.catch_warnings(action="ignore"),  # np.matrix is deprecated, and still used
    ):
        return Inspection(SourceFile(str(path), read(path)), Options(), timeout=20).report()


def misplaced(report: Report) -> list[str]:
    """What is wrong with the findings of a marked program, a line each."""
    expected = markers(report.source)
    claims = [f for f in report.findings if f.severity != "note"]
    wrong = [
        f"{f.site.row}:{f.site.column} {f.code} is not expected: {f.message}"
        for f in claims
        if f.code not in expected.get(f.site.row, ())
    ]
    found = {f.site.row for f in claims if f.code in expected.get(f.site.row, ())}
    wrong += [
        f"{row} says nothing of {sorted(c)}" for row, c in expected.items() if row not in found
    ]
    return wrong + [f"{f.site} lies outside its line" for f in claims if not _inside(f, report)]


def _inside(finding: Finding, report: Report) -> bool:
    """Whether a finding begins at some code of its line, not in the margin or the comment."""
    line = report.source.splitlines()[finding.site.row - 1]
    code = line.split("# GL")[0].rstrip()
    indent = len(code) - len(code.lstrip())
    return indent < finding.site.column <= len(code)


__all__ = ["inspected", "is_claim", "markers", "misplaced"]
