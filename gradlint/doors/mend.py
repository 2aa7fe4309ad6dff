"""What ``--fix`` and ``--diff`` do with one file: make the fixes, check again, and only then write.

A fix was verified together with the others that the engine found.  Which of them are made depends
on the command line (``--select``, ``--unsafe-fixes``), so the text is checked once more as it will
be written, and again until nothing more can be mended: a second run then changes nothing.
"""

from __future__ import annotations

import dataclasses
import io
import re
import tokenize
from collections import Counter
from typing import TYPE_CHECKING

from gradlint.checking.promise import Reading, broken
from gradlint.findings import Edit, Finding, Report, is_claim
from gradlint.source import edits as fix
from gradlint.source.documents import edited
from gradlint.structs import struct

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_ROUNDS = 10  # mistakes that can be mended only after others; more rounds than this are a circle
_ROW_END = re.compile(r"\r\n|\r|\n")


@struct
class Mended:
    """A text before and after its fixes, with its own line ends.

    ``report`` tells what is left, ``original`` what was found at first; ``trouble`` says why a text
    that could be mended was not.
    """

    report: Report
    original: Report
    before: str
    after: str
    encoding: str
    fixed: int = 0
    trouble: str = ""

    @property
    def diff(self) -> str:
        """The change as a unified diff; empty if there is none."""
        return fix.diff(self.before, self.after, self.report.filename)

    @property
    def data(self) -> bytes:
        """The text after the fixes, in the encoding it came in."""
        return self.after.encode(self.encoding)

    def given_up(self, trouble: str) -> Mended:
        """Return the same text, left as it was."""
        return Mended(
            self.original, self.original, self.before, self.before, self.encoding, 0, trouble
        )


def mend(data: bytes, check: Callable[[str], Report], *, unsafe: bool = False) -> Mended:
    """Make the fixes that ``check`` offers for a Python source, a notebook or a post.

    ``check`` is given the text as Python reads it, with its line ends made one kind.  Raises
    SyntaxError or UnicodeDecodeError if the bytes are no text.
    """
    encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    before = data.decode(encoding)
    original = check(_plain(before))
    report, after, fixed = original, before, 0
    for _ in range(_ROUNDS):
        better = next(_improvements(after, report, check, unsafe), None)
        if better is None:
            break
        after, report, count = better
        fixed += count
    mended = Mended(report, original, before, after, encoding, fixed)
    try:
        after.encode(encoding)
    except UnicodeEncodeError:
        return mended.given_up(f"the fix needs a character that {encoding} does not have")
    return mended


def mend_file(path: Path, check: Callable[[str], Report], *, unsafe: bool = False) -> Mended:
    """Mend a file in place; raises OSError if it cannot be read.

    The file is left alone if it was changed while it was being checked, and if it cannot be
    replaced as a whole.
    """
    data = path.read_bytes()
    mended = mend(data, check, unsafe=unsafe)
    if not mended.fixed:
        return mended
    try:
        if path.read_bytes() != data:
            return mended.given_up("it was changed while it was being checked")
        fix.rewrite(path, mended.after, mended.encoding)
    except OSError as error:
        return mended.given_up((error.strerror or "it cannot be written").lower())
    return mended


def _improvements(
    text: str, report: Report, check: Callable[[str], Report], unsafe: bool
) -> Iterator[tuple[str, Report, int]]:
    """Yield what comes of all fixes together, then of each alone, where it makes things better."""
    offered = fix.mendable(report.findings, report.filename, unsafe=unsafe)
    alone = [[finding] for finding in offered] if len(offered) > 1 else []
    for chosen in [offered, *alone] if offered else []:
        after = edited(report.filename, text, _edits(chosen, report.filename, text))
        left = check(_plain(after))
        if _is_better(left, report, chosen):
            yield after, left, len(chosen)


def _edits(findings: list[Finding], filename: str, text: str) -> Iterator[Edit]:
    """Yield the edits with the line ends of the text they go into."""
    end = _ROW_END.search(text)
    for edit in fix.edits_of(findings, filename, unsafe=True):
        yield dataclasses.replace(edit, content=edit.content.replace("\n", end[0] if end else "\n"))


def _is_better(new: Report, old: Report, chosen: list[Finding]) -> bool:
    """Whether what was to be mended is gone, nothing new has come, and the reading is the same."""
    left, before = (Counter(f.code for f in r.findings if is_claim(f)) for r in (new, old))
    gone = Counter(finding.code for finding in chosen)
    same = not broken(_reading(old), _reading(new))
    return new.verdict in ("right", "wrong") and left <= before - gone and same


def _reading(report: Report) -> Reading:
    """What a report read, but for the row of the loss: rows may have moved."""
    loss = None if report.loss is None else dataclasses.replace(report.loss, row=None)
    return Reading(loss, report.parameters)


def _plain(text: str) -> str:
    """Read a text as Python does: every row ends with a newline character."""
    return io.StringIO(text, newline=None).read()
