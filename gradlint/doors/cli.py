"""The command line: ``gradlint check``, ``explain``, ``trace``, ``why`` and ``rule``.

It reads arguments, asks the engine, and prints what a renderer returns; it judges nothing.  What
only some commands need is imported where it is needed: ``--help`` loads neither NumPy nor rich.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from gradlint.doors.arguments import command_parser

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from typing import Any, NoReturn, TextIO

    from gradlint.config import Options
    from gradlint.doors.mend import Mended
    from gradlint.doors.paths import Target
    from gradlint.findings import Report

_INTERRUPTED = 130  # 128 + SIGINT, as shells have it
_NARROWEST, _WIDEST, _PIPED = 60, 140, 100  # columns
_STDIN = "<stdin>"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    parser = command_parser()
    if not arguments:
        parser.print_help()
        return 0
    own, given = _split(arguments)
    chosen = parser.parse_args(own)
    chosen.args = given
    from gradlint.config import ConfigError

    try:
        commands = {
            "check": _check,
            "clean": _clean,
            "explain": _explain,
            "rule": _rule,
            "trace": _trace,
            "why": _why,
        }
        status = commands[chosen.command](chosen)
        sys.stdout.flush()
    except ConfigError as error:
        sys.stderr.write(f"gradlint: {error}\n")
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("gradlint: interrupted\n")
        return _INTERRUPTED
    except BrokenPipeError:
        # The reader has left.  Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 2
    return status


def _split(arguments: list[str]) -> tuple[list[str], list[str] | None]:
    """Part what is meant for us from what stands behind ``--``: the script's own arguments."""
    if "--" not in arguments:
        return arguments, None
    at = arguments.index("--")
    return arguments[:at], arguments[at + 1 :]


def _check(chosen: argparse.Namespace) -> int:
    from gradlint.doors.paths import targets, without_the_empty
    from gradlint.findings import exit_code
    from gradlint.report import for_people

    chosen.paths = _with_module(chosen, chosen.paths)
    options = _options(chosen)
    _must_be_writable(chosen.output_file)
    if chosen.statistics and not for_people(options.output_format):
        _usage(f"--statistics goes with full and concise, not with {options.output_format}")
    found = targets([p for p in chosen.paths if p != "-"], options)
    if chosen.args is not None and len(found) + ("-" in chosen.paths) != 1:
        _usage("the arguments behind `--` are those of one script: give one file")
    if chosen.list:
        return _list(found)
    if chosen.fix or chosen.diff:
        return _mend(chosen, options, found)
    if chosen.unsafe_fixes:
        _usage("--unsafe-fixes goes with --fix or --diff")
    reports = _checked(chosen, options, found)
    reports = without_the_empty(reports, chosen.paths)
    if "-" in chosen.paths:
        data = sys.stdin.buffer.read()
        reports[:0] = _check_input(data, options)
    text = _told(reports, chosen, options)
    _print(text, chosen.output_file, utf8=not for_people(options.output_format))
    return exit_code(reports)


def _checked(chosen: argparse.Namespace, options: Options, found: Sequence[Target]) -> list[Report]:
    """The reports on all files: those that are known from an earlier run, and the rest anew."""
    from gradlint.doors.pool import check_all

    def check(path: Path) -> Report:
        return _check_file(path, options)

    if not options.cache:
        return check_all(found, check, chosen.jobs)
    from gradlint.doors.cache import Cache
    from gradlint.findings import Report

    cache = Cache(_start(chosen.paths))
    known = [t if isinstance(t, Report) else cache.known(t, options) or t for t in found]
    return check_all(known, lambda path: cache.checked(path, options, check), chosen.jobs)


def _with_module(chosen: argparse.Namespace, paths: list[str]) -> list[str]:
    """The paths of a command line; that of a module given with ``-m`` if it is the only one."""
    from gradlint.doors.paths import module_file

    if chosen.module is None:
        if not paths:
            _usage("give a file, a directory, - for standard input, or -m MODULE")
        return paths
    if paths:
        _usage(f"`-m {chosen.module}` is all there is to check: leave out {paths[0]}")
    try:
        return [str(module_file(chosen.module))]
    except ValueError as error:
        _usage(str(error))


