"""How a script came to its end, as frozen data that can cross a process border.

An exception is reduced to what a message to its author needs: the frames that lie in the author's
own files, the exact span of the innermost one, and what was missing (a name, a file, a module).
This module executes nothing.
"""

from __future__ import annotations

import builtins
import difflib
import linecache
import os
import re
from itertools import islice
from typing import TYPE_CHECKING, Literal, NamedTuple

from gradlint.findings import Site
from gradlint.structs import struct

if TYPE_CHECKING:
    from types import TracebackType

How = Literal["finished", "exited", "raised", "stopped", "out-of-time"]

LONGEST_MESSAGE = 2_000  # characters
SHORTEST, ALIKE = 3, 0.75  # letters of a name that can be misspelt, and how much of it must agree
MOST_FRAMES = 40  # innermost ones: endless recursion has a thousand equal frames

# What libraries write into the message of a FileNotFoundError instead of filling in its filename:
# NumPy's text readers, and HDF5.
FILE_IN_MESSAGE = (re.compile(r"^(.+) not found\.$"), re.compile(r"name = '([^']+)'"))


class Frame(NamedTuple):
    """One call that was under way: the row counts from 1."""

    filename: str
    row: int
    function: str


@struct
class Ending:
    """How the script ended.

    ``how`` is ``"exited"`` after ``sys.exit``, ``os._exit`` or ``os.abort`` (with ``exit_code``),
    ``"stopped"`` when the tracer had seen enough.  ``frames`` are outermost first, the user's own
    files only; ``site`` is the span of the innermost one.  ``asked`` are the prompts that got an
    invented answer, ``absent`` the libraries that were replaced because they are not installed.
    """

    how: How
    exception: str = ""
    message: str = ""
    frames: tuple[Frame, ...] = ()
    site: Site | None = None
    exit_code: int | None = None
    complaint: str | None = None  # what the parser of the command line said before it exited
    missing_name: str | None = None
    meant: str | None = None  # what a misspelt name or attribute is close to
    missing_file: str | None = None
    missing_module: str | None = None
    asked: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()


class Home(NamedTuple):
    """What counts as the user's own: the script, and what lies beside or below it."""

    script: str
    folders: tuple[str, ...]

    def owns(self, filename: str) -> bool:
        """Whether the user wrote this file (rather than installed it)."""
        if filename == self.script:
            return True
        full = os.path.abspath(filename)
        if filename.startswith("<") or any(_lies_in(full, library) for library in LIBRARIES):
            return False
        for folder in self.folders:
            inside = full[len(folder) :].split(os.sep) if _lies_in(full, folder) else _PACKAGES
            if not any(name in inside for name in _PACKAGES):
                return True
        return False


_PACKAGES = ["site-packages", "dist-packages"]
LIBRARIES = (
    os.path.dirname(os.__file__),
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))),  # gradlint
)


def describe(error: BaseException, home: Home) -> Ending:
    """Reduce the exception that ended a script to frozen data."""
    linecache.checkcache()
    own = _own_calls(error.__traceback__, home)
    frames = tuple(Frame(tb.tb_frame.f_code.co_filename, row, name) for tb, row, name in own)
    span = _span(own[-1][0]) if own else None
    if isinstance(error, SyntaxError) and home.owns(error.filename or "<unknown>"):
        span = _syntax_span(error)
    # An unbound local variable is a NameError as well, but no value from outside would help it.
    nameless = type(error) is not NameError
    return Ending(
        "raised",
        exception=type(error).__name__,
        message=_message(error),
        frames=frames,
        site=span,
        missing_name=None if nameless else getattr(error, "name", None),
        meant=_meant(error, own[-1][0]) if own else None,
        missing_file=_missing_file(error) if isinstance(error, FileNotFoundError) else None,
        missing_module=error.name if isinstance(error, ModuleNotFoundError) else None,
    )


def _meant(error: BaseException, tb: TracebackType) -> str | None:
    """The name in sight that a misspelt one is close to; a short name may be anything."""
    name = getattr(error, "name", None)
    if not isinstance(name, str) or len(name) < SHORTEST:
        return None
    if isinstance(error, AttributeError):
        known = dir(error.obj)
    elif isinstance(error, NameError):
        frame = tb.tb_frame
        known = [*frame.f_locals, *frame.f_globals, *dir(builtins)]
    else:
        return None
    found = difflib.get_close_matches(name, [k for k in known if k != name], n=1, cutoff=ALIKE)
    return found[0] if found else None


def complaint_of(error: BaseException) -> str | None:
    """What ``argparse`` had to say about the arguments, if it was that which ended the script."""
    tb, said = error.__traceback__, None
    while tb is not None:
        frame = tb.tb_frame
        if frame.f_globals.get("__name__") == "argparse" and frame.f_code.co_name == "error":
            said = str(frame.f_locals.get("message", ""))
        tb = tb.tb_next
    return said


def _lies_in(path: str, directory: str) -> bool:
    return path.startswith(directory.rstrip(os.sep) + os.sep)


def _own_calls(tb: TracebackType | None, home: Home) -> list[tuple[TracebackType, int, str]]:
    calls = []
    while tb is not None:
        code = tb.tb_frame.f_code
        if home.owns(code.co_filename):
            calls.append((tb, tb.tb_lineno or 1, code.co_name))
        tb = tb.tb_next
    return calls[-MOST_FRAMES:]


def _span(tb: TracebackType) -> Site:
    """Return the span of the instruction under way, or its line where Python kept no columns."""
    code = tb.tb_frame.f_code
    positions = next(islice(code.co_positions(), tb.tb_lasti // 2, None), (None,) * 4)
    row, end_row, start, end = positions
    if row is None or end_row is None or start is None or end is None:
        return _whole_line(code.co_filename, tb.tb_lineno or 1)
    return Site(
        code.co_filename,
        row,
        _column(code.co_filename, row, start),
        end_row,
        _column(code.co_filename, end_row, end),
    )


def _whole_line(filename: str, row: int) -> Site:
    text = linecache.getline(filename, row).rstrip()
    indent = len(text) - len(text.lstrip())
    return Site(filename, row, indent + 1, row, len(text) + 1)


def _column(filename: str, row: int, offset: int) -> int:
    """Return the column, from 1, of a byte offset in the UTF-8 form of a line."""
    text = linecache.getline(filename, row)
    return len(text.encode()[:offset].decode(errors="replace")) + 1 if text else offset + 1


def _syntax_span(error: SyntaxError) -> Site:
    filename, row = error.filename or "", error.lineno or 1
    column = max(error.offset or 1, 1)
    end_row = error.end_lineno or row
    end_column = error.end_offset or 0
    if (end_row, end_column) <= (row, column):
        end_row, end_column = row, column + 1
    return Site(filename, row, column, end_row, end_column)


def _message(error: BaseException) -> str:
    try:
        text = str(error)
    except Exception:  # noqa: BLE001 - the user's own __str__ may do anything
        text = ""
    return text if len(text) <= LONGEST_MESSAGE else text[:LONGEST_MESSAGE] + "…"


def _missing_file(error: FileNotFoundError) -> str | None:
    if isinstance(error.filename, bytes | str | os.PathLike):
        return os.fsdecode(error.filename)
    for pattern in FILE_IN_MESSAGE:
        if found := pattern.search(_message(error)):
            return found[1]
    return None
