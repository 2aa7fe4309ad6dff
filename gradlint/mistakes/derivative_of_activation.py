"""GL302 derivative-of-activation."""

from __future__ import annotations

from collections.abc import Iterator

from gradlint.case import Case, Experiment
from gradlint.slopes import arguments, carried, factor_parts, helper_of, right_slopes, slope_values


class DerivativeOfActivation:
    """A derivative written for the pre-activation z is fed the activation: a double sigmoid."""

    code = "GL302"
    name = "derivative-of-activation"
    severity = "error"

    def in_gradient(self, case: Case) -> Iterator[Experiment]:
        """The slope is the layer's own formula in z, evaluated at the activation."""
        if case.activation is None:
            return
        activation, z, a = case.activation
        after = case.of(a)
        if after is None or activation.name in ("relu", "leaky relu", "identity"):
            return
        slopes = slope_values(activation, after, output=False)
        predicted = None if slopes is None else carried(case, slopes)
        if slopes is None or predicted is None:
            return
        zname, aname = case.label(z), case.label(a)
        written = next(iter(factor_parts(case, slopes)), None)
        helper = helper_of(case, written) if written is not None else f"the derivative of {activation.name}"
        message = (
            f"`{helper}` applies {activation.name} itself, but it gets the activation `{aname}`, "
            f"so {activation.name} is applied twice; it wants `{zname}`"
        )
        name = case.named(z)
        for place in arguments(case, a):
            if name:
                yield Experiment(message, 1.0, predicted, edits=((place, name),))
        if written is not None:
            for slope in right_slopes(case):
                yield Experiment(message, 1.05, predicted, edits=((written, slope),))
        yield Experiment(message, 1.1, predicted)
