"""A run and what came behind its training loop as one recording, for those who ask about axes.

The tapes behind the loop begin with values that earlier tapes made.  Here such a value is a copy of
the earlier one, so that its axes keep their identity.  It judges nothing and runs nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.trace.tape import Node, Tape

if TYPE_CHECKING:
    from gradlint.trace.record import Recording


def joined(recording: Recording) -> Recording:
    """Return one recording of everything; the nodes of the first tape are in it themselves."""
    behind = recording.behind
    assert behind is not None
    whole = Tape()
    whole.nodes = list(recording.tape.nodes)
    whole.known, whole.integers = dict(recording.tape.known), dict(recording.tape.integers)
    whole.held = list(recording.tape.held)
    moved: dict[int, Node] = {}
    for tape in behind.tapes:
        for node in tape.nodes:
            moved[id(node)] = _copied(whole, tape, node, moved)
        whole.known.update((k, (v, moved[id(n)])) for k, (v, n) in tape.known.items())
        for name, found in tape.integers.items():
            whole.integers.setdefault(name, found)
        whole.held += [(owner, name, moved[id(n)]) for owner, name, n in tape.held]
    return replace(recording, tape=whole, ending=behind.ending, failure=behind.failure)


def _copied(whole: Tape, tape: Tape, node: Node, moved: dict[int, Node]) -> Node:
    origin = tape.origins.get(node.index) if node.is_leaf else None
    function = node.function if origin is None else np.copy
    args = node.args if origin is None else (origin,)
    made = Node(
        len(whole.nodes),
        function,
        _moved(args, moved),
        {key: _moved(value, moved) for key, value in node.kwargs.items()},
        node.value,
        node.spot,
        None if origin is not None else node.run,
        node.frame,
    )
    made.names, made.shape, made.dtype = node.names, node.shape, node.dtype
    whole.nodes.append(made)
    return made


def _moved(tree: Any, moved: dict[int, Node]) -> Any:
    if isinstance(tree, Node):
        return moved.get(id(tree), tree)
    if type(tree) in (list, tuple):
        return type(tree)(_moved(part, moved) for part in tree)
    if isinstance(tree, slice):
        return slice(*(_moved(part, moved) for part in (tree.start, tree.stop, tree.step)))
    return tree
