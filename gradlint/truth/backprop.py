"""Reverse mode over the tape: the true derivative of one objective for every value it came from.

This is the only place that sums a cotangent over broadcast axes and adds up the cotangents of a
value that was used several times.  It judges nobody.
"""

from __future__ import annotations

import math
import operator
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint import ops
from gradlint.trace.primitives import (
    add_at,
    assigned,
    astype,
    laid_out,
    leaf,
    setitem,
    view,
    window,
    write_view,
)
from gradlint.trace.tape import Node

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

WRITES = {write_view, setitem}  # they may hand on the cotangent of a buffer in its own memory
_NUMERIC_LIMIT = 4096  # entries whose derivative may come from differences of one call


class Underivable(Exception):
    """The path from parameters to objective leads through an operation of unknown derivative."""

    def __init__(self, node: Node, because: str) -> None:
        super().__init__(because)
        self.node, self.because = node, because


def backprop(
    order: Iterable[Node],
    values: dict[int, Any],
    seeds: dict[Node, Any],
    forced: dict[Node, Any] | None = None,
    edges: dict[tuple[int, int], np.ndarray] | None = None,
    blurred: Callable[[np.ndarray], np.ndarray] | None = None,
    plans: Plans | None = None,
) -> dict[int, np.ndarray]:
    """The cotangent of every node in ``order`` (execution order), by node index.

    ``order`` must hold the nodes between the parameters and the seeds; flow ends outside of it.
    ``seeds`` maps nodes to the cotangents they start with.  ``forced`` replaces the cotangent of
    some nodes by a given one, whatever flowed into them.  ``edges`` is filled with what each reader
    (first index) contributed to each value (second index).  ``blurred`` disturbs every cotangent
    before it is handed on, as rounding does.  ``plans`` keep what was looked up for each operation
    of the tape from one call to the next.  Raises :class:`Underivable`.
    """
    nodes, plans = list(order), {} if plans is None else plans
    return _Flow(nodes, values, forced or {}, edges, blurred, plans).run(seeds)


@dataclass(frozen=True, slots=True)
class Plan:
    """How one operation hands its cotangent on: looked up once for a tape.

    By a function of its own, by differences ``because`` no row describes it, or by the ``rules`` of
    its arguments, which are ``plain`` where none holds several.
    """

    special: Callable[[_Flow, Node, np.ndarray], None] | None = None
    because: str | None = None
    rules: tuple[tuple[Any, Callable[..., Any]], ...] = ()
    plain: bool = False


Plans = dict[int, Plan]


def _plan(node: Node) -> Plan:
    special = _SPECIAL.get(node.function)
    if special is not None:
        return Plan(special)
    row = ops.lookup(node.function) if node.function.__hash__ else None
    if row is None or row.kind == "unsupported":
        return Plan(because="no derivative is known" if row is None else row.because)
    if row.kind == "constant":
        return Plan(_through_nothing)
    rules = [(argument, row.rule(k)) for k, argument in enumerate(node.args)]
    followed = tuple(
        (argument, rule)
        for argument, rule in rules
        if rule is not None and isinstance(argument, (Node, tuple, list))
    )
    several = any(isinstance(argument, (tuple, list)) for argument in node.args)
    return Plan(rules=followed, plain=not several and not node.kwargs)


