"""GL310 delta-for-gradient."""

from __future__ import annotations

from collections.abc import Iterator

from gradlint.case import Case, Experiment


class DeltaForGradient:
    """A layer's delta ∂L/∂z is used as the weight gradient: the previous activation is missing."""

    code = "GL310"
    name = "delta-for-gradient"
    severity = "error"

    def in_gradient(self, case: Case) -> Iterator[Experiment]:
        """What the update takes as ∂L/∂W is ∂L/∂z of the layer."""
        own = case.suspect.parameter
        if own is None:
            return
        identity = case.diagnosis.identify(case.node)
        if identity is None or identity.value is own.parameter.node:
            return
        if case.taken_at is None and any(p.node is identity.value for p in case.step.parameters):
            return  # another parameter's gradient: not a delta
        found = case.shown(identity.value, identity.factor)
        message = (
            f"`{case.written}` is {found}, not {case.shown(own.parameter.node)}: the product with "
            "the layer's input is missing"
        )
        cost = 0.7 if case.taken_at is not None else 2.2
        yield Experiment(message, cost, predicted=case.user)
