"""How a running script is made to stop: by us when we have seen enough, or by the clock.

Both arrive in the user's code as exceptions that ``except Exception`` does not catch, and both come
back when a bare ``except:`` does.  This module knows nothing of what runs under it.
"""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import FrameType

AGAIN = 0.2  # seconds until an exception that was swallowed is raised once more


class Stop(BaseException):
    """Raised in the user's code by the tracer: it has seen enough."""


class OutOfTime(BaseException):
    """Raised in the user's code by the clock."""


class Deadline:
    """Raises :class:`OutOfTime` in the body of its ``with`` after ``seconds``, again and again.

    The clock is a signal where there are signals, because that also ends a sleep or a wait for a
    lock.  Elsewhere, and outside the main thread, another thread plants the exception, which waits
    until the body's next bytecode.  Neither interrupts a single long call into C.
    """

    current: Deadline | None = None

    def __init__(self, seconds: float | None) -> None:
        self.seconds = seconds
        self.error: type[BaseException] = OutOfTime
        self._outer: Deadline | None = None
        self._clock: _Alarm | _Planter | None = None

    def __enter__(self) -> Self:
        self._outer, Deadline.current = Deadline.current, self
        in_main_thread = threading.current_thread() is threading.main_thread()
        by_signal = hasattr(signal, "setitimer") and in_main_thread
        self._clock = _Alarm(self) if by_signal else _Planter(self)
        if self.seconds is not None:
            self._clock.start(max(self.seconds, 1e-3))
        return self

    def __exit__(self, *_: object) -> None:
        self.cancel()

    def cancel(self) -> None:
        """Stop the clock for good; once more does no harm."""
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None
            Deadline.current = self._outer

    def hurry(self) -> None:
        """Raise :class:`Stop` in the body from now on, until it has been left."""
        self.error = Stop
        if self._clock is not None:
            self._clock.start(AGAIN)


def deadline(seconds: float | None) -> Deadline:
    """Limit the body of a ``with`` to ``seconds``; with None only :func:`stop` ends it early."""
    return Deadline(seconds)


def stop() -> None:
    """End the code under the innermost :class:`Deadline` with :class:`Stop`, whatever it catches.

    Raises at once, and once more every time somebody swallows it.
    """
    if Deadline.current is not None:
        Deadline.current.hurry()
    raise Stop


def stopping() -> bool:
    """Whether :func:`stop` was called under the innermost :class:`Deadline`."""
    return Deadline.current is not None and Deadline.current.error is Stop


def check_stopped() -> None:
    """Raise :class:`Stop` again if it was called for and the user's code has swallowed it."""
    if stopping():
        raise Stop


class _Alarm:
    """The clock as a signal of the operating system."""

    def __init__(self, owner: Deadline) -> None:
        self._owner = owner
        self._before = signal.signal(signal.SIGALRM, self._ring)

    def start(self, seconds: float) -> None:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGALRM, self._ring)  # the user may have taken it
        signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN)

    def cancel(self) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, self._before)

    def _ring(self, _signal: int, frame: FrameType | None) -> None:
        # A ring while the ``with`` is being left must not spoil what comes after it.
        if not _is_leaving(frame):
            raise self._owner.error


class _Planter:
    """The clock as a thread that plants the exception in the thread it watches."""

    def __init__(self, owner: Deadline) -> None:
        self._owner = owner
        self._watched = threading.get_ident()
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        self._cancelled = False

    def start(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = threading.Timer(seconds, self._ring)
        self._timer.daemon = True
        self._timer.start()

    def cancel(self) -> None:
        with self._lock:
            self._cancelled = True
            if self._timer is not None:
                self._timer.cancel()
        _plant(self._watched, None)

    def _ring(self) -> None:
        with self._lock:
            if self._cancelled:
                return
            if not _is_leaving(sys._current_frames().get(self._watched)):
                _plant(self._watched, self._owner.error)
            self.start(AGAIN)


def _plant(thread: int, error: type[BaseException] | None) -> None:
    import ctypes  # costs a tenth of a start, and Linux never comes here

    with contextlib.suppress(AttributeError):  # only CPython has it
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(thread), None if error is None else ctypes.py_object(error)
        )


def _is_leaving(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code is Deadline.__exit__.__code__ or frame.f_code is Deadline.cancel.__code__:
            return True
        frame = frame.f_back
    return False
