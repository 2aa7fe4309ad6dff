"""``%%gradlint`` in Jupyter and IPython: check a cell as it would run now, in this session.

The cell starts from the session's namespace: values are handed over as they are, functions and
classes as the text of the cells that define them, so that findings can point there.  It runs in a
process of its own; the session stays as it was.  IPython itself is never imported: what a session
offers is asked of the shell.
"""

from __future__ import annotations

import contextlib
import dataclasses
import inspect
import os
import pickle
import re
import shlex
import sys
import tempfile
import textwrap
import types
from typing import TYPE_CHECKING, Any

from gradlint.source.notebook import without_magics
from gradlint.source.program import Program, Row, joined

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gradlint.config import Options
    from gradlint.findings import Report

_SESSION = "session"
_LARGEST = 500_000_000  # bytes of one value that is handed over
_USAGE = """%%gradlint [--set NAME=EXPR] [--seed N] [--timeout SECONDS]   check this cell
%gradlint explain [N]                                          annotate a cell (the last one)
%gradlint check [N]                                            check a cell (the last one)
%gradlint rule CODE                                            the page of a mistake
"""
Piece = tuple[str, Row | None]


def load(shell: Any) -> None:
    """Register the magics with a session."""

    def gradlint(line: str, cell: str | None = None) -> Any:
        """Check the gradients of a cell, with the session's namespace as its start."""
        return _cell(shell, line, cell) if cell is not None else _line(shell, line)

    shell.register_magic_function(gradlint, magic_kind="line_cell", magic_name="gradlint")


def _cell(shell: Any, line: str, cell: str) -> Report | None:
    """Check a cell; what is returned, the session shows."""
    options = _options(line)
    if options is None:
        return None
    number = len(_history(shell)) - 1
    whole = f"%%gradlint {line}".rstrip() + f"\n{cell}"
    with _session(shell, number, whole, options) as (program, given):
        from gradlint.checking.files import check_program

        return check_program(program, given)


def _line(shell: Any, line: str) -> Any:
    """Do what ``%gradlint`` asks for."""
    words = shlex.split(line)
    if words[:1] == ["rule"] and len(words) == 2:
        from gradlint.doors.cli import main

        main(["rule", words[1]])
        return None
    options = _options(" ".join(w for w in words[1:] if not w.isdecimal()))
    if not words or words[0] not in ("explain", "check") or options is None:
        sys.stdout.write(_USAGE)
        return None
    number = next((int(word) for word in words[1:] if word.isdecimal()), None)
    found = _earlier(shell, number)
    if found is None:
        sys.stdout.write("gradlint: there is no such cell in this session\n")
        return None
    with _session(shell, *found, options) as (program, given):
        from gradlint.checking.files import check_program, explain_program

        if words[0] == "check":
            return check_program(program, given)
        explanation = explain_program(program, given)
    from gradlint.report import explain

    shown = {found[0]: program.cells[found[0]]}
    sys.stdout.write(explain.render(dataclasses.replace(explanation, cells=shown), width=100))
    return None


def _options(line: str) -> Options | None:
    """The options behind a magic; None if they were not understood, which is then said."""
    from gradlint.config import Options
    from gradlint.doors.arguments import command_parser

    try:
        chosen = command_parser().parse_args(["check", "-", *shlex.split(line)])
    except SystemExit:
        return None
    given = {name: getattr(chosen, name) for name in ("seed", "timeout", "fill")}
    changes: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    return Options(**changes, set=tuple(chosen.set or ()))


def _history(shell: Any) -> Sequence[str]:
    """The cells that were run, as they were typed, this one last; the first stands for none."""
    return list(shell.history_manager.input_hist_raw)


def _earlier(shell: Any, number: int | None) -> tuple[int, str] | None:
    """A cell that was run: its number and its text."""
    cells = _history(shell)
    if number is not None:
        return (number, cells[number]) if 0 < number < len(cells) else None
    for at in range(len(cells) - 2, 0, -1):
        text = cells[at].strip()
        if text and not text.startswith(("%gradlint", "%load_ext")):
            return at, cells[at]
    return None


# -- the session as the start of a program --------------------------------------------------------


@contextlib.contextmanager
def _session(shell: Any, number: int, cell: str, options: Options) -> Any:
    """A cell as a program, and the options that hand the session's values to it."""
    namespace = {
        name: value
        for name, value in shell.user_ns.items()
        if not name.startswith("_") and name not in ("In", "Out", "exit", "quit", "get_ipython")
    }
    rows = without_magics(cell)
    text = "\n".join(row for row, _ in rows)
    used = _used(text, namespace)
    cells = {number: cell}
    pieces: list[Piece] = []
    for name in used:
        pieces += _written(name, namespace[name], _history(shell), cells)
    pieces += [(row, Row(n, number, columns)) for n, (row, columns) in enumerate(rows, start=1)]
    joint, places = joined(pieces)
    with tempfile.TemporaryDirectory(prefix="gradlint-") as folder:
        handed = {n: namespace[n] for n in used if not _is_written(namespace[n])}
        start = tuple(_handed_over(handed, folder))
        yield Program(_SESSION, joint, joint, places, cells, start=start), options


def _used(text: str, namespace: Mapping[str, Any]) -> list[str]:
    """The names of the session that a text uses, and those that their functions use in turn."""
    found: dict[str, None] = {}
    left = [text]
    while left:
        for name in re.findall(r"[^\W\d]\w*", left.pop()):
            if name in namespace and name not in found:
                found[name] = None
                left.append(_source(namespace[name]))
    order = list(namespace)
    return sorted(found, key=order.index)


def _is_written(value: Any) -> bool:
    return isinstance(value, types.ModuleType) or bool(_source(value))


def _source(value: Any) -> str:
    """The text of a function or a class that the session defined; empty for anything else."""
    own = getattr(value, "__module__", None) == "__main__"
    if not own or not isinstance(value, types.FunctionType | type):
        return ""
    with contextlib.suppress(OSError, TypeError):
        return textwrap.dedent(inspect.getsource(value))
    return ""


def _written(name: str, value: Any, history: Sequence[str], cells: dict[int, str]) -> list[Piece]:
    """The rows that bring a module, a function or a class; none for a value."""
    if isinstance(value, types.ModuleType):
        return [(f"import {value.__name__} as {name}", None)]
    source = _source(value)
    if not source:
        return []
    rows = source.rstrip("\n").split("\n")
    first = rows[0].strip()
    for number in range(len(history) - 1, 0, -1):
        lines = history[number].split("\n")
        at = next((n for n, row in enumerate(lines) if row.strip() == first), None)
        if at is not None and len(lines) >= at + len(rows):
            cells[number] = history[number]
            return [(row, Row(at + n + 1, number)) for n, row in enumerate(rows)]
    return [(row, None) for row in rows]


def _handed_over(values: Mapping[str, Any], folder: str) -> list[tuple[str, str]]:
    """Settings that read values from files; what cannot be written is left out."""
    settings = []
    for name, value in values.items():
        path = os.path.join(folder, f"{name}.pickle")
        try:
            data = pickle.dumps(value)
        except Exception:  # noqa: BLE001 - a value may refuse in any way; it is missing then
            continue
        if len(data) > _LARGEST:
            continue
        with open(path, "wb") as stream:
            stream.write(data)
        settings.append((name, f"__import__('pickle').load(open({path!r}, 'rb'))"))
    return settings
