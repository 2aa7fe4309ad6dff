"""GL402 kept-accumulator."""

from __future__ import annotations

import ast
import operator
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from gradlint.diagnosis.reset_buffers import restarted
from gradlint.findings import Edit, Finding, Fix, Site
from gradlint.reading.graph import Graph, carry_path
from gradlint.reading.scaled import unscaled
from gradlint.trace.primitives import setitem, view, write_view
from gradlint.trace.tape import Node

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from gradlint.diagnosis.catalogue import Studied
    from gradlint.reading.lineage import Update
    from gradlint.reading.step import Step
    from gradlint.source.spots import Spot

# What may lie between two states of a sum to which everything is only ever added.
_WRITES = {setitem, write_view}
_MOST_NAMES = 4
_KEEPING = {np.add, np.copy, np.array, np.asarray, np.reshape, np.ravel, np.transpose, view}


class KeptAccumulator:
    """A gradient is added to what earlier steps have left in its buffer.

    What happens
    ------------
    A buffer collects the gradient with `+=`, over samples or time steps, and is not set back to
    zero after the update. Each step applies all earlier gradients once more.

    Why it is wrong
    ---------------
    The gradient of an old step belongs to old parameters. Adding it undiminished at every later
    step is no momentum, which forgets: the steps grow, and the parameters overshoot.

    How it shows
    ------------
    The first step is right. The loss falls fast, turns, rises beyond where it began and swings.

    Fix
    ---
    Start every step from zeros: `dW = np.zeros_like(W)` inside the loop, or write `=` for `+=`.

    Example
    -------
    Bad:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
        W = rng.normal(size=(3, 2))
        dW = np.zeros((3, 2))
        for step in range(3):
            out = np.tanh(x @ W)
            loss = 0.5 * np.sum((out - y) ** 2)
            d = (out - y) * (1 - out ** 2)
            dW += x.T @ d
            W -= 0.01 * dW

    Good:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
        W = rng.normal(size=(3, 2))
        for step in range(3):
            dW = np.zeros((3, 2))
            out = np.tanh(x @ W)
            loss = 0.5 * np.sum((out - y) ** 2)
            d = (out - y) * (1 - out ** 2)
            dW += x.T @ d
            W -= 0.01 * dW
    """

    code = "GL402"
    name = "kept-accumulator"
    severity = "error"
    told_for = "a sum that goes on"

    def in_step(self, seen: Studied) -> Iterator[Finding]:
        """Look for gradients that hold all of the gradient the update before has used."""
        judged, reference = seen.judged, seen.reference
        if reference.objective.kind == "bare":
            return  # no loss is known: what sums up may be a speed, and its parameter a place
        names = {id(p.node): p.name for p in judged.study.step.parameters}
        found: dict[int, tuple[list[Spot], list[str], list[Update]]] = {}
        for name, sums, before in _sums(judged.study.step, names):
            place = sums[-1]
            if _keeps_its_own(name, names.values()) and before.new.spot is not None:
                place = before.new.spot  # what adds up serves all: the loop forgets
            _, parameters, updates = found.setdefault(id(place), (sums, [], []))
            parameters.append(name)
            updates.append(before)
        kept = [n for *_, updates in found.values() for u in updates for n in _origin(u).names]
        for key, (sums, parameters, updates) in found.items():
            spot = sums[-1]
            if key != id(spot):
                yield self._never_zeroed(parameters, updates[0])
                continue
            told = ", ".join(f"`{name}`" for name in dict.fromkeys(parameters))
            yield Finding.of(
                self,
                f"the gradient of {told} still holds that of the step before: nothing sets the sum "
                "back to zero",
                spot.file.site(spot.statement),
                explanation="the second update subtracts the first gradient in full once more",
                help="start every step from zeros",
                evidence={"parameters": list(dict.fromkeys(parameters))},
                fix=_fix(spot) if len(sums) == 1 else _fresh_buffers(spot, updates, kept),
            )  # fmt: skip

    def _never_zeroed(self, parameters: list[str], update: Update) -> Finding:
        """Objects that hold a value and its gradient: the loop has to set the latter to zero."""
        assert update.new.spot is not None
        distinct = list(dict.fromkeys(parameters))
        told = ", ".join(f"`{name}`" for name in distinct[:_MOST_NAMES])
        if len(distinct) > _MOST_NAMES:
            told += f" and {len(distinct) - _MOST_NAMES} more"
        buffer, fix = _zeroed(update)
        return Finding.of(
            self,
            f"the gradient of {told} still holds that of the step before: nothing sets `{buffer}` "
            "back to zero",
            update.new.spot.file.site(update.new.spot.statement),
            explanation="the second update subtracts the first gradient in full once more",
            help=f"set `{buffer}` to zero here, or before the backward pass of each step",
            evidence={"parameters": list(dict.fromkeys(parameters))},
            fix=fix,
        )  # fmt: skip


