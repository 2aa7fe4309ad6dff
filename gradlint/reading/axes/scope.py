"""One run as the shape mistakes see it: the recording, the studied step, axes with their names."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from gradlint.findings import Label, Site
from gradlint.reading.axes.dimensions import Axes
from gradlint.reading.axes.naming import DimensionNames
from gradlint.reading.axes.text import short, text_of
from gradlint.reading.graph import Graph
from gradlint.reading.integers import integer_before
from gradlint.reading.lineage import Lineage, Update
from gradlint.reading.updates import find_lineages
from gradlint.structs import struct

if TYPE_CHECKING:
    from collections.abc import Collection

    from gradlint.reading.step import Parameter, Step
    from gradlint.trace.record import Recording
    from gradlint.trace.tape import Node

_LONG = 10_000  # operations from which on the parameters of the studied step have to do


@struct(eq=False)
class Seen:
    """What is known of one run.

    ``forward`` are the indices of the values the objective is computed from (None if there is no
    step), ``wrong`` and ``right`` the parameters by their verdict.  ``blamed`` are rows that others
    have explained already.  Where ``recording`` goes on behind the training loop, what was seen of
    the loop is ``before``, and only what begins at ``start`` is asked about.
    """

    recording: Recording
    step: Step | None
    forward: Collection[int] | None = None
    wrong: tuple[Parameter, ...] = ()
    right: tuple[Parameter, ...] = ()
    blamed: Collection[int] = ()
    before: Seen | None = None
    start: int = 0

    @cached_property
    def graph(self) -> Graph:
        """Readers and reachability."""
        return self.step.graph if self.step is not None else Graph(self.recording.tape)

    @cached_property
    def end(self) -> int:
        """The last operation that is looked at: the end of the step and the pass after it."""
        last = len(self.recording.tape) - 1
        return last if self.step is None else min(last, 2 * self.step.end)

    @cached_property
    def axes(self) -> Axes:
        """The axes of all values."""
        if self.before is not None:
            return Axes(self.recording.tape, again=self.start)
        settled = None if self.step is None else self.step.end
        forward, drift = self.forward, self._first_drift
        if drift is not None and (settled is None or drift < settled):
            settled, forward = drift, None  # what comes after it pairs what never belonged together
        return Axes(self.recording.tape, forward, settled, self.end)

    @cached_property
    def _first_drift(self) -> int | None:
        """The first update after which an array has another number of elements."""
        found = (u.new.index for u in self.updates if u.old.shape and u.old.size != u.new.size)
        return next(found, None)

    @cached_property
    def names(self) -> DimensionNames:
        """What the dimensions are called."""
        parameters = [line.first for line in self.lineages]
        return DimensionNames(self.axes, parameters)

    @cached_property
    def lineages(self) -> list[Lineage]:
        """The parameters of the whole run, also of steps that were not studied."""
        if self.before is not None:
            return self.before.lineages
        if self.step is not None and len(self.recording.tape) > _LONG:
            return [Lineage([parameter.update]) for parameter in self.step.parameters]
        return find_lineages(self.graph)

    @cached_property
    def updates(self) -> list[Update]:
        """Every replacement of a parameter on the tape, in order."""
        found = [update for line in self.lineages for update in line.updates]
        return sorted(found, key=lambda update: update.new.index)

    @cached_property
    def learned(self) -> frozenset[int]:
        """Everything that depends on a parameter."""
        if not self.lineages:
            return frozenset(range(len(self.recording.tape)))
        return self.graph.descendants([line.first for line in self.lineages])

    @cached_property
    def model(self) -> set[int]:
        """The values from outside that parameters start from."""
        if self.step is None and self.before is None:
            return set()
        firsts = [line.first for line in self.lineages if integer_before(line.first) is None]
        reach = self.graph.ancestors(firsts)
        return {index for index in reach if self.graph.nodes[index].is_leaf}

    @property
    def nodes(self) -> list[Node]:
        """The operations that are asked about."""
        last = min(self.axes.last, self.end)
        return self.recording.tape.nodes[self.start : last + 1]

    def touched(self, node: Node) -> tuple[list[Parameter], list[Parameter]]:
        """Return the wrong and the right parameters whose gradients depend on a value."""
        reach = self.graph.descendants([node])

        def fed(parameters: tuple[Parameter, ...]) -> list[Parameter]:
            return [p for p in parameters if any(t.node.index in reach for t in p.change)]

        return fed(self.wrong), fed(self.right)

    def given(self, node: Node) -> bool:
        """Whether a value is no part of a model that learns: data, metrics, programs without."""
        return self.step is None or node.index not in self.learned

    # -- words ------------------------------------------------------------------------------

    def text(self, node: Node) -> str:
        """Return the expression of a value on one line, or its name."""
        if node.spot is not None:
            return short(text_of(node.spot.file, node.spot.node))
        return node.names[0] if node.names else "a value"

    def site(self, node: Node) -> Site:
        """Return the place of a value's expression."""
        assert node.spot is not None
        return node.spot.site

    def label(self, node: Node, expression: Any, value: Node) -> Label:
        """Return an operand of an operation, underlined, with its named shape."""
        assert node.spot is not None
        return Label(node.spot.file.site(expression), self.names.shape(value))

    def axis(self, axis: int) -> str:
        """Return a dimension with its length: ``hidden (4)``."""
        return f"{self.names.of(axis)} ({self.axes.classes.size(axis)})"
