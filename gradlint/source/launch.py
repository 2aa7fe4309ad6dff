"""How a script is started: the package it belongs to, and where its imports are looked for.

A file below a chain of ``__init__.py`` runs as ``python -m package.file`` would run it, and so does
one that imports its neighbours with a dot.  ``src/`` and the root of the project (where the
``pyproject.toml`` is) are searched last, as if the project were installed.  Nothing is run here.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

from gradlint.structs import struct

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.source.spots import SourceFile

_PROJECT = ("pyproject.toml", "setup.py", "setup.cfg")


@struct
class Launch:
    """``package`` is the script's ``__package__`` (None outside of any).

    Imports are looked for in ``first`` before, and in ``later`` behind everything that is
    installed; what is found in ``folders`` is the user's own.
    """

    package: str | None
    first: str
    later: tuple[str, ...] = ()

    @property
    def folders(self) -> tuple[str, ...]:
        """Where the user's own modules lie."""
        return (self.first, *self.later)


def launch_of(file: SourceFile, module: str | None = None) -> Launch:
    """How a file is to be started; ``module`` is its name after ``-m``."""
    path = Path(file.filename).resolve()
    own = path.parent
    root, package = _package(path, file.tree, module)
    later = [*([own] if package else []), *_project(own)]
    here = Path.cwd()
    if own.is_relative_to(here) and here != Path(here.anchor):
        later.append(here)
    distinct = dict.fromkeys(str(folder) for folder in later if folder != root)
    return Launch(package, str(root), tuple(distinct))


def _package(path: Path, tree: ast.AST, module: str | None) -> tuple[Path, str | None]:
    """The folder in which the outermost package lies, and the name of the innermost."""
    own = path.parent
    if module is not None:
        whole = module.split(".")
        parents = whole if path.name in ("__init__.py", "__main__.py") else whole[:-1]
        return _above(own, len(parents)), ".".join(parents) or None
    root = own
    while (root / "__init__.py").is_file() and root != root.parent:
        root = root.parent
    dots = max((n.level for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)), default=0)
    depth = len(own.relative_to(root).parts)
    if dots > depth:  # packages may lack their __init__.py
        here = Path.cwd()
        inside = own.is_relative_to(here) and len(own.relative_to(here).parts) >= dots
        root = here if inside else _above(own, dots)
    return root, ".".join(own.relative_to(root).parts) or None


def _above(folder: Path, levels: int) -> Path:
    for _ in range(levels):
        folder = folder.parent
    return folder


def _project(own: Path) -> Iterator[Path]:
    for folder in (own, *own.parents):
        if any((folder / name).is_file() for name in _PROJECT):
            if (folder / "src").is_dir():
                yield folder / "src"
            yield folder
            return
