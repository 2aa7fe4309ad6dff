"""Whether a program that imports something is ready for it not to be there.

``try: import cupy`` asks whether there is a cupy; so does a library that looks for its optional
parts.  ``import sklearn`` at the head of a script expects it, though nothing may ever use it.
"""

from __future__ import annotations

import dis
import os
import sys
import sysconfig
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import CodeType, FrameType

_OURS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_MACHINERY = "<frozen importlib._bootstrap"  # importlib.util is frozen, too, and asks for a user
_LIBRARIES = tuple(sysconfig.get_path(name) + os.sep for name in ("stdlib", "purelib", "platlib"))


def is_expected() -> bool:
    """Whether the import under way is one that a user's own module counts on.

    To be asked by a finder: the frames above it are the import's.
    """
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and _is_machinery(frame.f_code):
        frame = frame.f_back
    if frame is None or frame.f_code.co_filename.startswith(("<frozen", *_LIBRARIES)):
        return False
    while frame is not None:
        if not _is_machinery(frame.f_code) and _is_attempt(frame):
            return False
        if frame.f_code.co_name == "<module>" and frame.f_globals.get("__name__") == "__main__":
            return True
        frame = frame.f_back
    return False


def _is_machinery(code: CodeType) -> bool:
    return code.co_filename.startswith((_MACHINERY, _OURS))


def _is_attempt(frame: FrameType) -> bool:
    """Whether a frame is inside a ``try`` or a ``with``, which would see an exception first."""
    entries = getattr(dis.Bytecode(frame.f_code), "exception_entries", ())
    return any(entry.start <= frame.f_lasti < entry.end for entry in entries)
