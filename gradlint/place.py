"""Where a finding points: the expression that goes wrong, or the line that misuses a right one."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from gradlint.roles.names import meant_by, plain

if TYPE_CHECKING:
    from gradlint.case import Case
    from gradlint.findings import Site
    from gradlint.trace.tape import Node


def of(case: Case) -> Site:
    """The place of a case."""
    spot = case.node.spot
    assert spot is not None
    found = case.taken_at or _alias(case)
    return found or spot.file.site(case.root if case.root is not None else spot.node)


def taken_at(case: Case) -> Site | None:
    """The update that takes a right derivative of something else for its gradient.

    Only where the value has other uses as well, or a name that does not call it this gradient: then
    it is the update that is wrong.
    """
    own = case.suspect.parameter
    if own is None or case.suspect.really is None:
        return None
    graph, update = case.step.graph, own.parameter.update
    used = graph.ancestors([update.new])
    shared = any(
        r.index not in used and r.index not in update.path and r.index <= case.step.end
        for r in graph.readers[case.node.index]
    ) or any(
        t.node is case.node
        for r in case.reference.results
        if r is not own
        for t in r.gradient.terms
    )
    wanted = plain(own.parameter.name)
    misnamed = bool(case.node.names) and all(meant_by(n) != wanted for n in case.node.names)
    spot = update.new.spot
    if spot is None or not (shared or misnamed):
        return None
    return spot.file.site(spot.statement)


def _alias(case: Case) -> Site | None:
    """Where a value that is right for something else gets the name it is wrong under.

    ``dh = through_weights``, or ``return g`` in a layer that should have changed it.
    """
    part = case.suspect.kind == "part"
    if case.suspect.kind == "multiple" or not (part or case.suspect.really is not None):
        return None
    spot, node = case.node.spot, case.node
    assert spot is not None
    for call in case.step.tape.invocations:
        if call.result is node and any(a is node for a in call.args):
            returned = _returned(call.function, spot.file)
            if returned is not None:
                return returned
    scope = spot.file.function(spot.node) or spot.file.tree
    for statement in ast.walk(scope):
        name = statement.value if isinstance(statement, ast.Assign) else None
        if not isinstance(name, ast.Name) or not _gives_its_name(statement, name, node):
            continue
        if part or _is_read_once(name, scope):
            return spot.file.site(statement)
    return None


def _gives_its_name(statement: ast.AST, name: ast.Name, node: Node) -> bool:
    assert isinstance(statement, ast.Assign)
    targets = {ast.unparse(target) for target in statement.targets}
    return name.id in node.names and bool(targets & set(node.names))


def _is_read_once(name: ast.Name, scope: ast.AST) -> bool:
    """Whether nothing else in a function reads a name."""
    reads = [n for n in ast.walk(scope) if isinstance(n, ast.Name) and n.id == name.id]
    return not any(isinstance(n.ctx, ast.Load) and n is not name for n in reads)


def _returned(function: Any, file: Any) -> Site | None:
    """The return statement of a function that gives back its argument as it is."""
    code = getattr(getattr(function, "__func__", function), "__code__", None)
    if code is None or code.co_filename != file.filename:
        return None
    for node in ast.walk(file.tree):
        if isinstance(node, ast.FunctionDef) and node.lineno == code.co_firstlineno:
            returns = [n for n in ast.walk(node) if isinstance(n, ast.Return)]
            return file.site(returns[-1]) if returns else None
    return None
