"""Controlled experiments on one line: what it would compute if altered in just one way.

An expression of the user's is evaluated again at every parameter point, with the values the tape
holds: untouched parts keep their recorded meaning, altered parts are computed from them.  Nothing
of the user's program is executed twice for this except pure calls that an alteration introduces.
"""

from __future__ import annotations

import ast
import bisect
import builtins
import heapq
import math
import operator
import re
from collections import Counter
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.reading.operands import lasting, operands, text_of
from gradlint.source.rewrite import HOOKS
from gradlint.trace.hooks import Hooks
from gradlint.trace.replay import Unrepeatable, replay
from gradlint.trace.tape import Invocation, Node, Tape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gradlint.truth.points import Point
    from gradlint.truth.study import Study

_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.Pow: operator.pow, ast.MatMult: operator.matmul, ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod, ast.BitAnd: operator.and_, ast.BitOr: operator.or_,
    ast.BitXor: operator.xor,
}  # fmt: skip
_UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.USub: operator.neg, ast.UAdd: operator.pos, ast.Invert: operator.invert,
    ast.Not: operator.not_,
}  # fmt: skip
_COMPARE = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
    ast.Eq: operator.eq, ast.NotEq: operator.ne,
}  # fmt: skip


_IDLE = 16  # operations of a line that tell nothing new: twice its own, and these
_LARGE = 100_000  # entries that any altered line may have
_LARGE_TAPE = 1_000  # operations after which one that nobody reads is thrown away
_ROUND = 2_000  # operations that belong to one round of a loop at most
_ITEM = re.compile(r"(.*)\[\d+\]", re.DOTALL)  # of a container
_NAMING = (ast.Name, ast.Attribute, ast.Subscript)
_BUILDERS = tuple(type(builder) for builder in (np.r_, np.c_, np.mgrid, np.ogrid))


class Unknown(Exception):
    """A part of an expression whose value cannot be had."""


class Given(ast.expr):
    """A value in the place of an expression."""

    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value


class _Named:
    """What the names of one call meant at some time: gone through once for all its lines.

    The executions of a line in a loop are asked about one after the other.
    """

    def __init__(self, tape: Tape, frame: int) -> None:
        self.tape, self.frame, self.index = tape, frame, -1
        self.anywhere: dict[str, Node] = {}
        self.here: dict[str, Node] = {}  # by this call
        self.bound: dict[str, Node] = {}  # a loop takes a value out again that has its names
        self.counters: dict[str, int] = {}
        self._next_bound = self._next_counter = 0

    @classmethod
    def until(cls, study: Study, frame: int, index: int) -> _Named:
        """The names before an operation."""
        key = "names", frame
        known: _Named | None = study.remembered.get(key)
        if known is None or known.index > index:
            known = study.remembered[key] = cls(study.step.tape, frame)
        known._go_on(index)
        return known

    def _go_on(self, until: int) -> None:
        own, tape = self.frame, self.tape
        for node in tape.nodes[max(self.index, 0) : until]:
            if not node.names:
                continue
            for name in lasting(node.names):
                if node.frame in (own, 0) or "." in name or "[" in name:
                    self.anywhere[name] = node
            if node.frame == own and own:
                self.here.update(dict.fromkeys(node.names, node))
        self.index = until
        while self._next_bound < len(tape.bound) and tape.bound[self._next_bound][0] <= until:
            _, frame, name, node = tape.bound[self._next_bound]
            if frame == own:
                self.bound[name] = node
            self._next_bound += 1
        counters = tape.counters
        while self._next_counter < len(counters) and counters[self._next_counter][0] <= until:
            _, frame, name, value = counters[self._next_counter]
            if frame in (own, 0):
                self.counters[name] = value
            self._next_counter += 1


