"""The operation in which a program raised, as its author wrote it: expressions and their values.

Nothing is run again.  The values are those the failing hook was given, and, for a statement that
fails by itself (an ``assert``, an assignment to a part), those the tape and the frame still hold.
"""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.reading.axes.text import is_module_call, operand_expressions, text_of
from gradlint.structs import struct

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

    from gradlint.reading.axes.scope import Seen
    from gradlint.source.spots import SourceFile
    from gradlint.trace.record import Failure
    from gradlint.trace.tape import Node

_NUMPY_ERRORS = (ValueError, IndexError, TypeError)


@struct(eq=False)
class Operand:
    """An operand of the failing operation; ``node`` is None for what the tape does not know."""

    expression: ast.expr
    text: str
    value: Any
    node: Node | None

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the value; of a list with unlike parts its length."""
        try:
            return np.shape(self.value)
        except ValueError:
            return (len(self.value),)


@struct(eq=False)
class Crash:
    """The failing operation.

    ``kind`` is ``"operator"``, ``"call"``, ``"in-place"``, ``"index"``, ``"store"`` or
    ``"assert"``; ``function`` the NumPy function (or its name for a method), ``arguments`` all
    plain arguments.
    """

    kind: str
    file: SourceFile
    place: ast.AST
    function: Any
    operands: list[Operand]
    arguments: tuple[Any, ...]
    options: dict[str, Any]
    error: BaseException | None
    said: str = ""  # the message of the error

    @property
    def name(self) -> str:
        """The bare name of the function: ``dot`` of ``np.dot`` and of ``x.dot``."""
        return getattr(self.function, "__name__", str(self.function))


def read_crash(seen: Seen) -> Crash | None:
    """Read the failing operation off a recording, or None if shapes have nothing to do with it."""
    recording = seen.recording
    failure = recording.failure
    site = recording.ending.site
    if recording.ending.how != "raised" or site is None:
        return None
    if failure is not None and failure.hook not in ("_python", "_type", "_opaque"):
        if isinstance(failure.error, _NUMPY_ERRORS) and failure.spot.row >= 1:
            crash = _from_hook(seen, failure)
            if crash is not None and any(o.shape for o in crash.operands):
                return replace(crash, said=str(failure.error))
        return None
    crash = _from_statement(seen, failure, site.row)
    return None if crash is None else replace(crash, said=recording.ending.message)


def culprits(seen: Seen) -> list[Node]:
    """Return the values on the tape among the operands of the operation that failed.

    Of a library that called the program back it is the value that it was given last.
    """
    tape = seen.recording.tape
    failure = seen.recording.failure
    if failure is None:
        crash = read_crash(seen)
        operands = _asserted(seen) if crash is None else crash.operands
        return [o.node for o in operands if o.node is not None]
    given = handed_over(seen)
    found: list[Node] = [] if given is None else [given]
    stack: list[Any] = [] if failure is None else [failure.operands]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            stack.extend(value[key] for key in value if key not in ("self", "tape", "spots"))
        elif isinstance(value, (list, tuple)):
            stack.extend(value)
        elif isinstance(value, np.ndarray) and tape.is_known(value):
            found.append(tape.known[id(value)][1])
        elif isinstance(getattr(value, "__self__", None), np.ndarray):
            stack.append(value.__self__)  # the owner of a method
    return found


def _asserted(seen: Seen) -> list[Operand]:
    """The arrays that an assertion is about which failed: ``assert h.shape == (n, 1)``."""
    file, site = seen.recording.file, seen.recording.ending.site
    statement = None if site is None else _statement_at(file, site.row)
    if not isinstance(statement, ast.Assert) or site is None or site.filename != file.filename:
        return []
    names = [part for part in ast.walk(statement.test) if isinstance(part, ast.Name)]
    known = (_looked_up(seen, file, name, seen.recording.namespace) for name in names)
    return [operand for operand in known if operand is not None]


def lookup_operand(seen: Seen, crash: Crash, expression: ast.expr) -> Operand | None:
    """Return an expression of the failing function with its value, by looking only."""
    local = _locals(crash.error, crash.file.filename)
    return _looked_up(seen, crash.file, expression, local)


def handed_over(seen: Seen) -> Node | None:
    """Return the value that a function of the program's own gave back last, if a library raised."""
    failure = seen.recording.failure
    if failure is None or failure.hook not in ("_python", "_opaque"):
        return None
    for node in reversed(seen.recording.tape.nodes):
        if node.spot is not None and node.shape:
            inside = isinstance(node.spot.statement, ast.Return)
            return node if inside and node.spot.node is node.spot.statement.value else None
    return None


def frame_values(crash: Crash, seen: Seen) -> dict[str, Any]:
    """Return the variables of the failing frame as they were when it failed."""
    failure = seen.recording.failure
    error = crash.error if crash.error is not None or failure is None else failure.error
    return _locals(error, crash.file.filename) or dict(seen.recording.namespace)


def crash_of(crash: Crash, target: Operand, value: Operand) -> Crash:
    """Return the failure that an update in place by a value would be."""
    return replace(crash, kind="in-place", operands=[target, value])


