"""GL399 wrong-gradient."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradlint.diagnosis.context import Experiment
from gradlint.source.small_edits import further, slips

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.diagnosis.case import Case

_MOST = 400  # small edits of one line


class WrongGradient:
    """A backward line is wrong, for a reason that is in no catalogue.

    What happens
    ------------
    A line of the backward pass does not compute what it has to, and the reason is none of those
    that have a code of their own.

    Why it is wrong
    ---------------
    Its inputs are right: the true derivative follows from them, and the line makes something else
    of them. This is measured at several parameter values and held against two independent
    references.

    How it shows
    ------------
    As the gradients of all parameters below this line: they are wrong even if their own lines are
    right.

    Fix
    ---
    The finding says which derivative the line has to compute, and gives an expression for it in the
    program's own names where one can be derived from the forward pass.

    Example
    -------
    Bad:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
        W1, W2 = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
        for step in range(3):
            a = np.tanh(x @ W1)
            out = a @ W2
            loss = 0.5 * np.sum((out - y) ** 2)
            d = out - y
            dz = np.sign(d @ W2.T) * (1 - a ** 2)
            W2 -= 0.01 * (a.T @ d)
            W1 -= 0.01 * (x.T @ dz)

    Good:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
        W1, W2 = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
        for step in range(3):
            a = np.tanh(x @ W1)
            out = a @ W2
            loss = 0.5 * np.sum((out - y) ** 2)
            d = out - y
            dz = d @ W2.T * (1 - a ** 2)
            W2 -= 0.01 * (a.T @ d)
            W1 -= 0.01 * (x.T @ dz)
    """

    code = "GL399"
    name = "wrong-gradient"
    severity = "error"
    vague = True  # it says that a gradient is wrong, not why
    guesses = True  # it tries edits without knowing of a cause: of suspects only, and last
    of_multiples = True
    reshapes = True  # it may leave the gradient with another shape
    told_for = "a wrong value"

    def in_gradient(self, case: Case) -> Iterator[Experiment]:
        """Every small edit of the line: asked last, where no cause is known."""
        spot = case.node.spot
        if case.root is None or spot is None:
            return
        edits = (*slips(case.root), *further(case.root, spot.file.tree))
        for count, (part, text, what) in enumerate(edits[:_MOST]):
            written = case.text(part)
            told = f"`{written}` {what}"
            message = told if written == case.written else f"`{case.written}` is wrong: {told}"
            yield Experiment(message, 3.0 + count, edits=((part, text),))
