"""GL306 product-kind."""

from __future__ import annotations

import ast
import itertools
from typing import TYPE_CHECKING

from gradlint.diagnosis.context import Experiment
from gradlint.findings import Finding
from gradlint.reading.axes.inner import inner_for_outer
from gradlint.reading.axes.squares import squared_weights
from gradlint.source.edits import bracketed, operand

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.diagnosis.case import Case
    from gradlint.reading.axes.scope import Seen
    from gradlint.reading.axes.squares import SquaredWeights
    from gradlint.trace.tape import Node

_WORDS = {"*": "elementwise product", "@": "matrix product", "outer": "outer product"}


class ProductKind:
    """``*``, ``dot``/``@`` and the outer product are confused.

    What happens
    ------------
    An elementwise product stands where a matrix product belongs, or the reverse, or an outer
    product where an inner one does. Outside of training it is `w * C @ w` for a variance: the
    weights come in squared, and the pairs of different elements are lost.

    Why it is wrong
    ---------------
    `*` pairs elements, `@` and `dot` sum over an axis. The forward pass says which one it is: an
    activation acts on each element, a weight matrix mixes them.

    How it shows
    ------------
    As an error about shapes, or, where a size is 1 or two are equal, not at all.

    Fix
    ---
    Slopes of activations are multiplied with `*`; weights and layer inputs with `@`.

    Example
    -------
    Bad:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(4, 3)), rng.normal(size=(4, 2))
        W1, W2 = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
        for step in range(3):
            a = np.tanh(x @ W1)
            out = a @ W2
            loss = 0.5 * np.sum((out - y) ** 2)
            d = out - y
            dz = np.dot(d @ W2.T, 1 - a ** 2)
            W2 -= 0.01 * (a.T @ d)
            W1 -= 0.01 * (x.T @ dz)

    Good:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(4, 3)), rng.normal(size=(4, 2))
        W1, W2 = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
        for step in range(3):
            a = np.tanh(x @ W1)
            out = a @ W2
            loss = 0.5 * np.sum((out - y) ** 2)
            d = out - y
            dz = np.multiply(d @ W2.T, 1 - a ** 2)
            W2 -= 0.01 * (a.T @ d)
            W1 -= 0.01 * (x.T @ dz)
    """

    code = "GL306"
    name = "product-kind"
    severity = "error"
    recognises = ("product",)
    reshapes = True  # it may leave the gradient with another shape

    def in_trace(self, seen: Seen) -> Iterator[Finding]:
        """Report inner products that are spread over a matrix of their vectors' length."""
        for found in inner_for_outer(seen):
            size = found.matrix.shape[0]
            yield Finding.of(
                self,
                f"`{seen.text(found.product)}` is one number, and meets every element of a "
                f"{size}×{size} matrix",
                seen.site(found.product),
                f"both vectors have {size} elements: their outer product is {size}×{size}",
                f"`{found.outer}`",
                evidence={"matrix": list(found.matrix.shape)},
            )
        done = set()
        for form in squared_weights(seen):
            if form.scaled.spot is None or not seen.given(form.scaled):
                continue
            if form.scaled.spot.row not in done:
                done.add(form.scaled.spot.row)
                yield self._form(seen, form)

    def _form(self, seen: Seen, form: SquaredWeights) -> Finding:
        weights, table = (_name(seen, n) for n in (form.weights, form.table))
        return Finding.of(
            self,
            f"`{seen.text(form.scaled)}` is element by element: `{weights}` comes in squared, and "
            f"the pairs of different elements are lost",
            seen.site(form.scaled),
            f"`{seen.text(form.whole)}` meets the symmetric {form.table.shape} `{table}` with "
            f"`{weights}` twice along one axis",
            f"the quadratic form is `{weights} @ {table} @ {weights}`",
            evidence={"matrix": list(form.table.shape)},
        )

    def in_gradient(self, case: Case) -> Iterator[Experiment]:
        """The line is right with another kind of product between the same operands."""
        yield from self._chains(case)
        for part, _ in case.parts():
            found = _factors(part)
            if found is None:
                continue
            kind, left, right = found
            for other, text in _written(left, right):
                if other == kind:
                    continue
                message = (
                    f"`{case.text(part)}` is the {_WORDS[kind]}; the {_WORDS[other]} belongs here"
                )
                yield Experiment(message, 1.2, edits=((part, text),))

    def _chains(self, case: Case) -> Iterator[Experiment]:
        """Several products of one chain of ``.dot`` calls, and the factor in front of it."""
        root = case.root
        leading, chain = _led(root)
        if root is None or chain is None:
            return
        start, given = _chain(chain)
        if not 1 <= len(given) <= 4:
            return
        first = ast.unparse(start)
        starts = [first]
        if leading is not None:
            starts = [f"{operand(leading)} * {first}", f"{operand(leading)}.T * {first}"]
        for kinds in itertools.product(("@", "*", "*T"), repeat=len(given)):
            changed = [a for a, k in zip(given, kinds, strict=True) if k != "@"]
            if not changed and leading is None:
                continue
            for begin in starts:
                text = _rewritten(begin, given, kinds)
                message = "the factor in front belongs inside the chain of `.dot`"
                if changed:
                    message = (
                        f"`.dot({case.text(changed[-1])})` is the matrix product; "
                        "the elementwise product belongs here"
                    )
                companions: tuple[tuple[str, str, str], ...] = ()
                if leading is not None:
                    companions = (
                        (
                            "GL108", "operator-precedence",
                            (f"`{case.text(leading)} * …` multiplies the result of the whole "
                            "`.dot` chain; it belongs inside"),
                        ),
                    )  # fmt: skip
                for whole in (text, f"({text}).T"):
                    cost = 1.25 + 0.1 * len(changed) + 0.3 * (leading is not None and not changed)
                    yield Experiment(message, cost, edits=((root, whole),), companions=companions)


