"""Posts: the code blocks of a question or an answer, as programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradlint.source.program import NoProgram

if TYPE_CHECKING:
    from gradlint.source.program import Program


def looks_like_one(text: str) -> bool:
    """Whether a text of unknown kind is a post rather than Python."""
    return "\n```" in text


def programs(filename: str, text: str) -> list[Program]:  # noqa: ARG001
    """The programs of a post; raises ``NoProgram`` if it has none."""
    raise NoProgram("no code was found in it", "give the post with its code blocks")
