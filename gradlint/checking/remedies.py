"""Which small edit mends a crash: each is made in a copy of the program, which is run and judged.

An edit fits if the program then runs on, nothing is said against the line, and the axes that meet
in it belong together by all that the rest of the program does with them; where the step is known,
the gradients have to be right.  One that fits is the remedy.  Of two that are equally near, both
are said with what each means; of more, none.  It knows no mistake and proposes nothing itself.
"""

from __future__ import annotations

import ast
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.checking.shapes import raised
from gradlint.findings import Fix, is_claim
from gradlint.reading.axes.bench import FAR, Proposal
from gradlint.reading.axes.crash import frame_values, read_crash
from gradlint.reading.axes.dimensions import Axes
from gradlint.reading.axes.edits import proposals
from gradlint.reading.axes.pairs import serves_as_table
from gradlint.reading.axes.text import short
from gradlint.reading.axes.whole import joined
from gradlint.source.edits import apply, row_after
from gradlint.source.spots import SourceFile, Unreadable
from gradlint.structs import struct

if TYPE_CHECKING:
    from collections.abc import Callable

    from gradlint.findings import Report
    from gradlint.reading.axes.crash import Crash
    from gradlint.reading.axes.dimensions import Clash
    from gradlint.reading.axes.scope import Seen
    from gradlint.trace.record import Recording

_MOST = 12  # copies of the program that are run

Run = tuple["Recording", "Callable[[], Report]"]


@struct
class Remedy:
    """What to write instead, for people; ``fix`` where the gradients bear it out."""

    help: str
    text: str
    fix: Fix | None = None


@struct
class _Fitting:
    proposal: Proposal
    proven: bool  # by the gradients
    agreements: int
    value: Any


def remedy(seen: Seen, run: Callable[[SourceFile], Run]) -> Remedy | None:
    """Find what mends the crash of a run; ``run`` runs a program and can judge it."""
    crash = read_crash(seen)
    if crash is None:
        return None
    values = frame_values(crash, seen)
    fitting: list[_Fitting] = []
    tried = 0
    for proposal in proposals(seen):
        worked, value = _worked_out(crash, proposal, values)
        if not worked or any(_equal(value, other.value) for other in fitting):
            continue
        if tried == _MOST or (fitting and proposal.size > fitting[0].proposal.size):
            break
        tried += 1
        found = _tried(seen, crash, proposal, run)
        if found is not None:
            fitting.append(_Fitting(proposal, *found, value))
    return _chosen(fitting, crash)


def _chosen(fitting: list[_Fitting], crash: Crash) -> Remedy | None:
    proven = [f for f in fitting if f.proven]
    if proven:
        best = proven[0].proposal
        fix = Fix(f"write `{best.text}` {_instead_of(crash, best)}", best.edits)
        return Remedy(f"`{short(best.text)}`: {best.meaning}", best.text, fix)
    near = [f for f in fitting if f.proposal.size < FAR]
    known = [f for f in near if f.agreements] or near
    if not known or len(known) > 2:
        return None
    said = "; or ".join(f"`{short(f.proposal.text)}`: {f.proposal.meaning}" for f in known)
    return Remedy(said, known[0].proposal.text)


def _instead_of(crash: Crash, proposal: Proposal) -> str:
    """What an edit replaces: the operation that raised, or something in a line above."""
    place, file = crash.file.site(crash.place), crash.file
    rows = {edit.site.row for edit in proposal.edits}
    if rows <= set(range(place.row, place.end_row + 1)):
        return f"instead of `{' '.join(short(file.text_of(crash.place)).split())}`"
    return f"in line {min(rows)}"


def _worked_out(crash: Crash, proposal: Proposal, values: dict[str, Any]) -> tuple[bool, Any]:
    """Whether the statement runs with an edit on the values at hand, as far as that can be told."""
    text = _value_after(crash, proposal)
    if text is None:
        return True, None
    if _forgets(crash, text, values):
        return False, None
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = eval(f"({text}\n)", dict(values))
            return not _says_nothing(found), found
    except NameError:  # a function of the program's own, which needs its hooks
        return True, None
    except Exception:  # noqa: BLE001 - whatever the user's expression raises, it does not run
        return False, None


