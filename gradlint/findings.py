"""What a check says: frozen, comparable, picklable data, and nothing else.

Every room above fills these in; every renderer below reads them.  This module knows the standard
library only: no NumPy, no clock, no terminal.
"""

from __future__ import annotations

import dataclasses
import importlib
from typing import Any, Literal

from gradlint.structs import field, struct

Severity = Literal["error", "warning", "note"]
Verdict = Literal["right", "wrong", "cannot-tell", "could-not-run", "nothing-to-check"]

JSON_VERSION = 1


@struct(order=True)
class Site:
    """A span of source text: rows and columns count from 1, the end column is exclusive."""

    filename: str
    row: int
    column: int
    end_row: int
    end_column: int
    cell: int | None = None

    def __str__(self) -> str:
        cell = "" if self.cell is None else f"cell {self.cell}:"
        return f"{self.filename}:{cell}{self.row}:{self.column}"


@struct
class Edit:
    """Replace the text of ``site`` by ``content``."""

    site: Site
    content: str


@struct
class Fix:
    """A change of the source that was applied to a copy and passed the whole check there."""

    message: str
    edits: tuple[Edit, ...]
    applicability: Literal["safe", "unsafe"] = "safe"


@struct
class Label:
    """A second place that a finding points at, with a few words about it."""

    site: Site
    text: str


@struct
class Assumption:
    """Something that a verdict takes for granted: text restored, or a value made up.

    ``setting`` is the ``NAME=EXPR`` that gives a made-up value with ``--set``.
    """

    kind: Literal["restored", "made-up"]
    text: str
    site: Site | None = None
    setting: str = ""


@struct
class Finding:
    """One claim about the program.

    ``message`` is one line in the user's own names.  ``evidence`` holds the measured facts behind
    the claim (JSON values only), ``explanation`` one line that states them, ``help`` what to write
    instead.  ``labels`` are further places worth showing.
    """

    code: str
    name: str
    severity: Severity
    message: str
    site: Site
    explanation: str = ""
    help: str = ""
    labels: tuple[Label, ...] = ()
    evidence: dict[str, Any] = field(default_factory=dict)
    fix: Fix | None = None

    @classmethod
    def of(cls, mistake: Any, message: str, site: Site, *told: Any, **details: Any) -> Finding:
        """A finding under the code, the name and the severity of a mistake."""
        severity = details.pop("severity", mistake.severity)
        return cls(mistake.code, mistake.name, severity, message, site, *told, **details)


@struct
class Loss:
    """The scalar whose gradients the program was held against.

    ``kind`` is ``"computed"`` when the program computes it, ``"implied"`` when only the first
    backward operation tells which loss is meant, ``"given"`` when the caller named it.
    """

    kind: Literal["computed", "implied", "given"]
    description: str
    name: str | None = None
    row: int | None = None
    value: float | None = None
    cell: int | None = None


@struct
class Liberty:
    """Something the reading takes for granted that the program does not say.

    ``name`` is that of a row of the closed table in ``reading/liberties``.
    """

    name: str
    said: str
    row: int | None = None
    cell: int | None = None


@struct
class ReadingTried:
    """A loss the gradients were held against, and how far that got.

    ``agree`` of ``of`` gradients are its derivatives; ``why_not`` says why it is not believed,
    empty for the one that is.
    """

    name: str
    line: int | None
    kind: str
    agree: int
    of: int
    liberties: tuple[str, ...] = ()
    why_not: str = ""

    def __str__(self) -> str:
        where = "" if self.line is None else f", line {self.line}"
        name = self.name if "`" in self.name else f"`{self.name}`"
        told = f"{name}{where}: {self.agree} of {self.of} gradients agree"
        return f"{told} ({self.why_not})" if self.why_not else told


@struct
class ParameterVerdict:
    """The verdict on one parameter's gradient.

    ``factor`` is (hand-written gradient) / (true gradient) where the two are proportional, else
    None.  ``relative_error`` is the largest deviation from the expected multiple of the true
    gradient, divided by the larger of the two magnitudes; None where nothing could be compared.
    ``pull`` is (change of the parameter) / (true gradient), ``-learning_rate × factor``; None where
    an optimiser stands between the two.
    """

    name: str
    shape: tuple[int, ...]
    verdict: Verdict
    gradient: str | None = None
    row: int | None = None
    factor: float | None = None
    relative_error: float | None = None
    reason: str = ""
    cell: int | None = None
    pull: float | None = None


