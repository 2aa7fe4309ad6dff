"""Going on behind a training loop of which enough was seen, to what the program trains next.

The loop is left as if it had come to its end; what the program does until then goes to a tape that
nobody reads for training, and what it does afterwards to a fresh one.  A half-trained model may
surprise the program's later lines: whatever they raise, what was seen before stands.
"""

from __future__ import annotations

import builtins
import time
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from gradlint.source.rewrite import HOOKS
from gradlint.trace import grounds
from gradlint.trace.tape import Tape

if TYPE_CHECKING:
    from collections.abc import Callable

_MOST = 4  # training loops of one program
_SHORTEST, _LONGEST = 1.0, 3.0  # seconds for all that comes after the first of them

_ALL_ROUNDS = 6.0  # seconds for a training loop that is not left
_MOST_ROUNDS = 300_000  # operations of it


class Loop:
    """A loop under way: where its rounds began on the tape, and whether it is to be left.

    One that is ``over`` is left at once; one that is ``whole`` goes round to its own end, and what
    comes behind it is behind the training as well.
    """

    __slots__ = ("over", "starts", "whole")

    def __init__(self) -> None:
        self.starts: list[int] = []
        self.over = self.whole = False

    def begin(self, moment: int) -> None:
        """Another round begins."""
        if not self.starts or self.starts[-1] != moment:
            self.starts.append(moment)

    def trains(self, updates: list[list[int]]) -> bool:
        """Whether everything that is learned is updated within one of its rounds."""
        return bool(updates) and any(
            all(any(start <= new < end for new in line) for line in updates)
            for start, end in pairwise(self.starts)
        )


class Course:
    """Which tapes are complete, and which one is being written.

    ``enough`` makes the judge of one tape; it has seen the ``updates`` of each parameter.  A
    ``whole`` course waits for all rounds of a training loop instead of leaving it.
    """

    def __init__(self, enough: Callable[[], Any], *, whole: bool = False) -> None:
        self.enough, self.whole = enough, whole
        self.complete: list[Tape] = []
        self.behind: list[Tape] = []  # every tape after the first, in order
        self.under_way: Tape | None = None  # the fresh tape behind a loop that was left
        self.started = time.monotonic()
        self.until: float | None = None

    def leave(self, hooks: Any) -> bool:
        """Leave the training loop under way; False if there is none, or no time for more."""
        updates = getattr(hooks.enough, "updates", [])
        inner = [i for i, loop in enumerate(hooks.loops) if loop.trains(updates)]
        left = hooks.loops[: max(inner, default=0) + 1]
        left = left + [loop for loop in hooks.whiles.values() if loop.trains(updates)]
        self.complete.append(hooks.tape)
        self.under_way = None
        if not left or len(self.complete) == _MOST or self.is_late():
            return False
        for loop in left:
            loop.over, loop.whole = not self.whole, self.whole
        if self.until is None:
            now = time.monotonic()
            spent = min(max(_SHORTEST, now - self.started), _LONGEST)
            self.until = now + (_ALL_ROUNDS if self.whole else spent)
        self._install(hooks, Tape(_MOST_ROUNDS, before=hooks.tape), None)
        return True

    def arrive(self) -> None:
        """The outermost loop has been left: what comes now is worth a tape of its own."""
        hooks = getattr(builtins, HOOKS)
        self.under_way = Tape(before=hooks.tape)
        for loop in hooks.whiles.values():
            loop.starts.clear()
        self._install(hooks, self.under_way, self.enough())

    def is_late(self) -> bool:
        """Whether the time for what comes after the first training loop is over."""
        late = self.until is not None and time.monotonic() > self.until
        if late:
            grounds.unrepeatable("the time that was left")
        return late

    def tapes(self, *, ended: bool) -> list[Tape]:
        """The tapes behind the first: complete ones, and the last if the program has ended."""
        last = self.under_way if ended else None
        return [tape for tape in (*self.complete[1:], last) if tape]

    def _install(self, hooks: Any, tape: Tape, enough: Any) -> None:
        """Let other hooks take over, which write to another tape."""
        following = type(hooks)(tape, hooks.spots, enough, self)
        following.loops, following.whiles = hooks.loops, hooks.whiles
        self.behind.append(tape)
        setattr(builtins, HOOKS, following)
        hooks.retire()