class Scene:
    """One execution of one statement: the values its expressions and the names around it had.

    ``node`` is a value that the statement computed; ``namespace`` the module's globals.
    """

    def __init__(self, study: Study, node: Node, namespace: dict[str, Any]) -> None:
        self.study, self.node, self.namespace = study, node, namespace
        self.tape: Tape = study.step.tape
        self.frame = node.frame
        self.spot = node.spot
        self.parts = self._parts()
        self.names = self._names()
        self.counters = dict(_Named.until(study, node.frame, node.index).counters)

    # -- what is where ----------------------------------------------------------------------

    def _parts(self) -> dict[ast.AST, Node | Invocation]:
        """The values of the sub-expressions of the statement, in this very execution.

        What was not met in it, as in a branch that was not taken, is known from executions before,
        as long as those tell anything new.
        """
        found: dict[ast.AST, Node | Invocation] = {}
        if self.spot is None:
            return found
        inner = set(ast.walk(self.spot.statement))
        idle = 0
        for node in self._operations(inner):
            before = len(found)
            found.setdefault(node.spot.node, node)  # type: ignore[union-attr]
            for place, value in operands(node):
                found.setdefault(place, value)
            idle = 0 if len(found) > before else idle + 1
            if idle > _IDLE + 2 * len(found):
                break
        for place in inner & self._calls.keys():
            call = self._last_call(self._calls[place])
            if call is not None:
                found[place] = call
                self._arguments(call, found)
        return found

    def _operations(self, inner: set[ast.AST]) -> Iterator[Node]:
        """The operations of the statement in this call, from the execution at hand backwards."""
        key = "operations", self.frame
        by_place: dict[ast.AST, list[int]] | None = self.study.remembered.get(key)
        if by_place is None:
            by_place = self.study.remembered[key] = {}
            for node in self.tape.nodes:
                if node.frame == self.frame and node.spot is not None:
                    by_place.setdefault(node.spot.node, []).append(node.index)
        own = self.node.index
        runs = [by_place[place] for place in inner & by_place.keys()]
        backwards = [
            map(run.__getitem__, range(bisect.bisect(run, own) - 1, -1, -1)) for run in runs
        ]
        for index in heapq.merge(*backwards, reverse=True):
            yield self.tape.nodes[index]

    @property
    def _calls(self) -> dict[ast.AST, list[Invocation]]:
        """The calls of each place, in order."""
        found: dict[ast.AST, list[Invocation]] | None = self.study.remembered.get(("calls",))
        if found is None:
            found = self.study.remembered["calls",] = {}
            for call in self.tape.invocations:
                found.setdefault(call.spot.node, []).append(call)
        return found

    def _last_call(self, calls: list[Invocation]) -> Invocation | None:
        """The last call of a place before this execution, by the same caller."""
        end = bisect.bisect(calls, self.node.index, key=operator.attrgetter("start"))
        return next((c for c in reversed(calls[:end]) if c.caller == self.frame), None)

    @cached_property
    def items(self) -> Counter[str]:
        """How many items of each container have a name."""
        found = map(_ITEM.fullmatch, self.names)
        return Counter(match[1] for match in found if match is not None)

    @cached_property
    def called(self) -> dict[str, Any]:
        """The functions of the user's that the statement called, by their text."""
        found: dict[str, Any] = {}
        for place, part in self.parts.items():
            if isinstance(part, Invocation) and isinstance(place, ast.Call):
                found.setdefault(ast.unparse(place.func), part.function)
        return found

    def _arguments(self, call: Invocation, found: dict[ast.AST, Node | Invocation]) -> None:
        places = getattr(call.spot.node, "args", ())  # the harness of a pair calls without text
        for place, value in zip(places, call.args, strict=False):
            if isinstance(value, Node):
                found.setdefault(place, value)

    def _names(self) -> dict[str, Node]:
        """What each name around the statement meant when it ran."""
        seen = _Named.until(self.study, self.frame, self.node.index)
        found = dict(seen.anywhere)
        found.update(self.tape.arguments.get(self.frame, {}))
        found.update(seen.here)
        self._own_attributes(found)
        found.update(self._used())
        found.update(seen.bound)
        return found

    def _own_attributes(self, found: dict[str, Node]) -> None:
        """Let ``self.x`` mean what the object at hand holds, not what another one has held."""
        objects = given_objects(self.tape, self.frame)
        own: dict[str, list[Node]] = {}
        for owner, attribute, node in self.tape.held if objects else ():
            for name, value in objects.items():
                if owner is value and node.index < self.node.index:
                    own.setdefault(f"{name}.{attribute}", []).append(node)
        for text in list(found):
            name, _, attribute = text.partition(".")
            foreign = name in objects and attribute.isidentifier()
            if foreign and text not in own and not hasattr(objects[name], attribute):
                del found[text]
        for text, nodes in own.items():
            if text.partition(".")[2].isidentifier() and found.get(text) not in nodes:
                found[text] = nodes[-1]

    def _used(self) -> dict[str, Node]:
        """What names meant in this round of a loop, as the operations around the line show.

        A value that is taken out of a container again, round after round, has got its names once
        and for all when it was made: only its uses tell which of them is meant now.
        """
        found: dict[str, Node] = {}
        for node in self._round():
            for place, value in operands(node):
                if value.index < self.node.index and isinstance(place, _NAMING):
                    found.setdefault(text_of(place), value)
        return found

    def _round(self) -> Iterator[Node]:
        """The operations of the same round of a loop: from the line upwards, then downwards."""
        nodes, own = self.tape.nodes, self.node
        row = own.spot.row if own.spot else 0
        yield own
        for step in (-1, 1):
            for distance in range(1, _ROUND):
                index = own.index + step * distance
                if not 0 <= index < len(nodes):
                    break
                node = nodes[index]
                if node.frame != self.frame or node.spot is None:
                    continue
                if step * (node.spot.row - row) < 0:
                    break  # a later line that ran before: the end of the last round
                yield node

    # -- evaluation -------------------------------------------------------------------------

    def at(self, expression: ast.expr, position: int) -> Any:
        """The value of a (perhaps altered) expression at a point; raises :class:`Unknown`."""
        with np.errstate(all="ignore"):
            value = _Evaluation(self, self.study.points[position]).value(expression)
        if isinstance(value, _BUILDERS):
            raise Unknown("it makes arrays of what stands in brackets behind it, for ever")
        return value

    def under(self, expression: ast.expr, point: Point) -> Any:
        """The value of an expression at a point that is not one of the study's."""
        with np.errstate(all="ignore"):
            return _Evaluation(self, point).value(expression)

    def everywhere(
        self, expression: ast.expr, points: int | None = None
    ) -> list[np.ndarray] | None:
        """The values of an expression at all (or the first) points, or None if there are none."""
        try:
            values = [self.at(expression, k) for k in range(len(self.study.points[:points]))]
            return [np.asarray(value, dtype=float) for value in values]
        except Exception:  # noqa: BLE001 - an altered line may fail in any way; then it is no remedy
            return None

    def value_of(self, node: Node, point: Point) -> Any:
        """The value of a tape node at a point, replayed on demand."""
        if node.index not in point.values:
            try:
                found = replay([node], {**point.changes}, precise=True)
            except Unrepeatable as error:
                raise Unknown(str(error)) from error
            point.values[node.index] = found[node.index]
        return point.values[node.index]


