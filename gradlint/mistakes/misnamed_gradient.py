"""GL406 misnamed-gradient."""

from __future__ import annotations

from collections.abc import Iterator

from gradlint.annotate import formula
from gradlint.diagnose import Diagnosis
from gradlint.findings import Finding
from gradlint.identify import proportion
from gradlint.reference.evaluate import Evaluation
from gradlint.reference.judge import Judged
from gradlint.roles.names import meant_by, plain
from gradlint.trace.record import Recording
from gradlint.verdicts import loss_symbol


class MisnamedGradient:
    """The name says ∂C/∂W, the value is ∂C/∂z or another."""

    code = "GL406"
    name = "misnamed-gradient"
    severity = "note"

    def in_step(
        self,
        recording: Recording,
        judged: Judged,
        reference: Evaluation,
        diagnosis: Diagnosis | None,
    ) -> Iterator[Finding]:
        """A right derivative under the name of another value's derivative."""
        if not any(map(reference.agrees, reference.results)):
            return
        namer = Diagnosis(judged, reference)
        parameters = {plain(r.parameter.name): r.parameter for r in reference.results}
        told: set[str] = set()
        for node in namer.carriers:
            meant = [m for name in node.names if (m := meant_by(name)) in parameters]
            if not meant or node.spot is None or node.names[0] in told:
                continue
            identity = namer.identify(node)
            parameter = parameters[meant[0]]
            if identity is None or identity.part or identity.value is parameter.node:
                continue
            own = reference.truths[0].get(parameter.node.index)
            value = namer.value(node, 0)
            if own is not None and proportion(value.squeeze(), own.squeeze()) is not None:
                continue  # two values with one derivative: a bias and what it is added to
            told.add(node.names[0])
            what = formula(judged, identity, loss_symbol(judged, reference))
            yield Finding(
                self.code, self.name, self.severity,
                f"`{node.names[0]}` is {what}, not a derivative of `{parameter.name}`: only its name "
                "says so",
                node.spot.file.site(node.spot.statement),
            )  # fmt: skip
