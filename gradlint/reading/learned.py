"""Which values say something of a parameter that was learned, and do not only carry it on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradlint.reading.graph import is_scalar

if TYPE_CHECKING:
    from collections.abc import Collection

    from gradlint.reading.graph import Graph
    from gradlint.trace.tape import Node


def learned(graph: Graph, olds: list[Node], dependent: Collection[int]) -> set[int]:
    """Values that depend on a parameter through more than scaling and adding it to itself."""
    roots = {node.index for node in olds}
    plain = set(roots)
    found: set[int] = set()
    for index in sorted(set(dependent) - roots):
        node = graph.nodes[index]
        read = {p.index for p in node.parents if p.index in dependent}
        if len(read) == 1 and read <= plain and _is_plain(graph, node, graph.nodes[min(read)]):
            plain.add(index)
        else:
            found.add(index)
    return found


def _is_plain(graph: Graph, node: Node, parent: Node) -> bool:
    """Whether a value is another one that was scaled or moved, and no more."""
    carries = parent in graph.carried(node)
    return carries and node.shape == parent.shape and _only_scalars(node, parent)


def _only_scalars(node: Node, parent: Node) -> bool:
    return all(a is parent or is_scalar(a) for a in node.args if not isinstance(a, (tuple, list)))
