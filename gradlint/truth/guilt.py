"""Which operation on a road takes away the property that an optimiser has, and which slip that is.

An operation is guilty if the road is in order without it: the drive is repeated with the operation
handing on one of its operands.  Where no single one can be left out, the place is found by going
back from the new value to where the sign of the gradient was lost.
"""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from gradlint.reading.graph import is_scalar
from gradlint.trace.replay import Unrepeatable, replay
from gradlint.truth.changes import cosine
from gradlint.truth.drive import ALONG, CLOSE, STEPS, TINY, Drive
from gradlint.truth.fit import same
from gradlint.truth.objections import Fault, Objection

if TYPE_CHECKING:
    from gradlint.trace.tape import Node
    from gradlint.truth.runs import Conduct, Property, Run

_TRIALS = 16  # operations that are left out, one after the other
_ADDING = {np.add, np.subtract}
_PAST = {"history": "turned-history", "memory": "growing-history"}


class Guilt:
    """The search on the roads of one drive; ``good`` are those without an objection."""

    def __init__(self, drive: Drive, conduct: Conduct, good: list[int]) -> None:
        self.drive, self.conduct, self.good = drive, conduct, good
        self.roads = drive.roads
        self.shared = {id(n.spot) for p in good for n in self.roads.way_of(p)}

    def objection(self, position: int, kind: Property) -> Objection:
        """What is to be said against a road that lacks a property."""
        if kind == "drift":
            node = self._added_number(position)
            return Objection.to(node, "data" if self._is_of_others(node) else "drift")
        return Objection(kind, lambda: self._fault(position, kind))

    def _fault(self, position: int, kind: Property) -> Fault:
        """Where a road loses a property."""
        ways = self._ways(position)
        if kind == "overwritten":
            return Fault(self.roads.updates[position].new)
        if kind == "grows":
            return Fault(self._decaying(position))
        if kind in _PAST:
            past = [n for n in ways if any(p in self.roads.states for p in n.parents)]
            return Fault((past or ways)[0], None, _PAST[kind])
        slipped = self._rooted_slip(position, kind)
        if slipped is not None:
            return slipped
        node, kept = self._left_out(position, ways)
        node = node or self._turned_back(position, ways)
        slip = self._moment(node, kept, position) if kind in ("odd", "even") else ""
        return Fault(node, kept, slip)

    def _rooted_slip(self, position: int, kind: Property) -> Fault | None:
        """A slip in what stands under a root, or that a root is missing."""
        senses = {
            "finite": (
                (self._signed_size, "signed-size"),
                (self._negative_correction, "negative-correction"),
            ),
            "degree": ((self._divided_by_square, "no-root"),),
        }
        for sense, slip in senses.get(kind, ()):
            node = sense(position)
            if node is not None:
                return Fault(node, None, slip)
        return None

    def _ways(self, position: int) -> list[Node]:
        """The operations that may be at fault: those that no road in order goes through."""
        path = self.roads.updates[position].path
        way = [n for n in self.roads.way_of(position) if n.spot is not None]
        inner = [n for n in way if n.index not in path] or way
        found = [n for n in inner if id(n.spot) not in self.shared] or inner
        return found or [self.roads.tops[position]]

    def _is_of_others(self, node: Node) -> bool:
        """Whether what moves a parameter without a gradient is the gradient of more samples."""
        known = {n.index for n in self.roads.states} | self.roads.live
        dependent = self.roads.stage.step.dependent
        return any(p.index in dependent and p.index not in known for p in node.parents)

    def _added_number(self, position: int) -> Node:
        """Where a number is added that nothing on the road has made."""
        known = {n.index for n in (*self.roads.states, *self.roads.olds)} | self.roads.live
        way = [n for n in self.roads.way_of(position) if n.spot is not None]
        for node in way:
            others = [p for p in node.parents if p.index not in known and np.any(p.value)]
            if node.function in _ADDING and others:
                return node
        return (way or [self.roads.tops[position]])[-1]

    # -- leaving out ------------------------------------------------------------------------

    def _left_out(self, position: int, ways: list[Node]) -> tuple[Node | None, Node | None]:
        """The first operation without which the road is in order, and what it should hand on."""
        tried = 0
        known = {n.index for n in self.roads.states} | self.roads.live
        for node in ways:
            for parent in dict.fromkeys(node.parents):
                if parent.shape != node.shape or parent.index not in known:
                    continue
                tried += 1
                if tried > _TRIALS:
                    return None, None
                if self._is_in_order_without(node, parent, position):
                    return node, parent
        return None, None

    def _is_in_order_without(self, node: Node, parent: Node, position: int) -> bool:
        again = Drive(self.roads, self.drive.roots, 0)
        again.bypassed = {node: parent}
        try:
            doubted = self.conduct.objections[position]
            conduct = again.conduct((position, *self.good), doubted)
        except Unrepeatable:
            return False
        worse = any(conduct.objections[p] is not None for p in self.good)
        return conduct.objections[position] is None and not worse

    # -- going back -------------------------------------------------------------------------

    @cached_property
    def _runs(self) -> tuple[Run, Run]:
        """A history, and the opposite one."""
        return self.drive.driven(1.0), self.drive.driven(1.0, turned=True)

    def _turned_back(self, position: int, ways: list[Node]) -> Node:
        """Where the oddness in the gradient is lost, going back from the new value."""
        inside = {n.index for n in self.roads.way_of(position)}
        path = self.roads.updates[position].path
        node = self.roads.tops[position]
        while True:
            parents = [p for p in node.parents if p.index in inside and p.index not in path]
            lost = self._losing(node, parents)
            if not lost:
                break
            node = lost[0]
        return ways[0] if node is self.roads.tops[position] or node.spot is None else node

    def _losing(self, node: Node, parents: list[Node]) -> list[Node]:
        """The operands that do not turn round, and because of which their result does not."""
        parities = {p: self._parity(p) for p in parents}
        lost = [p for p in parents if parities[p] != 1]
        if node.function in _ADDING:
            return lost
        return [p for p in lost if parities[p] == 0] or lost[:1]

    def _parity(self, node: Node) -> int:
        """1 if a value turns round with the history, −1 if it stays, 0 if neither."""
        values = [run.values.get(node.index) for run in self._runs]
        if any(v is None for v in values):
            return 0
        one, other = (np.asarray(v, dtype=float) for v in values)
        size = float(np.abs(one).max(initial=0.0))
        if float(np.abs(one + other).max(initial=0.0)) <= CLOSE * size:
            return 1
        return -1 if float(np.abs(one - other).max(initial=0.0)) <= CLOSE * size else 0

    def _decaying(self, position: int) -> Node:
        """Where a multiple of the parameter comes in."""
        roads, old = self.roads, self.roads.olds[position]
        path, top = roads.updates[position].path, roads.tops[position]
        below = roads.graph.ancestors([top], after=roads.stage.span.start)
        followers = roads.graph.descendants([old]) & below
        for index in sorted(below):
            node = roads.graph.nodes[index]
            joins = index in roads.live or index in path
            if joins and node.function in _ADDING and node.spot is not None:
                pure = [p for p in node.parents if p.index in followers]
                if any(p.index not in roads.live and p.index not in path for p in pure):
                    return node
        return top

    # -- slips ------------------------------------------------------------------------------

    def _moment(self, node: Node, kept: Node | None, position: int) -> str:
        """The slip, if what is at fault goes into a state that gives the step its direction.

        Where siblings do without, it has to stand in the line of the state itself.
        """
        reach = self.roads.graph.descendants([node])
        way = {n.index for n in self.roads.way_of(position)}
        fed = [s for s in self.roads.states.values() if s.index in reach and s.index in way]
        if self.good:
            places = [s.spot.statement for s in fed if s.spot is not None]
            fed = fed if node.spot is not None and node.spot.statement in places else []
        if not fed or node.shape != self.roads.olds[position].shape:
            return self._foreign(node, kept)
        return self._foreign(node, kept) or "signless-moment"

    def _foreign(self, node: Node, kept: Node | None) -> str:
        """Whether an operation adds the past of a state to something that is not its successor."""
        if kept is None or node.function not in _ADDING:
            return ""
        reach = self.roads.graph.descendants([node])
        for other in node.parents:
            past = self.roads.graph.ancestors([other])
            for state, successor in self.roads.states.items():
                if other is not kept and state.index in past and successor.index not in reach:
                    return "foreign-history"
        return ""

    def _rooted(self, position: int) -> list[tuple[Node, Node]]:
        """(state, its successor) of those whose root is taken on a road."""
        way = self.roads.way_of(position)
        roots = [n for n in way if n.function is np.sqrt or _is_root(n)]
        below = self.roads.graph.ancestors(roots) if roots else set()
        ours = {n.index for n in way}
        return [(s, t) for s, t in self.roads.states.items() if t.index in below & ours]

    def _signed_size(self, position: int) -> Node | None:
        """Where a moment whose root is taken is fed something that may be negative."""
        for _, successor in self._rooted(position):
            if self._parity(successor) != -1:
                return self.fed(successor, position)
        way = self.roads.way_of(position)
        if not self.roads.states:  # the tape holds no step in which they are states
            for node in way:
                if node.function is np.sqrt:
                    below = self.roads.graph.ancestors([node]) - {node.index}
                    return next((n for n in way if n.index in below), node)
        return None

    def _negative_correction(self, position: int) -> Node | None:
        """Where a moment whose root is taken is divided by a negative number."""
        below = self.roads.graph.descendants([after for _, after in self._rooted(position)])
        for node in self.roads.way_of(position):
            if node.index in below and node.function in (np.multiply, np.true_divide):
                numbers = [a for a in node.args if is_scalar(a) and not self._lives(a)]
                if any(float(np.asarray(getattr(a, "value", a))) < 0 for a in numbers):
                    return node
        return None

    def _lives(self, value: object) -> bool:
        return _is_node(value) and value.index in self.roads.live  # type: ignore[attr-defined]

    def plain_size(self, position: int) -> Node | None:
        """Where a moment whose root is taken is fed the size of a gradient, not its square."""
        for _, successor in self._rooted(position):
            values = [run.values.get(successor.index) for run in (self._small, self._runs[0])]
            if any(v is None for v in values) or self._parity(successor) != -1:
                continue
            began = self.drive.at_rest(successor)  # Adagrad may start from a constant
            tiny, usual = (float(np.abs(np.asarray(v, float) - began).max()) for v in values)
            if tiny > 0 and abs(np.log(tiny / usual) / np.log(TINY) - 1.0) < 0.05:
                return self.fed(successor, position)
        return None

    @cached_property
    def _small(self) -> Run:
        """A history a thousand times as small: a larger one may be clipped."""
        return self.drive.driven(TINY)

    def overwritten(self, position: int) -> Node | None:
        """Where a part of the gradient takes the place of a state that nothing has read.

        Only beside states that are handed on: a rule without any memory may keep its step anywhere.
        """
        whole = any(same(abs(root.factor), 1.0) for root in self.drive.roots[position])
        if not (self.roads.states and whole) or self.conduct.objections[position] is not None:
            return None
        names, idle = self.roads.stage.step.names, self._idle(self.roads.olds[position].shape)
        for node, (factor, *decays) in self.drive.plain[position].items():
            part = 0.0 < factor < 1.0 and not any(decays) and node.function is np.multiply
            if part and node.names and idle[names.of(node)] == 1:
                return node
        return None

    def turned_look_ahead(self, position: int) -> Node | None:
        """Where the model is asked on the side of the parameter that the past leads away from."""
        old, states = self.roads.olds[position], list(self.roads.states)
        made = self.roads.graph.descendants(states) & self.roads.sources if states else frozenset()
        ahead = [
            reader
            for reader in self.roads.graph.readers[old.index]
            if reader.index in made and reader.function in _ADDING and reader.shape == old.shape
        ]
        if len(ahead) != 1 or self.conduct.objections[position] is not None:
            return None
        drive, one = self.drive, self.drive.one[0]
        coasting = [np.zeros_like(g) for g in drive.draws[0]]
        run = drive.run([*drive.draws[: STEPS - 1], coasting], one)
        last = run.values
        given = {node: last[node.index] for node in (*states, old)}
        there = replay(ahead, given, precise=True)[ahead[0].index]
        way = np.asarray(there, dtype=float) - np.asarray(last[old.index], dtype=float)
        falls = cosine(run.changes[0][position], drive.draws[0][position]) < 0
        return ahead[0] if falls and cosine(way, run.changes[-1][position]) < -ALONG else None

    def _idle(self, shape: tuple[int, ...]) -> Counter[str]:
        """How many arrays of zeros there are of each name, of a shape, that nothing ever reads."""
        graph, names = self.roads.graph, self.roads.stage.step.names
        unread = [n for n in graph.nodes if n.is_leaf and n.names and not graph.readers[n.index]]
        return Counter(names.of(n) for n in unread if n.shape == shape and not np.any(n.value))

    def fed(self, successor: Node, position: int) -> Node:
        """The first operation of the line that makes a state, or the state itself."""
        way = self.roads.way_of(position)
        statement = successor.spot.statement if successor.spot is not None else None
        ours = [n for n in way if n.spot is not None and n.spot.statement is statement]
        below = self.roads.graph.ancestors([successor])
        own = self.roads.graph.descendants(self.roads.roots[position])
        inside = [n for n in ours if n.index in below & own]
        return (inside or [successor])[0]

    def _divided_by_square(self, position: int) -> Node | None:
        """Where a step is divided by a state that grows with the square of the gradient."""
        for node in self.roads.way_of(position):
            if node.function is not np.true_divide:
                continue
            below = self.roads.graph.ancestors([node.args[1]]) if _is_node(node.args[1]) else set()
            for successor in self.roads.states.values():
                if successor.index in below and self._parity(successor) == -1:
                    return node
        return None


def _is_node(value: object) -> bool:
    from gradlint.trace.tape import Node as Value

    return isinstance(value, Value)


def _is_root(node: Node) -> bool:
    return node.function in (np.power, np.float_power) and node.args[1] == 0.5
