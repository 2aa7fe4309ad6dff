"""What can be typed behind ``gradlint``: commands, options, their help, and what they refuse.

Nothing here runs anything; ``gradlint --help`` loads no more than this.
"""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from gradlint import __version__

if TYPE_CHECKING:
    from typing import NoReturn

_EXITS = """exit status:
  0  everything was checked and is right
  1  something is wrong
  2  something could not be checked, or the command line is not understood"""


def command_parser() -> argparse.ArgumentParser:
    """Build the parser of the whole command line."""
    parser = _Parser(
        prog="gradlint",
        description="Run a script with hand-written backpropagation as it is, and say which line "
        "of its backward pass is wrong, why, and what to write instead.",
        epilog="gradlint COMMAND --help tells more about a command.",
    )
    parser.add_argument("--version", action="version", version=f"gradlint {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    check = commands.add_parser(
        "check",
        help="check the gradients of scripts",
        description="Run each script until two training steps have been seen, and compare its\n"
        "gradients with the true ones.",
        epilog=_EXITS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        usage="gradlint check [OPTIONS] PATH ... [-- ARGUMENTS OF THE SCRIPT]",
    )
    check.add_argument(
        "paths",
        nargs="*",
        metavar="PATH",
        help="a file, one function pair of it (FILE::function), a directory (every .py file below "
        "it), or - for standard input",
    )
    _add_fix_options(check)
    _add_output_options(check)
    _add_selection_options(check)
    _add_run_options(check)
    _add_reading_commands(commands)
    return parser