def _sums(step: Step, names: dict[int, str]) -> Iterator[tuple[str, list[Spot], Update]]:
    """Parameters with the additions that keep an old gradient, and the update that has used it."""
    for line in step.lineages:
        name = next((names[id(u.old)] for u in line.updates if id(u.old) in names), "")
        for before, after in pairwise(line.updates) if name else ():
            sums = _kept(step.graph, before, after)
            if sums:
                yield name, sums, before
                break


def _keeps_its_own(name: str, names: Collection[str]) -> bool:
    """Whether a parameter is the only one of its object: a value with its gradient beside it."""
    owner = name.rpartition(".")[0]
    return bool(owner) and sum(other.rpartition(".")[0] == owner for other in names) == 1


def _zeroed(update: Update) -> tuple[str, Fix | None]:
    """The gradient that an update reads, and the edit that sets it to zero behind the update."""
    spot = update.new.spot
    assert spot is not None
    statement = spot.statement
    value = getattr(statement, "value", None)
    targets = getattr(statement, "targets", [getattr(statement, "target", None)])
    target = targets[0]
    if value is None or not isinstance(target, ast.Attribute):
        return "the gradient", None
    owner = ast.unparse(target.value)
    read = [
        node
        for node in ast.walk(value)
        if isinstance(node, ast.Attribute)
        and ast.unparse(node.value) == owner
        and node.attr != target.attr
    ]
    if len(read) != 1:
        return "the gradient", None
    buffer = spot.file.text_of(read[0])
    site = spot.file.site(statement)
    end = Site(site.filename, site.end_row, site.end_column, site.end_row, site.end_column)
    zero = "0.0" if not update.old.shape else f"0 * {buffer}"
    if update.old.shape and "import numpy as np" in spot.file.text:
        zero = f"np.zeros_like({buffer})"
    before = spot.file.lines[site.row - 1][: site.column - 1]
    between = "; " if before.strip() else f"\n{before}"
    text = f"{buffer} = {zero}"
    return buffer, Fix(f"write `{text}` behind the update", (Edit(end, between + text),))


def _kept(graph: Graph, before: Update, after: Update) -> list[Spot]:
    """The additions that lead from the gradient of one update to the next one's, first one last."""
    if len(before.terms) != 1 or len(after.terms) != 1:
        return []
    old, new = unscaled(before.terms[0].node), unscaled(after.terms[0].node)
    if old is new or not old.index < before.new.index <= new.index or old.shape != new.shape:
        return []
    path = carry_path(new, {old.index}, old.index)
    if path is None or old.value is None or not np.any(old.value):
        return []
    return _sums_along(graph, path)


def _sums_along(graph: Graph, path: list[Node]) -> list[Spot]:
    sums = []
    for node, following in pairwise(path):
        if node.function not in _KEEPING:
            return []
        if node.function is np.add:
            added = node.args[1] if node.args[0] is following else node.args[0]
            if not isinstance(added, Node) or _replaces(graph, added) or not node.spot:
                return []
            sums.append(node.spot)
    return sums


def _fix(spot: Spot) -> Fix | None:
    """Write ``=`` where each step adds just once, and ``+=`` stands on the row of its target."""
    statement = spot.statement
    if not (isinstance(statement, ast.AugAssign) and isinstance(statement.op, ast.Add)):
        return None
    target, value = spot.file.site(statement.target), spot.file.site(statement.value)
    row = spot.file.lines[target.end_row - 1]
    last = value.column - 1 if value.row == target.end_row else len(row)
    at = row.find("+=", target.end_column - 1, last)
    if at < 0:
        return None
    site = Site(target.filename, target.end_row, at + 1, target.end_row, at + 3)
    name = spot.file.text_of(statement.target)
    return Fix(f"write `{name} = …` instead of `{name} += …`", (Edit(site, "="),))


def _replaces(graph: Graph, added: Node) -> bool:
    """Whether what is added is a gradient minus its own older state: such a sum may be kept."""
    if added.function is not np.subtract or not isinstance(added.args[1], Node):
        return False
    older = added.args[1]
    while older.function in (view, operator.getitem) and isinstance(older.args[0], Node):
        older = older.args[0]
    return not older.is_leaf or any(
        reader.function in _WRITES and reader.args[0] is older
        for reader in graph.readers[older.index]
    )


def _fresh_buffers(adding: Spot, updates: list[Update], kept: list[str]) -> Fix | None:
    """Make the buffers of the sums inside the loop, where each step adds many times."""
    place = updates[0].new.spot
    origins = [_origin(update) for update in updates]
    return None if place is None else restarted(adding, place, origins, kept)


def _origin(update: Update) -> Node:
    """The value that the sum began as which an update consumes."""
    node = unscaled(update.terms[0].node)
    while node.function in _KEEPING and node.args and isinstance(node.args[0], Node):
        node = node.args[0]
    return node
