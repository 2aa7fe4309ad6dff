"""How a check is told: one file a format, each a pure function ``render(reports, ...) -> str``.

A format is a module of this package; its file name is the format's name, and no list of formats
exists elsewhere.  Renderers read frozen data and decide nothing: no clock, no sorting, no engine.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gradlint.findings import Report

# `text` carries the name ruff gives its own; `None`: what prints something else than reports.
_RENAMED = {"text": "full", "explain": None, "pages": None}
_FOR_PEOPLE = ("full", "concise")


def formats() -> list[str]:
    """List the names that ``--output-format`` takes, those for people first."""
    import pkgutil  # only where the list is asked for

    names = [m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_")]
    found = {_RENAMED.get(name, name) for name in names} - {None, *_FOR_PEOPLE}
    return [*_FOR_PEOPLE, *sorted(name for name in found if name)]


def for_people(name: str) -> bool:
    """Whether a format is read by people, so that width, colour and quietness mean something."""
    return name in _FOR_PEOPLE


def render(
    reports: Sequence[Report],
    name: str,
    *,
    width: int = 80,
    color: bool = False,
    quiet: bool = False,
    show_output: bool = False,
) -> str:
    """Render reports in the named format; the options matter to the formats for people only."""
    module = importlib.import_module(f"{__name__}.{'text' if name == 'full' else name}")
    if not for_people(name):
        return str(module.render(reports))
    options = {"width": width, "color": color, "quiet": quiet, "show_output": show_output}
    return str(module.render(reports, **options))
