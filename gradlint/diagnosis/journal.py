"""The record of what a diagnosis tried: every edit, in order, and whether it came out.

Kept by the localisation and written by whoever tries an edit; it decides nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from gradlint.findings import Event

if TYPE_CHECKING:
    from collections.abc import Sequence

_LONGEST = 60  # characters of an expression


class Journal:
    """The edits that were tried on one judged step."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def tried(
        self, row: int | None, edits: Sequence[tuple[str, str]], code: str, held: str | None
    ) -> None:
        """A claim about a line: (old text, new text) of its edits, the code of the mistake.

        ``held`` says by what it stands, None if it fell.
        """
        said = ", ".join(f"`{_short(old)}` -> `{_short(new)}`" for old, new in edits)
        said = said or "no edit of this line: a wrong value that was predicted"
        outcome: Literal["held", "failed"] = "failed" if held is None else "held"
        self.events.append(Event("edit", f"{said} ({code})", row, outcome, minor=held is None))


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
