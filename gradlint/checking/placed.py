"""Findings under the names of files that a user would type, with the texts of other modules.

A module is known by its full path while it runs; a report shows it as it lies below the working
directory, and the program itself as it was asked for.  This module judges nothing.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradlint.findings import Edit, Finding, Fix, Label, Site
from gradlint.source.spots import read

if TYPE_CHECKING:
    from gradlint.findings import Report


def with_known_files(report: Report) -> Report:
    """The report with short file names, and with the texts of the modules it points into."""
    findings = tuple(_placed(finding, report.filename) for finding in report.findings)
    texts = dict(report.other_sources)
    for finding in findings:
        name = finding.site.filename
        if name != report.filename and name not in texts:
            text = _text(name)
            if text:
                texts[name] = text
    return dataclasses.replace(report, findings=findings, other_sources=texts)


def _placed(value: Any, own: str) -> Any:
    """A finding, or a part of one, with every place in another file under its short name."""
    if isinstance(value, Site):
        short = _short(value.filename)
        return dataclasses.replace(value, filename=own if short == _short(own) else short)
    if isinstance(value, (Finding, Fix, Edit, Label)):
        parts = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
        return dataclasses.replace(
            value, **{name: _placed(part, own) for name, part in parts.items()}
        )
    if isinstance(value, tuple):
        return tuple(_placed(part, own) for part in value)
    return value


def _short(filename: str) -> str:
    path, here = Path(filename), Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else filename


def _text(filename: str) -> str:
    try:
        return read(filename)
    except (OSError, SyntaxError, UnicodeDecodeError):
        return ""
