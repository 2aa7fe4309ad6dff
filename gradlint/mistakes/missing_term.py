"""GL309 missing-term."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import numpy as np

from gradlint.diagnosis.aliases import taken_under
from gradlint.diagnosis.context import Experiment
from gradlint.diagnosis.line import Unknown
from gradlint.diagnosis.missing_paths import with_path
from gradlint.diagnosis.numbers import Guess
from gradlint.findings import Edit, Fix
from gradlint.reading.scaled import multiplied
from gradlint.trace.tape import Node

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.diagnosis.case import Case
    from gradlint.diagnosis.numbers import Numbers


_ROUNDS = 300  # of a loop whose results are added up to see whether they should have been
_ENTRIES = 2_000_000  # of all their results together
_NAMES = (ast.Name, ast.Attribute, ast.Subscript)


class MissingTerm:
    """One path of several is not added (recurrent, cell, skip), or ``=`` stands for ``+=``.

    What happens
    ------------
    A value is used in several places, and the gradient of only some of them comes back: the skip
    connection is left out, a recurrent path is not added, or `=` stands where `+=` belongs.

    Why it is wrong
    ---------------
    The derivative of a value is the sum over all the ways by which it reaches the loss.

    How it shows
    ------------
    The gradient is often nearly parallel to the right one, so training works; it is the long paths,
    the ones that were built in on purpose, that do nothing.

    Fix
    ---
    Add the missing path's term. In a loop over time steps or samples start from zero and add with
    `+=`.

    Example
    -------
    Bad:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 4)), rng.normal(size=(9, 4))
        W1, W2 = rng.normal(size=(4, 4)), rng.normal(size=(4, 4))
        for step in range(3):
            h = np.tanh(x @ W1)
            out = np.tanh(h @ W2) + h
            loss = 0.5 * np.sum((out - y) ** 2)
            d = out - y
            dz2 = d * (1 - (out - h) ** 2)
            dh = dz2 @ W2.T
            W2 -= 0.01 * (h.T @ dz2)
            W1 -= 0.01 * (x.T @ (dh * (1 - h ** 2)))

    Good:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 4)), rng.normal(size=(9, 4))
        W1, W2 = rng.normal(size=(4, 4)), rng.normal(size=(4, 4))
        for step in range(3):
            h = np.tanh(x @ W1)
            out = np.tanh(h @ W2) + h
            loss = 0.5 * np.sum((out - y) ** 2)
            d = out - y
            dz2 = d * (1 - (out - h) ** 2)
            dh = dz2 @ W2.T + d
            W2 -= 0.01 * (h.T @ dz2)
            W1 -= 0.01 * (x.T @ (dh * (1 - h ** 2)))
    """

    code = "GL309"
    name = "missing-term"
    severity = "error"
    vague = True  # it says that a gradient is wrong, not why
    recognises = ("term",)

    def in_entries(self, seen: Numbers) -> Iterator[Guess]:
        """Some entries are zero that are not."""
        if seen.off is not None and not np.any(seen.hand[seen.off]):
            where = {"index": [int(k) for k in np.argwhere(seen.off)[0]]}
            told = f"is zero in {seen.judged.pattern}, where the loss does depend on it"
            yield Guess(f"{seen.said} {told}", evidence=where)

    def in_gradient(self, case: Case) -> Iterator[Experiment]:
        """The value is what flows back on some paths; another named value is the rest."""
        yield from _overwritten(case)
        incomplete = case.suspect.kind == "part"
        if case.root is None or not case.user:
            return
        written = case.shown(case.role) if case.role is not None else "the gradient"
        message = f"`{case.written}` holds only some of the paths of {written}: a term is missing"
        text = ast.unparse(case.root)
        shape = case.user[0].shape
        for term, edits in with_path(case):
            yield Experiment(f"{message} (`{term}`)", 1.55, edits=edits)
        for other, name in reversed(case.called.items()):
            back = other.index in case.step.dependent and other.index not in case.diagnosis.forward
            if not back or not _fits(other.shape, shape) or case.is_total(other):
                continue
            told = f"{message} (`{name}`)"
            for term in (name, *(f"{name} / {count}" for count in _counts(case))):
                yield Experiment(told, 1.4, edits=((case.root, f"{text} + {term}"),))
        yield from _beside(case, message)
        if incomplete:
            yield Experiment(message, 1.5, predicted=case.user, as_found=True)


def _beside(case: Case, message: str) -> Iterator[Experiment]:
    """A value that flows back lacks another one where it stands, as in ``d.sum(axis=0)``."""
    flows = case.step.dependent - case.diagnosis.forward
    named = [(n, t) for n, t in case.called.items() if n.index in flows and not case.is_total(n)]
    for part, node in case.parts():
        if node is None or part is case.root or not isinstance(part, _NAMES):
            continue
        for other, name in named if node.index in flows and node.shape else ():
            if other is not node and other.shape == node.shape:
                edits = ((part, f"({ast.unparse(part)} + {name})"),)
                yield Experiment(f"{message} (`{name}`)", 1.5, edits=edits)


def _overwritten(case: Case) -> Iterator[Experiment]:
    """The gradient is what the last round of a loop made; the sum over all rounds is right."""
    own = case.suspect.parameter
    update = None if own is None else own.parameter.update.new.spot
    for node, scale in _unscaled(case.node) if update is not None else ():
        assert update is not None
        statement = _bound_by(case, node, update.statement)
        nodes = [] if statement is None else _rounds(case, node)
        if statement is None or len(nodes) < 2:
            continue
        try:
            total = [
                scale * np.sum([case.scene.value_of(node, point) for node in nodes], axis=0)
                for point in case.study.points
            ]
        except Unknown:
            continue
        yield _added(case, statement, len(nodes), total)


def _unscaled(node: Node) -> Iterator[tuple[Node, float]]:
    """A value and what it is a multiple of, with the constant: ``g`` of ``0.5 * g / n``."""
    scale, inner = 1.0, node
    while True:
        yield inner, scale
        found = multiplied(inner) or _unchanged(inner)
        if found is None:
            return
        inner, scale = found[0], scale * found[1]


def _unchanged(node: Node) -> tuple[Node, float] | None:
    """What a value is the same as, such as one that clipping has left alone."""
    first = node.args[0] if node.args else None
    if not isinstance(first, Node) or not node.shape or first.value is None:
        return None
    return (first, 1.0) if np.array_equal(first.value, node.value) else None


def _bound_by(case: Case, node: Node, update: ast.stmt) -> ast.Assign | None:
    """The assignment that a value gets the name by under which an update takes it."""
    alias = taken_under(case, update, node)
    statement = node.spot.statement if alias is None and node.spot is not None else None
    statement = alias.statement if alias is not None else statement
    single = isinstance(statement, ast.Assign) and len(statement.targets) == 1
    return statement if single else None  # type: ignore[return-value]


def _added(case: Case, statement: ast.Assign, rounds: int, total: list[np.ndarray]) -> Experiment:
    """The proposal to add up what an assignment makes in each round."""
    target, value = case.text(statement.targets[0]), case.text(statement.value)
    assert case.node.spot is not None
    site, better = case.node.spot.file.site(statement), f"{target} += {value}"
    message = (
        f"`{target} = {value}` keeps what the last of {rounds} rounds made: the others are "
        "not added"
    )
    fix = Fix(f"write `{better}`", (Edit(site, better),))
    return Experiment(message, 0.65, corrected=total, fix=fix, site=site)


def _rounds(case: Case, node: Node) -> list[Node]:
    """What each round of the loop made, if all made the same kind of thing."""
    nodes = case.step.graph.nodes[: node.index + 1]
    made = [n for n in nodes if n.spot is node.spot and n.function is node.function]
    made = [n for n in made if n.index in case.step.dependent]
    alike = len(made) <= _ROUNDS and all(n.shape == node.shape for n in made)
    few = len(made) * int(np.prod(node.shape)) <= _ENTRIES
    return made if alike and few else []


def _fits(shape: tuple[int, ...], whole: tuple[int, ...]) -> bool:
    """Whether a value can be added to another without changing its shape."""
    if len(shape) > len(whole):
        return False
    return all(n in (1, m) for n, m in zip(reversed(shape), reversed(whole), strict=False))


def _counts(case: Case) -> list[str]:
    """What the lines around divide by."""
    assert case.node.spot is not None
    spot = case.node.spot
    scope = spot.file.function(spot.node) or spot.file.tree
    divisors = [
        ast.unparse(n.right)
        for n in ast.walk(scope)
        if isinstance(n, ast.BinOp) and isinstance(n.op, ast.Div)
    ]
    return [d for d in dict.fromkeys(divisors) if len(d) < 20][:4]
