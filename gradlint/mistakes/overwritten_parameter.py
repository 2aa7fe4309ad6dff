"""GL408 overwritten-parameter."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from gradlint.diagnosis.overwritten import overwritten
from gradlint.findings import Edit, Finding, Fix

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.diagnosis.catalogue import Studied
    from gradlint.diagnosis.overwritten import Overwritten


class OverwrittenParameter:
    """A parameter is replaced by its step (`W =- lr * dW`) instead of moved by it.

    What happens
    ------------
    The update assigns the step itself: `W = -lr * dW`, or `W =- lr * dW` where `W -= lr * dW` was
    meant, which Python reads as `W = (-lr * dW)`.

    Why it is wrong
    ---------------
    Gradient descent adds a small step to the old value. Here the old value is thrown away, and with
    it everything that was learned before.

    How it shows
    ------------
    The parameter jumps close to zero after the first step and stays there. The gradients themselves
    are right, so a gradient check passes.

    Fix
    ---
    Write `W -= lr * dW`, or `W = W - lr * dW`.

    Example
    -------
    Bad:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
        W, b = rng.normal(size=(3, 2)), np.zeros(2)
        for step in range(3):
            out = np.tanh(x @ W + b)
            loss = 0.5 * np.sum((out - y) ** 2)
            d = (out - y) * (1 - out ** 2)
            dW, db = x.T @ d, d.sum(axis=0)
            W =- 0.01 * dW
            b -= 0.01 * db

    Good:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
        W, b = rng.normal(size=(3, 2)), np.zeros(2)
        for step in range(3):
            out = np.tanh(x @ W + b)
            loss = 0.5 * np.sum((out - y) ** 2)
            d = (out - y) * (1 - out ** 2)
            dW, db = x.T @ d, d.sum(axis=0)
            W -= 0.01 * dW
            b -= 0.01 * db
    """

    code = "GL408"
    name = "overwritten-parameter"
    severity = "error"

    def in_step(self, seen: Studied) -> Iterator[Finding]:
        """The next step reads a multiple of the gradient where it should read the parameter."""
        judged, reference = seen.judged, seen.reference
        names, said = judged.study.step.names, set[int]()
        for found in overwritten(judged, reference):
            spot = found.new.spot
            if spot is None or id(spot) in said:  # a loop over all parameters is told once
                continue
            said.add(id(spot))
            name = names.of(found.old)
            whole = found.gradient is found.new
            gradient = "" if whole else f" `{names.of(found.gradient)}`"
            fix = _added(found) if found.alone else None
            told = (
                f"`{name}` is overwritten: the new value is made of its gradient{gradient} alone, "
                "and nothing is left of the old one"
                if found.alone
                else f"`{name}` does not keep its old value: this update changes it even where its "
                "gradient is zero"
            )
            yield Finding.of(
                self,
                told,
                spot.file.site(spot.statement),
                explanation=f"compared at {len(found.truths)} points",
                help=f"`{fix.edits[0].content}`" if fix else f"add the step to the old `{name}`",
                evidence={"parameter": name, "unlisted": list(found.old.shape)},
                fix=fix,
            )


def _added(found: Overwritten) -> Fix | None:
    """The step subtracted from the old value, or added to it, instead of assigned."""
    assert found.new.spot is not None
    file, statement = found.new.spot.file, found.new.spot.statement
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return None
    target, value = statement.targets[0], statement.value
    if not isinstance(target, (ast.Name, ast.Attribute, ast.Subscript)):
        return None
    text = file.text_of(value)
    first: ast.expr = value
    while isinstance(first, ast.BinOp) and isinstance(first.op, (ast.Mult, ast.Div, ast.MatMult)):
        first = first.left
    if isinstance(first, ast.UnaryOp) and isinstance(first.op, ast.USub) and text[:1] == "-":
        sign, text = "-", text[1:].strip()
    else:
        sign = "-" if found.climbs else "+"
    better = f"{file.text_of(target)} {sign}= {text}"
    return Fix(f"write `{better}`", (Edit(file.site(statement), better),))
