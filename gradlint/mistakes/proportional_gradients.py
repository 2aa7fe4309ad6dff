"""GL207 proportional-gradients."""

from __future__ import annotations

from collections.abc import Iterator

from gradlint.diagnose import Diagnosis
from gradlint.findings import Finding
from gradlint.reference.evaluate import Evaluation, same
from gradlint.reference.judge import Judged
from gradlint.trace.record import Recording


class ProportionalGradients:
    """All gradients are the same constant times the computed loss's: another learning rate."""

    code = "GL207"
    name = "proportional-gradients"
    severity = "note"

    def in_step(
        self,
        recording: Recording,
        judged: Judged,
        reference: Evaluation,
        diagnosis: Diagnosis | None,
    ) -> Iterator[Finding]:
        """A common factor other than ±1 between gradients and the computed loss."""
        if reference.objective.kind != "computed" or reference.common is None:
            return
        value = reference.objective.values[-1]
        right = [r for r in reference.results if reference.agrees(r) and r.factor is not None]
        if reference.by_pull or not right or value.spot is None:
            return
        factor = abs(right[0].factor or 1.0)
        if same(factor, 1.0):
            return
        name = value.names[0] if value.names else judged.study.step.names.expression(value)
        yield Finding(
            self.code, self.name, self.severity,
            f"the gradients are {factor:.6g} times those of `{name}`: harmless, the same as "
            "another learning rate",
            value.spot.site,
            evidence={"factor": factor},
        )  # fmt: skip
