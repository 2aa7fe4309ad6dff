"""Pools of processes and threads: what they are asked to do is done here, where it is followed.

The results are those of a pool, in the same order and behind the same methods; what a call leaves
in the globals of another process it leaves in those of this one.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    Call = Callable[..., Any]

_POOLS = (("multiprocessing.pool", "Pool"), ("concurrent.futures", "Executor"))


def is_pool(owner: Any, method: str) -> bool:
    """Whether an object is a pool of the standard library's, and a method of it starts work."""
    if method not in METHODS:
        return False
    kinds = [getattr(sys.modules.get(module), name, None) for module, name in _POOLS]
    return isinstance(owner, tuple(kind for kind in kinds if kind is not None))


class Done:
    """What ``map_async`` and its kind give back, finished."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def get(self, _timeout: float | None = None) -> Any:
        """The result."""
        return self.value

    def wait(self, _timeout: float | None = None) -> None:
        """Nothing to wait for."""

    def ready(self) -> bool:
        """It is."""
        return True

    successful = ready


def _map(call: Call, function: Any, *columns: Any, **_: Any) -> list[Any]:
    lists = [list(column) for column in columns if hasattr(column, "__iter__")]  # not a chunk size
    return [call(function, *row) for row in zip(*lists, strict=False)]


def _starmap(call: Call, function: Any, rows: Any, *_: Any, **__: Any) -> list[Any]:
    return [call(function, *row) for row in rows]


def _imap(call: Call, function: Any, items: Any, *_: Any, **__: Any) -> Any:
    return iter(_map(call, function, items))


def _apply(call: Call, function: Any, args: Any = (), kwds: Any = None, *_: Any, **__: Any) -> Any:
    return call(function, *args, **(kwds or {}))


def _submit(call: Call, function: Any, *args: Any, **kwargs: Any) -> Future[Any]:
    from concurrent.futures import Future  # the program has loaded it: not everybody's start

    future: Future[Any] = Future()
    future.set_result(call(function, *args, **kwargs))
    return future


def _later(perform: Call) -> Call:
    def started(*args: Any, callback: Any = None, **options: Any) -> Done:
        options.pop("error_callback", None)
        result = perform(*args, **options)
        if callback is not None:
            callback(result)
        return Done(result)

    return started


METHODS: dict[str, Call] = {
    "map": _map,
    "starmap": _starmap,
    "imap": _imap,
    "imap_unordered": _imap,
    "apply": _apply,
    "submit": _submit,
    "map_async": _later(_map),
    "starmap_async": _later(_starmap),
    "apply_async": _later(_apply),
}
