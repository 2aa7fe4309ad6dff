"""A program is the text to run and the map back to where people see it.

A file is its own program.  The cells of a notebook are joined to one, as are the code blocks of a
post; both lose and gain characters on the way.  Everything that is said about the text that ran
passes :meth:`Program.told` once, and from there on speaks of the file, the cell or the post.  This
module knows neither how a program is found in a document nor what is checked in it.
"""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

from gradlint.findings import (
    Assumption,
    Edit,
    Explanation,
    Finding,
    Fix,
    Report,
    Site,
    cell_name,
)
from gradlint.structs import field, struct

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gradlint.findings import Liberty, ReadingTried

_ROW_IN_WORDS = re.compile(r"\b(lines?|row) (\d+)((?:(?:, | and | to |–)\d+)*)")
_QUOTED = re.compile(r"(`[^`]*`)")


class NoProgram(Exception):
    """A document holds no program that could be run; ``remedy`` says what to do about it."""

    def __init__(self, message: str, remedy: str, row: int = 1, cell: int | None = None) -> None:
        super().__init__(message)
        self.message, self.remedy, self.row, self.cell = message, remedy, row, cell


@struct
class Row:
    """Where one row of a program is seen: its row, its cell, and the column of each character.

    ``columns`` holds one entry for each offset of the row, its end included, counted from 0;
    None where every character stands where it stood.
    """

    row: int
    cell: int | None = None
    columns: tuple[int, ...] | None = None

    def column(self, column: int) -> int:
        """The column, from 1, at which a column of the program is seen."""
        if self.columns is None:
            return column
        if column - 1 < len(self.columns):
            return self.columns[max(column - 1, 0)] + 1
        return (self.columns[-1] if self.columns else 0) + 1

    def end(self, column: int) -> int:
        """Where a span that ends before a column is seen to end: behind its last character."""
        if self.columns is None or column < 2 or column - 1 < len(self.columns) - 1:
            return self.column(column)
        return (
            self.columns[column - 2] + 2 if column - 2 < len(self.columns) else self.column(column)
        )


