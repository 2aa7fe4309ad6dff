"""Running a program until it has shown what it trains, and judging that.

What is updated from itself in every round may be no parameter: the state of a simulation, of an
environment.  Where no objective explains any update, the program is run for longer before it is
believed to be wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gradlint.reference.judge import Judged, judge_step
from gradlint.reference.truth import Study
from gradlint.roles.enough import Enough
from gradlint.roles.provisional import provisional_step
from gradlint.roles.step import Step, find_step
from gradlint.trace.record import Recording, record

if TYPE_CHECKING:
    from gradlint.config import Options
    from gradlint.source.spots import SourceFile


@dataclass(frozen=True, eq=False)
class Look:
    """One run, the training step that is studied, and the verdict on it."""

    recording: Recording
    step: Step | None
    judged: Judged | None

    @property
    def explains(self) -> bool:
        """Whether some objective explains the update of some parameter."""
        followed = self.judged.followed if self.judged is not None else None
        return followed is not None and followed.score > 0

    @property
    def places(self) -> set[int]:
        """The rows in which the parameters are updated."""
        spots = [p.update.new.spot for p in self.step.parameters] if self.step else []
        return {spot.row for spot in spots if spot is not None}


def look(file: SourceFile, options: Options, timeout: float) -> Look:
    """Run a program, find its training step and judge it."""
    first = _look(file, options, timeout, Enough())
    if first.recording.ending.how != "stopped" or first.explains:
        return first
    second = _look(file, options, timeout, Enough(patient=True))
    return second if second.explains or not first.places <= second.places else first


def _look(file: SourceFile, options: Options, timeout: float, enough: Enough) -> Look:
    recording = record(file, enough, seed=options.seed, timeout=timeout, assume=dict(options.set))
    step = find_step(recording.tape)
    if step is None and recording.ending.how == "raised":
        step = provisional_step(recording.tape, file)
    judged = None
    if step is not None:
        judged = judge_step(Study(step, options.seed, options.points))
    return Look(recording, step, judged)
