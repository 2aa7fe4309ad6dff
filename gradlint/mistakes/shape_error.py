"""GL106 shape-error."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import numpy as np

from gradlint.findings import Finding, Label
from gradlint.reading.axes.conflict import Conflict, conflict_of
from gradlint.reading.axes.crash import (
    Crash,
    Operand,
    crash_of,
    culprits,
    handed_over,
    lookup_operand,
    made_by,
    read_crash,
    shapes_compared,
    statements_after,
    updates_from,
)
from gradlint.reading.axes.drift import drifts
from gradlint.reading.axes.handed import handed_on
from gradlint.reading.axes.outer import meant_elementwise
from gradlint.reading.axes.remedy import gradient_text, remedy_of
from gradlint.reading.axes.slope import dotted_slope
from gradlint.reading.axes.text import alias_in, short, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.reading.axes.scope import Seen


class ShapeError:
    """An operation was given arrays whose shapes do not fit, and the program raised.

    What happens
    ------------
    NumPy says "shapes (1,9) and (5,9) not aligned". It does not say which part of the line it
    means, what the lengths stand for, nor where they come from.

    Why it is wrong
    ---------------
    Two axes meet that do not belong together. Many changes make the shapes fit; only one of them
    computes the derivative.

    How it shows
    ------------
    As an exception. When an update gave a parameter another shape, it is raised an iteration later,
    far from its cause.

    Fix
    ---
    In a backward pass, follow the forward product: for `z = W @ a` the gradients are
    `dW = dz @ a.T` and `da = W.T @ dz`.

    Example
    -------
    Bad:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(3, 9)), rng.normal(size=(1, 9))
        W1, W2 = rng.normal(size=(5, 3)), rng.normal(size=(1, 5))
        for step in range(5):
            a = np.tanh(W1 @ x)
            out = W2 @ a
            loss = 0.5 * np.sum((out - y) ** 2)
            d = out - y
            dW2 = d @ a
            dW1 = (W2.T @ d * (1 - a ** 2)) @ x.T
            W2 -= 0.01 * dW2
            W1 -= 0.01 * dW1

    Good:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(3, 9)), rng.normal(size=(1, 9))
        W1, W2 = rng.normal(size=(5, 3)), rng.normal(size=(1, 5))
        for step in range(5):
            a = np.tanh(W1 @ x)
            out = W2 @ a
            loss = 0.5 * np.sum((out - y) ** 2)
            d = out - y
            dW2 = d @ a.T
            dW1 = (W2.T @ d * (1 - a ** 2)) @ x.T
            W2 -= 0.01 * dW2
            W1 -= 0.01 * dW1
    """

    code = "GL106"
    name = "shape-error"
    severity = "error"

    def in_crash(self, seen: Seen) -> Iterator[Finding]:
        """Explain the operation in which the program raised."""
        crash = read_crash(seen)
        conflict = None if crash is None else conflict_of(crash)
        if _has_earlier_cause(seen):
            return
        if crash is None or conflict is None:
            yield from self._handed_over(seen)
            return
        if crash.kind == "assert":
            yield from self._asserted(seen, crash)
        unsummed = list(self._unsummed(seen, crash))
        yield from unsummed
        if not unsummed:
            yield self._finding(seen, crash, conflict)

    def _handed_over(self, seen: Seen) -> Iterator[Finding]:
        """What a library that called the program back cannot work with."""
        node, failure = handed_over(seen), seen.recording.failure
        if node is None or failure is None or not isinstance(failure.error, ValueError | TypeError):
            return
        arguments = failure.operands.get("args", ())
        shapes = [a.shape for a in arguments if isinstance(a, np.ndarray)]
        call = short(failure.spot.file.text_of(failure.spot.node.func))
        if not shapes or node.shape == shapes[0]:
            return
        yield Finding.of(
            self,
            f"`{seen.text(node)}` is {seen.names.shape(node)}; `{call}` works on {shapes[0]}",
            seen.site(node),
            f"`{call}` got it back in line {failure.spot.row} and raised {_said(failure.error)}",
            f"return a gradient of shape {shapes[0]}, or one number for a cost",
            evidence={"returned": list(node.shape), "given": list(shapes[0])},
        )

    def _asserted(self, seen: Seen, crash: Crash) -> Iterator[Finding]:
        """Return the author's own assert found a gradient: say so where the gradient is computed.

        The asserts that would have come next are read as well.
        """
        for pair in (crash.operands, *_asserts_after(seen, crash)):
            parameter, gradient = sorted(pair, key=_age)
            if gradient.node is None or gradient.node.spot is None:
                continue
            shapes = [_shape(seen, o) for o in (gradient, parameter)]
            slip = None
            if parameter.node is not None:
                slip = dotted_slope(seen, gradient.node, parameter.node)
            if slip is not None:
                yield Finding(
                    "GL306",
                    "product-kind",
                    "error",
                    f"`{slip.slope}` is contracted; a slope belongs to its unit, elementwise",
                    seen.site(slip.product),
                    f"`{gradient.text}` is {shapes[0]}, `{parameter.text}` is {shapes[1]}: the "
                    f"axis that the gradient has to keep is summed away",
                    f"`{slip.remedy}`" if slip.remedy else "multiply by it with `*`",
                    evidence={"gradient": list(gradient.shape), "shape": list(parameter.shape)},
                )
                continue
            yield Finding(
                "GL101",
                "gradient-shape",
                "error",
                f"`{gradient.text}` is {shapes[0]}; `{parameter.text}` is {shapes[1]}",
                handed_on(seen.recording.tape, gradient.node) or seen.site(gradient.node),
                f"your check in line {crash.place.lineno} found it"  # type: ignore[attr-defined]
                if pair is crash.operands
                else "the assert on it comes after the one that raised",
                remedy_of(seen, made_by(gradient), Conflict(""))
                or remedy_of(seen, crash_of(crash, parameter, gradient), Conflict("")),
                evidence={"gradient": list(gradient.shape), "shape": list(parameter.shape)},
            )

    def _unsummed(self, seen: Seen, crash: Crash) -> Iterator[Finding]:
        """Report deltas that got the name of a bias gradient: it is there that a sum is missing."""
        for target, value in updates_from(seen, crash):
            if target.node is None or value.node is None:
                continue
            help_text = remedy_of(seen, crash_of(crash, target, value), Conflict(""))
            alias = _alias(crash, value)
            if alias is None or not help_text.startswith("sum over"):
                continue
            whole, name = text_of(crash.file, alias), gradient_text(value.expression)
            over = help_text.partition(":")[0].removeprefix("sum over ")
            axis = help_text[help_text.index(", axis=") :].rstrip("`")
            yield Finding(
                "GL206",
                "unsummed-bias",
                "error",
                f"`{name}` is not summed over {over}: {_shape(seen, value)} for "
                f"`{target.text}` {_shape(seen, target)}",
                crash.file.site(alias),
                f"the update in line {target.expression.lineno} cannot bring the two together",
                f"`np.sum({whole}{axis}`",
                evidence={"gradient": list(value.shape), "shape": list(target.shape)},
            )

    def _finding(self, seen: Seen, crash: Crash, conflict: Conflict) -> Finding:
        whole = short(text_of(crash.file, crash.place))
        operands = _shown(crash, conflict)
        shapes = [f"`{short(o.text)}` is {_shape(seen, o)}" for o in operands]
        meets = _meeting(seen, conflict)
        message = f"`{whole}`: {conflict.words}" if not meets else f"`{whole}`: {meets}"
        origins = _origins(seen, conflict)
        help_text = remedy_of(seen, crash, conflict)
        explanation = "; ".join([", ".join(shapes), *([conflict.words] if meets else []), *origins])
        return Finding(
            self.code,
            self.name,
            "note" if crash.kind == "assert" and crash.operands[0].node is not None else "error",
            message,
            crash.file.site(crash.place),
            explanation,
            help_text,
            tuple(self._labels(seen, crash, operands)),
            {
                "operands": {o.text: list(o.shape) for o in operands},
                "error": type(crash.error).__name__ if crash.error is not None else "",
                "crashed": True,
                "guessed": " lets " in help_text,
            },
        )

    def _labels(self, seen: Seen, crash: Crash, operands: list[Operand]) -> Iterator[Label]:
        done = set()
        for operand in operands:
            site = crash.file.site(operand.expression)
            if site not in done:
                done.add(site)
                yield Label(site, _shape(seen, operand))


def _age(operand: Operand) -> int:
    """When a value was made: a gradient is younger than its parameter."""
    return -1 if operand.node is None else operand.node.index


def _said(error: BaseException) -> str:
    """An error and its message on one line."""
    return f"{type(error).__name__}: {short(' '.join(str(error).split()))}"


def _has_earlier_cause(seen: Seen) -> bool:
    """Whether another mistake made an operand what it is: that one is reported instead."""
    reach = seen.graph.ancestors(culprits(seen))
    return any(drift.new.index in reach for drift in drifts(seen)) or any(
        outer.node.index in reach for outer in meant_elementwise(seen)
    )


def _asserts_after(seen: Seen, crash: Crash) -> Iterator[list[Operand]]:
    for statement in statements_after(crash):
        pair = shapes_compared(statement.test) if isinstance(statement, ast.Assert) else None
        found = [lookup_operand(seen, crash, side) for side in pair or ()]
        known = [o for o in found if o is not None]
        if len(known) == 2 and known[0].shape != known[1].shape:
            yield known


def _alias(crash: Crash, value: Operand) -> ast.expr | None:
    name = gradient_text(value.expression)
    scope = crash.file.function(crash.place) or crash.file.tree
    return alias_in(scope, name)


def _shown(crash: Crash, conflict: Conflict) -> list[Operand]:
    """Return the operands that have part in the conflict, else all."""
    chosen = [operand for operand, _ in conflict.axes]
    return chosen if len(chosen) == 2 and chosen[0] is not chosen[1] else crash.operands[:3]


def _shape(seen: Seen, operand: Operand) -> str:
    if operand.node is not None and operand.node.shape == operand.shape:
        return seen.names.shape(operand.node)
    return str(operand.shape) if operand.shape else "one number"


def _named(seen: Seen, operand: Operand, axis: int) -> str:
    size = operand.shape[axis]
    if operand.node is not None and operand.node.shape == operand.shape:
        name = seen.names.of(seen.axes.of(operand.node)[axis])
        if name:
            return f"{name} ({size})"
    return f"axis {axis} ({size})"


def _meeting(seen: Seen, conflict: Conflict) -> str:
    """``m (9) of `dZ2` meets h (5) of `A1```."""
    if len(conflict.axes) != 2 or conflict.axes[0][0] is conflict.axes[1][0]:
        return ""
    parts = [f"{_named(seen, o, axis)} of `{short(o.text)}`" for o, axis in conflict.axes]
    return f"{parts[0]} meets {parts[1]}"


def _origins(seen: Seen, conflict: Conflict) -> list[str]:
    """Where the lengths that meet come from."""
    found = []
    for operand, axis in conflict.axes:
        if operand.node is None or operand.node.shape != operand.shape:
            continue
        where = seen.names.origin(seen.axes.of(operand.node)[axis])
        if where:
            found.append(f"{_named(seen, operand, axis)} is {where}")
    return list(dict.fromkeys(found))
