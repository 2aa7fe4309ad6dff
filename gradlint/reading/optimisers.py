"""What is known of optimisers by name: rules that are none of first order, and usual slips.

An update rule is recognised by what it does (``truth``), not by its formula.  The tables here give
the names: of what is no step of first order, and of slips.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gradlint.structs import struct
from gradlint.trace.primitives import assigned, astype
from gradlint.trace.tape import Node

# Through these an optimiser makes a change out of a gradient, and none of them adds samples up.
SMOOTH = {
    np.add, np.subtract, np.multiply, np.true_divide, np.sqrt, np.power, np.square, np.negative,
    np.absolute, np.sign, np.clip, np.maximum, np.minimum, np.copy, astype, float, np.where,
    np.float_power, np.reciprocal, np.array, np.asarray, np.linalg.norm, np.sum, assigned,
}  # fmt: skip


def preconditioned(node: Node) -> Node | None:
    """The gradient in ``solve(H, g)`` and ``inv(H) @ g``: Newton's step, natural gradients."""
    if node.function not in (np.linalg.solve, np.matmul, np.dot):
        return None
    matrix, gradient = node.args[:2]
    inverse = isinstance(matrix, Node) and matrix.function in (np.linalg.inv, np.linalg.pinv)
    if node.function is not np.linalg.solve and not inverse:
        return None
    found = isinstance(gradient, Node) and gradient.shape == node.shape
    return gradient if found else None


def narrowest(frontier: dict[int, Node], shape: tuple[int, ...], learning: set[int]) -> Node | None:
    """The first single value of a shape that is met going back from a frontier, youngest first."""
    for _ in range(64):
        if len(frontier) == 1:
            (only,) = frontier.values()
            if only.shape == shape:
                return only
        youngest = frontier.pop(max(frontier))
        if youngest.function not in SMOOTH:
            return None
        frontier.update({p.index: p for p in youngest.parents if p.index in learning})
        if not frontier:
            return None
    return None


# What solves a system of equations: Newton's step, natural gradients.
SOLVING: set[Any] = {np.linalg.solve, np.linalg.lstsq, np.linalg.inv, np.linalg.pinv}

# What is no step along the gradient, by the functions it is made with; the first that fits is told.
NOT_OF_FIRST_ORDER: dict[str, set[Any]] = {
    "second-order step": SOLVING,
    "step through a matrix (second order, natural gradient)": {np.matmul, np.dot, np.einsum},
}


def rule_of(way: list[Node]) -> str:
    """What kind of update rule a road is, where its operations tell."""
    functions = {node.function for node in way}
    return next((said for said, known in NOT_OF_FIRST_ORDER.items() if functions & known), "")


@struct
class Slip:
    """A slip in the formula of an optimiser: what it is, how it was measured, what to write."""

    message: str
    measured: str
    remedy: str


# Slips of optimisers that all parameters share.  A parameter that has one alone has it as well.
SLIPS = {
    "signless-moment": Slip(
        "the moment that gives the step its direction takes in something that has lost its sign",
        "the opposite gradients do not give the opposite step",
        "let the first moment take in the gradient itself",
    ),
    "signed-size": Slip(
        "the moment whose root is taken is fed the gradient, not its square",
        "it becomes negative for some gradients, and its root no number",
        "let the second moment take in the square of the gradient",
    ),
    "negative-correction": Slip(
        "the correction turns the moment negative, and the root of that is no number",
        "the parameter becomes `nan`",
        "divide by `1 - beta ** step`",
    ),
    "plain-size": Slip(
        "the moment whose root is taken is fed the size of the gradient, not its square",
        "gradients a thousand times as large give a moment only a thousand times as large",
        "let the second moment take in the square of the gradient",
    ),
    "no-root": Slip(
        "the gradient is divided by its mean square, not by the root of it",
        "gradients a thousand times as large give a step a thousand times as small",
        "divide by the square root of the second moment",
    ),
    "turned-look-ahead": Slip(
        "the gradient is taken behind the parameter, not where its past is about to lead it",
        "the step goes on in one direction, and the model is asked in the opposite one",
        "look ahead with the sign that the update goes on with",
    ),
    "turned-history": Slip(
        "what earlier gradients left behind is taken with the wrong sign",
        "one gradient pushes the parameter one way in its own step and the other way in the next",
        "add the past with a positive factor below 1",
    ),
    "growing-history": Slip(
        "what earlier gradients left behind grows from step to step",
        "one gradient pushes the parameter farther in each later step",
        "multiply the past by a factor below 1",
    ),
    "foreign-history": Slip(
        "a moment goes on from the past of another one",
        "the opposite gradients do not give the opposite step",
        "let each moment go on from its own past",
    ),
    "overwritten-moment": Slip(
        "the moment is overwritten: it starts as zeros that nothing reads, and keeps no past",
        "the step is the same whatever the gradients before this one were",
        "add what is left of its past",
    ),
}
