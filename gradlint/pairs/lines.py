"""Which line made one gradient wrong, told from the values on a tape.

Where the numbers say what is wrong (a constant, a few entries), only the line is open.  In question
are the operations that nothing but this gradient depends on; and of those, the ones behind the last
value that was still as it should be.  If they do not stand in one line, this module does not know.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.trace.primitives import view
from gradlint.trace.replay import replay

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from gradlint.findings import Site
    from gradlint.reading.graph import Graph
    from gradlint.trace.tape import Node
    from gradlint.truth.compare import ArrayJudgement

_MOST = 8  # values of the gradient's shape that are looked at: each costs as much as an operation
_SAME = 1e-12  # of a square: proportional up to a millionth


def meant_by(judged: ArrayJudgement, hand: Any) -> Callable[[Any], bool] | None:
    """Say how to recognise what a wrong gradient should have been; None if that is not known.

    It is known for a constant factor throughout, and for some entries that are wrong and listed.
    """
    pattern, factor = judged.pattern, judged.factor
    if factor and pattern.kind in ("none", "whole"):
        return lambda value: _proportional(value, hand, factor)
    if pattern.kind == "entries" and 0 < pattern.count == len(pattern.where):
        return lambda value: _differs_at(value, hand, pattern.where)
    return None


def _proportional(value: Any, hand: Any, factor: float) -> bool:
    """Whether one array is a factor times the other, from three sums of products."""
    own, both, other = (
        float(np.vdot(a, b)) for a, b in ((value, value), (value, hand), (hand, hand))
    )
    return (
        own > 0
        and abs(both * both - own * other) <= _SAME * own * other
        and abs(both - factor * own) <= 1e-6 * abs(both)
    )


def _differs_at(value: Any, hand: Any, where: Sequence[tuple[int, ...]]) -> bool:
    off = np.flatnonzero(np.asarray(value != hand))
    if off.size != len(where):
        return False
    places = zip(*np.unravel_index(off, np.shape(hand)), strict=True)
    return {tuple(map(int, index)) for index in places} == set(where)


def line_of(
    graph: Graph, gradient: Node, sound: Iterable[Node], meant: Callable[[Any], bool]
) -> Site | None:
    """Give the one line behind which a gradient is no longer what it should be.

    ``sound`` are values that are known to be right, with all they were computed from.
    """
    alone = graph.ancestors([gradient]) - graph.ancestors(sound)
    earlier = [k for k in sorted(alone, reverse=True) if k != gradient.index]
    shaped = [graph.nodes[k] for k in earlier if graph.nodes[k].shape == gradient.shape]
    sound_one = next((n for n in shaped[:_MOST] if meant(replay([n])[n.index])), None)
    if sound_one is not None:
        alone -= graph.ancestors([sound_one])
    return _one_line([graph.nodes[k] for k in sorted(alone)])


def _one_line(nodes: list[Node]) -> Site | None:
    """The line that all operations stand in; a view makes nothing."""
    made = [n for n in nodes if not (n.is_leaf or n.function is view)]
    sites = [node.spot.site for node in made if node.spot is not None]
    rows = {(site.filename, site.row) for site in sites}
    return sites[-1] if len(rows) == 1 and len(sites) == len(made) else None