def made_by(operand: Operand) -> Crash:
    """Return the operation that made a value, as if it had failed."""
    node = operand.node
    assert node is not None
    assert node.spot is not None
    file, place = node.spot.file, node.spot.node
    values = [a for a in node.args if hasattr(a, "is_leaf")]
    expressions = operand_expressions(place)
    operands = [
        Operand(e, text_of(file, e), np.broadcast_to(0.0, v.shape), v)
        for e, v in zip(expressions, values, strict=False)
    ]
    return Crash("operator", file, place, node.function, operands, (), {}, None)


def statements_after(crash: Crash) -> list[ast.stmt]:
    """Return the statements that follow the failing one in its block."""
    statement = crash.file.statement(crash.place)
    parent = crash.file.parents.get(statement)
    for block in (getattr(parent, name, None) for name in ("body", "orelse", "finalbody")):
        if isinstance(block, list) and statement in block:
            return list(block[block.index(statement) + 1 :])
    return []


def updates_from(seen: Seen, crash: Crash) -> list[tuple[Operand, Operand]]:
    """Return the (target, value) of the failing update in place and of those that follow it.

    Of the later ones the value is what their product with the learning rate is made of.
    """
    if crash.kind != "in-place":
        return []
    found = [(crash.operands[0], crash.operands[1])]
    for statement in statements_after(crash):
        if not isinstance(statement, ast.AugAssign):
            continue
        inner = statement.value
        if isinstance(inner, ast.BinOp):
            inner = inner.right
        pair = [lookup_operand(seen, crash, e) for e in (statement.target, inner)]
        if pair[0] is not None and pair[1] is not None and pair[0].node is not pair[1].node:
            found.append((pair[0], pair[1]))
    return found


def _from_hook(seen: Seen, failure: Failure) -> Crash | None:
    place, file, values = failure.spot.node, failure.spot.file, failure.operands
    if failure.hook == "hook":
        pairs = [values.get("left"), values.get("right")]
        expressions = operand_expressions(place)
        if len(expressions) != 2:
            return None
        operands = [_operand(seen, file, e, v) for e, v in zip(expressions, pairs, strict=True)]
        function = values.get("function")
        return Crash("operator", file, place, function, operands, (), {}, failure.error)
    if failure.hook == "augmented":
        expressions = operand_expressions(place)
        pairs = [values["target"], values["value"]]
        operands = [_operand(seen, file, e, v) for e, v in zip(expressions, pairs, strict=False)]
        function = values["function"]
        return Crash("in-place", file, place, function, operands, (), {}, failure.error)
    if failure.hook == "getitem":
        kind = "store" if isinstance(place, ast.AugAssign) else "index"  # ``a[i] += 1`` reads first
        place = place.target if isinstance(place, ast.AugAssign) else place
        if not isinstance(place, ast.Subscript):
            return None
        operands = _indexed(seen, file, place, values["owner"], values["index"])
        return Crash(kind, file, place, None, operands, (), {}, failure.error)
    if failure.hook == "call" and isinstance(place, ast.Call):
        return _from_call(seen, failure, place)
    return None


def _from_call(seen: Seen, failure: Failure, place: ast.Call) -> Crash:
    file, values = failure.spot.file, failure.operands
    function, args = values["function"], tuple(values["args"])
    pairs: list[tuple[ast.expr, Any]] = []
    owner = getattr(function, "__self__", None)
    if isinstance(owner, np.ndarray) and not is_module_call(place):
        assert isinstance(place.func, ast.Attribute)
        pairs.append((place.func.value, owner))
    expressions = [a for a in place.args if not isinstance(a, ast.Starred)]
    for expression, value in zip(expressions, args, strict=False):
        pairs += _arrays_in(expression, value)
    operands = [_operand(seen, file, e, v) for e, v in pairs]
    options = dict(values["kwargs"])
    return Crash("call", file, place, function, operands, args, options, failure.error)


def _arrays_in(expression: ast.expr, value: Any) -> list[tuple[ast.expr, Any]]:
    """The arrays that an argument is or holds, each with its expression."""
    if isinstance(value, (np.ndarray, np.number)):
        return [(expression, value)]
    if isinstance(value, (list, tuple)) and any(isinstance(v, np.ndarray) for v in value):
        inner = getattr(expression, "elts", None)
        if inner is not None and len(inner) == len(value):
            return list(zip(inner, value, strict=True))
        return [(expression, v) for v in value]
    return [(expression, np.asarray(value))] if _is_series(value) else []


def _is_series(value: Any) -> bool:
    """Whether a value is a list of several numbers, as people collect losses in."""
    several = isinstance(value, list) and len(value) > 1
    return several and all(isinstance(v, (int, float, np.number)) for v in value)


def _operand(seen: Seen, file: SourceFile, expression: ast.expr, value: Any) -> Operand:
    tape = seen.recording.tape
    node = None
    if isinstance(value, np.ndarray) and tape.is_known(value):
        node = tape.known[id(value)][1]
    return Operand(expression, text_of(file, expression), value, node)