@struct
class Program:
    """A text to run, and where each of its rows is seen (None: nowhere, it was made up).

    ``source`` is the document that people see, ``cells`` its cells by number.  ``rows`` is None
    where program and document are one.  ``part`` tells this program from others of one document.
    """

    filename: str
    text: str
    source: str
    rows: tuple[Row | None, ...] | None = None
    cells: dict[int, str] = field(default_factory=dict)
    assumptions: tuple[Assumption, ...] = ()
    part: str = ""
    escapes: bool = False  # an edit is written into HTML
    lacks: bool = False  # what is missing may be made up
    start: tuple[tuple[str, str], ...] = ()  # names that have a value before it begins

    def site(self, site: Site) -> Site:
        """Where a span of the program is seen; the document as a whole if it is not."""
        if self.rows is None or site.filename != self.filename:
            return site
        first, last = self._row(site.row), self._row(site.end_row)
        if first is None:
            return Site(site.filename, 1, 1, 1, 1)
        if (site.row, site.column, site.end_row, site.end_column) == (1, 1, 1, 1):
            return Site(site.filename, first.row, 1, first.row, 1, first.cell)
        start = first.column(site.column)
        if last is None or last.cell != first.cell:
            return Site(site.filename, first.row, start, first.row, start + 1, first.cell)
        end = last.end(site.end_column)
        if last.row == first.row:
            end = max(end, start + 1 if site.end_column > site.column else start)
        return Site(site.filename, first.row, start, last.row, end, first.cell)

    def _row(self, row: int) -> Row | None:
        assert self.rows is not None
        return self.rows[row - 1] if 0 < row <= len(self.rows) else None

    def words(self, text: str) -> str:
        """A sentence with the rows it names counted as people see them."""
        if self.rows is None or not text:
            return text
        parts = _QUOTED.split(text)
        return "".join(
            part if index % 2 else _ROW_IN_WORDS.sub(self._named, part)
            for index, part in enumerate(parts)
        )

    def _named(self, match: re.Match[str]) -> str:
        def seen(number: re.Match[str]) -> str:
            row = self._row(int(number[0]))
            return "of what was made up" if row is None else str(row.row)

        first = self._row(int(match[2]))
        if first is None:
            return "what was made up"
        where = f" of cell {first.cell}" if first.cell is not None else ""
        return f"{match[1]} " + re.sub(r"\d+", seen, match[2] + match[3]) + where

    def explained(self, said: Explanation) -> Explanation:
        """An explanation of this program in terms of what people see."""
        notes = []
        for note in said.annotations:
            row = Row(note.row) if self.rows is None else self._row(note.row)
            if row is not None:
                text = self.words(note.text)
                notes.append(dataclasses.replace(note, row=row.row, cell=row.cell, text=text))
        report = None if said.report is None else self.told(said.report)
        return dataclasses.replace(
            said, source=self.source, cells=dict(self.cells), annotations=tuple(notes),
            report=report,
        )  # fmt: skip

    def told(self, report: Report) -> Report:
        """A report on this program in terms of what people see."""
        if self.rows is None:
            return dataclasses.replace(report, assumptions=self.assumptions + report.assumptions)
        loss = report.loss
        if loss is not None:
            row, cell = self._place(loss.row)
            loss = dataclasses.replace(
                loss, row=row, cell=cell, description=self.words(loss.description)
            )
        parameters = []
        for p in report.parameters:
            row, cell = self._place(p.row)
            parameters.append(
                dataclasses.replace(p, row=row, cell=cell, reason=self.words(p.reason))
            )
        cells = {cell_name(self.filename, number): text for number, text in self.cells.items()}
        return dataclasses.replace(
            report,
            findings=self._findings(report.findings),
            suppressed=tuple(map(self._finding, report.suppressed)),
            parameters=tuple(parameters),
            loss=loss,
            source=self.source,
            other_sources={**report.other_sources, **cells},
            assumptions=self.assumptions + report.assumptions,
            part=self.part,
            liberties=tuple(map(self._liberty, report.liberties)),
            readings=tuple(map(self._reading, report.readings)),
        )

    def _liberty(self, liberty: Liberty) -> Liberty:
        row, cell = self._place(liberty.row)
        return dataclasses.replace(liberty, said=self.words(liberty.said), row=row, cell=cell)

    def _reading(self, reading: ReadingTried) -> ReadingTried:
        row, _ = self._place(reading.line)
        return dataclasses.replace(reading, line=row, why_not=self.words(reading.why_not))

    def _place(self, row: int | None) -> tuple[int | None, int | None]:
        seen = None if row is None else self._row(row)
        return (None, None) if seen is None else (seen.row, seen.cell)

    def _findings(self, findings: Sequence[Finding]) -> tuple[Finding, ...]:
        """What is said of people's own text; of what was made up, only where nothing else is."""
        own = [f for f in findings if self._is_seen(f)]
        claims = any(f.severity != "note" for f in own)
        return tuple(self._finding(f) for f in (own if claims else findings))

    def _is_seen(self, finding: Finding) -> bool:
        site = finding.site
        whole = (site.row, site.column, site.end_row, site.end_column) == (1, 1, 1, 1)
        return whole or site.filename != self.filename or self._row(site.row) is not None

    def _finding(self, finding: Finding) -> Finding:
        return dataclasses.replace(
            finding,
            site=self.site(finding.site),
            message=self.words(finding.message),
            explanation=self._explained(finding),
            help=self.words(finding.help),
            labels=tuple(
                dataclasses.replace(x, site=self.site(x.site), text=self.words(x.text))
                for x in finding.labels
                if x.site.filename != self.filename or self._row(x.site.row) is not None
            ),
            fix=self._fix(finding.fix),
        )

    def _explained(self, finding: Finding) -> str:
        """What is known about a finding, and which restored text it hangs on."""
        site = self.site(finding.site)
        touched = [
            a.text
            for a in self.assumptions
            if a.kind == "restored" and a.site is not None and a.site.cell == site.cell
            and site.row <= a.site.row <= site.end_row
        ]  # fmt: skip
        said = self.words(finding.explanation)
        hangs = f"it hangs on what was restored here: {', '.join(touched)}" if touched else ""
        return "; ".join(filter(None, [said, hangs]))

    def _fix(self, fix: Fix | None) -> Fix | None:
        """The same change of the document; None if it would change what was made up."""
        if fix is None:
            return None
        edits = []
        for edit in fix.edits:
            ends = self._row(edit.site.row), self._row(edit.site.end_row)
            if edit.site.filename == self.filename and None in ends:
                return None
            if ends[0] is not None and self._is_comment(ends[0]):
                return None  # the program was made from what a comment says
            edits.append(self._edit(edit, ends[0]))
        return dataclasses.replace(fix, edits=tuple(edits), message=self.words(fix.message))

    def _is_comment(self, row: Row) -> bool:
        lines = self.cells.get(row.cell or 0, self.source).split("\n")
        return 0 < row.row <= len(lines) and lines[row.row - 1].lstrip().startswith("#")

    def _edit(self, edit: Edit, row: Row | None) -> Edit:
        site, content = self.site(edit.site), edit.content
        if edit.site.column == edit.site.end_column and edit.site.row == edit.site.end_row:
            site = dataclasses.replace(site, end_row=site.row, end_column=site.column)
        if row is not None and row.columns:  # further rows begin like the first
            lead = self.source.split("\n")[row.row - 1][: row.columns[0]]
            content = content.replace("\n", "\n" + lead) if not lead.strip(" \t>") else content
        if self.escapes:
            content = content.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        return Edit(site, content)


def plain(filename: str, text: str) -> Program:
    """A file, or standard input, that is its own program."""
    return Program(filename, text, text)


def joined(pieces: Sequence[tuple[str, Row | None]]) -> tuple[str, tuple[Row | None, ...]]:
    """The text of rows, and where each of them is seen."""
    return "".join(text + "\n" for text, _ in pieces), tuple(row for _, row in pieces)
