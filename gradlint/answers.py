"""Which of several answers to keep: the fewest lines that make the gradients right.

A suspect whose line, mended, makes gradients right is their cause.  Every other suspect that only
these gradients suffer from has inherited the error, or is another place where the same error could
be undone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gradlint.case import Case
    from gradlint.findings import Finding


@dataclass(eq=False)
class Answer:
    """What is said about one suspect.

    ``cured`` names the parameters whose gradients come right with its fix, ``beside`` holds what
    else is wrong with the same line.
    """

    case: Case
    finding: Finding
    cost: float
    cured: frozenset[str] = frozenset()
    beside: list[Finding] = field(default_factory=list)

    @property
    def victims(self) -> set[str]:
        """The parameters that suffer from the suspect."""
        return {r.parameter.name for r in self.case.suspect.results}

    @property
    def is_weak(self) -> bool:
        """Whether it only says that something is wrong."""
        part = self.case.suspect.kind == "part" and not self.cured
        return part or self.finding.code == "GL399"


def without_consequences(answers: list[Answer]) -> list[Answer]:
    """The answers without those whose victims another one cures."""
    cured: set[str] = set()
    causes: set[int] = set()
    for answer in sorted(answers, key=lambda a: (-len(a.cured), a.cost)):
        if not answer.cured <= cured:
            cured |= answer.cured
            causes.add(id(answer))
    return [a for a in answers if id(a) in causes or not a.victims or not a.victims <= cured]