def _list(found: Sequence[Target]) -> int:
    """Print which files would be run, and why others would not."""
    from gradlint.findings import Report

    for target in found:
        trouble = target.findings[0].message if isinstance(target, Report) else ""
        name = target.filename if isinstance(target, Report) else str(target)
        _print(f"{name}: {trouble}\n" if trouble else f"{name}\n")
    return 2 if not found or all(isinstance(target, Report) for target in found) else 0


def _told(reports: list[Report], chosen: argparse.Namespace, options: Options) -> str:
    from gradlint.report import _words, for_people, render

    if chosen.statistics:
        return _words.statistics(reports) + _words.summary_line(reports) + "\n"
    return render(
        reports,
        options.output_format,
        width=_width(chosen),
        color=for_people(options.output_format) and _color(chosen),
        quiet=chosen.quiet,
        show_output=options.show_output,
    )


def _mend(chosen: argparse.Namespace, options: Options, found: Sequence[Target]) -> int:
    """Make the fixes, or only print them as a diff."""
    from gradlint.doors.mend import mend, mend_file
    from gradlint.doors.paths import could_not_run
    from gradlint.doors.pool import check_all

    done: list[Mended] = []

    def checked_as(name: str) -> Callable[[str], Report]:
        return lambda text: _check_text(text, name, options)

    def mend_one(path: Path) -> Report:
        unsafe, check = chosen.unsafe_fixes, checked_as(str(path))
        file = type(path)(str(path).partition("::")[0])  # FILE::function
        try:
            if chosen.fix:
                mended = mend_file(file, check, unsafe=unsafe)
            else:
                mended = mend(file.read_bytes(), check, unsafe=unsafe)
        except (OSError, SyntaxError, UnicodeDecodeError) as error:
            return could_not_run(str(path), str(error), "give a readable Python file")
        done.append(mended)
        return mended.report

    several = len({str(t).partition("::")[0] for t in found}) < len(found)  # programs of one file
    reports = check_all(found, mend_one, 1 if several else chosen.jobs)
    if "-" in chosen.paths:
        data = sys.stdin.buffer.read()
        unusable = _unusable(data)
        if unusable is None:
            done.append(mend(data, checked_as(_STDIN), unsafe=chosen.unsafe_fixes))
            data = done[-1].data
        reports.insert(0, unusable or done[-1].report)
        if chosen.fix:
            _print_bytes(data)
    for mended in done:
        if mended.trouble:
            sys.stderr.write(
                f"gradlint: {mended.report.filename} was not fixed: {mended.trouble}\n"
            )
    return (_fixed if chosen.fix else _diffs)(chosen, options, reports, done)


def _fixed(
    chosen: argparse.Namespace, options: Options, reports: list[Report], done: list[Mended]
) -> int:
    """Tell what is left after the fixes, on stderr where stdout has the fixed text."""
    from gradlint.findings import exit_code
    from gradlint.report import for_people

    people = for_people(options.output_format)
    text, count = _told(reports, chosen, options), sum(mended.fixed for mended in done)
    if chosen.output_file is None and "-" in chosen.paths:
        sys.stderr.write(text)
    else:
        _print(text, chosen.output_file, utf8=not people)
    if count:
        aside = chosen.output_file is not None or "-" in chosen.paths or not people
        (sys.stderr if aside else sys.stdout).write(f"Fixed {_findings(count)}.\n")
    return exit_code(reports)


def _diffs(
    chosen: argparse.Namespace, _: Options, reports: list[Report], done: list[Mended]
) -> int:
    """Print what ``--fix`` would change; everything else that is to be said goes to stderr."""
    from gradlint.findings import exit_code, is_claim
    from gradlint.report import render

    changes = {id(mended.report): mended for mended in done}  # in the order they were finished
    order = [changes[id(report)] for report in reports if id(report) in changes]
    _print("".join(mended.diff for mended in order), chosen.output_file, utf8=True)
    unjudged = [r for r in reports if r.verdict not in ("right", "wrong")]
    count, left = sum(m.fixed for m in done), sum(is_claim(f) for r in reports for f in r.findings)
    sys.stderr.write(render(unjudged, "concise") if unjudged else "")
    if count or left:
        rest = f"; {left} left" if left else ""
        sys.stderr.write(f"Would fix {_findings(count)}{rest}.\n")
    return 1 if count else exit_code(reports)


def _findings(count: int) -> str:
    return f"{count} finding{'s' * (count != 1)}"


