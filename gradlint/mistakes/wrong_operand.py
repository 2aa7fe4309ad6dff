"""GL308 wrong-operand."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import numpy as np

from gradlint.diagnosis.context import Experiment
from gradlint.diagnosis.numbers import Guess
from gradlint.diagnosis.slopes import simplified
from gradlint.source.edits import expression_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.diagnosis.case import Case
    from gradlint.diagnosis.numbers import Numbers
    from gradlint.trace.tape import Node

# A slip in the name is likelier than a derivative left out beside one that does nothing.
_IDLE = 0.9


class WrongOperand:
    """A neighbouring layer's, time step's or variable's value is used.

    What happens
    ------------
    A line has the right form and takes the value of a neighbour: another layer's activation,
    another time step's state, the variable of the line it was copied from.

    Why it is wrong
    ---------------
    Each weight's gradient is made of its own layer's input and its own layer's delta. Any other
    pair may fit in shape and is still not a derivative.

    How it shows
    ------------
    One layer does not learn, in a program in which all layers look alike. An index that is off by
    one leaves the first or the last layer wrong.

    Fix
    ---
    Take the value that the forward line of the same parameter took.

    Example
    -------
    Bad:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 4)), rng.normal(size=(9, 2))
        W1, W2, W3 = rng.normal(size=(4, 4)), rng.normal(size=(4, 4)), rng.normal(size=(4, 2))
        for step in range(3):
            a1 = np.tanh(x @ W1)
            a2 = np.tanh(a1 @ W2)
            out = a2 @ W3
            loss = 0.5 * np.sum((out - y) ** 2)
            d3 = out - y
            d2 = d3 @ W3.T * (1 - a2 ** 2)
            d1 = d2 @ W2.T * (1 - a1 ** 2)
            W3 -= 0.01 * (a2.T @ d3)
            W2 -= 0.01 * (a2.T @ d2)
            W1 -= 0.01 * (x.T @ d1)

    Good:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 4)), rng.normal(size=(9, 2))
        W1, W2, W3 = rng.normal(size=(4, 4)), rng.normal(size=(4, 4)), rng.normal(size=(4, 2))
        for step in range(3):
            a1 = np.tanh(x @ W1)
            a2 = np.tanh(a1 @ W2)
            out = a2 @ W3
            loss = 0.5 * np.sum((out - y) ** 2)
            d3 = out - y
            d2 = d3 @ W3.T * (1 - a2 ** 2)
            d1 = d2 @ W2.T * (1 - a1 ** 2)
            W3 -= 0.01 * (a2.T @ d3)
            W2 -= 0.01 * (a1.T @ d2)
            W1 -= 0.01 * (x.T @ d1)
    """

    code = "GL308"
    name = "wrong-operand"
    severity = "error"
    recognises = ("value",)

    def in_numbers(self, seen: Numbers) -> Iterator[Guess]:
        """The mask is that of the upstream gradient."""
        if seen.entrywise is not None:
            above = seen.entrywise[1]
            text = f"{seen.said} is masked by the sign of the upstream gradient, not of {seen.name}"
            yield Guess(text, predicted=above * (above > 0))

    def in_gradient(self, case: Case) -> Iterator[Experiment]:
        """The line is right with another value of the program in one place."""
        idle = _idle_parts(case)
        back = {n.index for n in case.diagnosis.carriers}
        for part, node in case.parts():
            if not case.bearing.of(part):
                continue
            if isinstance(part, ast.Subscript):
                yield from self._index(case, part, idle=part in idle)
            if node is None or not isinstance(part, (ast.Name, ast.Attribute, ast.Subscript)):
                continue
            if isinstance(part, ast.Attribute) and part.attr == "T":
                continue
            yield from self._named(case, part, node, back, idle=part in idle)

    def _named(
        self, case: Case, part: ast.expr, node: Node, back: set[int], *, idle: bool
    ) -> Iterator[Experiment]:
        text = case.text(part)
        for other, name in case.called.items():
            if other is node or len(other.shape) != len(node.shape) or expression_of(name) is None:
                continue
            if (other.index in back) != (node.index in back):
                continue  # a neighbour is a value of the same kind
            if case.is_total(other) and not case.is_total(node):
                continue
            if other.index not in case.step.dependent and np.all(np.equal(other.value, 1.0)):
                continue  # of one it cannot be told: there may be a factor too many
            message = f"`{text}` is the wrong value here: `{name}` belongs in its place"
            cost = _IDLE if idle else 1.6
            yield Experiment(message, cost, edits=((part, name),))

    def _index(self, case: Case, part: ast.Subscript, *, idle: bool) -> Iterator[Experiment]:
        """An index that is off by one."""
        if isinstance(part.slice, (ast.Slice, ast.Tuple)):
            return
        base, index = ast.unparse(part.value), ast.unparse(part.slice)
        for shift in ("- 1", "+ 1", "- 2", "+ 2"):
            shifted = simplified(f"{index} {shift}")
            message = f"`{case.text(part)}` is one off: `{base}[{shifted}]` belongs here"
            cost = 1.3 if shift.endswith("1") else 1.45
            if idle:
                cost = _IDLE
            if _wraps(case, shifted):
                if shift.endswith("2"):
                    continue  # of two numbers, the one before the one before is itself
                cost += 0.3
            yield Experiment(message, cost, edits=((part, f"{base}[{shifted}]"),))


def _idle_parts(case: Case) -> set[ast.AST]:
    """What stands in a factor that is one throughout, and so does nothing."""
    found: set[ast.AST] = set()
    for whole, node in case.parts():
        if node is None or np.prod(node.shape) <= 1:
            continue
        values = case.scene.everywhere(whole)
        if values is not None and all(np.array_equal(v, np.ones_like(v)) for v in values):
            found |= set(ast.walk(whole)) - {whole}
    return found


def _wraps(case: Case, index: str) -> bool:
    """Whether an index comes from the end where the old one did not."""
    try:
        value = case.scene.at(ast.parse(index, mode="eval").body, 0)
    except Exception:  # noqa: BLE001 - then the edit itself will tell
        return False
    return isinstance(value, int) and value < 0
