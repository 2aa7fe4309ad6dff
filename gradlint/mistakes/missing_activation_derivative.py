"""GL304 missing-activation-derivative."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import numpy as np

from gradlint.case import Case, Experiment
from gradlint.slopes import carried, right_slopes, slope_values


class MissingActivationDerivative:
    """A layer's activation derivative is not applied, or the upstream gradient is left out."""

    code = "GL304"
    name = "missing-activation-derivative"
    severity = "error"

    def in_gradient(self, case: Case) -> Iterator[Experiment]:
        """The value is the upstream gradient alone, or the slope alone."""
        if case.activation is None or case.root is None:
            return
        activation, z, a = case.activation
        if activation.name == "identity":
            return
        ones = carried(case, [np.ones_like(v) for v in case.user])
        message = (
            f"`{case.written}` should be {case.shown(z)}, but the derivative of {activation.name} "
            f"is not applied: it is still {case.shown(a)}"
        )
        for slope in right_slopes(case):
            text = ast.unparse(case.root)
            wrapped = f"({text})" if isinstance(case.root, ast.BinOp) else text
            yield Experiment(message, 1.0, ones, edits=((case.root, f"{wrapped} * {slope}"),))
        if ones is not None:
            yield Experiment(message, 1.1, ones)
        before = case.of(z)
        slopes = None if before is None else slope_values(activation, before, output=False)
        if slopes is not None:
            message = (
                f"`{case.written}` is only the derivative of {activation.name}: the gradient "
                f"{case.shown(a)} is not multiplied in"
            )
            yield Experiment(message, 1.0, slopes)