def _rule(chosen: argparse.Namespace) -> int:
    from gradlint.report import _page
    from gradlint.report.pages import every_page, find, suggestion

    _must_be_writable(chosen.output_file)
    page = None if chosen.all else find(chosen.mistake)
    if page is None and not chosen.all:
        close = suggestion(chosen.mistake) or "--all"
        _usage(f"there is no page on `{chosen.mistake}`; did you mean `gradlint rule {close}`?")
    shown = list(every_page().values()) if page is None else [page]
    text = _page.render(shown, width=_width(chosen), color=_color(chosen))
    _print(text, chosen.output_file)
    return 0


def _clean(chosen: argparse.Namespace) -> int:
    from gradlint.doors.cache import clean

    folder = clean(_start(chosen.paths or ["."]))
    sys.stderr.write(f"Removed {folder}.\n" if folder else "There was nothing to remove.\n")
    return 0


def _explain(chosen: argparse.Namespace) -> int:
    from gradlint.checking.files import explain_file
    from gradlint.doors.progress import Progress
    from gradlint.findings import Report, exit_code
    from gradlint.report import explain, text

    chosen.file = _with_module(chosen, [chosen.file] if chosen.file else [])[0]
    options = _options(chosen)
    target = _one_script(chosen, options)
    if isinstance(target, Report):
        _print(text.render([target], width=_width(chosen), color=_color(chosen)))
        return 2
    with Progress(sys.stderr, 1) as progress, progress.working_on(str(target)):
        explanation = explain_file(target, options)
    report = explanation.report
    if not explanation.annotations and report is not None and report.findings:
        told = text.render([report], width=_width(chosen), color=_color(chosen))
    else:
        told = explain.render(explanation, width=_width(chosen), color=_color(chosen))
    _print(told, chosen.output_file)
    return 2 if report is None else exit_code([report])


def _why(chosen: argparse.Namespace) -> int:
    from gradlint.checking.files import why_file
    from gradlint.doors.progress import Progress
    from gradlint.findings import Report, exit_code
    from gradlint.report import _why, text

    options = _options(chosen)
    target = _one_script(chosen, options)
    if isinstance(target, Report):
        _print(text.render([target], width=_width(chosen), color=_color(chosen)))
        return 2
    with Progress(sys.stderr, 1) as progress, progress.working_on(str(target)):
        report = why_file(target, options)
    shown = _why.render(report, width=_width(chosen), color=_color(chosen), verbose=chosen.verbose)
    _print(shown, chosen.output_file)
    return exit_code([report])


def _trace(chosen: argparse.Namespace) -> int:
    from gradlint.checking.files import trace_file
    from gradlint.doors.paths import could_not_run
    from gradlint.doors.progress import Progress
    from gradlint.findings import Report, Trace
    from gradlint.report import _listing, _pictures, text

    chosen.file = _with_module(chosen, [chosen.file] if chosen.file else [])[0]
    options = _options(chosen)
    told: Trace | Report
    target = _one_script(chosen, options)
    if isinstance(target, Report):
        told = target
    else:
        with Progress(sys.stderr, 1) as progress, progress.working_on(str(target)):
            told = trace_file(target, options, everything=chosen.everything)
        if isinstance(told, Trace) and not told.operations:
            problem = "the program makes no array: there is nothing to trace"
            told = could_not_run(str(target), problem, "give the script that trains the network")
    if isinstance(told, Report):
        _print(text.render([told], width=_width(chosen), color=_color(chosen)))
        return 2
    if chosen.output_format == "html":
        shown = _pictures.render(told)
    else:  # outside of a terminal, a row an operation
        fitted = chosen.output_file is None and sys.stdout.isatty()
        shown = _listing.render(told, width=_width(chosen) if fitted else None)
    _print(shown, chosen.output_file)
    return 0


def _one_script(chosen: argparse.Namespace, options: Options) -> Target:
    """Return the one script that a command is about, or the report on why it cannot be read."""
    from gradlint.doors.paths import targets

    _must_be_writable(chosen.output_file)
    if os.path.isdir(chosen.file):
        _usage(f"{chosen.file} is a directory; give one file")
    file, separator, pair = chosen.file.partition("::")
    if separator and pair.isdecimal():  # a program of a post
        return targets([chosen.file], options)[0]
    if separator:
        _usage(f"`{chosen.command}` takes a whole script: {file}, without ::{pair}")
    return targets([file], options)[0]


