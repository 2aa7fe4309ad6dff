"""The term of weight decay as source text, with the coefficient under the name the loss uses."""

from __future__ import annotations

import ast
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.diagnosis.line import Scene
from gradlint.findings import Edit, Fix
from gradlint.truth.evaluate import Result, same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.source.spots import SourceFile
    from gradlint.trace.record import Recording
    from gradlint.truth.evaluate import Evaluation
    from gradlint.truth.judge import Judged

_LOOSE = (ast.stmt, ast.Tuple, ast.List, ast.Dict)  # a sum needs no brackets in these


def decayed(
    recording: Recording, judged: Judged, reference: Evaluation, result: Result, amount: float
) -> Fix | None:
    """The edit that adds ``amount`` times its parameter to a gradient; None if it has no name."""
    node = result.gradient.node
    spot = node.spot
    if spot is None or not isinstance(spot.node, ast.expr):
        return None
    scene = Scene(judged.study, node, recording.namespace)
    names = [name for name, value in scene.names.items() if value is result.parameter.node]
    text = next(_coefficients(recording, judged, reference, amount), None)
    if not names or text is None:
        return None
    name = min(names, key=len)
    file = spot.file
    sign, text = ("-", text.removeprefix("-")) if text.startswith("-") else ("+", text)
    whole = f"{file.text_of(spot.node)} {sign} {text} * {name}"
    if not isinstance(file.parents.get(spot.node), _LOOSE) and not _in_brackets(file, spot.node):
        whole = f"({whole})"
    return Fix(f"add `{text} * {name}`", (Edit(file.site(spot.node), whole),))


def _in_brackets(file: SourceFile, expression: ast.expr) -> bool:
    """Whether brackets stand around an expression already."""
    site = file.site(expression)
    before = file.lines[site.row - 1][: site.column - 1].rstrip()
    after = file.lines[site.end_row - 1][site.end_column - 1 :].lstrip()
    return bool(before.endswith("(") and after.startswith(")"))


def _coefficients(
    recording: Recording, judged: Judged, reference: Evaluation, amount: float
) -> Iterator[str]:
    """Texts whose value is the amount: of the names in the loss's own lines, or the number."""
    numbers = _numbers(recording, judged, reference)
    sign = "-" if amount < 0 else ""
    for factor in ("", "2 * ", "0.5 * "):
        times = float(factor.removesuffix(" * ")) if factor else 1.0
        for name, value in numbers.items():
            if same(times * value, abs(amount)):
                yield f"{sign}{factor}{name}"
        for (name, value), (size, count) in product(numbers.items(), numbers.items()):
            if name != size and count > 1 and same(times * value / count, abs(amount)):
                yield f"{sign}{factor}{name} / {size}"
    if same(float(f"{amount:.6g}"), amount):
        yield f"{amount:.6g}"


def _numbers(recording: Recording, judged: Judged, reference: Evaluation) -> dict[str, float]:
    """The names of single numbers that the lines of the loss use, with their values."""
    found: dict[str, float] = {}
    statements = {
        id(node.spot.statement): node.spot.statement
        for node in judged.study.order(reference.objective)
        if node.spot is not None
    }
    for statement in statements.values():
        for part in ast.walk(statement):
            if isinstance(part, ast.Name):
                value: Any = recording.namespace.get(part.id)
                if isinstance(value, int | float | np.number) and not isinstance(value, bool):
                    found[part.id] = float(value)
    return found
