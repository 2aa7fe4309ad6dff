"""What is known while one pair is checked: the pair, how it is called, claims and verdicts so far.

Decides nothing: the story is told in ``check``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gradlint.pairs.conventions import Conventions
from gradlint.pairs.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gradlint.pairs import compare
    from gradlint.pairs.candidates import Settings
    from gradlint.pairs.guards import Claim, Guarded
    from gradlint.truth.compare import ArrayJudgement
    from gradlint.truth.workers import Spread


class Checked:
    """The state of one check.  ``guarded`` is there once the guards have run."""

    guarded: Guarded
    moved = False  # whether its point is not the user's own, but one beside it

    def __init__(
        self,
        forward: Any,
        backward: Any,
        inputs: Sequence[Any],
        args: Sequence[Any],
        settings: Settings,
        workers: int | Spread,
    ) -> None:
        self.settings, self.workers = settings, workers
        self.subject = Subject(forward, backward, inputs, args)
        self.conventions = Conventions(self.subject, settings)
        self.function = backward or self._method() or forward
        self.points: list[compare.Point] = []
        self.claims: list[Claim] = []
        self.verdicts: dict[int, ArrayJudgement] = {}

    def _method(self) -> Any:
        """Give the backward method of an object; a model's findings point into its layers."""
        stages = self.subject.stages
        return (
            type(stages[-1]).backward
            if stages and hasattr(stages[-1], "backward")
            else (self.subject.backward)
        )

    def _forward(self) -> Any:
        """Give the forward function, or an object's method."""
        subject = self.subject
        return subject.given_forward if subject.stages else subject.forward
