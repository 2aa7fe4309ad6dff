"""GL303 other-activations-derivative."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import numpy as np

from gradlint.diagnosis.context import Experiment
from gradlint.diagnosis.layers import Layer, layers, shortened, slope_of, stray_slope
from gradlint.diagnosis.numbers import Guess
from gradlint.diagnosis.slopes import (
    Slopes,
    carried,
    factor_parts,
    right_slopes,
    slope_values,
    without_slope,
)
from gradlint.truth.activations import ACTIVATIONS, Activation, recognise

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.diagnosis.case import Case
    from gradlint.diagnosis.numbers import Numbers
    from gradlint.trace.tape import Node


class OtherActivationsDerivative:
    """The derivative of one activation on a layer that uses another.

    What happens
    ------------
    The backward pass uses the derivative of an activation that the forward pass does not use:
    tanh's on a sigmoid layer, the sigmoid's on a relu layer, or a slip in the right one's formula.

    Why it is wrong
    ---------------
    The chain rule needs the slope of the very function that was applied. The formulas look alike,
    but `1 - a ** 2` of a sigmoid's output is more than twice its slope.

    How it shows
    ------------
    The layer learns, but not along the gradient. It happens when an activation is changed in the
    forward pass only, or when a backward pass is taken over from another program.

    Fix
    ---
    Use the derivative that belongs to the forward line: sigmoid `a * (1 - a)`, tanh `1 - a ** 2`,
    relu `a > 0`.

    Example
    -------
    Bad:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
        W1, W2 = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
        for step in range(3):
            a = 1 / (1 + np.exp(-(x @ W1)))
            out = a @ W2
            loss = 0.5 * np.sum((out - y) ** 2)
            d = out - y
            dz = d @ W2.T * (1 - a ** 2)
            W2 -= 0.01 * (a.T @ d)
            W1 -= 0.01 * (x.T @ dz)

    Good:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
        W1, W2 = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
        for step in range(3):
            a = 1 / (1 + np.exp(-(x @ W1)))
            out = a @ W2
            loss = 0.5 * np.sum((out - y) ** 2)
            d = out - y
            dz = d @ W2.T * a * (1 - a)
            W2 -= 0.01 * (a.T @ d)
            W1 -= 0.01 * (x.T @ dz)
    """

    code = "GL303"
    name = "other-activations-derivative"
    severity = "error"
    of_slopes = True  # what the delta of an output may suffer from
    recognises = ("slope",)

    def in_numbers(self, seen: Numbers) -> Iterator[Guess]:
        """The slope is another activation's."""
        if seen.entrywise is None:
            return
        out, above = seen.entrywise
        known = recognise(seen.value, out) is not None
        for other in ACTIVATIONS:
            text = f"{seen.said} uses the derivative of {other.name}"
            of_output = (other.from_output(out),) if known and other.from_output else ()
            for slope in (other.slope(seen.value), *of_output):
                if np.ptp(slope):
                    yield Guess(text, predicted=above * slope)

    def in_gradient(self, case: Case) -> Iterator[Experiment]:
        """The slope is another activation's derivative, at z or at the output."""
        yield from _beside(case)
        yield from _masks(case)
        yield from _stray(case)
        yield from _misshapen(case)
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
        self, case: Case, other: Activation, activation: Activation, slopes: Slopes
    ) -> Iterator[Experiment]:
        predicted = carried(case, slopes)
        if predicted is None:
            return
        written = next(iter(factor_parts(case, slopes)), None)
        shown = case.text(written) if written is not None else case.written
        message = (
            f"`{shown}` is the derivative of {other.name}, but the layer uses {activation.name}"
        )
        if all(np.allclose(activation.value(v), slopes.formula(v)) for v in slopes.values):
            message = f"`{shown}` is {activation.name} itself, not its derivative"
        if written is not None:
            for slope in right_slopes(case):
                yield Experiment(message, 1.2, predicted, edits=((written, slope),))
        yield Experiment(message, 1.3, predicted)


def _beside(case: Case) -> Iterator[Experiment]:
    """The line is right with the derivative of a layer's own activation in the other's place."""
    for layer in layers(case):
        rights = list(right_slopes(case, layer))
        for other in ACTIVATIONS if rights else ():
            if other.name in (layer.activation.name, "identity"):
                continue
            for node in (layer.a, layer.z):
                for output in (True, False):
                    slopes = slope_values(other, case.of(node) or [], output=output)
                    if slopes:
                        yield from _exchanged(case, layer, other, slopes, rights)


def _masks(case: Case) -> Iterator[Experiment]:
    """The line is right with a mask that is off where relu is: its output is never below zero."""
    for part in ast.walk(case.root) if case.root is not None else ():
        if (
            not isinstance(part, ast.Compare)
            or len(part.ops) != 1
            or isinstance(part.ops[0], ast.Gt)
        ):
            continue
        if ast.unparse(part.comparators[0]) in ("0", "0.0"):
            shown, mask = ast.unparse(part), f"{ast.unparse(part.left)} > 0"
            message = f"`{shown}` is not where relu lets the gradient through: that is `{mask}`"
            yield Experiment(message, 0.9, edits=((part, mask),))


def _stray(case: Case) -> Iterator[Experiment]:
    """The line is right without the derivative of an activation that is not there."""
    for whole, rest, removed in shortened(case):
        found = stray_slope(case, removed)
        if found is None or slope_of(case, removed) is not None:
            continue
        shown = ast.unparse(removed)
        message = f"`{shown}` is the derivative of {found.name}, but there is no {found.name} here"
        yield Experiment(message, 1.3, edits=((whole, ast.unparse(rest)),))


def _misshapen(case: Case) -> Iterator[Experiment]:
    """The line is right with the derivative of a layer in the place of some other factor."""
    back = {node.index for node in case.diagnosis.carriers}
    for factor, node in _forward_factors(case, back):
        for layer in layers(case):
            if node.shape != layer.a.shape:
                continue
            for slope in right_slopes(case, layer):
                message = (
                    f"`{case.text(factor)}` is not the derivative of {layer.activation.name}, "
                    f"which belongs here: `{slope}`"
                )
                yield Experiment(message, 1.28, edits=((factor, slope),))


def _forward_factors(case: Case, back: set[int]) -> Iterator[tuple[ast.expr, Node]]:
    """What is multiplied element by element with a value that flows back."""
    values = dict(case.parts())
    for part in values:
        pair: list[ast.expr] = []
        if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Mult):
            pair = [part.left, part.right]
        elif isinstance(part, ast.Call) and ast.unparse(part.func).endswith("multiply"):
            pair = part.args[:2]
        for factor, other in (pair, pair[::-1]) if len(pair) == 2 else ():
            node, beside = values.get(factor), values.get(other)
            if node is not None and beside is not None and beside.index in back:
                yield factor, node


def _exchanged(
    case: Case, layer: Layer, other: Activation, slopes: Slopes, rights: list[str]
) -> Iterator[Experiment]:
    told = f"is the derivative of {other.name}, but the layer uses {layer.activation.name}"
    for part in factor_parts(case, slopes):
        message = f"`{case.text(part)}` {told}"
        for right in rights:
            yield Experiment(message, 1.25, edits=((part, right),))
    for product, pair in without_slope(case, slopes):
        message = f"`{ast.unparse(pair)}` {told}"
        assert isinstance(product, ast.BinOp)
        assert isinstance(product.left, ast.BinOp)
        rest = ast.unparse(ast.BinOp(product.left.left, ast.Mult(), ast.Name("_")))[:-1]
        for right in rights:
            yield Experiment(message, 1.25, edits=((product, f"{rest}{right}"),))
