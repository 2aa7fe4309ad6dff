"""GL401 mutated-input."""

from __future__ import annotations

import ast
from collections import defaultdict
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from gradlint.diagnosis.context import Experiment
from gradlint.findings import Edit, Finding, Fix, Label
from gradlint.reading.graph import carry_path, is_scalar
from gradlint.trace.meanings import InPlace
from gradlint.trace.primitives import add_at, assigned, setitem, write_view
from gradlint.trace.replay import Unrepeatable, replay
from gradlint.trace.tape import Node

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.diagnosis.case import Case
    from gradlint.diagnosis.catalogue import Studied
    from gradlint.source.spots import Spot
    from gradlint.truth.judge import Judged

_WRITES = {setitem, write_view, add_at, assigned}
_SIGNS = {ast.Mult: "*", ast.Div: "/", ast.Add: "+", ast.Sub: "-", ast.Pow: "**"}
_UNCHANGED = 1e-3  # relative; standardising what is standard already moves it by rounding only


class MutatedInput:
    """Data or a cached value is changed in place although it is read again.

    What happens
    ------------
    The forward pass scales its input in place (`x /= 255`), or under the same name. The array is
    the caller's, so the next step gets what this one has left and scales it once more. Or the
    backward pass changes an activation in place that one of its later lines needs.

    Why it is wrong
    ---------------
    Every step is to see the same data. Here they shrink (or grow) from step to step, and the
    gradients, each right for its own step, belong to data that never existed. A changed activation
    makes the gradient wrong at once: the chain rule takes the values of the forward pass.

    How it shows
    ------------
    The first loss is as expected; after a few steps the network predicts the same for all samples
    and nothing moves any more.

    Fix
    ---
    Make a new array (`x = x / 255` inside the function), or scale once, before the loop. Give what
    the backward pass computes a name of its own.

    Example
    -------
    Bad:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
        W, b = rng.normal(size=(3, 2)), np.zeros(2)

        def forward(x):
            x /= 10
            return x, np.tanh(x @ W + b)

        for step in range(3):
            a, out = forward(x)
            loss = 0.5 * np.sum((out - y) ** 2)
            d = (out - y) * (1 - out ** 2)
            dW, db = a.T @ d, d.sum(axis=0)
            W -= 0.01 * dW
            b -= 0.01 * db

    Good:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
        W, b = rng.normal(size=(3, 2)), np.zeros(2)

        def forward(x):
            x = x / 10
            return x, np.tanh(x @ W + b)

        for step in range(3):
            a, out = forward(x)
            loss = 0.5 * np.sum((out - y) ** 2)
            d = (out - y) * (1 - out ** 2)
            dW, db = a.T @ d, d.sum(axis=0)
            W -= 0.01 * dW
            b -= 0.01 * db
    """

    code = "GL401"
    name = "mutated-input"
    severity = "error"
    told_for = "a written input"
    of_multiples = True  # a cache may have been scaled

    def in_gradient(self, case: Case) -> Iterator[Experiment]:
        """Claim that the line is right with a forward value as it was before its buffer changed."""
        graph = case.step.graph
        seen = graph.ancestors(case.reference.objective.values)
        for index in sorted(graph.ancestors([case.node]) - seen, reverse=True):
            changed = first = graph.nodes[index]
            old = _before(changed)
            while old is not None and old.index not in seen and _before(old) is not None:
                first, old = old, _before(old)
            if old is None or old.index not in seen or first.spot is None:
                continue
            name, row = case.names.of(old), case.node.spot.row if case.node.spot else 0
            yield Experiment(
                f"line {first.spot.row} changes `{name}` in place, and `{case.written}` in line "
                f"{row} reads it afterwards; backpropagation needs the value of the forward pass",
                0.5, corrected=partial(_with_old, case, changed, old),
                labels=(Label(case.site, "read here"),),
                help=f"let line {first.spot.row} work on a copy, or make a new array",
                site=first.spot.file.site(first.spot.statement),
                fix=_fix(first.spot) or _copied(first.spot),
            )  # fmt: skip

    def in_step(self, seen: Studied) -> Iterator[Finding]:
        """Look for values that one place scales in one step and again in the next."""
        judged, reference = seen.judged, seen.reference
        step = judged.study.step
        read = step.graph.ancestors(reference.objective.values)
        places: dict[int, list[Node]] = defaultdict(list)
        for node in step.graph.nodes:
            scales = node.function in (np.multiply, np.true_divide) and node.spot is not None
            if scales and node.index not in step.dependent and np.prod(node.shape) > 1:
                places[id(node.spot)].append(node)
        for executions in places.values():
            for first, second in pairwise(executions):
                apart = first.index < step.end < second.index
                if apart and first.index in read and _again(judged, first, second):
                    assert first.spot is not None
                    yield self._finding(first.spot, first, second)
                    break

    def _finding(self, spot: Spot, first: Node, second: Node) -> Finding:
        target = spot.file.text_of(_target(spot))
        return Finding.of(
            self,
            f"`{target}` is scaled anew in each step: the next forward pass reads it scaled twice",
            spot.file.site(spot.statement),
            explanation=f"its largest value is {_top(first):.3g} in one step and "
            f"{_top(second):.3g} in the next",
            help="make a new array and leave the data as they are, or scale them before the loop",
            evidence={"first": _top(first), "second": _top(second)},
            fix=_fix(spot),
        )  # fmt: skip