def _value_after(crash: Crash, proposal: Proposal) -> str | None:
    """What the statement assigns with an edit, if the edit lies in that."""
    file = crash.file
    value = getattr(file.statement(crash.place), "value", None)
    sites = [edit.site for edit in proposal.edits]
    whole = None if value is None else file.site(value)
    inside = whole is not None and all(
        (whole.row, whole.column) <= (s.row, s.column)
        and (s.end_row, s.end_column) <= (whole.end_row, whole.end_column)
        for s in sites
    )
    if whole is None or not inside:
        return None
    start = row_column(file.text, whole.row, whole.column)
    end = row_column(file.text, whole.end_row, whole.end_column)
    edited = apply(file.text, proposal.edits)
    return edited[start : end + len(edited) - len(file.text)]


def _forgets(crash: Crash, text: str, values: dict[str, Any]) -> bool:
    """Whether an update reads nothing but its own old value any more."""
    statement = crash.file.statement(crash.place)
    if not isinstance(statement, ast.Assign | ast.AugAssign):
        return False
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    own = {ast.unparse(target) for target in targets}

    def others(tree: ast.AST) -> set[str]:
        read = {ast.unparse(n) for n in ast.walk(tree) if isinstance(n, ast.Name | ast.Attribute)}
        return {n for n in read - own if isinstance(values.get(n.partition(".")[0]), np.ndarray)}

    try:
        return bool(others(statement.value)) and not others(ast.parse(f"({text}\n)", mode="eval"))
    except SyntaxError:
        return False


def _says_nothing(value: Any) -> bool:
    """Whether a result is nothing but zeros: something was taken from itself."""
    return isinstance(value, np.ndarray) and value.dtype.kind == "f" and not np.any(value)


def row_column(text: str, row: int, column: int) -> int:
    """Where a row and a column, both from 1, lie in a text."""
    rows = text.splitlines(keepends=True)
    return sum(map(len, rows[: row - 1])) + column - 1


def _equal(one: Any, other: Any) -> bool:
    if not isinstance(one, np.ndarray | np.number) or not isinstance(other, np.ndarray | np.number):
        return False
    return np.shape(one) == np.shape(other) and bool(np.array_equal(one, other, equal_nan=True))


def _tried(
    seen: Seen, crash: Crash, proposal: Proposal, run: Callable[[SourceFile], Run]
) -> tuple[bool, int] | None:
    """(Whether gradients prove it, how many axes agree) if an edit fits, else None."""
    try:
        edited = SourceFile(crash.file.filename, apply(crash.file.text, proposal.edits))
    except Unreadable:
        return None
    recording, report = run(edited)
    if raised(recording):
        return None
    judged = report()
    places = [crash.file.site(crash.place), *(edit.site for edit in proposal.edits)]
    rows = {row_after(site.row, proposal.edits) for site in places}
    if any(is_claim(f) and f.site.row in rows for f in judged.findings):
        return None
    if judged.parameters and seen.before is None:
        if judged.verdict == "right":
            return True, 1
        if any(p.verdict == "wrong" for p in judged.parameters):
            return None
    return _belongs(recording, proposal, rows)


def _belongs(recording: Recording, proposal: Proposal, rows: set[int]) -> tuple[bool, int] | None:
    """How many axes agree, where the axes that meet belong together by the rest of the program."""
    whole = recording if recording.behind is None else joined(recording)
    if proposal.pairs and not serves_as_table(whole, rows):
        return None
    agreements, clashes = _met(whole, rows)
    return None if clashes else (False, agreements)


def _met(recording: Recording, rows: set[int]) -> tuple[int, int]:
    """How many axes that meet in some rows are one dimension for all other lines, and how many not.

    Of two that met nothing else before nothing is known.
    """
    here = {n.index for n in recording.tape.nodes if n.spot is not None and n.spot.row in rows}
    if not here:
        return 0, 0
    rest = set(range(len(recording.tape))) - here
    axes = Axes(recording.tape, rest)
    clashes = [c for c in axes.clashes if c.node.index in here and _is_known(axes, c)]
    return sum(node.index in here for node in axes.agreed), len(clashes)


def _is_known(axes: Axes, clash: Clash) -> bool:
    """Whether both dimensions are more than one array's own."""
    return all(len({id(node) for node, _ in axes.sources(a)}) > 1 for a in (clash.one, clash.other))