class _Flow:
    def __init__(
        self,
        nodes: list[Node],
        values: dict[int, Any],
        forced: dict[Node, Any],
        edges: dict[tuple[int, int], np.ndarray] | None = None,
        blurred: Callable[[np.ndarray], np.ndarray] | None = None,
        plans: Plans | None = None,
    ) -> None:
        self.plans: Plans = {} if plans is None else plans
        self.nodes, self.values, self.edges, self.reader = nodes, values, edges, -1
        self.blurred = blurred
        self.inside = {node.index for node in nodes}
        self.forced = {node.index: value for node, value in forced.items()}
        self.cotangents: dict[int, np.ndarray] = {}
        self.owned: set[int] = set()  # accumulators that may be changed in place

    def run(self, seeds: dict[Node, Any]) -> dict[int, np.ndarray]:
        with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
            for node, seed in seeds.items():
                self.add(node, np.asarray(seed, dtype=float))
            for node in reversed(self.nodes):
                if node.index in self.forced:
                    self.cotangents[node.index] = self.forced[node.index]
                    self.owned.discard(node.index)
                cotangent = self.cotangents.get(node.index)
                if cotangent is not None and node.function is not leaf:
                    self.reader = node.index
                    if self.blurred is not None and cotangent.dtype != object:
                        cotangent = self.blurred(cotangent)
                        self.owned.discard(node.index)
                    self._distribute(node, cotangent)
        return self.cotangents

    # -- accumulation -----------------------------------------------------------------------

    def shape(self, node: Node) -> tuple[int, ...]:
        value = self.values.get(node.index)
        if type(value) is np.ndarray:
            shape: tuple[int, ...] = value.shape
            return shape
        return node.shape if value is None else np.shape(value)

    def is_complex(self, node: Node) -> bool:
        """Whether a value is complex, and so its cotangent: ``dL = Re(sum(g · dz))``."""
        value = self.values.get(node.index)
        return value is not None and np.iscomplexobj(value)

    def add(self, node: Node, cotangent: Any) -> None:
        """Add one contribution, summed over the axes that broadcasting made."""
        index = node.index
        if index not in self.inside:
            return
        contribution = np.asarray(cotangent)
        shape = self.shape(node)
        if contribution.shape != shape:
            contribution = unbroadcast(contribution, shape)
        if contribution.dtype.kind == "c" and not self.is_complex(node):
            contribution = contribution.real
        if self.edges is not None:
            self.edges[self.reader, index] = contribution
        present = self.cotangents.get(index)
        if present is None:
            self.cotangents[index] = contribution
        else:
            self.cotangents[index] = present + contribution
            self.owned.add(index)

    def buffer(self, node: Node) -> np.ndarray | None:
        """An accumulator of a node that may be changed in place."""
        index = node.index
        if index not in self.inside:
            return None
        present = self.cotangents.get(index)
        if present is None:
            kind = complex if self.is_complex(node) else float
            self.cotangents[index] = np.zeros(self.shape(node), kind)
        elif index not in self.owned:
            self.cotangents[index] = present.copy()
        self.owned.add(index)
        return self.cotangents[index]

    def add_part(self, base: Node, position: Any, cotangent: np.ndarray) -> None:
        """Add a contribution to one of the arrays that a single call returned together."""
        if base.index not in self.inside:
            return
        whole: Any = self.cotangents.get(base.index)
        if whole is None:
            whole = self.cotangents[base.index] = np.empty(len(base.value), dtype=object)
        present = whole[position]
        whole[position] = cotangent if present is None else present + cotangent

    # -- one operation ----------------------------------------------------------------------

    def _distribute(self, node: Node, g: np.ndarray) -> None:
        plan = self.plans.get(node.index)
        if plan is None:
            plan = self.plans[node.index] = _plan(node)
        if plan.special is not None:
            plan.special(self, node, g)
            return
        if plan.because is not None:
            self._by_differences(node, g, plan.because)
            return
        if node.kwargs and self._reaches(tuple(node.kwargs.values())):
            self._by_differences(node, g, "a traced value is passed by keyword")
            return
        if plan.plain:
            reached = [rule for rule in plan.rules if rule[0].index in self.inside]
        else:
            reached = [rule for rule in plan.rules if self._reaches(rule[0])]
        if reached:
            self._by_rules(node, g, reached)

    def _by_rules(
        self, node: Node, g: np.ndarray, rules: list[tuple[Any, Callable[..., Any]]]
    ) -> None:
        args = list(map(self.argument, node.args))
        kwargs = {name: self.argument(value) for name, value in node.kwargs.items()}
        value = self.values.get(node.index)
        if isinstance(value, np.matrix):
            value = np.asarray(value)
        try:
            flows = [(argument, rule(g, value, *args, **kwargs)) for argument, rule in rules]
        except ops.NoDerivative as error:
            self._by_differences(node, g, str(error))
            return
        for argument, flow in flows:
            self._give(argument, flow)

    def argument(self, value: Any) -> Any:
        if type(value) is Node:
            found = self.values.get(value.index)
            if found is None:
                return np.broadcast_to(0.0, value.shape)  # only its shape was ever read
            return np.asarray(found) if isinstance(found, np.matrix) else found
        if isinstance(value, (tuple, list)):
            return type(value)(self.argument(part) for part in value)
        return value

    def _reaches(self, argument: Any) -> bool:
        if type(argument) is Node:
            return argument.index in self.inside
        if isinstance(argument, (tuple, list)):
            return any(self._reaches(part) for part in argument)
        return False

    def _give(self, argument: Any, cotangent: Any) -> None:
        if cotangent is None:
            return
        if type(argument) is Node:
            self.add(argument, cotangent)
        elif isinstance(argument, (tuple, list)):
            for part, piece in zip(argument, cotangent, strict=False):
                if self._reaches(part):
                    self._give(part, piece)

    def _by_differences(self, node: Node, g: np.ndarray, because: str) -> None:
        """The derivative of a call that no row describes, from central differences of the call."""
        for argument in node.parents:
            if argument.index not in self.inside:
                continue
            if self.is_complex(argument) or np.iscomplexobj(g):
                raise Underivable(node, f"{because}, and it is complex")
            value = np.array(self.argument(argument), dtype=float)
            if value.size > _NUMERIC_LIMIT:
                raise Underivable(node, because)
            result = np.zeros(value.shape)
            for position in np.ndindex(value.shape):
                h = 6e-6 * max(1.0, abs(float(value[position])))
                high, low = value.copy(), value.copy()
                high[position] += h
                low[position] -= h
                taken = high[position] - low[position]
                try:
                    rise = np.asarray(self._call(node, argument, high), dtype=float)
                    fall = np.asarray(self._call(node, argument, low), dtype=float)
                    result[position] = float(np.sum(g * (rise - fall))) / taken
                except Exception as error:
                    raise Underivable(node, because) from error
            self.add(argument, result)

    def _call(self, node: Node, changed: Node, value: Any) -> Any:
        def put(argument: Any) -> Any:
            if argument is changed:
                return value if changed.shape else float(value)
            if isinstance(argument, (tuple, list)):
                return type(argument)(put(part) for part in argument)
            return self.argument(argument)

        return node.run(*map(put, node.args), **{k: put(v) for k, v in node.kwargs.items()})


