"""What is raised where a pair cannot be called at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gradlint.findings import Site


class CallError(ValueError):
    """The pair could not be called: the message says what was seen and what to pass.

    ``crash`` is what the likeliest call of backward raised, and where, if it did.
    """

    def __init__(self, message: str, crash: tuple[str, Site | None] | None = None) -> None:
        super().__init__(message)
        self.crash = crash
