"""The readings of a step that were tried, and how far each got: for people, and for the journal.

It knows evaluations and names, and decides nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradlint.findings import ReadingTried
from gradlint.truth.verdicts import loss_of

if TYPE_CHECKING:
    from gradlint.truth.evaluate import Evaluation
    from gradlint.truth.judge import Judged

_MOST = 8  # that are worth reading
_NO_FAMILY = "the derivative of no loss that gradlint knows"


def readings_tried(judged: Judged, reference: Evaluation | None) -> tuple[ReadingTried, ...]:
    """One record for each loss that was tried: the believed one first, then by what agrees."""
    own = None if reference is None else reference.objective.kind
    best: dict[tuple[str, int | None, str], tuple[int, ReadingTried]] = {}
    for evaluation in judged.others:
        loss = loss_of(judged, evaluation)
        kind = evaluation.objective.kind
        believed = reference is not None and evaluation.objective is reference.objective
        tried = ReadingTried(
            name=loss.name or loss.description,
            line=loss.row,
            kind=kind,
            agree=sum(map(evaluation.agrees, evaluation.results)),
            of=len(evaluation.results),
            why_not="" if believed and kind != "bare" else _why_not(evaluation),
        )
        if kind == "bare" and own != "bare":
            continue
        key = tried.name, tried.line, kind
        rank = 2 * tried.agree + believed
        if key not in best or best[key][0] < rank:
            best[key] = rank, tried
    ordered = sorted(best.values(), key=lambda one: (bool(one[1].why_not), -one[0]))
    return tuple(tried for _, tried in ordered[:_MOST])


def _why_not(evaluation: Evaluation) -> str:
    return _NO_FAMILY if evaluation.objective.kind == "bare" else ""
