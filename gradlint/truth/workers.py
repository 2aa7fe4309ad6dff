"""``workers=``, as SciPy means it: a number of processes, or a map-like callable."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

Spread = Callable[..., Iterable[Any]]


@contextmanager
def spreading(workers: int | Spread) -> Iterator[Spread | None]:
    """Yield a map over processes; None for one worker; a callable as it is.

    -1 stands for one process for each core.  Processes are spawned, not forked: a fork of a
    program whose BLAS runs threads can hang.  What is mapped must therefore be picklable.
    """
    if callable(workers):
        yield workers
    elif workers == 1:
        yield None
    else:
        context = multiprocessing.get_context("spawn")
        with context.Pool(None if workers < 0 else workers) as pool:
            yield pool.map
