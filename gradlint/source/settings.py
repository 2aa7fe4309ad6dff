"""``--set NAME=EXPR``: what the program itself gives a name at module level gives way to it.

A name that the program never defines is given before the start (by the stage); one that a load or a
formula gives is replaced where it is first given.  A setting that changes nothing is an error, for
somebody meant it to.
"""

from __future__ import annotations

import ast
import dataclasses
from typing import TYPE_CHECKING

from gradlint.source.program import NoProgram

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gradlint.source.program import Program

Setting = tuple[str, str]


def applied(program: Program, settings: Sequence[Setting]) -> Program:
    """The program with the settings in place of its own values; raises ``NoProgram``.

    What it does not give itself is left for the stage to give.
    """
    if not settings:
        return program
    tree = ast.parse(program.text)
    names = _names(tree)
    for name, _ in settings:
        if name not in names:
            import difflib  # only where something is misspelt

            close = difflib.get_close_matches(name, names, n=1)
            remedy = f"did you mean `{close[0]}`?" if close else "leave it out"
            raise NoProgram(f"--set {name} has no effect: the program never uses the name", remedy)
    given = dict(settings)
    changes: dict[ast.Assign, None] = {}
    for name in given:
        place = _first_given(tree, name)
        if place is not None:
            changes[place] = None
    rows = program.text.split("\n")
    for change in changes:
        _replace(rows, change, given)
    return dataclasses.replace(program, text="\n".join(rows))


def _names(tree: ast.Module) -> set[str]:
    """Every name that is read, every parameter, and every global."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            found.add(node.id)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            found.add(node.target.id)
    return found


def _first_given(tree: ast.Module, name: str) -> ast.Assign | None:
    """The first statement that gives a name at module level without looking at its old value."""
    for node in _module_level(tree.body):
        loads = {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and not _is_target(n)}
        if isinstance(node, ast.Assign) and name in _targets(node):
            return None if name in loads else node
        if name in loads and not isinstance(node, ast.FunctionDef | ast.ClassDef):
            return None  # it is used before: it has to be there from the start
    return None


def _module_level(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of the module in order, those in branches and loops among them."""
    for node in body:
        inner = [getattr(node, part, []) for part in ("body", "orelse", "finalbody")]
        compound = not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        if compound and any(inner):
            for part in inner:
                yield from _module_level(part)
            for handler in getattr(node, "handlers", []):
                yield from _module_level(handler.body)
        else:
            yield node


def _is_target(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)


def _targets(node: ast.Assign) -> list[str]:
    return [
        n.id for t in node.targets for n in ast.walk(t) if isinstance(n, ast.Name) and _is_target(n)
    ]


def _replace(rows: list[str], node: ast.Assign, given: dict[str, str]) -> None:
    """Write the settings in place of a statement, without moving a row."""
    targets = _targets(node)
    others = [name for name in targets if name not in given]
    first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
    new = "; ".join(f"{name} = {given[name]}" for name in targets if name in given)
    new = f"import numpy as np; {new}" if "np." in new else new
    if others and any(isinstance(n, ast.Call) for n in ast.walk(node.value)):
        missing = ", ".join(f"`{name}`" for name in others)
        raise NoProgram(
            f"line {node.lineno} gives {', '.join(f'`{name}`' for name in targets)} together",
            f"give {missing} with --set as well",
            node.lineno,
        )
    head = rows[first].encode()[: node.col_offset].decode()
    tail = rows[last].encode()[node.end_col_offset or 0 :].decode()
    kept = "" if not others else ast.unparse(node) + "; "
    rows[first : last + 1] = [head + kept + new + tail, *[""] * (last - first)]