def _add_reading_commands(commands: argparse._SubParsersAction[_Parser]) -> None:
    """The commands that print what is known, and change nothing."""
    explain = commands.add_parser(
        "explain",
        help="print a script with every backward line annotated",
        description="Print the source; behind each line of the backward pass stands what its\n"
        "value really is: dC_dw2 = …   # = −∂C/∂z2   (4×1)",
        epilog=_EXITS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    explain.add_argument("file", nargs="?", metavar="FILE", help="the script to explain")
    _add_run_options(explain)
    _add_trace(commands)
    why = commands.add_parser(
        "why",
        help="print how a check came to its answer",
        description="Print what was decided, step by step: what was run, which gradients agree,\n"
        "where it goes wrong, which edits were tried, whether the fixes hold.",
        epilog=_EXITS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    why.add_argument("file", metavar="FILE", help="the script to ask about")
    why.add_argument("--verbose", action="store_true", help="print everything that was tried")
    _add_run_options(why)
    rule = commands.add_parser(
        "rule",
        help="print the page of a mistake",
        description="Print what a code means: what happens, why it is wrong, how it shows, what\n"
        "to do, and an example.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    which = rule.add_mutually_exclusive_group(required=True)
    which.add_argument("mistake", nargs="?", metavar="CODE", help="GL201, or missing-batch-mean")
    which.add_argument("--all", action="store_true", help="print all pages")
    _add_destination_options(rule)
    clean = commands.add_parser(
        "clean",
        help="remove the reports that were kept",
        description="Remove the reports that `check` has kept in .gradlint_cache, beside the\n"
        "nearest pyproject.toml or in this directory, and tells again while nothing has changed.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    clean.add_argument("paths", nargs="*", metavar="PATH", help="what was checked (default: here)")


def _add_trace(commands: argparse._SubParsersAction[_Parser]) -> None:
    trace = commands.add_parser(
        "trace",
        help="print every operation of a training step with named shapes",
        description="Print each operation of the first training step, or of all of a program that\n"
        "has none: its row, its value and its operands with the names of their axes,\n"
        "W1 (hidden=4, in=3), every broadcast marked. As a page, each is drawn.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    trace.add_argument("file", nargs="?", metavar="FILE", help="the script to trace")
    trace.add_argument(
        "--all",
        action="store_true",
        dest="everything",
        help="list what the program does before, in and behind its training loop",
    )
    trace.add_argument(
        "--output-format",
        choices=("full", "html"),
        default="full",
        help="a row for each operation (default), or a page with a picture of each",
    )
    _add_run_options(trace)


def _add_fix_options(check: argparse.ArgumentParser) -> None:
    fixes = check.add_argument_group("fixes")
    how = fixes.add_mutually_exclusive_group()
    how.add_argument(
        "--fix", action="store_true", help="make the fixes that are safe, then tell what is left"
    )
    how.add_argument(
        "--diff", action="store_true", help="print what --fix would change, and change nothing"
    )
    fixes.add_argument(
        "--unsafe-fixes", action="store_true", help="with --fix or --diff: the unsafe ones, too"
    )


def _add_output_options(check: argparse.ArgumentParser) -> None:
    from gradlint.report import formats

    output = check.add_argument_group("output")
    output.add_argument(
        "--output-format",
        choices=formats(),
        metavar="FORMAT",
        help=f"one of {', '.join(formats())} (default: full)",
    )
    output.add_argument(
        "--statistics", action="store_true", help="print how often each mistake was found instead"
    )
    output.add_argument(
        "-q",
        "--quiet",
        action="store_true",
        help="print findings only: no notes, no word on right files",
    )
    output.add_argument(
        "--show-output",
        action="store_true",
        default=None,
        help="print what the scripts printed, too",
    )


def _add_selection_options(check: argparse.ArgumentParser) -> None:
    selection = check.add_argument_group("selection")
    selection.add_argument(
        "--select",
        type=_codes,
        action="extend",
        metavar="CODES",
        help="report these only: codes, prefixes or names, with commas (GL2,GL301,flipped-sign)",
    )
    selection.add_argument(
        "--ignore", type=_codes, action="extend", metavar="CODES", help="do not report these"
    )


def _add_run_options(command: argparse.ArgumentParser) -> None:
    run = command.add_argument_group("running")
    run.add_argument(
        "--set",
        type=_assignment,
        action="append",
        metavar="NAME=EXPR",
        help="give a name a value, in place of what the script gives it or of what it lacks: "
        "--set 'X=np.random.rand(4, 3)'",
    )
    run.add_argument(
        "--fill",
        action=argparse.BooleanOptionalAction,
        help="make up the names, data and functions that the script lacks, and list them "
        "(default: for posts only)",
    )
    run.add_argument(
        "--loss",
        type=_name_or_line,
        metavar="NAME|LINE",
        help="the loss that is meant: a name of the script, or the line that computes it",
    )
    run.add_argument(
        "--seed",
        type=_whole,
        metavar="N",
        help="seed of NumPy's and Python's random numbers (default: 0)",
    )
    run.add_argument(
        "--timeout", type=_seconds, metavar="SECONDS", help="for each file (default: 60)"
    )
    run.add_argument(
        "-m",
        "--module",
        type=_module,
        metavar="NAME",
        help="check a module as python -m starts it: -m package.train",
    )
    if command.prog.endswith("check"):
        run.add_argument("--list", action="store_true", help="print which files would be run")
        run.add_argument(
            "-j", "--jobs", type=_jobs, metavar="N", help="files at a time (default: one a core)"
        )
        run.add_argument(
            "--no-cache",
            dest="cache",
            action="store_false",
            default=None,
            help="check every file anew, and keep no report for the next time",
        )
    _add_destination_options(run)


def _add_destination_options(
    command: argparse.ArgumentParser | argparse._ArgumentGroup,
) -> None:
    command.add_argument("-o", "--output-file", metavar="FILE", help="write the result to FILE")
    command.add_argument(
        "--color",
        choices=["auto", "always", "never"],
        default="auto",
        metavar="WHEN",
        help="auto, always or never (default: auto; NO_COLOR and FORCE_COLOR are honoured)",
    )


class _Parser(argparse.ArgumentParser):
    """An argument parser whose complaint about an unknown command says what to type instead."""

    def error(self, message: str) -> NoReturn:
        import difflib
        import re

        word = next((a for a in sys.argv[1:] if not a.startswith("-")), "")
        if "argument COMMAND: invalid choice" in message:
            known = re.search(r"choose from (.*)\)", message)
            commands = re.findall(r"[a-z]+", known[1]) if known else []
            close = difflib.get_close_matches(word, commands, n=1)
            hint = close[0] if close else "--help"
            if word.endswith(".py") or os.path.exists(word):
                hint = f"check {word}"
            elif re.fullmatch(r"GL\d{3}", word, re.IGNORECASE):
                hint = f"rule {word.upper()}"
            message = f"there is no command `{word}`; did you mean `gradlint {hint}`?"
        self.exit(2, f"gradlint: {message}\n")


def _codes(text: str) -> list[str]:
    from gradlint.config import ConfigError, code_prefix

    try:
        return [code_prefix(word) for word in text.split(",") if word.strip()]
    except ConfigError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _assignment(text: str) -> tuple[str, str]:
    import ast

    name, equals, expression = (part.strip() for part in text.partition("="))
    if not equals or not name.isidentifier():
        raise argparse.ArgumentTypeError(f"`{text}` is not NAME=EXPR")
    try:
        ast.parse(expression, mode="eval")
    except SyntaxError as error:
        reason = f"`{expression}` is not a Python expression ({error.msg})"
        raise argparse.ArgumentTypeError(reason) from None
    return name, expression


def _module(text: str) -> str:
    if not all(part.isidentifier() for part in text.split(".")):
        raise argparse.ArgumentTypeError(
            f"`{text}` is not the name of a module, like package.train"
        )
    return text


def _name_or_line(text: str) -> str:
    word = text.strip()
    if not (word.isdecimal() or all(part.isidentifier() for part in word.split("."))):
        raise argparse.ArgumentTypeError(f"`{text}` is neither a name nor the number of a line")
    return word


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < 1e7:
        raise argparse.ArgumentTypeError(f"`{text}` is not a number of seconds above 0")
    return value


def _whole(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"`{text}` is not a whole number from 0 on")
    return int(text)


def _jobs(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"`{text}` is not a number of files above 0")
    return int(text)
