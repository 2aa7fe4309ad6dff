"""Which files a command line means, and why a path that it names cannot be checked.

Every problem comes back as a report that could not run, so that each output format carries it.
"""

from __future__ import annotations

import codecs
import io
import os
import tokenize
from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING

from gradlint.findings import Finding, Report, Site
from gradlint.source.documents import NOTEBOOKS, POSTS, kind_of, programs
from gradlint.source.program import NoProgram

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gradlint.config import Options

_SKIPPED = {"__pycache__", "node_modules", "site-packages", "venv", "env", "build", "dist"}
_READ = {".py", ".pyw", "", *NOTEBOOKS, *POSTS}
_MET = {".py", *NOTEBOOKS}  # checked when a directory is walked: not every text is a post
_NOT_PROGRAMS = ("setup.py", "conftest.py", "test_*.py", "*_test.py")  # unless they are named
_LARGEST = 3_000_000  # characters: some hundred thousand lines, minutes before the first one runs

Target = Path | Report
"""A file to check, or the report on a path that cannot be."""


def targets(paths: Sequence[str], options: Options) -> list[Target]:
    """List what to check, in the order given, directories sorted, no file twice."""
    found: dict[str, Target] = {}
    for name in paths:
        path = Path(os.path.normpath(name))
        for target in _directory(path, options) if path.is_dir() else _parts(_file(path)):
            key = os.path.realpath(target if isinstance(target, Path) else target.filename)
            found.setdefault(key, target)
    return list(found.values())


def could_not_run(filename: str, message: str, remedy: str) -> Report:
    """Report a path about which nothing can be said but this."""
    site = Site(filename, 1, 1, 1, 1)
    finding = Finding("GL905", "could-not-run", "error", message, site, help=remedy)
    return Report(filename, "could-not-run", (finding,))


def decode(data: bytes, name: str = "") -> str:
    """Decode a source as Python does; raises ``ValueError`` with the reason and remedy."""
    if data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        raise ValueError("text in UTF-16, which Python does not read", "save it as UTF-8")
    if b"\0" in data:
        raise ValueError("a binary file, not Python source", "give a .py file")
    if kind_of(name) != "python":
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise ValueError(_undecodable(error, data), "save it as UTF-8") from error
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        return io.TextIOWrapper(io.BytesIO(data), encoding).read()
    except (SyntaxError, UnicodeDecodeError, LookupError) as error:
        reason = _undecodable(error, data)
        remedy = "save it as UTF-8, or name its encoding in the first line: # coding: latin-1"
        raise ValueError(reason, remedy) from error


def problem(text: str, name: str = "") -> tuple[str, str] | None:
    """Say why a text has nothing to check, and what to do; None if it has."""
    if not text.strip():
        return "the file is empty", "write the network and its training step into it"
    if len(text) > _LARGEST and kind_of(name) == "post":
        size = f"{len(text) / 1e6:.0f} MB are more than a post; nothing was read"
        return size, "save the question alone, or paste its code into a .py file"
    if len(text) > _LARGEST and kind_of(name) == "python":
        size = f"{len(text) / 1e6:.0f} MB of source are more than gradlint follows"
        return size, "load the data from a file instead of writing it into the program"
    return None


def _file(path: Path) -> Target:
    file, separator, _ = str(path).partition("::")  # FILE::function
    if separator:
        target = _file(Path(file))
        return target if isinstance(target, Report) else path
    try:
        if path.suffix.lower() not in _READ and path.exists():
            return could_not_run(str(path), "not a Python file", _suffix_remedy(path))
        text = decode(path.read_bytes(), path.name)
        trouble = problem(text, path.name)
    except FileNotFoundError:
        return could_not_run(str(path), "no such file or directory", _near(path))
    except OSError as error:
        reason = (error.strerror or "cannot be read").lower()
        return could_not_run(str(path), reason, "make it readable for you")
    except ValueError as error:
        trouble = error.args
    return could_not_run(str(path), *trouble) if trouble else path


