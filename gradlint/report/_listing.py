"""The operations of a training step, fitted to a terminal: shapes may go into a row below."""

from __future__ import annotations

from gradlint.report._lines import length, wrap

_INDENT = " " * 8


def render(listing: str, *, width: int) -> str:
    """Break the rows that are wider than ``width`` before the shapes of their operands."""
    rows = []
    for row in listing.splitlines():
        head, given, tail = row.partition("  with ")
        if length(row) <= width or not given:
            rows.append(row)
            continue
        room = width - len(_INDENT)
        rows.append(head)
        rows += [_INDENT + part for part in wrap(f"with {tail}", room, room)]
    return "".join(f"{row}\n" for row in rows)
