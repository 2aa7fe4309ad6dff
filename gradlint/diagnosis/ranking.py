"""Which of several answers to keep: the fewest lines that make the gradients right.

A suspect whose line, mended, makes gradients right is their cause.  Every other suspect that only
these gradients suffer from has inherited the error, or is another place where the same error could
be undone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradlint.diagnosis.consequences import Consequences
from gradlint.structs import field, struct

if TYPE_CHECKING:
    import ast

    from gradlint.diagnosis.case import Case
    from gradlint.findings import Finding


@struct(frozen=False, eq=False)
class Answer:
    """What is said about one suspect.

    ``cured`` names the parameters whose gradients come right with its ``edits``, ``beside`` holds
    what else is wrong with the same line.  It is ``open`` if its edits make the line what it is
    taken to be, and no gradient right: the line may be taken for something else than it is.
    """

    case: Case
    finding: Finding
    cost: float
    cured: frozenset[str] = frozenset()
    beside: list[Finding] = field(default_factory=list)
    edits: tuple[tuple[ast.expr, str], ...] = ()
    open: bool = False

    @property
    def victims(self) -> set[str]:
        """The parameters that suffer from the suspect."""
        return {r.parameter.name for r in self.case.suspect.results}

    @property
    def is_unexplained(self) -> bool:
        """Whether no mistake is known that it might be, and no edit that mends it."""
        last = self.case.catalogue.told_for("a wrong value")
        return bool(self.finding.code == last.code and not self.edits)

    @property
    def is_weak(self) -> bool:
        """Whether it only says that something is wrong, or where it might be mended."""
        part = self.case.suspect.kind == "part" and not self.cured
        return part or self.open or self.is_unexplained


def without_consequences(answers: list[Answer]) -> list[Answer]:
    """The answers without those whose victims another one cures."""
    cured: set[str] = set()
    causes: set[int] = set()
    for answer in sorted(answers, key=lambda a: (-len(a.cured), a.cost)):
        if not answer.cured <= cured:
            cured |= answer.cured
            causes.add(id(answer))
    return [a for a in answers if id(a) in causes or not a.victims or not a.victims <= cured]


def of_single_numbers(answers: list[Answer]) -> list[Answer]:
    """The answers about single numbers, without those that mend nothing behind a wrong line.

    One number is a multiple of any other: what is behind the first wrong line proves little there.
    """
    weak = [a for a in answers if not a.cured and a.finding.fix is None]
    weak.sort(key=lambda a: a.case.node.index)
    shapes = [r.parameter.node.shape for a in answers for r in a.case.reference.results]
    if len(weak) < 2 or any(shapes):
        return answers
    graph, first = weak[0].case.step.graph, weak[0].case.node
    alike = [n for n in graph.nodes if n.spot is first.spot and n.function is first.function]
    reach = graph.descendants(alike)
    return [a for a in answers if a not in weak[1:] or a.case.node.index not in reach]


def settle(answers: list[Answer]) -> None:
    """Close the open answers if all edits together make right what none of them does alone."""
    mending = [a for a in answers if a.edits]
    if len(mending) < 2 or not any(a.open for a in mending):
        return
    together = Consequences(*(a.case for a in mending))
    expressions = [e for a in mending if (e := a.case.altered(a.edits)) is not None]
    if len(expressions) == len(mending) and together.come_right(*expressions):
        for answer in mending:
            answer.open = False
