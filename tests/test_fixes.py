import contextlib
import io
import re
from collections import Counter
from pathlib import Path

import pytest

from gradlint.checking.inspection import Inspection
from gradlint.config import Options
from gradlint.doors.mend import mend_file
from gradlint.findings import is_claim
from gradlint.source.spots import SourceFile

PROGRAMS = sorted((Path(__file__).parents[1] / "examples" / "buggy").glob("*.py"))
_MARK = re.compile(r"# GL\d{3}")
_TIMEOUT = 60.0  # seconds; measured: 4 for the slowest on two shared cores

WITHOUT = {  # programs of which no edit of a line is known to mend them
    "column_labels", "delta_for_gradient", "idle_update", "layer_objects",
    "missing_activation_derivative", "missing_term", "optimiser_slip", "uncontrolled_randomness",
    "xor_script",
}  # fmt: skip


def check(text):
    """Check a program in this process."""
    with contextlib.redirect_stdout(io.StringIO()):
        file = SourceFile("program.py", text)
        return Inspection(file, Options(), _TIMEOUT).report()


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_a_program_is_mended_in_its_guilty_lines_alone(path, tmp_path):
    """Where every finding has a fix, the program checks right once they are made.

    No line of the original is lost but marked ones; others only move, with what they need.  A
    mended program has nothing left that could be mended.
    """
    copy = tmp_path / path.name
    copy.write_bytes(path.read_bytes())
    done = mend_file(copy, check, unsafe=True)
    assert bool(done.fixed) == (path.stem not in WITHOUT)
    assert (done.fixed == 0) == (done.before == done.after)
    claims = [finding for finding in done.original.findings if is_claim(finding)]
    assert claims or done.original.verdict != "wrong"
    if claims and all(finding.fix for finding in claims):
        assert done.fixed == len(claims)
        assert done.report.verdict == "right"
        assert not any(map(is_claim, done.report.findings))
    assert copy.read_bytes() == done.data
    before, after = ([row.strip() for row in t.splitlines()] for t in (done.before, done.after))
    lost, new = Counter(before) - Counter(after), Counter(after) - Counter(before)
    # A `return` below which an update would have to move is split in two.
    assert [row for row in lost if not _MARK.search(row)] == []
    assert all(_MARK.search(row) or row.startswith("return ") for row in new)
    again = mend_file(copy, check, unsafe=True)
    assert again.fixed == 0
    assert again.after == done.after
