"""Several checks at a time: each is a process of its own, and a thread here waits for it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from gradlint.findings import Report

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future
    from pathlib import Path

    from gradlint.doors.paths import Target


def check_all(
    found: Sequence[Target], check_one: Callable[[Path], Report], jobs: int | None
) -> list[Report]:
    """Check every file, ``jobs`` at a time or as many as there are cores; reports in order."""
    from gradlint.doors.progress import Progress

    files = [target for target in found if not isinstance(target, Report)]
    workers = min(jobs or os.cpu_count() or 1, len(files))
    with Progress(sys.stderr, len(files)) as progress:

        def check(target: Target) -> Report:
            if isinstance(target, Report):
                return target
            with progress.working_on(str(target)):
                return check_one(target)

        if workers <= 1:  # in the main thread, where Ctrl-C reaches the engine
            return [check(target) for target in found]
        from concurrent.futures import ThreadPoolExecutor

        pool = ThreadPoolExecutor(workers)
        under_way = [pool.submit(check, target) for target in found]
        try:
            return [each.result() for each in under_way]
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            _stop(under_way)


def _stop(under_way: Sequence[Future[Report]]) -> None:
    """End the processes of the checks that Ctrl-C left behind.

    They are groups of their own, so the terminal does not end them, and Python would wait at its
    exit for the threads that wait for them.
    """
    import time

    from gradlint.trace import worker

    while not all(each.done() for each in under_way):
        worker.end_all()
        time.sleep(worker.POLL)
