"""GL309 missing-term."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from gradlint.case import Case, Experiment


class MissingTerm:
    """One path of several is not added (recurrent, cell, skip), or ``=`` stands for ``+=``."""

    code = "GL309"
    name = "missing-term"
    severity = "error"

    def in_gradient(self, case: Case) -> Iterator[Experiment]:
        """The value is what flows back on some paths; another named value is the rest."""
        incomplete = case.suspect.kind == "part"
        if case.root is None:
            return
        written = case.shown(case.role) if case.role is not None else "the gradient"
        message = (
            f"`{case.written}` holds only some of the paths of {written}: a term is missing"
        )
        text = ast.unparse(case.root)
        shape = case.user[0].shape
        for name, other in reversed(case.scene.names.items()):
            if other.index not in case.step.dependent or not _fits(other.shape, shape):
                continue
            told = f"{message} (`{name}`)"
            for term in (name, *(f"{name} / {count}" for count in _counts(case))):
                yield Experiment(told, 1.4, edits=((case.root, f"{text} + {term}"),))
        if incomplete:
            yield Experiment(message, 1.5, predicted=case.user)


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
