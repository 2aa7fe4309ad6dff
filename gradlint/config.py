"""What a run is asked to do: defaults, then ``[tool.gradlint]``, then the command line.

The nearest ``pyproject.toml`` that has a ``[tool.gradlint]`` table counts, as with ruff.  A key or
a value that means nothing is an error with a suggestion: a misspelt ``ignroe`` must not pass for a
setting.  This module knows the standard library only, and nothing of checking or printing.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from fnmatch import fnmatch
from pathlib import Path, PurePath
from typing import Any

from gradlint.structs import struct


class ConfigError(Exception):
    """A setting that cannot be used; the message is one line with its remedy."""


@struct
class Options:
    """Everything a user can ask of a run.

    ``select`` and ``ignore`` hold code prefixes (``GL2`` stands for GL2xx) or mistake names; an
    empty ``select`` stands for everything.  ``set`` holds ``(name, expression)`` pairs that give
    names another value than the program's, or one that it lacks.  ``fill`` makes up what it lacks;
    None does so for posts only.  ``args`` is what the script finds in ``sys.argv``, ``module``
    its name if it is started with ``-m``.  ``loss`` names the loss that is meant: a name of the
    program, or a line.  ``timeout`` is in seconds, for one file.  ``points`` counts the parameter
    points at which gradients are compared.  ``cache`` lets the command line keep reports for later
    runs.  Patterns in ``exclude`` and
    ``per_file_ignores`` are relative to ``root``.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    timeout: float = 60.0
    seed: int = 0
    set: tuple[tuple[str, str], ...] = ()
    args: tuple[str, ...] = ()
    module: str | None = None
    fill: bool | None = None
    loss: str | None = None
    points: int = 2
    cache: bool = True
    show_output: bool = False
    exclude: tuple[str, ...] = ()
    output_format: str = "full"
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    root: str = "."

    def selects(self, code: str, name: str, filename: str) -> bool:
        """Whether a finding of this code in this file is wanted.

        gradlint's own limits (GL9xx) are wanted whatever ``select`` says: a run that was asked
        for GL2 only, and could not run the program, must still say so.
        """
        wanted = not self.select or matches(code, name, self.select) or code.startswith("GL9")
        ignored = self.ignore + tuple(
            prefix
            for pattern, prefixes in self.per_file_ignores
            if path_matches(filename, pattern, self.root)
            for prefix in prefixes
        )
        return wanted and not matches(code, name, ignored)

    def excludes(self, path: str | Path) -> bool:
        """Whether a file or folder met while walking a directory is to be left out."""
        return any(path_matches(path, pattern, self.root) for pattern in self.exclude)


def matches(code: str, name: str, wanted: tuple[str, ...]) -> bool:
    """Whether a mistake is meant by one of the code prefixes or mistake names in ``wanted``."""
    return any(code.startswith(item) or name == item for item in wanted)


def path_matches(path: str | Path, pattern: str, root: str) -> bool:
    """Whether a path, seen from ``root``, matches a pattern as a whole or in one of its parts."""
    whole = Path(path).resolve()
    folder = Path(root).resolve()
    seen = whole.relative_to(folder) if whole.is_relative_to(folder) else whole
    pattern = pattern.removeprefix("./").rstrip("/")
    heads = [parent.as_posix() for parent in [seen, *seen.parents][:-1]]
    return any(fnmatch(head, pattern) for head in heads) or any(
        fnmatch(part, pattern) for part in seen.parts
    )


def load(start: Path) -> Options:
    """Find the options that hold for ``start``: the nearest ``[tool.gradlint]`` over the defaults.

    Raises ``ConfigError`` where a ``pyproject.toml`` on the way cannot be read or understood.
    """
    start = start.resolve()
    for folder in [start, *start.parents]:
        file = folder / "pyproject.toml"
        if not file.is_file():
            continue
        import tomllib  # only where there is one: it is a tenth of what a start takes

        try:
            document = tomllib.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ConfigError(f"{_short(file)}: cannot be read: {error}") from error
        table = document.get("tool", {}).get("gradlint")
        if table is not None:
            return read_table(table, file)
    return Options()


def read_table(table: Any, file: PurePath) -> Options:
    """Read a ``[tool.gradlint]`` table; ``file`` is named in error messages."""
    try:
        if not isinstance(table, Mapping):
            raise ConfigError("[tool.gradlint] must be a table")
        changes = {_field(key): _KEYS[key](value, key) for key, value in table.items()}
    except ConfigError as error:
        raise ConfigError(f"{_short(file)}: {error}") from None
    return dataclasses.replace(Options(root=str(file.parent)), **changes)


def code_prefix(text: str) -> str:
    """Check a code prefix or mistake name that a user wrote; raises ``ConfigError``."""
    word = text.strip()
    if re.fullmatch(r"GL\d{0,3}", word, re.IGNORECASE):
        return word.upper()
    if re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", word):
        return word
    raise ConfigError(
        f"`{word}` is not a gradlint code; codes look like GL201, or GL2 for all of GL2xx"
    )


def positive_seconds(value: Any, key: str = "timeout") -> float:
    """Check a number of seconds; raises ``ConfigError``."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e7:
        raise ConfigError(f"`{key}` must be a number of seconds above 0, not {value!r}")
    return float(value)


def _field(key: str) -> str:
    if key not in _KEYS:
        import difflib  # only where something is misspelt

        close = difflib.get_close_matches(key.replace("_", "-"), _KEYS, n=1)
        hint = f"did you mean `{close[0]}`?" if close else f"known keys: {', '.join(_KEYS)}"
        raise ConfigError(f"unknown key `{key}` in [tool.gradlint]; {hint}")
    return key.replace("-", "_")


def _strings(value: Any, key: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ConfigError(f"`{key}` must be a list of strings, not {value!r}")
    return tuple(value)


def _codes(value: Any, key: str) -> tuple[str, ...]:
    return tuple(code_prefix(item) for item in _strings(value, key))


def _seed(value: Any, key: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ConfigError(f"`{key}` must be a whole number from 0 on, not {value!r}")
    return value


def _switch(value: Any, key: str) -> bool:
    if not isinstance(value, bool):
        raise ConfigError(f"`{key}` must be true or false, not {value!r}")
    return value


def _text(value: Any, key: str) -> str:
    if not isinstance(value, str):
        raise ConfigError(f"`{key}` must be a string, not {value!r}")
    return value


def _per_file(value: Any, key: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    if not isinstance(value, Mapping):
        raise ConfigError(f"`{key}` must be a table of pattern = [codes], not {value!r}")
    return tuple((pattern, _codes(codes, key)) for pattern, codes in value.items())


_KEYS: dict[str, Callable[[Any, str], Any]] = {
    "select": _codes,
    "ignore": _codes,
    "args": _strings,
    "exclude": _strings,
    "timeout": positive_seconds,
    "seed": _seed,
    "loss": _text,
    "cache": _switch,
    "output-format": _text,  # the command line knows which formats there are
    "per-file-ignores": _per_file,
}


def _short(file: PurePath) -> str:
    here = Path.cwd()
    return str(file.relative_to(here)) if file.is_relative_to(here) else str(file)
