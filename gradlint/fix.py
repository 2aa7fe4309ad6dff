"""Applying edits to a source text.

Edits are replacements of spans; those of one text must not overlap.  Standard library only: the
command line applies what the engine has verified.
"""

from __future__ import annotations

import difflib
import os
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from gradlint.findings import Edit, Finding


def apply(text: str, edits: Iterable[Edit]) -> str:
    """The text after all edits; one that overlaps an earlier one of the sequence is left out."""
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    spans: list[tuple[int, int, str]] = []
    for edit in edits:
        site = edit.site
        begin = starts[site.row - 1] + site.column - 1
        end = starts[site.end_row - 1] + site.end_column - 1
        if all(end <= b or begin >= e for b, e, _ in spans):
            spans.append((begin, end, edit.content))
    for begin, end, content in sorted(spans, reverse=True):
        text = text[:begin] + content + text[end:]
    return text


def edits_of(findings: Iterable[Finding], filename: str, *, unsafe: bool = False) -> list[Edit]:
    """The edits of all offered fixes in one file, each fix whole or not at all."""
    chosen: list[Edit] = []
    for finding in findings:
        fix = finding.fix
        if fix is None or (fix.applicability == "unsafe" and not unsafe):
            continue
        if all(edit.site.filename == filename for edit in fix.edits):
            chosen += [edit for edit in fix.edits if edit not in chosen]
    return chosen


def diff(before: str, after: str, filename: str) -> str:
    """A unified diff of two versions of a file; empty if they are alike."""
    lines: Sequence[str] = list(
        difflib.unified_diff(
            before.splitlines(keepends=True), after.splitlines(keepends=True), filename, filename
        )
    )
    return "".join(line if line.endswith("\n") else line + "\n" for line in lines)


def rewrite(path: str | Path, text: str, encoding: str = "utf-8") -> None:
    """Replace a file's contents at once: it holds the old text or the new one, never a part.

    Raises OSError if the file cannot be replaced; the old file is then as it was.
    """
    path = Path(os.path.realpath(path))
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding=encoding, newline="") as stream:
            stream.write(text)
        os.chmod(draft, path.stat().st_mode)
        os.replace(draft, path)
    except BaseException:
        os.unlink(draft)
        raise
