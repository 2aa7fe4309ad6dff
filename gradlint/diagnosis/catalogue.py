"""The mistakes as they are handed in: what they are asked for, and what is said by which.

A mistake may have the senses ``in_step`` and ``in_gradient``.  Some are said of what was found
without asking them: a wrong value of no known cause, a shape, an input that was written into.
They tell so by their ``told_for``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gradlint.structs import struct

if TYPE_CHECKING:
    from gradlint.diagnosis.localise import Diagnosis
    from gradlint.trace.record import Recording
    from gradlint.truth.evaluate import Evaluation
    from gradlint.truth.judge import Judged


@struct(eq=False)
class Studied:
    """What ``in_step`` is asked about: a run, the verdict on its step, and where it goes wrong.

    ``reference`` is what the gradients are held against; ``diagnosis`` is None where all agree.
    """

    recording: Recording
    judged: Judged
    reference: Evaluation
    diagnosis: Diagnosis | None


@struct(eq=False)
class Catalogue:
    """All mistakes, by code."""

    mistakes: tuple[Any, ...]
    remarks: tuple[Any, ...] = ()  # what is said beside them, and has no senses

    def told_for(self, what: str) -> Any:
        """The mistake or remark that is said of ``"a wrong value"``, ``"a shape"`` and the like."""
        known = (*self.mistakes, *self.remarks)
        return next(m for m in known if getattr(m, "told_for", "") == what)

    def naming(self, kind: str) -> Any:
        """The mistake that recognises a kind of slip, else the one said of any wrong value."""
        known = (m for m in self.mistakes if kind in getattr(m, "recognises", ()))
        return next(known, None) or self.told_for("a wrong value")

    def says(self, finding: Any, what: str) -> bool:
        """Whether the mistake that is found declares something of itself, as ``"vague"``."""
        return any(getattr(m, what, False) for m in self.mistakes if m.code == finding.code)

    def without(self, what: str) -> Catalogue:
        """The mistakes that do not declare something of themselves."""
        kept = tuple(m for m in self.mistakes if not getattr(m, what, False))
        return replace(self, mistakes=kept)