def unbroadcast(cotangent: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Sum a cotangent over the axes that broadcasting added or stretched."""
    if cotangent.shape == shape:
        return cotangent
    extra = cotangent.ndim - len(shape)
    if extra > 0:
        cotangent = cotangent.sum(axis=tuple(range(extra)))
    stretched = tuple(
        axis
        for axis, (have, want) in enumerate(zip(cotangent.shape, shape, strict=False))
        if want == 1 and have != 1
    )
    if stretched:
        cotangent = cotangent.sum(axis=stretched, keepdims=True)
    return cotangent if cotangent.shape == shape else np.broadcast_to(cotangent, shape)


# -- the tape's own operations ----------------------------------------------------------------


def _through_nothing(_flow: _Flow, _node: Node, _g: np.ndarray) -> None:
    """Small changes of the arguments change nothing."""


def _through_getitem(flow: _Flow, node: Node, g: np.ndarray) -> None:
    base = node.args[0]
    if isinstance(base.value, (tuple, list)):
        flow.add_part(base, node.args[1], g)
        return
    buffer = flow.buffer(base)
    if buffer is None:
        return
    index = flow.argument(node.args[1])
    if isinstance(base.value, np.matrix):  # whose rows are matrices
        g = g.reshape(buffer[index].shape)
    if _is_basic(index):
        buffer[index] += g
    else:
        np.add.at(buffer, index, g)


def _is_basic(index: Any) -> bool:
    parts = index if isinstance(index, tuple) else (index,)
    return all(isinstance(p, (int, slice, np.integer)) or p is None or p is ... for p in parts)


def _through_view(flow: _Flow, node: Node, g: np.ndarray) -> None:
    base, geometry = node.args
    if base.index not in flow.inside:
        return
    shape = flow.shape(base)
    memory = np.zeros(math.prod(shape), g.dtype)  # the buffer as it lies in memory
    if geometry.overlapping:
        np.add.at(memory, window(np.arange(memory.size), geometry), g)
    else:
        window(memory, geometry)[...] += g
    steps = tuple(s * memory.itemsize for s in geometry.layout)
    flow.add(base, np.lib.stride_tricks.as_strided(memory, shape, steps))


def _through_write_view(flow: _Flow, node: Node, g: np.ndarray) -> None:
    base, values, geometry = node.args
    inner = laid_out(g, geometry.layout)
    if isinstance(values, Node):
        flow.add(values, window(inner, geometry).copy())
    _pass_on(flow, node, g, base, lambda buffer: _zero_window(buffer, geometry))


def _zero_window(buffer: np.ndarray, geometry: Any) -> np.ndarray:
    result = laid_out(buffer, geometry.layout)
    window(result, geometry)[...] = 0.0
    return result


def _through_setitem(flow: _Flow, node: Node, g: np.ndarray) -> None:
    base, index_ref, values = node.args
    index = flow.argument(index_ref)
    if isinstance(values, Node):
        flow.add(values, np.array(g[index]))  # a copy: g itself may be cleared below

    def cleared(buffer: np.ndarray) -> np.ndarray:
        buffer[index] = 0.0
        return buffer

    _pass_on(flow, node, g, base, cleared)


def _pass_on(
    flow: _Flow, node: Node, g: np.ndarray, base: Node, change: Callable[[np.ndarray], np.ndarray]
) -> None:
    """The older version of a buffer takes over the cotangent, less what was overwritten."""
    if base.index not in flow.inside:
        return
    private = node.index in flow.owned and not node.needed and not node.names
    buffer = change(g if private else g.copy())
    if (private and base.index not in flow.cotangents) or base.index not in flow.cotangents:
        flow.cotangents[base.index] = buffer
        flow.owned.add(base.index)
    else:
        flow.add(base, buffer)


def _through_add_at(flow: _Flow, node: Node, g: np.ndarray) -> None:
    base, index, values = node.args
    if isinstance(values, Node):
        flow.add(values, g[flow.argument(index)])
    flow.add(base, g)


def _through_assigned(flow: _Flow, node: Node, g: np.ndarray) -> None:
    if isinstance(node.args[1], Node):
        flow.add(node.args[1], g)


def _through_astype(flow: _Flow, node: Node, g: np.ndarray) -> None:
    if np.dtype(node.args[1]).kind == "f" and isinstance(node.args[0], Node):
        flow.add(node.args[0], g)


_SPECIAL: dict[Any, Callable[[_Flow, Node, np.ndarray], None]] = {
    operator.getitem: _through_getitem,
    view: _through_view,
    write_view: _through_write_view,
    setitem: _through_setitem,
    add_at: _through_add_at,
    assigned: _through_assigned,
    astype: _through_astype,
}
