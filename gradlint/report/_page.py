"""The documentation page of a mistake, laid out for a terminal."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gradlint.report._lines import Line, paint, wrap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gradlint.report.pages import Page


def render(pages: Sequence[Page], *, width: int = 80, color: bool = False) -> str:
    """Render pages one after the other; prose is fitted to the width, programs stay as they are."""
    lines: list[Line] = []
    for page in pages:
        if lines:
            lines += [[], []]
        lines += _page(page, width)
    return paint(lines, color=color)


def _page(page: Page, width: int) -> list[Line]:
    kind = page.severity or "error"
    aside = "" if kind == "error" else f" ({kind})"
    lines: list[Line] = [[(page.code, kind), (f" {page.name}{aside}", "strong")], []]
    lines += _text(page.summary, width)
    for heading, text in page.sections.items():
        lines += [[], [(heading, "strong")], [("-" * len(heading), "gutter")]]
        lines += _text(text, width)
    return lines


def _text(text: str, width: int) -> list[Line]:
    """Lay out paragraphs: those that are indented are programs."""
    lines: list[Line] = []
    for paragraph in re.split(r"\n\s*\n", text):
        if lines:
            lines.append([])
        if paragraph.startswith("    "):
            lines += [[(row, "")] for row in paragraph.split("\n")]
        else:
            lines += [[(row, "")] for row in wrap(paragraph, width, width)]
    return lines
