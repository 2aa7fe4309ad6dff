"""Which values say something of a parameter that was learned, and do not only carry it on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradlint.reading.graph import carried, is_scalar

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
        parents = [p for p in node.parents if p.index in dependent]
        if any(p.index in found for p in parents) or len({p.index for p in parents}) > 1:
            found.add(index)
        elif all(p.index in plain for p in parents) and any(p in parents for p in carried(node)):
            if node.shape == parents[0].shape and _only_scalars(node, parents[0]):
                plain.add(index)
            else:
                found.add(index)
        else:
            found.add(index)
    return found


def _only_scalars(node: Node, parent: Node) -> bool:
    return all(a is parent or is_scalar(a) for a in node.args if not isinstance(a, (tuple, list)))
