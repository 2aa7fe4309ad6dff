"""GL303 other-activations-derivative."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradlint.case import Case, Experiment
from gradlint.reference.activations import ACTIVATIONS, Activation
from gradlint.slopes import carried, factor_parts, right_slopes, slope_values


class OtherActivationsDerivative:
    """The derivative of one activation on a layer that uses another."""

    code = "GL303"
    name = "other-activations-derivative"
    severity = "error"

    def in_gradient(self, case: Case) -> Iterator[Experiment]:
        """The slope is another activation's derivative, at z or at the output."""
        if case.activation is None:
            return
        activation, z, a = case.activation
        before, after = case.of(z), case.of(a)
        if before is None or after is None:
            return
        for other in ACTIVATIONS:
            if other.name in (activation.name, "identity"):
                continue
            for output, values in ((True, after), (False, before), (False, after)):
                slopes = slope_values(other, values, output=output)
                if slopes is not None:
                    yield from self._claims(case, other, activation, slopes)

    def _claims(
        self, case: Case, other: Activation, activation: Activation, slopes: list[np.ndarray]
    ) -> Iterator[Experiment]:
        predicted = carried(case, slopes)
        if predicted is None:
            return
        written = next(iter(factor_parts(case, slopes)), None)
        shown = case.text(written) if written is not None else case.written
        message = (
            f"`{shown}` is the derivative of {other.name}, but the layer uses {activation.name}"
        )
        if written is not None:
            for slope in right_slopes(case):
                yield Experiment(message, 1.2, predicted, edits=((written, slope),))
        yield Experiment(message, 1.3, predicted)
