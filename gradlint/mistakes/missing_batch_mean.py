"""GL201 missing-batch-mean."""

from __future__ import annotations

from collections.abc import Iterator

from gradlint.case import Case, Experiment
from gradlint.factors import divided, named_size


class MissingBatchMean:
    """One gradient is summed over the batch where its siblings are averaged."""

    code = "GL201"
    name = "missing-batch-mean"
    severity = "error"
    of_multiples = True  # also asked about right values at a wrong multiple

    def in_gradient(self, case: Case) -> Iterator[Experiment]:
        """The value is a whole size of the data times what it should be."""
        factor = case.suspect.factor
        if case.suspect.kind != "multiple" or factor < 1.5:
            return
        size = named_size(case, factor)
        if size is None:
            return
        wanted = case.shown(case.suspect.parameter.parameter.node if case.suspect.parameter else None)
        message = (
            f"`{case.written}` is {size.number} times {wanted}: not divided by {size.words}"
        )
        for edits in divided(case, size.text):
            yield Experiment(message, 1.0, edits=edits, evidence={"size": size.words})
        yield Experiment(message, 1.0, corrected=case.right, evidence={"size": size.words})
