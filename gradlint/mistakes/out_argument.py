"""GL107 out-argument."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import numpy as np

from gradlint.findings import Edit, Finding, Fix
from gradlint.reading.axes.text import is_module_call, short, text_of
from gradlint.trace.primitives import assigned
from gradlint.trace.tape import Node

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.reading.axes.scope import Seen
    from gradlint.source.spots import SourceFile


class OutArgument:
    """A third array given to a NumPy function of two is overwritten.

    What happens
    ------------
    `np.dot`, `np.matmul`, `np.add`, `np.multiply` and their kind take two arrays. A third
    positional argument is `out`: the array in which the result is stored.

    Why it is wrong
    ---------------
    The third array takes no part in the computation, and its own contents are lost. If it is an
    activation that another line still needs, that line goes wrong as well.

    How it shows
    ------------
    Only in the numbers, or as "output array is not acceptable" if its shape does not fit.

    Fix
    ---
    Write the missing operation out: `np.matmul(a, b) * c`, `a + b + c`, `a @ b @ c`.

    Example
    -------
    Bad:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 1))
        W1, W2 = rng.normal(size=(3, 4)), rng.normal(size=(4, 1))
        for step in range(5):
            a = np.tanh(x @ W1)
            out = a @ W2
            loss = 0.5 * np.sum((out - y) ** 2)
            d = out - y
            slope = 1 - a ** 2
            dz = np.matmul(d, W2.T, slope)
            W2 -= 0.01 * a.T @ d
            W1 -= 0.01 * x.T @ dz

    Good:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 1))
        W1, W2 = rng.normal(size=(3, 4)), rng.normal(size=(4, 1))
        for step in range(5):
            a = np.tanh(x @ W1)
            out = a @ W2
            loss = 0.5 * np.sum((out - y) ** 2)
            d = out - y
            slope = 1 - a ** 2
            dz = np.matmul(d, W2.T) * slope
            W2 -= 0.01 * a.T @ d
            W1 -= 0.01 * x.T @ dz
    """

    code = "GL107"
    name = "out-argument"
    severity = "error"
    spoils = True  # what is computed from its value cannot be right

    def in_trace(self, seen: Seen) -> Iterator[Finding]:
        """Report calls that overwrite a computed array and hand on the result."""
        done = set()
        for node in seen.nodes:
            if node.function is not assigned or node.spot is None or id(node.spot) in done:
                continue
            before, value = node.args
            call = node.spot.node
            if not isinstance(value, Node) or _out_expression(call, value.function) is None:
                continue
            if before.index in {p.index for p in value.parents} or not _is_computed(before):
                continue
            if not isinstance(node.spot.file.parents.get(call), ast.Expr):
                done.add(id(node.spot))
                yield self._finding(seen, node, value.function)

    def in_crash(self, seen: Seen) -> Iterator[Finding]:
        """Report a call that raised because the third array cannot hold the result."""
        failure = seen.recording.failure
        if failure is None:
            return
        function = failure.operands.get("function")
        place = failure.spot.node
        third = _out_expression(place, function)
        if third is None:
            return
        file = failure.spot.file
        shown = short(text_of(file, third))
        called = file.text_of(place.func)
        yield Finding.of(
            self,
            f"`{shown}` is the third argument of `{called}`, `out=`: the result would overwrite it",
            failure.spot.site,
            "it takes no part in the computation, and it has not the shape of the result",
            f"compute `{_two(file, place)}` and combine it with `{shown}` by an operator",
            evidence={"function": called, "overwritten": shown},
            fix=_apart(file, place, third, function, raised=True),
        )

    def _finding(self, seen: Seen, node: Node, function: object) -> Finding:
        assert node.spot is not None
        file, call = node.spot.file, node.spot.node
        third = _out_expression(call, function)
        assert third is not None
        shown, called = short(text_of(file, third)), file.text_of(call.func)
        if any(isinstance(a, ast.Starred) for a in call.args):
            return self._starred(seen, node, shown, called)
        return Finding.of(
            self,
            f"`{shown}` is the third argument of `{called}`, `out=`: it is overwritten, not used",
            node.spot.site,
            f"`{called}` works on two arrays; what `{shown}` held is lost",
            f"compute `{_two(file, call)}` and combine it with `{shown}` by an operator",
            (seen.label(node, third, node),),
            {"function": called, "overwritten": shown},
            _apart(file, call, third, function),
        )

    def _starred(self, seen: Seen, node: Node, shown: str, called: str) -> Finding:
        """One array too many in ``f(*arrays)``."""
        return Finding.of(
            self,
            f"`{called}` works on two arrays; the third of `*{shown}` is its `out=`",
            seen.site(node),
            "that array is overwritten by the result, and takes no part in it",
            f"combine them one after the other: `functools.reduce({called}, {shown})`",
            evidence={"function": called, "overwritten": shown},
        )


def _out_expression(call: ast.AST, function: object) -> ast.expr | None:
    """Return the positional argument that is ``out``, if there is one."""
    if not isinstance(call, ast.Call):
        return None
    starred = next((a.value for a in call.args if isinstance(a, ast.Starred)), None)
    if starred is not None and isinstance(function, np.ufunc) and function.nout == 1:
        return starred if is_module_call(call) else None
    if isinstance(function, np.ufunc):
        inputs = function.nin
    elif function is np.dot:
        inputs = 2
    else:
        return None
    if not is_module_call(call) or len(call.args) <= inputs:
        return None
    return call.args[inputs]


def _is_computed(before: Node) -> bool:
    """Whether a buffer held a result of something, and was not made to be written into."""
    while before.function is assigned:
        before = before.args[0]
    return not (before.is_leaf and (before.value is None or not np.any(before.value)))


def _two(file: object, call: ast.Call) -> str:
    texts = [text_of(file, a) for a in call.args[:2]]  # type: ignore[arg-type]
    return short(f"{text_of(file, call.func)}({', '.join(texts)})")  # type: ignore[arg-type]


def _apart(
    file: SourceFile, call: ast.Call, third: ast.expr, function: object, *, raised: bool = False
) -> Fix | None:
    """Combine all three as they were most likely meant; the whole check has the last word.

    A third summand or factor goes the way of the others.  Beside a matrix product stands a slope of
    the result's shape, or a bias that has another one, so that the call raises.
    """
    called, both = file.text_of(call.func), f"{file.text_of(call.func)}({_first_two(file, call)})"
    last = file.text_of(third)
    if function in (np.add, np.multiply):
        text = f"{called}({both}, {last})"
    elif function in (np.dot, np.matmul):
        text = f"{both} {'+' if raised else '*'} {last}"
        if not isinstance(file.parents.get(call), ast.stmt):
            text = f"({text})"
    else:
        return None
    edit = Edit(file.site(call), text)
    return Fix(f"write `{' '.join(text.split())}`", (edit,))


def _first_two(file: SourceFile, call: ast.Call) -> str:
    return ", ".join(file.text_of(argument) for argument in call.args[:2])
