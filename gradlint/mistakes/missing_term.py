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
            if other.shape == shape and other.index in case.step.dependent:
                told = f"{message} (`{name}`)"
                yield Experiment(told, 1.4, edits=((case.root, f"{text} + {name}"),))
        for part, _ in case.parts():
            if isinstance(part, ast.BinOp) and isinstance(part.op, (ast.Add, ast.Sub)):
                yield from ()
        if incomplete:
            yield Experiment(message, 1.5, predicted=case.user)