def _check_file(path: Path, options: Options) -> Report:
    from gradlint.checking.files import check_file
    from gradlint.source.suppressions import filtered

    return filtered(check_file(path, options), options)


def _check_text(text: str, filename: str, options: Options) -> Report:
    from gradlint.checking.files import check_text
    from gradlint.source.suppressions import filtered

    return filtered(check_text(text, filename, options), options)


def _check_input(data: bytes, options: Options) -> list[Report]:
    """Check standard input: a program, a notebook, or the programs of a post."""
    from gradlint.source.documents import programs
    from gradlint.source.program import NoProgram

    unusable = _unusable(data)
    if unusable is not None:
        return [unusable]
    text = _decoded(data)
    try:
        count = len(programs(_STDIN, text))
    except NoProgram:
        count = 1  # the check says why
    names = [f"{_STDIN}::{n}" for n in range(1, count + 1)] if count > 1 else [_STDIN]
    return [_check_text(text, name, options) for name in names]


def _unusable(data: bytes) -> Report | None:
    """Why standard input holds no program; None if it does."""
    from gradlint.doors.paths import could_not_run, problem

    try:
        trouble = problem(_decoded(data))
    except ValueError as error:
        return could_not_run(_STDIN, *error.args)
    return could_not_run(_STDIN, *trouble) if trouble else None


def _decoded(data: bytes) -> str:
    from gradlint.doors.paths import decode

    return decode(data)


def _options(chosen: argparse.Namespace) -> Options:
    """Merge the command line into what the nearest ``pyproject.toml`` says."""
    import dataclasses
    from pathlib import Path

    from gradlint.config import ConfigError, load
    from gradlint.report import for_people, formats

    start = Path(_start(getattr(chosen, "paths", None) or [chosen.file]))
    names = ["select", "ignore", "timeout", "seed", "set", "fill", "show_output", "output_format"]
    names += ["args", "module", "loss", "cache"]
    given = {name: getattr(chosen, name, None) for name in names}
    changes: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in given.items()
        if value is not None
    }
    options = dataclasses.replace(load(start), **changes)
    if not for_people(options.output_format) and options.output_format not in formats():
        known = ", ".join(formats())
        raise ConfigError(f"`output-format` must be one of {known}, not {options.output_format!r}")
    return options


def _start(paths: Sequence[str]) -> str:
    """The innermost directory that all paths lie in."""
    named = [os.path.abspath(path) for path in paths if path != "-"]
    folders = [path if os.path.isdir(path) else os.path.dirname(path) for path in named]
    return os.path.commonpath(folders) if folders else os.getcwd()


def _width(chosen: argparse.Namespace) -> int:
    import shutil

    fallback = (_PIPED, 24)
    columns = _PIPED if chosen.output_file else shutil.get_terminal_size(fallback).columns
    return max(_NARROWEST, min(columns, _WIDEST))


def _color(chosen: argparse.Namespace) -> bool:
    if chosen.color != "auto":
        return bool(chosen.color == "always")
    if chosen.output_file or os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def _must_be_writable(file: str | None) -> None:
    """Refuse an ``-o`` that cannot be written before, not after, minutes of checking."""
    if file is None:
        return
    folder = os.path.dirname(file) or "."
    target = file if os.path.exists(file) else folder
    if os.path.isdir(file) or not os.path.isdir(folder) or not os.access(target, os.W_OK):
        _usage(f"cannot write to {file}; give a file in a directory that exists")


def _usage(message: str) -> NoReturn:
    from gradlint.config import ConfigError

    raise ConfigError(message)


def _print(text: str, file: str | None = None, *, utf8: bool = False) -> None:
    """Write to a file, or to standard output in an encoding that cannot fail."""
    if file is not None:
        with open(file, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as stream:
            stream.write(text)
        return
    stdout: TextIO = sys.stdout
    if hasattr(stdout, "reconfigure"):
        encoding = "utf-8" if utf8 else stdout.encoding
        stdout.reconfigure(encoding=encoding, errors="backslashreplace")
    stdout.write(text)


def _print_bytes(data: bytes) -> None:
    """Write to standard output what must arrive as it is, line ends and encoding too."""
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()
