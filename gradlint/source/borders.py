"""Where errors stop: an exception of gradlint's own is a bug, and must not pass for the user's.

Broad ``except`` stands at three borders only: around the user's program, around the user's pair,
and around the worker.  With ``GRADLINT_RAISE`` set in the environment what is ours comes out there,
as it does in the tests.  This module knows nothing of what is run.
"""

from __future__ import annotations

import os
from pathlib import Path

_PACKAGE = str(Path(__file__).resolve().parents[1]) + os.sep
# These do no work of the user's: what raises in them is a mistake of ours.
_BOOKS = tuple(
    _PACKAGE + os.path.join(*name)
    for name in (
        ("trace", "tape.py"), ("trace", "naming.py"), ("trace", "primitives.py"),
        ("trace", "libraries.py"), ("source", "quoted.py"), ("source", "rewrite.py"),
    )
)  # fmt: skip


def raises_ours() -> bool:
    """Whether errors of our own are to come out."""
    return bool(os.environ.get("GRADLINT_RAISE"))


def is_ours(error: BaseException) -> bool:
    """Whether an error that ended a traced program came from our bookkeeping, not from its work."""
    return _innermost(error).startswith(_BOOKS) and isinstance(error, Exception)


def _innermost(error: BaseException) -> str:
    """The file of the line that raised an error."""
    tb, name = error.__traceback__, ""
    while tb is not None:
        name = tb.tb_frame.f_code.co_filename
        tb = tb.tb_next
    return name


__all__ = ["is_ours", "raises_ours"]
