"""Program text inside a program: what it hands to ``eval``, ``exec`` and ``compile``.

Text that a file holds stands in that file; all other text stands where the program runs it.
"""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradlint.source.rewrite import instrument
from gradlint.source.spots import SourceFile, Spot, Unreadable

if TYPE_CHECKING:
    from types import CodeType

    from gradlint.findings import Site

_MOST_FILES = 500  # below the program's folder that are compared with a text


class Quoted(SourceFile):
    """Text that no file holds: every place in it is the place that runs it."""

    def __init__(self, text: str, place: Spot) -> None:
        super().__init__(place.file.filename, text)
        self.place = place

    def site(self, node: Any) -> Site:  # noqa: ARG002 - whatever it is
        """The place that runs the text."""
        return self.place.site

    def row(self, node: Any) -> int:  # noqa: ARG002
        """The row of the place that runs the text."""
        return self.place.row


class Texts:
    """Compiles texts with the hooks in them, each once for each place that runs it."""

    def __init__(self, spots: list[Spot]) -> None:
        self.spots = spots
        self.made: dict[tuple[Any, ...], CodeType | None] = {}

    def compiled(
        self, place: Spot, text: str, mode: str, filename: str | None = None
    ) -> CodeType | None:
        """The code of a text, or None where Python itself has to say what is wrong with it."""
        key = (id(place.node), text, mode, filename)
        if key not in self.made:
            self.made[key] = self._compile(place, text, mode, filename)
        return self.made[key]

    def _compile(self, place: Spot, text: str, mode: str, filename: str | None) -> CodeType | None:
        text = text.lstrip(" \t") if mode == "eval" else text
        held = _file_with(text, place, filename)
        try:
            file = Quoted(text, place) if held is None else SourceFile(held, text)
            tree = instrument(file, self.spots, mode)
            if held is None:
                file.text, file.lines = place.file.text, place.file.lines  # what people see
        except (Unreadable, SyntaxError):
            return None
        name = held or f"<text run in line {place.row}>"
        return compile(tree, name, mode, dont_inherit=True)


def _file_with(text: str, place: Spot, filename: str | None) -> str | None:
    """The file that holds a text: the one that is named, or one near the program."""
    if filename is not None and _holds(Path(filename), text):
        return filename
    if "\n" not in text.strip():
        return None
    folder = Path(place.file.filename).resolve().parent
    for path in islice(folder.rglob("*.py"), _MOST_FILES):
        if _holds(path, text):
            here = Path.cwd()
            return str(path.relative_to(here) if path.is_relative_to(here) else path)
    return None


def _holds(path: Path, text: str) -> bool:
    try:
        return path.read_text(encoding="utf-8") == text
    except (OSError, ValueError):
        return False
