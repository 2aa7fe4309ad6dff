"""Lines that compute nothing: where a value gets the name, or the key, it is wrong under.

``dz = dh``, ``grads["W"] = d`` and ``return g`` in a layer that should have changed it leave no
operation behind.  What a mistake would change in the line that made the value is changed here
instead, in the names that are known here.
"""

from __future__ import annotations

import ast
import copy
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.diagnosis.alterations import altered
from gradlint.diagnosis.line import Scene
from gradlint.reading.graph import is_scalar
from gradlint.structs import struct
from gradlint.trace.primitives import add_at, assigned, setitem, write_view
from gradlint.trace.tape import Node

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.diagnosis.context import Context
    from gradlint.findings import Site
    from gradlint.trace.tape import Invocation

Edits = tuple[tuple[ast.expr, str], ...]
_WRITES = {add_at, assigned, setitem, write_view}
_SCALING = {np.multiply, np.true_divide, np.negative}
_NAMES = (ast.Name, ast.Attribute, ast.Subscript)


@struct(eq=False)
class Alias:
    """A second name: the statement, the value as it stands there, and the name it gets.

    ``call`` is the call whose function gives its argument back, if it is one.
    """

    statement: ast.stmt
    value: ast.expr
    target: ast.expr | None = None
    call: Invocation | None = None

    def site(self, case: Context) -> Site:
        """Where the finding points."""
        assert case.node.spot is not None
        whole = self.statement if self.target is not None or self.call else self.value
        return case.node.spot.file.site(whole)


def alias_of(case: Context) -> Alias | None:
    """Where a value that is right for something else gets the name it is wrong under."""
    part = case.suspect.kind == "part"
    if case.suspect.kind == "multiple" or not (part or case.suspect.really is not None):
        return None
    spot, node = case.node.spot, case.node
    assert spot is not None
    for call in case.step.tape.invocations:
        if call.result is node and any(a is node for a in call.args):
            found = _returned(call, spot.file)
            if found is not None:
                return found
    scope = spot.file.function(spot.node) or spot.file.tree
    for alias in _in(scope):
        if not _gives_its_name(alias, node):
            continue
        if part or _is_read_once(alias.value, scope):
            return alias
    return None


def taken_under(case: Context, update: ast.stmt, value: Node | None = None) -> Alias | None:
    """Where a value (the suspect, if none is given) gets the name that an update takes it under."""
    spot = case.node.spot
    read = {ast.unparse(e) for e in ast.walk(update) if isinstance(e, _NAMES)}
    for node in scaled(case, value):
        for alias in _in(spot.file.tree) if spot is not None else ():
            if isinstance(alias.target, ast.Constant):
                if ast.unparse(alias.value) in _names(node) and _has_key(node, alias.target):
                    return alias
            elif _gives_its_name(alias, node) and ast.unparse(alias.target) in read:  # type: ignore[arg-type]
                return alias
    return None


def scaled(case: Context, value: Node | None = None) -> list[Node]:
    """The suspect, and constant multiples of it: a factor counts as part of the learning rate."""
    found = [value or case.node]
    for node in found:
        found += [
            reader
            for reader in case.step.graph.readers[node.index]
            if reader.function in _SCALING and reader.shape == case.node.shape
            if all(p is node or is_scalar(p) for p in reader.parents) and reader not in found
        ]
    return found


def _has_key(node: Node, key: ast.Constant) -> bool:
    return any(name.endswith(f"[{key.value!r}]") for name in node.names)


def _in(scope: ast.AST) -> Iterator[Alias]:
    """All lines of a function that give a name or a key to what has a name already."""
    for statement in ast.walk(scope):
        if not isinstance(statement, ast.Assign | ast.Return):
            continue
        value = statement.value
        if isinstance(value, ast.Name) and isinstance(statement, ast.Assign):
            yield Alias(statement, value, statement.targets[0])
        elif isinstance(value, ast.Dict):
            for key, item in zip(value.keys, value.values, strict=True):
                if isinstance(item, ast.Name) and isinstance(key, ast.Constant):
                    yield Alias(statement, item, key)


