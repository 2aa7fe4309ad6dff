"""GL203 constant-factor."""

from __future__ import annotations

from collections.abc import Iterator

from gradlint.case import Case, Experiment
from gradlint.factors import rescaled, spelled


class ConstantFactor:
    """A gradient is an exact constant times what it should be."""

    code = "GL203"
    name = "constant-factor"
    severity = "error"
    of_multiples = True  # also asked about right values at a wrong multiple

    def in_gradient(self, case: Case) -> Iterator[Experiment]:
        """The value is one constant times what it should be, at every point."""
        factor = case.suspect.factor
        if case.suspect.kind != "multiple" or factor <= 0:
            return
        message = f"`{case.written}` is {spelled(factor)} times what its siblings make it"
        for edits in rescaled(case, 1.0 / factor):
            yield Experiment(message, 2.0, edits=edits)
        yield Experiment(message, 2.5, corrected=case.right)
