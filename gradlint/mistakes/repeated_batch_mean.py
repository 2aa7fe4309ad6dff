"""GL202 repeated-batch-mean."""

from __future__ import annotations

from collections.abc import Iterator

from gradlint.case import Case, Experiment
from gradlint.factors import named_size, undivided


class RepeatedBatchMean:
    """A gradient is divided by the batch size twice, or by another size."""

    code = "GL202"
    name = "repeated-batch-mean"
    severity = "error"
    of_multiples = True  # also asked about right values at a wrong multiple

    def in_gradient(self, case: Case) -> Iterator[Experiment]:
        """The value is what it should be divided once more by a size of the data."""
        factor = case.suspect.factor
        if case.suspect.kind != "multiple" or not 0 < factor < 0.7:
            return
        size = named_size(case, 1.0 / factor)
        if size is None:
            return
        message = f"`{case.written}` is divided by {size.words} once more than its siblings"
        for edits in undivided(case):
            yield Experiment(message, 1.0, edits=edits, evidence={"size": size.words})
        yield Experiment(message, 1.2, corrected=case.right, evidence={"size": size.words})
