"""One line on the terminal about long work: appears after a second, disappears at the end."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator

_PATIENCE = 1.0  # seconds before the first word: quick work says nothing
_PERIOD = 0.25  # seconds between two


class Progress:
    """Tell on ``stream``, if it is a terminal, how many of ``total`` files are checked."""

    def __init__(self, stream: TextIO, total: int) -> None:
        self._stream = stream
        self._total = total
        self._done = 0
        self._names: list[str] = []
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._begin = time.monotonic()
        self._ticker: threading.Thread | None = None

    def __enter__(self) -> Self:
        if self._stream.isatty():
            self._ticker = threading.Thread(target=self._tick, daemon=True)
            self._ticker.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._over.set()
        if self._ticker is not None:
            self._ticker.join()

    @contextmanager
    def working_on(self, name: str) -> Iterator[None]:
        """Count ``name`` as being checked while the block runs, and as done after it."""
        with self._lock:
            self._names.append(name)
        try:
            yield
        finally:
            with self._lock:
                self._names.remove(name)
                self._done += 1

    def line(self) -> str:
        """Say how far the work is."""
        with self._lock:
            names = ", ".join(self._names)
            count = f"{self._done}/{self._total} " if self._total > 1 else ""
        seconds = time.monotonic() - self._begin
        return f"gradlint: checking {count}{names} ({seconds:.0f} s)"

    def _tick(self) -> None:
        if self._over.wait(_PATIENCE):
            return
        while not self._over.wait(_PERIOD):
            self._stream.write(f"\r\x1b[2K{self.line()[:78]}")
            self._stream.flush()
        self._stream.write("\r\x1b[2K")
        self._stream.flush()