def _parts(target: Target) -> list[Target]:
    """A target for each program of a document, or the report on why it has none."""
    if isinstance(target, Report) or "::" in str(target) or kind_of(str(target)) == "python":
        return [target]
    try:
        count = len(programs(str(target), decode(target.read_bytes(), target.name)))
    except NoProgram as error:
        return [could_not_run(str(target), error.message, error.remedy)]
    if count < 2:
        return [target]
    return [Path(f"{target}::{number}") for number in range(1, count + 1)]


def _directory(path: Path, options: Options) -> list[Target]:
    found = list(_walk(path, options))
    if found:
        return [part for file in map(_file, found) if not _is_blank(file) for part in _parts(file)]
    remedy = "give a .py file, or a directory that holds some"
    return [could_not_run(str(path), "no Python files in this directory", remedy)]


def _walk(path: Path, options: Options) -> Iterator[Path]:
    """Yield the Python files below a directory; hidden, installed and built ones are left out."""
    for folder, names, files in os.walk(path):
        names[:] = sorted(name for name in names if _is_own(Path(folder, name), options))
        for name in sorted(files):
            file = Path(folder, name)
            wanted = file.suffix in _MET and not name.startswith(".") and not _is_left_out(name)
            if wanted and not options.excludes(file):
                yield file


def _is_own(folder: Path, options: Options) -> bool:
    name = folder.name
    installed = name in _SKIPPED or (folder / "pyvenv.cfg").exists()
    return not (name.startswith(".") or installed or options.excludes(folder))


def _is_left_out(name: str) -> bool:
    """Whether a file met in a directory is no program: tests are run by pytest."""
    return any(fnmatch(name, pattern) for pattern in _NOT_PROGRAMS)


def without_the_empty(reports: Sequence[Report], named: Sequence[str]) -> list[Report]:
    """The reports, those on files met in a directory that hold nothing to check marked as such."""
    asked = {os.path.realpath(name.partition("::")[0]) for name in named}
    return [
        replace(report, verdict="nothing-to-check", findings=())
        if _holds_nothing(report) and os.path.realpath(report.filename) not in asked
        else report
        for report in reports
    ]


def _holds_nothing(report: Report) -> bool:
    """Whether a program ran to its end and showed neither a training step nor a function pair."""
    return report.verdict == "cannot-tell" and all(
        f.name == "no-training-step" and f.evidence.get("ended") == "finished"
        for f in report.findings
    )


def module_file(name: str) -> Path:
    """The file of a module as ``python -m`` would find it from here; raises ``ValueError``."""
    for folder in (Path(), Path("src")):
        base = folder.joinpath(*name.split("."))
        for path in (base.with_suffix(".py"), base / "__main__.py", base / "__init__.py"):
            if path.is_file():
                return path
    raise ValueError(f"there is no module `{name}` here; give its name as for python -m, or a file")


def _is_blank(target: Target) -> bool:
    """Whether a file met in a directory is empty, as an ``__init__.py`` often is."""
    return isinstance(target, Report) and target.findings[0].message == "the file is empty"


def _near(path: Path) -> str:
    """Suggest the name that was probably meant."""
    try:
        near = [p for p in path.parent.iterdir() if p.suffix in _MET or p.is_dir()]
    except OSError:
        return "check the spelling"
    import difflib  # only where something is misspelt

    stems = {p.stem: p for p in near}  # the common `.py` would make everything look alike
    close = difflib.get_close_matches(path.stem, stems, n=1)
    return f"did you mean `{stems[close[0]]}`?" if close else "check the spelling"


def _suffix_remedy(path: Path) -> str:
    return f"if it holds Python, pass it on standard input: gradlint check - < {path}"


def _undecodable(error: Exception, data: bytes) -> str:
    if isinstance(error, SyntaxError):  # which does not say where
        try:
            data.decode()
        except UnicodeDecodeError as where:
            return _undecodable(where, data)
    if isinstance(error, UnicodeDecodeError):
        row = data.count(b"\n", 0, error.start) + 1
        return f"line {row} is not valid {error.encoding.upper()}"
    return str(error)
