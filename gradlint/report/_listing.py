"""The operations of a trace, a row for each; in a terminal, shapes may go into a row below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradlint.report._lines import length, wrap

if TYPE_CHECKING:
    from gradlint.findings import Array, Operation, Trace

_INDENT = " " * 8
_WIDTH = 44


def render(trace: Trace, *, width: int | None = None) -> str:
    """Return a row for each operation, broken before its operands if wider than ``width``."""
    rows = [f"{trace.note}\n"] if trace.note else []
    for operation, times in trace.operations:
        counted = f"  ({times} times)" if times > 1 else ""
        rows += _fitted(f"{operation.row:>4}  {_said(operation)}{counted}", width)
    return "".join(f"{row}\n" for row in rows)


def _said(operation: Operation) -> str:
    result = operation.result
    shape = result.shape if result.axes else "number"
    left = f"{result.name} {shape}" if result.name else shape
    given = [_operand(array) for array in operation.operands if array.name]
    given = [operand for operand in given if operand not in (left, operation.text)]
    shown = f"  with {', '.join(given)}" if given else ""
    mark = f"  <- {operation.mark}" if operation.mark else ""
    return f"{left:<{_WIDTH}} = {operation.text}{shown}{mark}"


def _operand(array: Array) -> str:
    return f"{array.name} {array.shape}"


def _fitted(row: str, width: int | None) -> list[str]:
    head, given, tail = row.partition("  with ")
    if width is None or length(row) <= width or not given:
        return [row]
    room = width - len(_INDENT)
    return [head, *(_INDENT + part for part in wrap(f"with {tail}", room, room))]
