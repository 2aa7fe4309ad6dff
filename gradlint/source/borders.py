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

_ROUND = 50  # calls outside gradlint: more are no way to a program's deepest function


def raises_ours() -> bool:
    """Whether errors of our own are to come out."""
    return bool(os.environ.get("GRADLINT_RAISE"))


def is_ours(error: BaseException) -> bool:
    """Whether an error that ended a traced program came from our bookkeeping, not from its work.

    Calls that are too deep end wherever they happen to be: it is theirs whose calls go round.
    """
    names = _files(error)
    if isinstance(error, RecursionError):
        return sum(not name.startswith(_PACKAGE) for name in names) < _ROUND
    return names[-1].startswith(_BOOKS) and isinstance(error, Exception)


def _files(error: BaseException) -> list[str]:
    """The files of the lines that an error came through, that which raised it last."""
    tb, names = error.__traceback__, [""]
    while tb is not None:
        names.append(tb.tb_frame.f_code.co_filename)
        tb = tb.tb_next
    return names
