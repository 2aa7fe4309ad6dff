"""Where measurements go: Markdown tables between two markers of a page, and nothing else of it.

The prose of the page is written by people; a command replaces only what stands between
``<!-- NAME:begin -->`` and ``<!-- NAME:end -->``.
"""

from __future__ import annotations

import importlib.metadata
import os
import platform
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

PAGE = Path(__file__).with_name("README.md")


def table(heads: Sequence[str], rows: Iterable[Sequence[Any]], left: int = 1) -> str:
    """Write rows as a Markdown table; the columns from ``left`` on are aligned to the right."""
    lines = [_row(heads), _row(["---" if k < left else "--:" for k in range(len(heads))])]
    return "\n".join(lines + [_row(row) for row in rows])


def _row(cells: Iterable[Any]) -> str:
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def publish(name: str, text: str, page: Path = PAGE) -> None:
    """Put ``text`` between the markers called ``name``; a page without them gets them at its end.

    Everything else on the page stays as it is.
    """
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    before = page.read_text(encoding="utf-8") if page.exists() else ""
    if begin not in before:
        before = f"{before.rstrip()}\n\n{begin}\n{end}\n".lstrip()
    head, _, rest = before.partition(begin)
    _, found, tail = rest.partition(end)
    if not found:
        raise ValueError(f"{page}: {begin} without {end}")
    page.write_text(f"{head}{begin}\n\n{text.strip()}\n\n{end}{tail}", encoding="utf-8")


def circumstances(*packages: str) -> str:
    """Say in one line what the figures were measured with."""
    parts = [f"Python {platform.python_version()}"]
    for package in ("numpy", *packages):
        try:
            parts.append(f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            parts.append(f"{package} not installed")
    return f"{', '.join(parts)}; {sys.platform}, {os.cpu_count()} cores."


def scientific(value: float) -> str:
    """Write a ratio as people read it: 3.4, 17, 900,000."""
    if value >= 1e4:
        digits = len(str(int(value))) - 2
        return f"{round(value, -digits):,.0f}"
    return f"{value:.0f}" if value >= 20 else f"{value:.1f}"
