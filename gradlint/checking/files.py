"""The whole story of one check: read, run, understand, know the truth, compare, explain, say.

``check_file`` and its kin run in the user's process and know the standard library only; what they
ask for is done by ``work`` in a process of its own.
"""

from __future__ import annotations

import dataclasses
import linecache
from typing import TYPE_CHECKING, Any

from gradlint.checking.placed import with_known_files
from gradlint.config import Options
from gradlint.findings import Explanation, Finding, Report, Site, Trace
from gradlint.source.borders import raises_ours
from gradlint.source.documents import chosen, kind_of, read_document
from gradlint.source.program import NoProgram
from gradlint.source.settings import applied
from gradlint.source.spots import SourceFile, Unreadable, read

if TYPE_CHECKING:
    from pathlib import Path

    from gradlint.source.program import Program
    from gradlint.trace.worker import Outcome

_SOFT = 0.8  # part of the time-out that the program itself may use
_TASK = "gradlint.checking.files:work"  # what the worker does


def check_file(
    path: str | Path, options: Options | None = None, *, loss: str | int | None = None
) -> Report:
    """Check one script, notebook or post, or one function pair of it (``FILE::function``).

    Of a post with several programs, ``FILE::2`` checks the second.  ``loss`` names the loss that is
    meant, or its line.  Never raises for what is wrong with the program.
    """
    options = options or Options(cache=False)
    if loss is not None:
        options = dataclasses.replace(options, loss=str(loss))
    filename, _, only = str(path).partition("::")
    text = _text(filename)
    if isinstance(text, Report):
        return text
    return _ask("report", text, filename, options, only or None)  # type: ignore[no-any-return]


def check_text(text: str, filename: str, options: Options | None = None) -> Report:
    """Check a document given as text; ``filename`` is what findings call it.

    As in :func:`check_file` it may go on with the name of a function pair: ``FILE::function``.
    """
    filename, _, only = filename.partition("::")
    options = dataclasses.replace(options or Options(), cache=False)
    return _ask("report", text, filename, options, only or None)  # type: ignore[no-any-return]


def explain_file(path: str | Path, options: Options | None = None) -> Explanation:
    """The source of a script with every backward line annotated by what it really computes."""
    filename, _, only = str(path).partition("::")
    text = _text(filename)
    if isinstance(text, Report):
        return Explanation(filename, "", (), text)
    found = _ask("explanation", text, filename, options or Options(), only or None)
    if isinstance(found, Report):
        return Explanation(filename, found.source or text, (), found)
    return found  # type: ignore[no-any-return]


def why_file(path: str | Path, options: Options | None = None) -> Report:
    """Check one script, and keep in the report's ``journal`` how it came to its answer."""
    filename, _, only = str(path).partition("::")
    text = _text(filename)
    if isinstance(text, Report):
        return text
    return _ask("journal", text, filename, options or Options(), only or None)  # type: ignore[no-any-return]


def trace_file(
    path: str | Path, options: Options | None = None, *, everything: bool = False
) -> Trace | Report:
    """The operations of a script's training step, or all of them, or why there are none."""
    filename, _, only = str(path).partition("::")
    text = _text(filename)
    if isinstance(text, Report):
        return text
    wanted = "everything" if everything else "step"
    return _ask(wanted, text, filename, options or Options(), only or None)  # type: ignore[no-any-return]


def _text(filename: str) -> str | Report:
    try:
        return read(filename) if kind_of(filename) == "python" else read_document(filename)
    except (OSError, SyntaxError, UnicodeDecodeError) as error:
        return _could_not_run(filename, "", str(error), "give a readable Python file")


def check_program(program: Program, options: Options | None = None) -> Report:
    """Check a program that somebody has put together: the cell of a session."""
    options = dataclasses.replace(options or Options(), cache=False)
    return _ask_about("report", program, options)  # type: ignore[no-any-return]


def explain_program(program: Program, options: Options | None = None) -> Explanation:
    """Annotate the lines of a program that somebody has put together."""
    found = _ask_about("explanation", program, options or Options())
    if isinstance(found, Report):
        return Explanation(program.filename, program.source, (), found, dict(program.cells))
    return found  # type: ignore[no-any-return]


def _ask(wanted: str, text: str, filename: str, options: Options, only: str | None = None) -> Any:
    try:
        program, only = chosen(filename, text, only)
    except NoProgram as error:
        return _could_not_run(filename, text, error.message, error.remedy, error.row, error.cell)
    return _ask_about(wanted, program, options, only)


