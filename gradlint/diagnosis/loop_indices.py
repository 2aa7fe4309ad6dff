"""Items of containers in the words of a loop: ``layers[-k]`` where the tape says ``layers[2]``.

A number holds for one round only, and so does the counter of a loop that is over; an edit has to
hold for all rounds.
"""

from __future__ import annotations

import ast
import re
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from gradlint.diagnosis.line import Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.diagnosis.line import Scene
    from gradlint.trace.tape import Node

_ITEM = re.compile(r"(?P<base>[\w.]+)\[(?P<index>[^][\"':,]+)\]")
_FORMS = ("{}", "{} - 1", "{} + 1", "-{}", "-{} - 1", "-{} + 1")


def in_loop(scene: Scene, name: str, node: Node) -> str:
    """The name of an item with the loop's counter as its index, if there is one that fits."""
    match = _ITEM.fullmatch(name)
    if match is None:
        return name
    counters = dict(_counters(scene))
    if counters.keys() & set(re.findall(r"\w+", match["index"])):
        return name
    for counter, used in counters.items():
        turned = any(f"-{counter}" in index for index in used)
        for form in sorted(_FORMS, key=lambda form: form.startswith("-") is not turned):
            text = f"{match['base']}[{form.format(counter)}]"
            if _means(scene, text, node):
                return text
    return name


def _counters(scene: Scene) -> Iterator[tuple[str, list[str]]]:
    """Integers that the loops around the statement go through, each with the indices made of it.

    In ``w[-k + 1]`` it counts from the end, and so it will in other places.
    """
    if scene.spot is None:
        return
    parents, place = scene.spot.file.parents, scene.spot.node
    while place in parents:
        place = parents[place]
        if isinstance(place, ast.FunctionDef):
            return
        if isinstance(place, ast.For):
            for counter, used in _indices(place):
                if counter in scene.counters:
                    yield counter, list(used)


@lru_cache(maxsize=256)
def _indices(loop: ast.For) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """What a loop goes through, each with the subscripts in its body that are made of it."""
    own = {n.id for n in ast.walk(loop.target) if isinstance(n, ast.Name)}
    found: dict[str, list[str]] = {name: [] for name in sorted(own)}
    for index in [p.slice for p in ast.walk(loop) if isinstance(p, ast.Subscript)]:
        names = {n.id for n in ast.walk(index) if isinstance(n, ast.Name)}
        for name in names & own:
            found[name].append(ast.unparse(index))
    return tuple((name, tuple(used)) for name, used in found.items() if used)


def _means(scene: Scene, text: str, node: Node) -> bool:
    expression = ast.parse(text, mode="eval").body
    try:
        pairs = [
            (scene.under(expression, point), scene.value_of(node, point))
            for point in scene.study.points
        ]
    except (Unknown, LookupError, TypeError, ValueError):
        return False
    return all(np.shape(a) == np.shape(b) and np.array_equal(a, b) for a, b in pairs)