@struct
class Grounds:
    """What a report rests on beside the text, the options and the versions.

    ``files`` holds what was read, with what tells each file from any other; ``kinds`` what lay
    where the program wrote, ``listings`` the folders it listed.  Of the imported ``names``
    ``modules`` tells which were found in each folder; ``environment`` stands for all variables,
    where the program asked for any.
    """

    files: dict[str, Any]
    kinds: dict[str, str]
    listings: dict[str, str | None]
    names: tuple[str, ...]
    modules: dict[str, tuple[str, ...]]
    environment: str | None = None


@struct
class Report:
    """Everything one check learned about one file or one function pair.

    ``source`` is the text that was checked, so that renderers can show it; ``other_sources`` holds
    the texts of further files that findings point into, by filename.  ``points`` counts the
    parameter points at which hand-written and true gradients were compared.  ``suppressed`` holds
    the findings that a comment, ``--select`` or ``--ignore`` took out of ``findings``.
    ``assumptions`` lists what was restored or made up before anything could run; ``part`` tells
    this program from others in one document.
    ``journal`` holds how it came to all this, where that was asked for.
    ``liberties`` is all that the reading takes for granted; ``readings`` are the losses that were
    tried, the one that was believed first.  ``grounds`` are there if the report may be told again
    as long as they hold.
    """

    filename: str
    verdict: Verdict
    findings: tuple[Finding, ...] = ()
    parameters: tuple[ParameterVerdict, ...] = ()
    loss: Loss | None = None
    points: int = 0
    source: str = field(default="", repr=False)
    output: str = field(default="", repr=False)
    other_sources: dict[str, str] = field(default_factory=dict, repr=False)
    suppressed: tuple[Finding, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
    part: str = ""
    journal: tuple[Event, ...] = field(default=(), repr=False, compare=False)
    liberties: tuple[Liberty, ...] = ()
    readings: tuple[ReadingTried, ...] = ()
    grounds: Grounds | None = field(default=None, repr=False, compare=False)

    def source_of(self, filename: str, cell: int | None = None) -> str:
        """Return the text of the checked file, of a cell, or of another file with a finding."""
        if cell is not None:
            return self.other_sources.get(cell_name(filename, cell), "")
        return self.source if filename == self.filename else self.other_sources.get(filename, "")

    @property
    def worst_relative_error(self) -> float | None:
        """The largest relative error among the parameters judged right."""
        errors = [
            p.relative_error
            for p in self.parameters
            if p.verdict == "right" and p.relative_error is not None
        ]
        return max(errors, default=None)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON document of this report alone (see :func:`combine`)."""
        return combine([self])

    def __str__(self) -> str:
        return str(_renderer("text").render([self]))

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: ARG002
        """Print the report in IPython as ``print`` does."""
        printer.text(str(self).rstrip())

    def _repr_html_(self) -> str:
        return str(_renderer("html").fragment([self]))


@struct
class Event:
    """One decision of a check, as ``gradlint why`` prints it.

    ``stage`` tells which step of the story decided; ``said`` is one sentence; ``outcome`` is
    ``"held"`` or ``"failed"`` for what was tried, ``"withdrawn"`` for what was found and not told.
    ``minor`` events are for ``--verbose``.
    """

    stage: Literal["run", "reading", "gradient", "value", "suspect", "edit", "finding", "fix"]
    said: str
    row: int | None = None
    outcome: Literal["", "held", "failed", "withdrawn"] = ""
    minor: bool = False


@struct
class Annotation:
    """What one source line really computes, as ``gradlint explain`` prints it behind the line."""

    row: int
    text: str
    verdict: Literal["right", "wrong", "unknown"] = "right"
    cell: int | None = None


@struct
class Array:
    """An array of a traced operation: its expression or name, and its axes with their lengths.

    An axis of length 1, or one that nothing names, has an empty name; one that two dimensions came
    to be has both: ``batch=heads``.  A single number has no axes.
    """

    text: str
    axes: tuple[tuple[str, int], ...]
    name: str = ""

    @property
    def shape(self) -> str:
        """The axes as people write them: ``(hidden=4, in=3)``."""
        parts = [f"{name}={size}" if name else str(size) for name, size in self.axes]
        return f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"


@struct
class Meeting:
    """Two axes that meet in an operation: (operand, axis) and (operand, axis), from the front.

    ``summed`` where a product contracts them; otherwise they are lined up element by element.
    """

    one: tuple[int, int]
    other: tuple[int, int]
    summed: bool = False


@struct
class Operation:
    """A traced operation: where, what it is written as, what went in and what came out of it.

    ``symbol`` is the operator or the function.  ``stretched`` are the axes of the result along
    which broadcasting repeats an operand, by operand; ``mark`` says so in words.
    """

    row: int
    text: str
    symbol: str
    operands: tuple[Array, ...]
    result: Array
    meetings: tuple[Meeting, ...] = ()
    stretched: tuple[tuple[int, ...], ...] = ()
    mark: str = ""


@struct
class Trace:
    """The operations of a program with named axes, each with how often it came with these shapes.

    ``note`` says what was traced where that is not one training step.
    """

    filename: str
    source: str
    operations: tuple[tuple[Operation, int], ...]
    note: str = ""


@struct
class Explanation:
    """A source text and the annotations of its lines."""

    filename: str
    source: str
    annotations: tuple[Annotation, ...] = ()
    report: Report | None = None
    cells: dict[int, str] = field(default_factory=dict)


def cell_name(filename: str, cell: int) -> str:
    """Name a notebook's cell as findings do."""
    return f"{filename}:cell {cell}"


def _renderer(name: str) -> Any:
    """A renderer by its name: these data know no format, and load one only when printed."""
    return importlib.import_module(f"gradlint.report.{name}")


def combine(reports: list[Report] | tuple[Report, ...]) -> dict[str, Any]:
    """Return the JSON of several reports: ``{"version", "files": [...], "findings": [...]}``."""
    return {
        "version": JSON_VERSION,
        "files": [_file_dict(report) for report in reports],
        "findings": [_finding_dict(f) for report in reports for f in report.findings],
    }


def exit_code(reports: list[Report] | tuple[Report, ...]) -> int:
    """Return 0: all checked and right; 1: findings; 2: something could not be judged.

    A wrong gradient whose findings were all suppressed was checked, and its user has said so.
    Files of a directory that hold nothing to check do not count, unless there are no others.
    """
    if any(is_claim(f) for r in reports for f in r.findings):
        return 1
    if any(r.verdict == "wrong" and not any(map(is_claim, r.suppressed)) for r in reports):
        return 1
    judged = [r for r in reports if r.verdict != "nothing-to-check"]
    return 0 if judged and all(r.verdict in ("right", "wrong") for r in judged) else 2


def is_claim(finding: Finding) -> bool:
    """Whether a finding says that the program is wrong: no note, and no limit of gradlint's own."""
    return finding.severity != "note" and not finding.code.startswith("GL9")


def _file_dict(report: Report) -> dict[str, Any]:
    return {
        "filename": report.filename,
        **({"part": report.part} if report.part else {}),
        "verdict": report.verdict,
        "loss": None if report.loss is None else _without_cell(dataclasses.asdict(report.loss)),
        "points": report.points,
        "liberties": [dataclasses.asdict(liberty) for liberty in report.liberties],
        "readings": [dataclasses.asdict(reading) for reading in report.readings],
        "parameters": [
            {
                "name": p.name,
                "shape": list(p.shape),
                "gradient": p.gradient,
                "row": p.row,
                "factor": p.factor,
                "relative_error": p.relative_error,
                "verdict": p.verdict,
                "reason": p.reason,
                **({} if p.cell is None else {"cell": p.cell}),
            }
            for p in report.parameters
        ],
        **({"assumptions": list(map(_assumed, report.assumptions))} if report.assumptions else {}),
    }


def _without_cell(loss: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in loss.items() if key != "cell" or value is not None}


def _assumed(assumption: Assumption) -> dict[str, Any]:
    start = None if assumption.site is None else _location(assumption.site)[0]
    return {
        "kind": assumption.kind,
        "text": assumption.text,
        "location": start,
        "set": assumption.setting or None,
    }


def _finding_dict(finding: Finding) -> dict[str, Any]:
    start, end = _location(finding.site)
    return {
        "filename": finding.site.filename,
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity,
        "message": finding.message,
        "explanation": finding.explanation,
        "help": finding.help,
        "location": start,
        "end_location": end,
        "evidence": finding.evidence,
        "fix": None if finding.fix is None else _fix_dict(finding.fix),
    }


def _fix_dict(fix: Fix) -> dict[str, Any]:
    edits = []
    for edit in fix.edits:
        start, end = _location(edit.site)
        edits.append({"location": start, "end_location": end, "content": edit.content})
    return {"applicability": fix.applicability, "message": fix.message, "edits": edits}


def _location(site: Site) -> tuple[dict[str, int], dict[str, int]]:
    start = {"row": site.row, "column": site.column}
    end = {"row": site.end_row, "column": site.end_column}
    if site.cell is not None:
        start["cell"] = end["cell"] = site.cell
    return start, end
