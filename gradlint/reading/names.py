"""What the user calls a value: variable, attribute through its owner, key, or its expression."""

from __future__ import annotations

import ast
import re

from gradlint.trace.primitives import add_at, setitem, write_view
from gradlint.trace.tape import Node, Tape

_DEPTH = 6
_DERIVATIVE = re.compile(
    r"^(?:d[a-z]{0,5}_d_?|d[a-z]?d_?|(?-i:d[A-Z][a-z]{0,4}d)|d_?|g_"  # not the d of ``dcode``
    r"|grad(?:ient)?_?|derivative_?|nabla_?)(?P<of>.+)$",
    re.IGNORECASE,
)
_TRAILING = re.compile(r"^(?P<of>.+?)_?(?:grad(?:ient)?|derivative|diff)$", re.IGNORECASE)
_WORDS = ((r"weights?|wts?", "w"), (r"bias(?:es)?", "b"))
_WRITES = (setitem, add_at, write_view)


class Names:
    """Names of the values on one tape."""

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        self.holders: dict[int, list[tuple[object, str]]] = {}
        for owner, attribute, node in tape.held:
            self.holders.setdefault(node.index, []).append((owner, attribute))

    def of(self, node: Node) -> str:
        """The best name of a value: how its owner is reached, else what it was bound to."""
        held = self._held(node)
        while not held and node.function in _WRITES and isinstance(node.args[0], Node):
            node = node.args[0]  # the array as a whole, not the place that is written
            held = self._held(node)
        if held:
            return held
        if node.names:
            return node.names[0]
        if node.function.__name__ == "view" and isinstance(node.args[0], Node):
            return f"part of {self.of(node.args[0])}"
        return self.expression(node)

    def has(self, node: Node) -> bool:
        """Whether a value was bound to something, so that it needs no expression to be told of."""
        return bool(node.names) or bool(self._held(node))

    def _held(self, node: Node) -> str:
        for owner, attribute in self.holders.get(node.index, ()):
            path = self._path(owner)
            if path:
                return f"{path}.{attribute}"
        return ""

    def expression(self, node: Node) -> str:
        """The source text of the operation, on one line."""
        if node.spot is None:
            return f"value {node.index}"
        place = node.spot.node
        text = ast.unparse(place.target) if isinstance(place, ast.AugAssign) else node.spot.text
        return re.sub(r"\s+", " ", text)

    def _path(self, owner: object, depth: int = 0) -> str:
        """How an object is reached: from what held it first (``net.layers[0]``), or by its name.

        A name that it got later may be one of passing use: of a loop, of a list that sorts objects.
        """
        if depth > _DEPTH:
            return ""
        member = self.tape.members.get(id(owner))
        above = self._path(member[1], depth + 1) if member is not None else ""
        if member is not None and above:
            return f"{above}.{member[2]}"
        entry = self.tape.owners.get(id(owner))
        if entry is not None:
            return entry[1]
        return member[2] if member is not None else ""


def distinct(names: list[str]) -> list[str]:
    """The same names, numbered where two are alike."""
    counts: dict[str, int] = {}
    result = []
    for name in names:
        counts[name] = counts.get(name, 0) + 1
        result.append(name if names.count(name) == 1 else f"{name}#{counts[name]}")
    return result


def plain(name: str) -> str:
    """A name without its container, underscores and case: ``net.Weights_1`` is ``w1``."""
    key = re.search(r"\[['\"](.+)['\"]\]$", name)
    bare = (key[1] if key else name.rpartition(".")[2]).replace("_", "").lower()
    for words, letter in _WORDS:
        bare = re.sub(words, letter, bare)
    return bare


def is_called_a_gradient(value: Node) -> bool:
    """Whether all names of a value say that it is a gradient: ``node.grad``."""
    lasts = [name.rpartition(".")[2].lower() for name in value.names]
    return bool(lasts) and all("grad" in last for last in lasts)


def meant_by(name: str) -> str | None:
    """What a name says it is the derivative of, as :func:`plain` writes it: ``dC_dw2`` says w2."""
    key = re.search(r"\[['\"](.+)['\"]\]$", name)
    bare = key[1] if key else name.rpartition(".")[2]
    match = _DERIVATIVE.match(bare) or _TRAILING.match(bare)
    return plain(match["of"]) if match else None
