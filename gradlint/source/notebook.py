"""Notebooks: the code cells of an ``.ipynb`` as one program, and edits written back into a cell.

What only IPython understands (``%magics``, ``!shell``, ``?help``) does nothing when the cells are
run as a script; cells such as ``%%timeit`` run as code.  An edit replaces the source of its cell in
the JSON text and not one character more: outputs and metadata stay as they are.  Nothing is run
here.
"""

from __future__ import annotations

import ast
import json
import re
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import TYPE_CHECKING, Any, NamedTuple

from gradlint.findings import Assumption, Site
from gradlint.source.edits import apply
from gradlint.source.program import NoProgram, Program, Row, joined

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gradlint.findings import Edit

_RUN_AS_CODE = {"timeit", "time", "capture", "prun", "gradlint", "memit", "mprun", "lprun"}
_LINE_CODE = re.compile(r"(\s*)%(?:time|timeit|prun|memit|lprun)\s+(?:-\w\s*\d*\s+)*(?=\S)")
_CAPTURED = re.compile(r"(\s*[\w.,\s]+=\s*)[%!]")
_HELP = re.compile(r"\s*(?:\?{1,2}[\w.*]+|[\w.*]+\?{1,2})\s*$")
_OPEN = ("unterminated triple", "was never closed", "unexpected EOF", "unterminated string")
# What IPython gives every session; a script has to bring it.
_SESSION = {
    "get_ipython": "from unittest.mock import MagicMock as get_ipython",
    "display": "display = print",
}
_BLANK = re.compile(r"[ \t\r\n]*")


class Cell(NamedTuple):
    """A code cell: its number among all cells, from 1, its source, and when it was last run."""

    number: int
    source: str
    ran: int | None = None


def program(filename: str, text: str) -> Program:
    """The program of a notebook; raises ``NoProgram`` if it has none."""
    cells, said = _ordered(filename, code_cells(text))
    pieces: list[tuple[str, Row | None]] = []
    whole = "\n".join(cell.source for cell in cells)
    for name, line in _SESSION.items():
        if re.search(rf"\b{name}\s*\(", whole):
            pieces.append((line, None))
    for cell in cells:
        pieces += [
            (line, Row(number, cell.number, columns))
            for number, (line, columns) in enumerate(without_magics(cell.source), start=1)
        ]
        pieces.append(("", Row(1, cell.number)))
    joint, rows = joined(pieces)
    return Program(filename, joint, whole, rows, {c.number: c.source for c in cells}, said)


def _ordered(filename: str, cells: list[Cell]) -> tuple[list[Cell], tuple[Assumption, ...]]:
    """The cells in the order they were run in, where they cannot run in the order they stand in.

    They cannot if one uses a name that only a later one gives, and they can the other way round.
    """
    by_number = sorted(cells, key=lambda cell: cell.ran or 0)
    if any(cell.ran is None for cell in cells) or by_number == cells:
        return cells, ()
    early = _used_early(cells)
    if early is None or _used_early(by_number) is not None:
        return cells, ()
    order = ", ".join(str(cell.number) for cell in by_number)
    site = Site(filename, 1, 1, 1, 1, early)
    text = f"the order in which the cells were run: {order}"
    return by_number, (Assumption("restored", text, site),)


def _used_early(cells: list[Cell]) -> int | None:
    """The first cell that uses, as it runs, a name that a later one gives; None without one."""
    trees = [_tree(cell.source) for cell in cells]
    given: set[str] = set()
    for k, (cell, tree) in enumerate(zip(cells, trees, strict=True)):
        later = {name for other in trees[k + 1 :] for name in _bound(other)}
        own = _bound(tree)
        if (_read_at_once(tree) & later) - given - own:
            return cell.number
        given |= own
    return None


def _tree(source: str) -> ast.Module:
    try:
        return ast.parse("\n".join(text for text, _ in without_magics(source)))
    except (SyntaxError, ValueError):
        return ast.Module([], [])


