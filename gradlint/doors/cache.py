"""Reports of earlier runs: told again where everything they rest on is as it was.

They lie in ``.gradlint_cache`` beside the ``pyproject.toml`` that is nearest to what is checked, or
in the directory of the run, one file an answer.  An answer is asked for by its program, its options
and the working directory; it counts while gradlint, Python, the program and all that the program
looked at are the same.  What is broken, or cannot be read or written, is no answer and no error.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import sys
import threading
from typing import TYPE_CHECKING, Any

from gradlint import findings
from gradlint.findings import Grounds, Report
from gradlint.trace.grounds import Here, fingerprint, holds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from gradlint.config import Options

FOLDER = ".gradlint_cache"
_MARK = "CACHEDIR.TAG"
_FILES = {
    _MARK: "Signature: 8a477f597d28d172789f06886806bc55\n# Reports that gradlint keeps.\n",
    ".gitignore": "*\n",
}
_KIND = "@"  # the key under which data say what they are
_TOLD_ANEW = ("output_format", "show_output", "exclude", "cache")  # change no report
_MATTER = ("PYTHON", "GRADLINT", "LC_", "LANG", "OMP_", "OPENBLAS_", "MKL_", "TMP", "TEMP")
_PROJECT = "pyproject.toml"


class Cache:
    """The answers that are kept for what lies below ``start``."""

    def __init__(self, start: str) -> None:
        self.folder = place(start)
        self._here = Here()
        self._versions = _hash(repr((_program(), sys.version, sys.platform, _variables())))

    def known(self, path: Path, options: Options) -> Report | None:
        """The report that is kept on a file, if it still holds."""
        try:
            with open(self._entry(path, options), encoding="utf-8") as stream:
                digest, _, rest = stream.read().partition("\n")
            if _hash(rest) != digest:
                return None
            head, _, body = rest.partition("\n")
            known = json.loads(head)
            file = os.path.abspath(str(path).partition("::")[0])
            if known["versions"] != self._versions:
                return None
            if not self._here.is_still(file, known["program"]):
                return None
            if not holds(Grounds(**known["grounds"]), self._here):
                return None
            report = json.loads(body, object_hook=_thawed)
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return None
        return report if isinstance(report, Report) else None

    def checked(self, path: Path, options: Options, check: Callable[[Path], Report]) -> Report:
        """Check a file, and keep the report if it can be told again."""
        file = str(path).partition("::")[0]
        before = fingerprint(file)
        report = check(path)
        if report.grounds is not None and before is not None and before == fingerprint(file):
            with contextlib.suppress(OSError, TypeError, ValueError):
                self._keep(self._entry(path, options), before, report)
        return report

    def _entry(self, path: Path, options: Options) -> str:
        return os.path.join(self.folder, _hash(repr((_asked(path), _settings(options)))))

    def _keep(self, entry: str, program: Any, report: Report) -> None:
        assert report.grounds is not None
        body = frozen(dataclasses.replace(report, grounds=None))
        if json.loads(body, object_hook=_thawed) != report:
            return  # it holds what is no JSON
        head = json.dumps({
            "versions": self._versions,
            "program": program,
            "grounds": dataclasses.asdict(report.grounds),
        })  # fmt: skip
        rest = f"{head}\n{body}"
        _make(self.folder)
        draft = f"{entry}.{os.getpid()}.{threading.get_ident()}"
        with open(draft, "w", encoding="utf-8") as stream:
            stream.write(f"{_hash(rest)}\n{rest}")
        os.replace(draft, entry)


def clean(start: str) -> str | None:
    """Remove the answers that are kept for what lies below ``start``; return where they were."""
    import shutil

    folder = place(start)
    if not os.path.isfile(os.path.join(folder, _MARK)):
        return None
    shutil.rmtree(folder)
    return folder


def place(start: str) -> str:
    """Where the answers for what lies below ``start`` are kept."""
    folder = os.path.abspath(start)
    while not os.path.isfile(os.path.join(folder, _PROJECT)):
        folder, below = os.path.dirname(folder), folder
        if folder == below:
            return os.path.join(os.getcwd(), FOLDER)
    return os.path.join(folder, FOLDER)


def frozen(value: Any) -> str:
    """Findings as JSON that says of all data what they are."""
    return json.dumps(value, default=_named)


def _named(value: Any) -> dict[str, Any]:
    kind = type(value)
    if getattr(findings, kind.__name__, None) is not kind:
        raise TypeError(f"{kind.__name__} is not kept")
    fields = dataclasses.fields(value)
    changed = {f.name: v for f in fields if (v := getattr(value, f.name)) != f.default}
    return {_KIND: kind.__name__, **changed}


def _thawed(read: dict[str, Any]) -> Any:
    kind = read.pop(_KIND, None)
    if kind is None:
        return read
    return getattr(findings, kind)(**{name: _as_tuple(value) for name, value in read.items()})


def _as_tuple(value: Any) -> Any:
    return tuple(map(_as_tuple, value)) if isinstance(value, list) else value


def _make(folder: str) -> None:
    """Make the folder, with what tells others that it is none of their business."""
    os.makedirs(folder, exist_ok=True)
    for name, text in _FILES.items():
        file = os.path.join(folder, name)
        if not os.path.exists(file):
            with open(file, "w", encoding="utf-8") as stream:
                stream.write(text)


def _asked(path: Path) -> tuple[str, str, str]:
    file = str(path).partition("::")[0]
    return str(path), os.path.realpath(file), os.getcwd()


def _settings(options: Options) -> list[tuple[str, Any]]:
    fields = dataclasses.fields(options)
    return [(f.name, getattr(options, f.name)) for f in fields if f.name not in _TOLD_ANEW]


def _variables() -> list[tuple[str, str]]:
    """What Python and its numerical libraries read of the environment."""
    return sorted(item for item in os.environ.items() if item[0].startswith(_MATTER))


def _program() -> list[tuple[str, int, int]]:
    """Which gradlint this is: the files of the package with their sizes and times."""
    return sorted(_sources(os.path.dirname(findings.__file__)))


def _sources(folder: str) -> Iterator[tuple[str, int, int]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                yield from _sources(entry.path)
            elif entry.name.endswith(".py"):
                there = entry.stat()
                yield entry.path, there.st_size, there.st_mtime_ns


def _hash(text: str) -> str:
    import hashlib

    data = text.encode(errors="surrogatepass")
    return hashlib.blake2b(data, digest_size=16).hexdigest()
