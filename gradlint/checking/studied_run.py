"""One run of a program: the training step that is studied, and the verdict on it."""

from __future__ import annotations

import bisect
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from gradlint.checking.evolving import moves_by_itself
from gradlint.structs import struct
from gradlint.truth.stated import is_called_a_loss

if TYPE_CHECKING:
    from gradlint.reading.step import Step
    from gradlint.trace.record import Recording
    from gradlint.trace.tape import Node
    from gradlint.truth.judge import Judged


@struct(eq=False)
class StudiedRun:
    """One run, the training step that is studied, and the verdict on it.

    ``others`` are further models that the same run trains, one after the other; ``held`` are values
    that count as given by custom.
    """

    recording: Recording
    step: Step | None
    judged: Judged | None
    others: tuple[StudiedRun, ...] = ()
    held: tuple[Node, ...] = ()

    @property
    def explains(self) -> bool:
        """Whether some objective explains the update of some parameter, be it a wrong one."""
        followed = self.judged.followed if self.judged is not None else None
        known = [] if followed is None else [r for r in followed.results if r.explained]
        told = any(r.undecided or r.objection is not None for r in known)
        return followed is not None and (followed.score > 0 or told)

    @property
    def says_what_it_means(self) -> bool:
        """Whether something that the program calls its loss depends on the parameters."""
        computed = self.judged.computed if self.judged is not None else None
        return computed is not None and is_called_a_loss(computed)

    @property
    def is_a_guess(self) -> bool:
        """Whether no loss that can be seen is followed, or said to be one."""
        return not self.says_what_it_means and not (self.explains and self.objective[0] != "bare")

    @property
    def evolves(self) -> bool:
        """Whether what looks like training is the state of something that changes by itself."""
        if self.step is None or not self.is_a_guess:
            return False
        return moves_by_itself(self.recording, self.step, self.judged)

    @property
    def is_over(self) -> bool:
        """Whether the program was run to its end."""
        return self.recording.ending.how == "finished"

    @property
    def is_no_training(self) -> bool:
        """Whether a value only has a new one under its name, once, and nothing measures it.

        An image that is centred is no parameter: no loss is followed, stated or implied.
        """
        if self._is_left_to_scipy:
            return True
        if self.step is None or self.judged is None or not self.is_a_guess:
            return False
        if any(e.objective.misfit or e.objective.is_implied for e in self.judged.others):
            return False
        updates = [p.update for p in self.step.parameters]
        made = Counter((id(n.spot), n.frame) for n in self.recording.tape.nodes)
        return all(u.named and made[id(u.new.spot), u.new.frame] == 1 for u in updates)

    @property
    def _is_left_to_scipy(self) -> bool:
        """Whether all that is updated is so within what SciPy calls: then SciPy makes the steps."""
        solvers = self.recording.tape.solved
        updates = [p.update.new for p in self.step.parameters] if self.step else []
        return bool(updates) and all(any(s.holds(new) for s in solvers) for new in updates)

    def in_one_round(self, values: list[Node]) -> bool:
        """Whether values were computed in one round of the training loop, not before it."""
        rounds = self.recording.tape.rounds
        return len({bisect.bisect(rounds, value.index) for value in values}) == 1

    @property
    def is_followed(self) -> bool:
        """Whether any loss at all has a slope in the parameters here."""
        return self.judged is not None and self.judged.followed is not None

    @property
    def idle(self) -> int:
        """How many gradients are exactly zero, and so is the truth."""
        followed = self.judged.followed if self.judged is not None else None
        if followed is None:
            return 0
        return sum(
            (r.vanishes or not r.explained)
            and bool(r.samples)
            and not any(np.any(hand) for hand, *_ in r.samples)
            for r in followed.results
        )

    @property
    def unmoved(self) -> set[str]:
        """The parameters for which a branch that data take has chosen nothing in this step."""
        followed = self.judged.followed if self.judged is not None else None
        results = followed.results if followed is not None else []
        return {r.parameter.name for r in results if r.vanishes and r.parameter.update.plain}

    @property
    def is_bound(self) -> bool:
        """Whether the step can be studied at the program's own point only."""
        return self.judged is not None and not self.judged.study.points

    @property
    def objective(self) -> tuple[str, object]:
        """What kind of objective is followed, and where it stands in the source."""
        followed = self.judged.followed if self.judged is not None else None
        if followed is None:
            return "", None
        return followed.objective.kind, followed.objective.values[-1].spot

    @property
    def places(self) -> set[int]:
        """The rows in which the parameters are updated."""
        spots = [p.update.new.spot for p in self.step.parameters] if self.step else []
        return {spot.row for spot in spots if spot is not None}

    @property
    def code(self) -> set[tuple[int, int]]:
        """The rows of each update and of the gradient it consumes."""
        rows = set()
        for parameter in self.step.parameters if self.step else []:
            spots = parameter.update.new.spot, parameter.gradients[-1].node.spot
            rows.add(tuple(0 if spot is None else spot.row for spot in spots))
        return rows  # type: ignore[return-value]
