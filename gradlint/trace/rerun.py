"""Runs a whole program once more as it is, to see whether it raises where a shortened run did.

It knows nothing of tapes and hooks; what an error means is told elsewhere.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gradlint.trace.stage import perform

if TYPE_CHECKING:
    from gradlint.trace.record import Recording

_LONGEST = 8.0  # seconds for all rounds of a training loop


def raises_again(recording: Recording, seed: int = 0) -> bool:
    """Whether the whole program ends in the same line with the same error.

    Where its rounds take too long, the error stands: lengths of arrays seldom depend on them.
    """
    file, ending = recording.file, recording.ending
    code = compile(file.text, file.filename, "exec", dont_inherit=True)
    whole = perform(code, path=Path(file.filename), seed=seed, timeout=_LONGEST)
    if whole.how == "out-of-time":
        return True
    same = whole.how == "raised" and whole.exception == ending.exception
    return same and [f.row for f in whole.frames] == [f.row for f in ending.frames]


__all__ = ["raises_again"]