def _bound(tree: ast.AST) -> set[str]:
    """The names that a cell gives: assigned, defined or imported."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.alias):
            names.add((node.asname or node.name).partition(".")[0])
    return names


def _read_at_once(tree: ast.AST) -> set[str]:
    """The names that a cell reads when it is run, and not when a function of it is called."""
    names: set[str] = set()
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            names.add(node.id)
        names |= _read_at_once(node)
    return names


def code_cells(text: str) -> list[Cell]:
    """The code cells of a notebook; raises ``NoProgram`` if it cannot be read or has none."""
    try:
        document = json.loads(text)
    except ValueError as error:
        row = getattr(error, "lineno", 1)
        ends = getattr(error, "pos", 0) >= len(text.rstrip()) or "Unterminated" in str(error)
        how = "the file ends in the middle of it" if ends else f"its JSON breaks in line {row}"
        raise NoProgram(
            f"the notebook cannot be read: {how}", "save it again in Jupyter", row
        ) from None
    if not isinstance(document, dict) or not ("cells" in document or "worksheets" in document):
        raise NoProgram("the file is JSON, but no notebook: it has no cells", "give an .ipynb file")
    language = _language(document)
    if language not in ("", "python", "ipython"):
        raise NoProgram(f"the notebook is written in {language}", "give a Python notebook")
    cells = [
        Cell(number, _source(cell), cell.get("execution_count", cell.get("prompt_number")))
        for number, cell in enumerate(_cells(document), start=1)
        if isinstance(cell, dict) and cell.get("cell_type") == "code" and _source(cell).strip()
    ]
    if not cells:
        raise NoProgram(
            "the notebook has no code cell", "give the notebook that trains the network"
        )
    return cells


def _language(document: dict[str, Any]) -> str:
    metadata = document.get("metadata")
    kernel = metadata.get("kernelspec") if isinstance(metadata, dict) else None
    language = kernel.get("language") if isinstance(kernel, dict) else None
    return re.sub(r"[\d.]+$", "", str(language or "")).lower()


def _cells(document: dict[str, Any]) -> Iterable[Any]:
    if "worksheets" not in document:
        return document["cells"] if isinstance(document["cells"], list) else []
    return [cell for sheet in document["worksheets"] for cell in sheet.get("cells", [])]


def _source(cell: dict[str, Any]) -> str:
    source = cell.get("source", cell.get("input", ""))
    return "".join(map(str, source)) if isinstance(source, list) else str(source)


# -- what only IPython understands ----------------------------------------------------------------


def without_magics(source: str) -> list[tuple[str, tuple[int, ...] | None]]:
    """The rows of a cell as a script may run them, each with the columns of its characters."""
    rows = re.split(r"\r\n|\r|\n", source)
    shown: list[tuple[str, tuple[int, ...] | None]] = []
    first = next((n for n, row in enumerate(rows) if row.strip()), 0)
    kind = re.match(r"%%(\w+)", rows[first])
    if kind:
        if kind[1] not in _RUN_AS_CODE:
            return [("", None)] * len(rows)
        rows[first] = ""
    if _parses("\n".join(rows)):
        return [(row, None) for row in rows]
    for row in rows:
        command = row.lstrip().startswith(("%", "!")) or _CAPTURED.match(row) or _HELP.match(row)
        if command and _is_complete("\n".join(text for text, _ in shown)):
            shown.append(_blanked(row))
        else:
            shown.append((row, None))
    return shown


def _blanked(row: str) -> tuple[str, tuple[int, ...] | None]:
    code = _LINE_CODE.match(row)
    if code:
        kept = [*range(len(code[1])), *range(code.end(), len(row) + 1)]
        return code[1] + row[code.end() :], tuple(kept)
    captured = _CAPTURED.match(row)
    if captured:
        return captured[1] + "[]", None
    lead = row[: len(row) - len(row.lstrip())]
    return lead + "pass", (*range(len(lead)), *[len(lead)] * 5)


def _parses(text: str) -> bool:
    try:
        ast.parse(text)
    except (SyntaxError, ValueError):
        return False
    return True


def _is_complete(text: str) -> bool:
    """Whether a new statement can begin after a text: no bracket and no string is open."""
    try:
        ast.parse(text)
    except SyntaxError as error:
        return not (error.msg or "").startswith(_OPEN) and "never closed" not in (error.msg or "")
    except ValueError:
        return True
    return True


# -- writing back ---------------------------------------------------------------------------------


def edited(text: str, edits: Iterable[Edit]) -> str:
    """The JSON of a notebook after edits of its cells, everything else left as it is."""
    by_cell: dict[int, list[Edit]] = {}
    for edit in edits:
        by_cell.setdefault(edit.site.cell or 0, []).append(edit)
    changes = []
    for number, (start, end) in enumerate(_source_spans(text), start=1):
        if number not in by_cell or end <= start:
            continue
        old = json.loads(text[start:end])
        source = "".join(old) if isinstance(old, list) else old
        new = apply(source, by_cell[number])
        changes.append((start, end, _written(new, old, text, start, end)))
    for start, end, content in sorted(changes, reverse=True):
        text = text[:start] + content + text[end:]
    return text


def _written(new: str, old: Any, text: str, start: int, end: int) -> str:
    """The JSON of a cell's source in the layout that the document has."""
    escaped = text[start:end].isascii() and not new.isascii() and "\\u" in text[start:end]
    lines: Any = new.splitlines(keepends=True) if isinstance(old, list) else new
    if isinstance(old, str) or "\n" not in text[start:end]:
        return json.dumps(lines, ensure_ascii=escaped)
    first = re.search(r"\n([ \t]*)\"", text[start:end])
    last = re.search(r"\n([ \t]*)\]$", text[start:end])
    inner, outer = first[1] if first else " ", last[1] if last else ""
    rows = (f"\n{inner}{json.dumps(line, ensure_ascii=escaped)}" for line in lines)
    return "[" + ",".join(rows) + f"\n{outer}]"