def _gives_its_name(alias: Alias, node: Node) -> bool:
    if alias.target is None or isinstance(alias.target, ast.Constant):
        return False
    return {ast.unparse(alias.value), ast.unparse(alias.target)} <= _names(node)


def _names(node: Node) -> set[str]:
    """The names of a value, and of what it was before it was written into."""
    found = set(node.names)
    while node.function in _WRITES and isinstance(node.args[0], Node):
        node = node.args[0]
        found |= set(node.names)
    return found


def _is_read_once(value: ast.expr, scope: ast.AST) -> bool:
    """Whether nothing else in a function reads a name."""
    name = ast.unparse(value)
    reads = [n for n in ast.walk(scope) if isinstance(n, ast.Name) and n.id == name]
    return not any(isinstance(n.ctx, ast.Load) and n is not value for n in reads)


def _returned(call: Invocation, file: Any) -> Alias | None:
    """The return statement of a function that gives back its argument as it is."""
    function = call.function
    code = getattr(getattr(function, "__func__", function), "__code__", None)
    if code is None or code.co_filename != file.filename:
        return None
    for node in ast.walk(file.tree):
        if isinstance(node, ast.FunctionDef) and node.lineno == code.co_firstlineno:
            returns = [n for n in ast.walk(node) if isinstance(n, ast.Return)]
            if returns and returns[-1].value is not None:
                return Alias(returns[-1], returns[-1].value, call=call)
    return None


# -- edits ----------------------------------------------------------------------------------------


def edits_there(case: Context, edits: Edits) -> Edits | None:
    """What edits that build on the whole line come to where its value gets a second name."""
    alias, whole = alias_of(case), case.altered(edits)
    if alias is None or whole is None or case.root is None or whole is case.root:
        return None
    if not any(part is case.root for part in ast.walk(whole)):
        return None
    here = ast.parse(ast.unparse(alias.value), mode="eval").body
    changed: ast.expr | None = altered(whole, case.root, here)
    if alias.call is not None and changed is not None:
        changed = _translated(case, changed, here, alias.call)
    return None if changed is None else ((alias.value, ast.unparse(changed)),)


def definition(case: Context, name: ast.expr, new: str) -> ast.expr | None:
    """What a name stands for that only the line reads, if ``new`` can stand there in its place."""
    node = dict(case.parts()).get(name) if isinstance(name, ast.Name) else None
    statement = None if node is None or node.spot is None else node.spot.statement
    if not isinstance(statement, ast.Assign) or node is None or node.spot is None:
        return None
    file, value = node.spot.file, statement.value
    scope = file.function(statement) or file.tree
    bound = [ast.unparse(target) for target in statement.targets] == [ast.unparse(name)]
    made = node.spot.node is value and node.frame == case.node.frame
    if not bound or not made or not _is_read_once(name, scope):
        return None
    return value if _read(ast.parse(new, mode="eval")) <= _read(value) else None


def _read(expression: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(expression) if isinstance(n, ast.Name)}


def _translated(
    case: Context, expression: ast.expr, kept: ast.expr, call: Invocation
) -> ast.expr | None:
    """An expression in the names that are known in another call; None if one is not."""
    there = copy.copy(case.node)
    there.frame, there.index, there.spot = call.frame, call.start, None
    scene = Scene(case.study, there, case.recording.namespace)
    for part in list(_operands(expression, kept)):
        node = case.scene.names.get(ast.unparse(part)) or case.scene.parts.get(part)
        if node is None:
            continue  # a module or a function: known everywhere
        names = [name for name, value in scene.names.items() if value is node]
        if not names:
            return None
        name = min(names, key=lambda text: (not text.isidentifier(), len(text)))
        expression = altered(expression, part, ast.parse(name, mode="eval").body)
    return expression


def _operands(expression: ast.AST, kept: ast.expr) -> Iterator[ast.expr]:
    """The names an expression reads, the largest ones that stand for values."""
    for part in ast.iter_child_nodes(expression):
        if part is kept or (isinstance(part, ast.Attribute) and part.attr == "T"):
            yield from _operands(part, kept) if part is not kept else ()
        elif isinstance(part, _NAMES) and not isinstance(part.ctx, ast.Store):
            yield part
        else:
            yield from _operands(part, kept)
