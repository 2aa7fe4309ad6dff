"""What a path holds: a Python file, a notebook or a post, and how edits are written into each.

The one place that tells documents apart.  It knows the readers of each kind, loads the one that
is asked for, and runs nothing.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Literal

from gradlint.source.program import NoProgram, Program, plain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gradlint.findings import Edit

Kind = Literal["python", "notebook", "post"]

NOTEBOOKS = {".ipynb"}
POSTS = {".md", ".markdown", ".txt", ".text", ".html", ".htm", ".rst"}
_NUMBER = re.compile(r"\d+")


def kind_of(filename: str, text: str = "") -> Kind:
    """Tell the kind of a document by its name; of one that has none, by its text."""
    suffix = os.path.splitext(filename)[1].lower()
    if suffix in NOTEBOOKS:
        return "notebook"
    if suffix in POSTS:
        return "post"
    if suffix or not filename.startswith("<"):
        return "python"
    if text.lstrip().startswith("{") and '"cell' in text:
        return "notebook"
    from gradlint.source.post import looks_like_one

    return "post" if looks_like_one(text) else "python"


def programs(filename: str, text: str) -> list[Program]:
    """The programs of a document; raises ``NoProgram`` where there is none."""
    kind = kind_of(filename, text)
    if kind == "notebook":
        from gradlint.source import notebook

        return [notebook.program(filename, text)]
    if kind == "post":
        from gradlint.source import post

        return post.programs(filename, text)
    return [plain(filename, text)]


def chosen(filename: str, text: str, only: str | None) -> tuple[Program, str | None]:
    """The program of a document that is asked for, and the function pair of it, if any."""
    found = programs(filename, text)
    if only is None or not _NUMBER.fullmatch(only):
        return found[0], only
    if not 0 < int(only) <= len(found):
        raise NoProgram(f"there is no program {only} in it", f"its programs: 1 to {len(found)}")
    return found[int(only) - 1], None


def edited(filename: str, text: str, changes: Iterable[Edit]) -> str:
    """A document after edits."""
    if kind_of(filename, text) == "notebook":
        from gradlint.source import notebook

        return notebook.edited(text, changes)
    from gradlint.source.edits import apply

    return apply(text, changes)


def read_document(path: str) -> str:
    """The text of a notebook or a post; raises OSError or UnicodeDecodeError."""
    with open(path, encoding="utf-8-sig", newline="") as stream:
        return stream.read()