def _source_spans(text: str) -> list[tuple[int, int]]:
    """Where the source of each cell stands in the JSON text; (0, 0) for one without."""
    spans: list[tuple[int, int]] = []
    for key, start, _ in _members(text, _skip(text, 0)):
        if key == "cells":
            for at in _items(text, start):
                found = [(s, e) for k, s, e in _members(text, at) if k == "source"]
                spans.append(found[0] if found else (0, 0))
        elif key == "worksheets":
            for sheet in _items(text, start):
                for inner, begin, _ in _members(text, sheet):
                    for at in _items(text, begin) if inner == "cells" else ():
                        found = [(s, e) for k, s, e in _members(text, at) if k == "input"]
                        spans.append(found[0] if found else (0, 0))
    return spans


def _skip(text: str, at: int) -> int:
    match = _BLANK.match(text, at)
    return match.end() if match else at


def _members(text: str, at: int) -> Iterable[tuple[str, int, int]]:
    """The key of each member of an object, and where its value stands."""
    decoder = json.JSONDecoder()
    at = _skip(text, at + 1)
    while text[at] == '"':
        key, at = scanstring(text, at + 1, True)
        start = _skip(text, _skip(text, at) + 1)
        _, at = decoder.raw_decode(text, start)
        yield key, start, at
        at = _skip(text, at)
        at = _skip(text, at + 1) if text[at] == "," else at


def _items(text: str, at: int) -> Iterable[int]:
    """Where each item of an array begins."""
    decoder = json.JSONDecoder()
    at = _skip(text, at + 1)
    while text[at] != "]":
        yield at
        _, at = decoder.raw_decode(text, at)
        at = _skip(text, at)
        at = _skip(text, at + 1) if text[at] == "," else at
