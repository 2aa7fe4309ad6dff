"""Imports of the user's own modules: those beside the script are instrumented like the script."""

from __future__ import annotations

import contextlib
import importlib.abc
import importlib.machinery
import importlib.util
import os
import runpy
import sys
from contextlib import contextmanager
from importlib.util import decode_source
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradlint.source.rewrite import instrument
from gradlint.source.spots import SourceFile, Spot, Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import CodeType, ModuleType


_spec_from_file = importlib.util.spec_from_file_location
_LIBRARIES = (
    Path(os.__file__).resolve().parent,
    Path(__file__).resolve().parents[1],  # gradlint
)


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
    def __init__(self, folders: Sequence[str], spots: list[Spot]) -> None:
        self.folders, self.spots = [Path(folder).resolve() for folder in folders], spots

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> Any:
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is None or spec.origin is None or not spec.origin.endswith(".py"):
            return None
        if not self.owns(spec.origin):
            return None
        loader = _Loader(name, spec.origin)
        loader.spots = self.spots
        locations = spec.submodule_search_locations
        return _spec_from_file(
            name, spec.origin, loader=loader, submodule_search_locations=locations
        )

    def owns(self, filename: str) -> bool:
        """Whether a file is the user's own."""
        place = Path(filename).resolve()
        if any(place.is_relative_to(library) for library in _LIBRARIES):
            return False
        inside = [folder for folder in self.folders if place.is_relative_to(folder)]
        return any(not _is_installed(place, folder) for folder in inside)

    def spec_from_file(self, name: str, location: Any = None, **options: Any) -> Any:
        """``importlib.util.spec_from_file_location``, for a file that the program loads itself."""
        if location is not None and "loader" not in options and self.owns(os.fspath(location)):
            loader = _Loader(name, os.fspath(location))
            loader.spots = self.spots
            options["loader"] = loader
        return _spec_from_file(name, location, **options)

    def compile(self, source: Any, filename: str, mode: str, *rest: Any, **options: Any) -> Any:
        """``compile`` as ``runpy`` calls it, for a script that the program starts."""
        if mode == "exec" and self.owns(filename):
            with contextlib.suppress(Unreadable, UnicodeDecodeError):
                text = source if isinstance(source, str) else decode_source(source)
                return compile(instrument(SourceFile(filename, text), self.spots), filename, mode)
        return compile(source, filename, mode, *rest, **options)


def _is_installed(place: Path, folder: Path) -> bool:
    parts = place.relative_to(folder).parts
    return any(part in ("site-packages", "dist-packages") for part in parts)


@contextmanager
def instrumented_imports(folders: Sequence[str], spots: list[Spot]) -> Iterator[None]:
    """While this is open, modules below ``folders`` are instrumented when they are loaded.

    It does not matter whether they are imported, started by ``runpy`` or loaded from their file.
    """
    finder = _Finder(folders, spots)
    vars(runpy)["compile"] = finder.compile
    importlib.util.spec_from_file_location = finder.spec_from_file
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        importlib.util.spec_from_file_location = _spec_from_file
        del vars(runpy)["compile"]