def _indexed(
    seen: Seen, file: SourceFile, place: ast.Subscript, owner: Any, index: Any
) -> list[Operand]:
    parts = list(index) if isinstance(index, tuple) else [index]
    expressions = place.slice.elts if isinstance(place.slice, ast.Tuple) else [place.slice]
    found = [_operand(seen, file, place.value, owner)]
    if len(parts) == len(expressions):
        pairs = zip(expressions, parts, strict=True)
        found += [_operand(seen, file, e, v) for e, v in pairs if isinstance(v, np.ndarray)]
    return found


# -- statements that fail by themselves ---------------------------------------------------------


def _from_statement(seen: Seen, failure: Failure | None, row: int) -> Crash | None:
    recording = seen.recording
    file = recording.file
    site = recording.ending.site
    if site is None or site.filename != file.filename:
        return None
    statement = _statement_at(file, row)
    error = None if failure is None else failure.error

    def found(expressions: Iterable[ast.AST | None]) -> list[Operand]:
        local = _locals(error, file.filename)
        known = (_looked_up(seen, file, e, local) for e in expressions if isinstance(e, ast.expr))
        return [operand for operand in known if operand is not None]

    test = _demanded(file, statement)
    if test is not None:
        known = found(shapes_compared(test) or ())
        if len(known) == 2:
            return Crash("assert", file, test, None, known, (), {}, error)
    target = _target_of(statement)
    if isinstance(target, ast.Subscript):
        parts = target.slice.elts if isinstance(target.slice, ast.Tuple) else [target.slice]
        arrays = found([target.value, *parts, getattr(statement, "value", None)])
        enough = 1 if "out of bounds" in recording.ending.message else 2
        if len(arrays) >= enough and arrays[0].expression is target.value:
            return Crash("store", file, target, None, arrays, (), {}, None)
    return None


def _demanded(file: SourceFile, statement: ast.stmt | None) -> ast.expr | None:
    """What an assertion asks for, or ``if a.shape != b.shape: raise``."""
    if isinstance(statement, ast.Assert):
        return statement.test
    above = file.parents.get(statement) if isinstance(statement, ast.Raise) else None
    return above.test if isinstance(above, ast.If) and statement in above.body else None


def _target_of(statement: ast.stmt | None) -> ast.expr | None:
    """The first target of an assignment."""
    if isinstance(statement, ast.Assign):
        return statement.targets[0]
    return getattr(statement, "target", None)


def _statement_at(file: SourceFile, row: int) -> ast.stmt | None:
    found = None
    for node in ast.walk(file.tree):
        if isinstance(node, ast.stmt) and node.lineno <= row <= (node.end_lineno or node.lineno):
            found = node if found is None or node.lineno >= found.lineno else found
    return found


def shapes_compared(test: ast.expr) -> tuple[ast.expr, ast.expr] | None:
    """Return a and b of ``a.shape == b.shape``."""
    if not isinstance(test, ast.Compare) or len(test.ops) != 1:
        return None
    sides = []
    for side in (test.left, test.comparators[0]):
        if isinstance(side, ast.Attribute) and side.attr == "shape":
            sides.append(side.value)
        elif isinstance(side, ast.Call) and getattr(side.func, "attr", "") == "shape" and side.args:
            sides.append(side.args[0])
    return (sides[0], sides[1]) if len(sides) == 2 else None


def _locals(error: BaseException | None, filename: str) -> dict[str, Any]:
    """Return the variables of the user's innermost frame."""
    traceback: TracebackType | None = None if error is None else error.__traceback__
    found: dict[str, Any] = {}
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == filename:
            found = {**traceback.tb_frame.f_globals, **traceback.tb_frame.f_locals}
        traceback = traceback.tb_next
    return found


def _looked_up(
    seen: Seen, file: SourceFile, expression: ast.expr, local: dict[str, Any]
) -> Operand | None:
    """Return the value of an expression, by looking only: a variable, an attribute, or the tape."""
    value = _plain_value(expression, local)
    if isinstance(value, np.ndarray):
        return _operand(seen, file, expression, value)
    text = text_of(file, expression)
    for node in reversed(seen.recording.tape.nodes):
        by_place = node.spot is not None and node.spot.node is expression
        if by_place or text in node.names:
            if node.value is None and not node.shape:
                return None
            shown = np.broadcast_to(0.0, node.shape) if node.value is None else node.value
            return Operand(expression, text, shown, node)
    return None


def _plain_value(expression: ast.expr, local: dict[str, Any]) -> Any:
    if isinstance(expression, ast.Name):
        return local.get(expression.id)
    if isinstance(expression, ast.Attribute):
        owner = _plain_value(expression.value, local)
        return getattr(owner, "__dict__", {}).get(expression.attr)
    if isinstance(expression, ast.Subscript) and isinstance(expression.slice, ast.Constant):
        owner = _plain_value(expression.value, local)
        key = expression.slice.value
        if type(owner) is dict:
            return owner.get(key)
        if (
            type(owner) in (list, tuple)
            and isinstance(key, int)
            and -len(owner) <= key < len(owner)
        ):
            return owner[key]
    return None