def _name(seen: Seen, node: Node) -> str:
    return node.names[-1] if node.names else seen.text(node)


def _led(root: ast.expr | None) -> tuple[ast.expr | None, ast.expr | None]:
    """The factor in front of a product, and the rest."""
    if isinstance(root, ast.BinOp) and isinstance(root.op, ast.Mult):
        return root.left, root.right
    return None, root


def _chain(part: ast.expr) -> tuple[ast.expr, list[ast.expr]]:
    """``x.dot(a).dot(b)`` as x and [a, b]."""
    given: list[ast.expr] = []
    while (
        isinstance(part, ast.Call)
        and isinstance(part.func, ast.Attribute)
        and part.func.attr == "dot"
        and len(part.args) == 1
    ):
        given.insert(0, part.args[0])
        part = part.func.value
    return part, given


def _factors(part: ast.expr) -> tuple[str, ast.expr, ast.expr] | None:
    if isinstance(part, ast.BinOp) and isinstance(part.op, (ast.Mult, ast.MatMult)):
        return ("*" if isinstance(part.op, ast.Mult) else "@"), part.left, part.right
    if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute):
        name = part.func.attr
        if len(part.args) == 2 and name in ("dot", "matmul", "multiply", "outer"):
            kind = {"multiply": "*", "outer": "outer"}.get(name, "@")
            return kind, part.args[0], part.args[1]
        if name == "dot" and len(part.args) == 1:
            return "@", part.func.value, part.args[0]
    return None


def _rewritten(first: str, given: list[ast.expr], kinds: tuple[str, ...]) -> str:
    """A chain of products with another kind for each of its operands."""
    text = first
    for factor, kind in zip(given, kinds, strict=True):
        other = operand(factor)
        if kind == "@":
            text = f"{bracketed(text)}.dot({ast.unparse(factor)})"
        else:
            text = f"{text} * {other}" if kind == "*" else f"{text} * {other}.T"
    return text


def _written(left: ast.expr, right: ast.expr) -> Iterator[tuple[str, str]]:
    a, b = operand(left), operand(right)
    yield "*", f"{a} * {b}"
    yield "@", f"np.dot({ast.unparse(left)}, {ast.unparse(right)})"
    yield "outer", f"np.outer({ast.unparse(left)}, {ast.unparse(right)})"
    for one, other in ((f"{a}.T", b), (a, f"{b}.T"), (b, a), (f"{b}.T", a), (b, f"{a}.T")):
        yield "@", f"np.dot({one}, {other})"
    yield "*", f"{a}.T * {b}"
    yield "*", f"{a} * {b}.T"