def given_objects(tape: Tape, frame: int) -> dict[str, Any]:
    """The objects that a call was given, under the names of their parameters."""
    call = next((c for c in tape.invocations if c.frame == frame), None)
    if call is None:
        return {}
    function, values = call.function, list(call.args)
    if not hasattr(function, "__code__") and not hasattr(function, "__func__"):
        if isinstance(function, type):
            return {}
        function = getattr(function, "__call__", function)  # noqa: B004 - an object called as one
    owner, inner = getattr(function, "__self__", None), getattr(function, "__func__", function)
    code = getattr(inner, "__code__", None)
    if owner is not None:
        values.insert(0, owner)
    names = code.co_varnames[: code.co_argcount] if code is not None else ()
    pairs = zip(names, values, strict=False)
    return {n: v for n, v in pairs if hasattr(v, "__dict__") and not isinstance(v, (Node, type))}


class _Evaluation:
    def __init__(self, scene: Scene, point: Point) -> None:
        self.scene, self.point = scene, point

    def value(self, node: ast.expr) -> Any:
        part = self.scene.parts.get(node)
        if isinstance(part, Node):
            return self.scene.value_of(part, self.point)
        if isinstance(part, Invocation) and isinstance(part.result, Node):
            return self.scene.value_of(part.result, self.point)
        method = getattr(self, f"_{type(node).__name__}", None)
        if method is None:
            raise Unknown(ast.unparse(node))
        return method(node)

    def _Constant(self, node: ast.Constant) -> Any:  # noqa: N802 - named after the syntax
        return node.value

    def _Given(self, node: Given) -> Any:  # noqa: N802
        return node.value

    def _Name(self, node: ast.Name) -> Any:  # noqa: N802
        return self._named(node.id)

    def _named(self, name: str) -> Any:
        found = self.scene.names.get(name)
        if found is not None:
            return self.scene.value_of(found, self.point)
        if name in self.scene.counters:
            return self.scene.counters[name]
        if name in self.scene.namespace:
            value = self.scene.namespace[name]
            if not isinstance(value, np.ndarray):
                return value
        if hasattr(builtins, name):
            return getattr(builtins, name)
        raise Unknown(name)

    def _BinOp(self, node: ast.BinOp) -> Any:  # noqa: N802
        left, right = self.value(node.left), self.value(node.right)
        self._affordable(left, right, outer=False)
        return _BINARY[type(node.op)](left, right)

    def _affordable(self, *values: Any, outer: bool) -> None:
        """Refuse what would be far larger than anything the line could mean."""
        shapes = [np.shape(v) for v in values]
        sizes = [math.prod(s) for s in shapes]
        if math.prod(sizes) <= _LARGE:
            return
        if outer:
            result = math.prod(sizes)
        else:
            try:
                result = math.prod(np.broadcast_shapes(*shapes))
            except ValueError:
                return
        if result > max(_LARGE, 4 * max(sizes), 4 * math.prod(self.scene.node.shape)):
            raise Unknown("too large")

    def _UnaryOp(self, node: ast.UnaryOp) -> Any:  # noqa: N802
        return _UNARY[type(node.op)](self.value(node.operand))

    def _Compare(self, node: ast.Compare) -> Any:  # noqa: N802
        left, holds = self.value(node.left), True
        for operation, comparator in zip(node.ops, node.comparators, strict=True):
            right = self.value(comparator)
            holds = holds and _COMPARE[type(operation)](left, right)
            left = right
        return holds

    def _IfExp(self, node: ast.IfExp) -> Any:  # noqa: N802
        return self.value(node.body if self.value(node.test) else node.orelse)

    def _BoolOp(self, node: ast.BoolOp) -> Any:  # noqa: N802
        ends = isinstance(node.op, ast.Or)
        for part in node.values:
            found = self.value(part)
            if bool(found) is ends:
                break
        return found

    def _JoinedStr(self, node: ast.JoinedStr) -> Any:  # noqa: N802
        return "".join(self.value(part) for part in node.values)

    def _FormattedValue(self, node: ast.FormattedValue) -> Any:  # noqa: N802
        if node.conversion != -1 or node.format_spec is not None:
            raise Unknown(ast.unparse(node))
        return format(self.value(node.value))

    def _Tuple(self, node: ast.Tuple) -> Any:  # noqa: N802
        return tuple(self.value(part) for part in node.elts)

    def _List(self, node: ast.List) -> Any:  # noqa: N802
        return [self.value(part) for part in node.elts]

    def _Slice(self, node: ast.Slice) -> Any:  # noqa: N802
        parts = (node.lower, node.upper, node.step)
        return slice(*(None if p is None else self.value(p) for p in parts))

    def _Attribute(self, node: ast.Attribute) -> Any:  # noqa: N802
        text = text_of(node)
        if text in self.scene.names:
            return self._named(text)
        return getattr(self.value(node.value), node.attr)

    def _Subscript(self, node: ast.Subscript) -> Any:  # noqa: N802
        text = text_of(node)
        if text in self.scene.names:
            return self._named(text)
        index = self.value(node.slice)
        if isinstance(index, (int, str)):
            for key in self._keys(node.value, index):
                if key in self.scene.names:
                    return self._named(key)
        return self.value(node.value)[index]

    def _keys(self, container: ast.expr, index: int | str) -> list[str]:
        """The names an item of a container may have on the tape."""
        base = text_of(container)
        keys = [f"{base}[{index!r}]"]
        if isinstance(index, int) and index < 0:
            keys.append(f"{base}[{self.scene.items[base] + index}]")
        return keys

    def _Call(self, node: ast.Call) -> Any:  # noqa: N802
        part = self.scene.parts.get(node)
        function = part.function if isinstance(part, Invocation) else self._callee(node)
        args = [self.value(a) for a in node.args]
        kwargs = {k.arg: self.value(k.value) for k in node.keywords if k.arg}
        if function in (np.outer, np.multiply) and len(args) == 2:
            self._affordable(*args, outer=function is np.outer)
        return quietly(function, *args, **kwargs)

    def _callee(self, node: ast.Call) -> Any:
        called = self.scene.called
        function = called.get(text_of(node.func)) if called else None
        return self.value(node.func) if function is None else function


def quietly(function: Any, *args: Any, **kwargs: Any) -> Any:
    """Call a function of the user's without its being traced."""
    before = getattr(builtins, HOOKS, None)
    hooks = _quiet()
    setattr(builtins, HOOKS, hooks)
    try:
        return function(*args, **kwargs)
    except Exception as error:
        _quiet.cache_clear()  # a loop of the function's may have been left half-way
        raise Unknown(str(error)) from error
    finally:
        if before is None:
            delattr(builtins, HOOKS)
        else:
            setattr(builtins, HOOKS, before)
        if len(hooks.tape) > _LARGE_TAPE:
            _quiet.cache_clear()


@cache
def _quiet() -> Hooks:
    """Hooks whose tape nobody reads: made once, for calls are many and short."""
    return Hooks(Tape(), _AnySpot())  # type: ignore[arg-type]


class _AnySpot:
    """Stands for the list of places where nobody will ask for them."""

    def __getitem__(self, number: int) -> Any:
        return _NOWHERE


class _Nowhere:
    targets: tuple[Any, ...] = ()
    node = None
    text = ""


_NOWHERE = _Nowhere()
