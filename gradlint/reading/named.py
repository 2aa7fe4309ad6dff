"""The loss that a user names, with ``--loss NAME`` or ``--loss LINE``: what is found is believed.

Nothing is asked of the value but that the step computes it from the parameters.  Entries of an
array add up: the losses of several samples are one loss.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradlint.reading.graph import is_scalar
from gradlint.reading.objective import Objective

if TYPE_CHECKING:
    from gradlint.reading.step import Step
    from gradlint.trace.tape import Node


def named(step: Step, text: str) -> Objective | None:
    """The objective that a name or a line stands for in a step; None if the step has none."""
    candidates = [step.graph.nodes[i] for i in sorted(step.dependent - step.later)]
    olds = set(step.olds)
    found = [n for n in candidates if n not in olds and _is_meant(n, text)]
    found = [n for n in found if is_scalar(n)] or found
    if not found:
        return None
    last = found[-1]
    group = [n for n in found if n.spot is last.spot]
    if len(group) > 1 and group[0].index in step.graph.ancestors([last], group[0].index - 1):
        group = [last]  # a running total
    return Objective("computed", tuple((node, None) for node in group), given=True)


def _is_meant(node: Node, text: str) -> bool:
    """Whether a value stands in a line, or is bound to a name."""
    if (node.dtype is None or node.dtype.kind != "f") and type(node.value) is not float:
        return False
    if text.isdecimal():
        return node.spot is not None and node.spot.row == int(text)
    return any(text in (name, name.rpartition(".")[2]) for name in node.names)
