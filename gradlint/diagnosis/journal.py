"""The record of what a diagnosis tried: every edit, in order, and whether it came out.

Kept by the localisation and written by whoever tries an edit; it decides nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gradlint.findings import Event

if TYPE_CHECKING:
    import ast
    from collections.abc import Sequence

    from gradlint.diagnosis.context import Context

_LONGEST = 60  # characters of an expression


class Journal:
    """The edits that were tried on one judged step."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def tried(
        self, case: Context, mistake: Any, edits: Sequence[tuple[ast.expr, str]], held: str | None
    ) -> None:
        """A claim of a mistake about a line; ``held`` says by what it stands, None if it fell."""
        if case.node.spot is None:
            return
        if edits:
            said = ", ".join(f"`{_short(case.text(old))}` -> `{_short(new)}`" for old, new in edits)
        else:
            said = "no edit of this line: a wrong value that was predicted"
        outcome = "failed" if held is None else "held"
        self.events.append(
            Event("edit", f"{said} ({mistake.code})", case.site_row, outcome, minor=held is None)  # type: ignore[arg-type]
        )

    def withdrawn(self, what: str, row: int, by: str) -> None:
        """Something that was found and is not told, and why."""
        self.events.append(Event("finding", f"{what}: {by}", row, "withdrawn"))


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
