"""When a run has shown enough: two complete training steps, and the forward pass after them."""

from __future__ import annotations

import bisect
import time
from typing import TYPE_CHECKING

from gradlint.reading.graph import Graph
from gradlint.reading.replaced import overwritten_lineages
from gradlint.reading.updates import find_lineages, made_once
from gradlint.trace import grounds

if TYPE_CHECKING:
    from gradlint.reading.lineage import Lineage
    from gradlint.trace.tape import Tape

_MORE, _MOST = 4, 20  # times as much tape, where one is patient
_MANY, _LONG = 4000, 1.0  # operations at least, seconds at most
_ENOUGH, _PLENTY = 2, 4  # updates of every parameter, or of most of them


class Enough:
    """Whether two complete training steps and the forward pass after them have been seen.

    A loop inside one forward pass (time steps, an integrator) looks like training while it is under
    way.  Updates in two rounds of the outermost loop settle it; where only an inner loop is seen to
    go round (the samples of an epoch), so do a good number of its rounds.  Where nothing is
    moved for long, arrays that are made anew of themselves are enough: their updates may be written
    so that nothing is left of them.  One that is ``patient`` wants a number of rounds in any case:
    what is updated in every round may be no parameter at all.
    """

    def __init__(self, *, patient: bool = False) -> None:
        self.patient = patient
        self.since: tuple[int, float] | None = None
        self.round = 0  # of the outermost loop, in which updates were seen to repeat
        self.updates: list[list[int]] = []  # when each parameter was updated

    def __call__(self, tape: Tape) -> bool:
        """Whether a tape holds enough; asked at doubling sizes of the tape."""
        if self.since is None or self.round != len(tape.rounds):
            graph = Graph(tape)
            lineages = find_lineages(graph)
            self.updates = [[update.new.index for update in line.updates] for line in lineages]
            if not lineages:
                long = len(tape) > _MANY and len(tape.rounds) > _ENOUGH
                return long and not self.patient and _stands_still(graph)
            if not _repeated(lineages):
                return False
            settled = all(_rounds_of(line, tape.rounds) >= _ENOUGH for line in lineages)
            if settled and not self.patient:
                return True
            self.since, self.round = self.since or (len(tape), time.monotonic()), len(tape.rounds)
        return self._is_plenty(len(tape), *self.since)

    def _is_plenty(self, now: int, size: int, started: float) -> bool:
        """Whether a tape has grown long enough since updates were seen to repeat, or slowly."""
        if now > max((_MOST if self.patient else _MORE) * size, _MANY):
            return True
        long = time.monotonic() - started > _LONG
        if long:
            grounds.unrepeatable("the time that was left")
        return long


def _stands_still(graph: Graph) -> bool:
    """Whether there is what replaces arrays, or moves them, and never learns anew."""
    return bool(overwritten_lineages(graph) or made_once(graph))


def _repeated(lineages: list[Lineage]) -> bool:
    if all(len(line.updates) >= _ENOUGH for line in lineages):
        return True
    return sum(len(line.updates) >= _PLENTY for line in lineages) * 2 > len(lineages)


def _rounds_of(line: Lineage, rounds: list[int]) -> int:
    return len({bisect.bisect(rounds, update.new.index) for update in line.updates})
