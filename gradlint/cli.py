"""The command line: ``gradlint check`` and ``gradlint explain``.

It reads arguments, asks the engine, and prints what a renderer returns; it judges nothing.  What
only some commands need is imported where it is needed: ``--help`` loads neither NumPy nor rich.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from gradlint.arguments import command_parser

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from pathlib import Path
    from typing import Any, NoReturn, TextIO

    from gradlint.config import Options
    from gradlint.discovery import Target
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
    chosen = parser.parse_args(arguments)
    from gradlint.config import ConfigError

    try:
        status = _explain(chosen) if chosen.command == "explain" else _check(chosen)
        sys.stdout.flush()
    except ConfigError as error:
        sys.stderr.write(f"gradlint: {error}\n")
        return 2
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        # The reader has left.  Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 2
    return status


def _check(chosen: argparse.Namespace) -> int:
    from gradlint.discovery import targets
    from gradlint.findings import exit_code
    from gradlint.report import _words, for_people, render

    options = _options(chosen)
    _must_be_writable(chosen.output_file)
    people = for_people(options.output_format)
    if chosen.statistics and not people:
        _usage(f"--statistics goes with full and concise, not with {options.output_format}")
    found = targets([p for p in chosen.paths if p != "-"], options)
    reports = _check_all(found, options, chosen.jobs)
    if "-" in chosen.paths:
        reports.insert(0, _check_stdin(options))
    if chosen.statistics:
        text = _words.statistics(reports) + _words.summary_line(reports) + "\n"
    else:
        text = render(
            reports,
            options.output_format,
            width=_width(chosen),
            color=people and _color(chosen),
            quiet=chosen.quiet,
            show_output=options.show_output,
        )
    _print(text, chosen.output_file, utf8=not people)
    return exit_code(reports)


def _explain(chosen: argparse.Namespace) -> int:
    from gradlint._progress import Progress
    from gradlint.checking import explain_file
    from gradlint.discovery import targets
    from gradlint.findings import Report, exit_code
    from gradlint.report import explain, text

    options = _options(chosen)
    _must_be_writable(chosen.output_file)
    if os.path.isdir(chosen.file):
        _usage(f"{chosen.file} is a directory; give one file")
    target = targets([chosen.file], options)[0]
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


def _check_all(found: Sequence[Target], options: Options, jobs: int | None) -> list[Report]:
    """Check every file, several at a time: each check is a process of its own."""
    from concurrent.futures import ThreadPoolExecutor

    from gradlint._progress import Progress
    from gradlint.findings import Report

    files = [target for target in found if not isinstance(target, Report)]
    workers = min(jobs or os.cpu_count() or 1, len(files))
    with Progress(sys.stderr, len(files)) as progress:

        def check(target: Target) -> Report:
            if isinstance(target, Report):
                return target
            with progress.working_on(str(target)):
                return _check_one(target, options)

        if workers <= 1:  # in the main thread, where Ctrl-C reaches the engine
            return [check(target) for target in found]
        pool = ThreadPoolExecutor(workers)
        try:
            return list(pool.map(check, found))
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _check_one(path: Path, options: Options) -> Report:
    from gradlint.checking import check_file

    return _filtered(check_file(path, options), options)


def _check_stdin(options: Options) -> Report:
    from gradlint.checking import check_text
    from gradlint.discovery import could_not_run, decode, problem

    try:
        text = decode(sys.stdin.buffer.read())
    except ValueError as error:
        return could_not_run(_STDIN, *error.args)
    trouble = problem(text)
    if trouble:
        return could_not_run(_STDIN, *trouble)
    return _filtered(check_text(text, _STDIN, options), options)


def _filtered(report: Report, options: Options) -> Report:
    from gradlint.suppressions import apply_selection, apply_suppressions

    return apply_selection(apply_suppressions(report), options)


def _options(chosen: argparse.Namespace) -> Options:
    """Merge the command line into what the nearest ``pyproject.toml`` says."""
    import dataclasses
    from pathlib import Path

    from gradlint.config import ConfigError, load
    from gradlint.report import formats

    paths = [p for p in getattr(chosen, "paths", None) or [chosen.file] if p != "-"]
    folders = [p if os.path.isdir(p) else os.path.dirname(p) for p in map(os.path.abspath, paths)]
    start = Path(os.path.commonpath(folders)) if folders else Path.cwd()
    names = ["select", "ignore", "timeout", "seed", "set", "show_output", "output_format"]
    given = {name: getattr(chosen, name, None) for name in names}
    changes: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in given.items()
        if value is not None
    }
    options = dataclasses.replace(load(start), **changes)
    if options.output_format not in formats():
        known = ", ".join(formats())
        raise ConfigError(f"`output-format` must be one of {known}, not {options.output_format!r}")
    return options


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
