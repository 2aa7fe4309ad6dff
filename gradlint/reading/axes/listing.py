"""Every operation of the studied step with its named shapes, each broadcast marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradlint.reading.axes.scope import Seen
from gradlint.reading.axes.slips import outer_broadcast
from gradlint.reading.axes.text import short, text_of
from gradlint.reading.step import find_step
from gradlint.trace.primitives import assigned, view, write_view

if TYPE_CHECKING:
    from gradlint.trace.record import Recording
    from gradlint.trace.tape import Node

_INNER = {view, write_view, assigned}  # how the tape keeps book of memory, nothing the user wrote
_WIDTH = 44
_SPREAD = "  <- broadcast"
_SQUARE = "  <- broadcast: every element of one with every element of the other"


def listing(recording: Recording) -> str:
    """Return one line for each operation: row, result, expression, shapes with named axes.

    An operation that a loop performs several times with the same shapes is listed once, with a
    count.
    """
    seen = Seen(recording, find_step(recording.tape))
    counts: dict[tuple[int, str], int] = {}
    lines: dict[tuple[int, str], str] = {}
    for node in recording.tape.nodes[: _last(seen) + 1]:
        if node.spot is None or node.function in _INNER or not _has_axes(node):
            continue
        said = _line(seen, node)
        key = (node.spot.row, said)
        counts[key] = counts.get(key, 0) + 1
        lines.setdefault(key, said)
    shown = []
    for key, said in lines.items():
        times = f"  ({counts[key]} times)" if counts[key] > 1 else ""
        shown.append(f"{key[0]:>4}  {said}{times}")
    return "\n".join(shown) + "\n" if shown else ""


def _last(seen: Seen) -> int:
    return seen.axes.last if seen.step is None else min(seen.axes.last, seen.step.end)


def _has_axes(node: Node) -> bool:
    return bool(node.shape) or any(parent.shape for parent in node.parents)


def _line(seen: Seen, node: Node) -> str:
    assert node.spot is not None
    text = short(text_of(node.spot.file, node.spot.node))
    name = node.names[0] if node.names else ""
    result = seen.names.shape(node, merged=True) if node.shape else "number"
    left = f"{name} {result}" if name else result
    given = [_operand(seen, parent) for parent in _distinct(node) if parent.shape and parent.names]
    given = [operand for operand in given if operand not in (left, text)]
    shown = f"  with {', '.join(given)}" if given else ""
    return f"{left:<{_WIDTH}} = {text}{shown}{_mark(seen, node)}"


def _operand(seen: Seen, node: Node) -> str:
    return f"{node.names[0]} {seen.names.shape(node, merged=True)}"


def _distinct(node: Node) -> list[Node]:
    return list(dict.fromkeys(node.parents))


def _mark(seen: Seen, node: Node) -> str:
    """Whether an elementwise operation stretches one of its operands."""
    if not isinstance(node.function, np.ufunc) or node.function.signature is not None:
        return ""
    if outer_broadcast(seen.axes, node) is not None:
        return _SQUARE
    stretched = any(p.shape and p.shape != node.shape for p in node.parents)
    return _SPREAD if stretched else ""
