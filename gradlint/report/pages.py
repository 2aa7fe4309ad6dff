"""The documentation page of every code, read from the source of its class.

The docstring of a mistake is its page.  Here the files are parsed, not imported: a page can be
shown where NumPy is not loaded, and costs no more than reading some text.
"""

from __future__ import annotations

import ast
import difflib
import inspect
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from gradlint.structs import field, struct

if TYPE_CHECKING:
    from collections.abc import Iterator

HEADINGS = ("What happens", "Why it is wrong", "How it shows", "Fix", "Example")
"""The sections of a page, in order."""

_FOLDER = Path(__file__).parents[1] / "mistakes"
_REMARKS = _FOLDER / "remarks.py"
_HEADING = re.compile(r"^(\S.*)\n-{3,}$", re.MULTILINE)
_SNIPPET = re.compile(r"^(Bad|Good):\n\n((?:    .*\n|\n)+)", re.MULTILINE)


@struct
class Page:
    """What there is to read about one mistake.

    ``sections`` holds the texts under :data:`HEADINGS`; it is empty for a mistake that is described
    by its ``summary`` only, the first line of the docstring.  ``text`` is the whole docstring.
    """

    code: str
    name: str
    severity: str
    summary: str
    text: str = field(repr=False)
    sections: dict[str, str] = field(repr=False)

    @property
    def bad(self) -> str:
        """A program that makes the mistake."""
        return self._snippet("Bad")

    @property
    def good(self) -> str:
        """The same program without it."""
        return self._snippet("Good")

    def _snippet(self, label: str) -> str:
        found = dict(_SNIPPET.findall(self.sections.get("Example", "") + "\n"))
        return inspect.cleandoc(found[label]) + "\n" if label in found else ""


@cache
def pages() -> dict[str, Page]:
    """The pages of the mistakes by code, in order of the codes."""
    found = [
        page for file in sorted({*_FOLDER.glob("*.py")} - {_REMARKS}) for page in _in_file(file)
    ]
    return {page.code: page for page in sorted(found, key=lambda page: page.code)}


@cache
def every_page() -> dict[str, Page]:
    """All pages by code: of the mistakes, and of what is said beside them."""
    found = [*pages().values(), *_in_file(_REMARKS)]
    return {page.code: page for page in sorted(found, key=lambda page: page.code)}


def find(word: str) -> Page | None:
    """Return the page of a code or a name; case and underscores do not matter."""
    wanted = word.strip().lower().replace("_", "-")
    both = (p for p in every_page().values() if wanted in (p.code.lower(), p.name))
    return next(both, None)


def suggestion(word: str) -> str | None:
    """Return the code or name that was probably meant by a word that is neither."""
    code = word.strip().upper()
    group = [known for known in every_page() if known[:3] == code[:3]]
    if group:
        return difflib.get_close_matches(code, group, n=1, cutoff=0)[0]
    names = [page.name for page in every_page().values()]
    close = difflib.get_close_matches(word.strip().lower().replace("_", "-"), names, n=1)
    return close[0] if close else None


def _in_file(file: Path) -> list[Page]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    return [page for page in map(_of_class, classes) if page is not None]


def _of_class(node: ast.ClassDef) -> Page | None:
    """Read one class; None if it is not a mistake."""
    facts = dict(fact for statement in node.body for fact in _facts(statement))
    text = ast.get_docstring(node) or ""
    if "code" not in facts or "name" not in facts:
        return None
    code, name, severity = (str(facts.get(key, "")) for key in ("code", "name", "severity"))
    return Page(code, name, severity, text.partition("\n")[0], text, _sections(text))


def _facts(statement: ast.stmt) -> Iterator[tuple[str, object]]:
    """Read ``code = "GL201"``, or several names at once."""
    if isinstance(statement, ast.Assign):
        for target in statement.targets:
            pairs = [(target, statement.value)]
            if isinstance(target, ast.Tuple) and isinstance(statement.value, ast.Tuple):
                pairs = list(zip(target.elts, statement.value.elts, strict=True))
            for name, value in pairs:
                if isinstance(name, ast.Name) and isinstance(value, ast.Constant):
                    yield name.id, value.value


def _sections(text: str) -> dict[str, str]:
    parts = _HEADING.split(text)
    return {
        heading: body.strip("\n") for heading, body in zip(parts[1::2], parts[2::2], strict=True)
    }
