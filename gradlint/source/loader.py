"""Imports of the user's own modules: those beside the script are instrumented like the script."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradlint.source.rewrite import instrument
from gradlint.source.spots import SourceFile, Spot, Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import CodeType, ModuleType


class _Loader(importlib.machinery.SourceFileLoader):
    """Compiles a module with the hooks in it; never reads or writes cached bytecode."""

    spots: list[Spot]

    def get_code(self, fullname: str) -> CodeType | None:
        path = self.get_filename(fullname)
        text = self.get_source(fullname) or ""
        try:
            tree = instrument(SourceFile(path, text), self.spots)
        except Unreadable:
            return super().get_code(fullname)  # which raises the SyntaxError the user expects
        return compile(tree, path, "exec", dont_inherit=True)


class _Finder(importlib.abc.MetaPathFinder):
    def __init__(self, folder: Path, spots: list[Spot]) -> None:
        self.folder, self.spots = folder.resolve(), spots

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> Any:
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is None or spec.origin is None or not spec.origin.endswith(".py"):
            return None
        place = Path(spec.origin).resolve()
        if not place.is_relative_to(self.folder) or _is_installed(place, self.folder):
            return None
        loader = _Loader(name, spec.origin)
        loader.spots = self.spots
        locations = spec.submodule_search_locations
        return importlib.util.spec_from_file_location(
            name, spec.origin, loader=loader, submodule_search_locations=locations
        )


def _is_installed(place: Path, folder: Path) -> bool:
    parts = place.relative_to(folder).parts
    return any(part in ("site-packages", "dist-packages") for part in parts)


@contextmanager
def instrumented_imports(folder: Path, spots: list[Spot]) -> Iterator[None]:
    """While this is open, modules below ``folder`` are instrumented when they are imported."""
    finder = _Finder(folder, spots)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