def _before(node: Node) -> Node | None:
    """The contents of a buffer before it was written into, if a value is what it was then."""
    writes = isinstance(node.run, InPlace) or node.function in _WRITES
    return node.args[0] if writes and isinstance(node.args[0], Node) else None


def _copied(spot: Spot) -> Fix | None:
    """A copy of a function's argument, made before the first statement that writes into it."""
    statement, function = spot.statement, spot.file.function(spot.node)
    if not isinstance(statement, ast.Assign) or not isinstance(function, ast.FunctionDef):
        return None
    target = statement.targets[0]
    name = target.value.id if _is_item_of_name(target) else ""  # type: ignore[attr-defined]
    if name not in {part.arg for part in ast.walk(function.args) if isinstance(part, ast.arg)}:
        return None
    if statement not in function.body:
        return None
    old = spot.file.text_of(statement)
    text = f"{name} = {name}.copy()\n{' ' * statement.col_offset}{old}"
    edit = Edit(spot.file.site(statement), text)
    return Fix(f"write `{name} = {name}.copy()` before `{old}`", (edit,))


def _is_item_of_name(target: ast.expr) -> bool:
    return isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name)


def _with_old(case: Case, changed: Node, old: Node) -> list[np.ndarray] | None:
    """What the line computes at every point from the older contents of a buffer."""
    found = []
    for point in case.study.points:
        if old.index not in point.values:
            return None
        changes = {**point.changes, changed: point.values[old.index]}
        try:
            values = replay([case.node], changes, precise=True)
        except Unrepeatable:
            return None
        found.append(np.asarray(values[case.node.index], dtype=float))
    return found


def _again(judged: Judged, first: Node, second: Node) -> bool:
    """Whether the second value is the first one scaled again, and read where that was read."""
    graph = judged.study.step.graph
    if first.value is None or second.value is None or first.shape != second.shape:
        return False
    if carry_path(second, {first.index}, first.index) is None:
        return False
    here = {id(first.spot)}
    readers = [{id(r.spot) for r in graph.readers[n.index]} - here for n in (first, second)]
    if not readers[0] & readers[1]:
        return False
    old, new = np.asarray(first.value, dtype=float), np.asarray(second.value, dtype=float)
    changed = np.abs(new - old).max() > _UNCHANGED * np.abs(old).max()
    return bool(changed) and np.allclose(new, _scaled(second, old))  # else another part of the data


def _scaled(node: Node, value: np.ndarray) -> np.ndarray:
    """What the operation makes of another array."""
    scalars = (a.value if isinstance(a, Node) else a for a in node.args[:2] if is_scalar(a))
    scalar = next(iter(scalars))
    scaled: np.ndarray = value / scalar if node.function is np.true_divide else value * scalar
    return scaled


def _top(node: Node) -> float:
    return float(np.abs(np.asarray(node.value, dtype=float)).max())


def _target(spot: Spot) -> ast.AST:
    statement = spot.statement
    if isinstance(statement, ast.Assign):
        return statement.targets[0]
    return statement.target if isinstance(statement, ast.AugAssign) else statement


def _fix(spot: Spot) -> Fix | None:
    """A new array under the name of a function's argument is nobody else's."""
    statement, function = spot.statement, spot.file.function(spot.node)
    name, value = _made_anew(spot)
    if not isinstance(function, ast.FunctionDef):
        return None
    if name not in {part.arg for part in ast.walk(function.args) if isinstance(part, ast.arg)}:
        return None
    text = f"{name} = {value}"
    edit = Edit(spot.file.site(statement), text)
    old = spot.file.text_of(statement)
    return Fix(f"write `{text}` instead of `{old}`", (edit,))


def _made_anew(spot: Spot) -> tuple[str, str]:
    """The name that a statement writes into, and its value: of ``h *= 2`` and ``f(h, out=h)``."""
    statement = spot.statement
    if isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
        sign, name = _SIGNS.get(type(statement.op)), statement.target.id
        value = spot.file.text_of(statement.value)
        if not isinstance(statement.value, (ast.Constant, ast.Name, ast.Attribute, ast.Call)):
            value = f"({value})"
        return (name, f"{name} {sign} {value}") if sign is not None else ("", "")
    call = statement.value if isinstance(statement, ast.Expr) else None
    for keyword in call.keywords if isinstance(call, ast.Call) else ():
        if keyword.arg == "out" and isinstance(keyword.value, ast.Name):
            assert isinstance(call, ast.Call)
            left = [other for other in call.keywords if other is not keyword]
            return keyword.value.id, ast.unparse(ast.Call(call.func, call.args, left))
    return "", ""