def _ask_about(wanted: str, program: Program, options: Options, only: str | None = None) -> Any:
    filename = program.filename
    try:
        SourceFile(filename, program.text)
        program = applied(program, options.set)
    except NoProgram as error:
        seen = program.site(Site(filename, error.row, 1, error.row, 1))
        return _could_not_run(
            filename, program.source, error.message, error.remedy, seen.row, seen.cell
        )
    except Unreadable as error:
        site = Site(filename, error.row, error.column, error.row, error.column + 1)
        finding = Finding(
            "GL905", "could-not-run", "error", f"cannot be parsed: {error.message}", site,
            help="make it run with `python` first",
        )  # fmt: skip
        return program.told(Report(filename, "could-not-run", (finding,), source=program.text))
    from gradlint.trace import worker

    options = dataclasses.replace(options, set=(*program.start, *options.set))
    outcome = worker.run(
        _TASK,
        {"wanted": wanted, "program": program, "options": options, "only": only},
        timeout=options.timeout,
    )
    if outcome.result is None and isinstance(outcome.so_far, Report) and wanted == "report":
        known = outcome.so_far if outcome.ended == "timeout" else _broken_off(outcome)
        return dataclasses.replace(known, output=outcome.output)
    if outcome.result is None:
        return program.told(_unfinished(outcome, program.text, filename, options))
    if wanted in ("step", "everything"):
        return outcome.result
    whole = wanted in ("report", "journal")
    report = outcome.result if whole else outcome.result.report
    report = dataclasses.replace(report, output=outcome.output)
    if whole:
        return report
    return dataclasses.replace(outcome.result, report=report)


def _broken_off(outcome: Outcome) -> Report:
    """What was known when the worker ended too early: by an error of ours, or by its own death."""
    known: Report = outcome.so_far
    if raises_ours() and outcome.ended == "failed":
        raise RuntimeError(outcome.trouble)
    last = (outcome.trouble.strip().splitlines() or ["no message"])[-1]
    why = f"gradlint itself failed: {last}"
    remedy = "please report this, with the program if you can"
    if outcome.ended == "died":
        why, remedy = f"the process ended ({_how(outcome)})", "run it with `python` to see why"

    def told(finding: Finding) -> Finding:
        if " was stopped after " not in finding.message:
            return finding
        left = finding.message.partition(" was stopped after ")[0]
        return Finding(
            "GL905", "could-not-run", "note", f"{left} broke off: {why}", finding.site, help=remedy
        )

    return dataclasses.replace(known, findings=tuple(map(told, known.findings)))


def _how(outcome: Outcome) -> str:
    return f"signal {outcome.signal}" if outcome.signal else f"exit code {outcome.exit_code}"


def _unfinished(outcome: Outcome, text: str, filename: str, options: Options) -> Report:
    """What can be said when the worker came back without a result."""
    row = outcome.where[-1][1] if outcome.where and outcome.where[-1][0] == filename else 1
    site = Site(filename, row, 1, row, 1)
    if outcome.ended == "timeout":
        message = f"no complete training step within {options.timeout:g} s"
        message += f"; the program was in line {row}" if row > 1 else ""
        finding = Finding(
            "GL909", "timeout", "error", message, site,
            help="raise --timeout, or check a smaller version of the data",
        )  # fmt: skip
    elif outcome.ended == "died":
        finding = Finding(
            "GL905", "could-not-run", "error",
            f"the program ended its own process ({_how(outcome)})", site,
            help="run it with `python` to see why",
        )  # fmt: skip
    else:
        if raises_ours() and outcome.ended == "failed":
            raise RuntimeError(outcome.trouble)
        last = outcome.trouble.strip().splitlines()[-1:] or ["no message"]
        finding = Finding(
            "GL905", "could-not-run", "error", f"gradlint itself failed: {last[0]}", site,
            explanation=outcome.trouble[-2000:],
            help="please report this, with the program if you can",
        )  # fmt: skip
    return Report(filename, "could-not-run", (finding,), source=text, output=outcome.output)


def _could_not_run(
    filename: str, text: str, message: str, remedy: str, row: int = 1, cell: int | None = None
) -> Report:
    site = Site(filename, row, 1, row, 1, cell)
    finding = Finding("GL905", "could-not-run", "error", message, site, help=remedy)
    return Report(filename, "could-not-run", (finding,), source=text)


def work(
    wanted: str, program: Program, options: Options, only: str | None = None
) -> Report | Explanation | Trace:
    """Run in the worker: trace the program and say what there is to say."""
    from gradlint.checking.inspection import Inspection
    from gradlint.checking.stages import stages
    from gradlint.source.launch import launch_of
    from gradlint.trace.grounds import Witness
    from gradlint.trace.worker import tell

    witness = Witness() if options.cache and wanted == "report" else None
    fills = program.lacks if options.fill is None else options.fill
    if fills and only is None:
        from gradlint.checking.filling import filled

        program = filled(program, options)
    linecache.cache[program.filename] = (
        len(program.text), None, program.text.splitlines(keepends=True), program.filename,
    )  # fmt: skip
    file, timeout = SourceFile(program.filename, program.text), options.timeout * _SOFT
    inspection = Inspection(file, options, timeout, only=only)
    if wanted in ("step", "everything"):
        return inspection.traced(everything=wanted == "everything")
    if wanted == "explanation":
        return program.explained(inspection.explanation())
    for known in stages(inspection) if wanted == "report" else ():
        tell(program.told(known))
    report = with_known_files(inspection.report())
    if witness is not None:
        texts = (program.text, *(expression for _, expression in options.set))
        folders = launch_of(file, options.module).folders
        grounds = witness.grounds(program.filename, texts, folders)
        report = dataclasses.replace(report, grounds=grounds)
    if wanted == "journal":
        from gradlint.checking.journal import events

        report = dataclasses.replace(report, journal=events(inspection))
    return program.told(report)
