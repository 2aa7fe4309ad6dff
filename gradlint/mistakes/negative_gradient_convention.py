"""GL405 negative-gradient-convention."""

from __future__ import annotations

from collections.abc import Iterator

from gradlint.diagnose import Diagnosis
from gradlint.findings import Finding
from gradlint.reference.evaluate import Evaluation
from gradlint.reference.judge import Judged
from gradlint.trace.record import Recording


class NegativeGradientConvention:
    """What is called gradient is −∂L/∂·, and the update adds it: that is gradient descent."""

    code = "GL405"
    name = "negative-gradient-convention"
    severity = "note"

    def in_step(
        self,
        recording: Recording,
        judged: Judged,
        reference: Evaluation,
        diagnosis: Diagnosis | None,
    ) -> Iterator[Finding]:
        """Negative factors throughout, added by the update."""
        if reference.downhill is not True or reference.objective.kind == "bare":
            return
        for result in reference.results:
            scale = result.gradient.scale
            if not reference.agrees(result) or result.factor is None or scale is None:
                continue
            spot = result.parameter.update.new.spot
            if result.factor < 0 < scale and spot is not None:
                yield Finding(
                    self.code, self.name, self.severity,
                    f"`{judged.study.step.names.of(result.gradient.node)}` is minus the gradient of "
                    f"`{result.parameter.name}` and is added here: that is gradient descent",
                    spot.file.site(spot.statement),
                    evidence={"parameter": result.parameter.name},
                )  # fmt: skip
                return
