"""Keeps the user's files as they are while a script that writes files runs.

A checked program would overwrite its author's trained weights with those of two training steps.  So
what it writes, renames, makes or removes goes to a private directory, and the program itself sees
its own changes for as long as it runs.  Held: ``open`` and everything built on it (``np.save``,
``np.savetxt``, ``pickle``, ``json``, ``pathlib``, ``logging``, ``gzip``), ``os.open``, and the
functions of ``os`` and ``shutil`` that change a directory.

Not held: writers in C that never ask Python (``sqlite3``, HDF5), other programs that the script
starts, and listing a directory through ``os.scandir`` (``glob``, ``os.walk``), which shows the real
one.  Where things are is kept by :mod:`gradlint.trace.overlay`.
"""

from __future__ import annotations

import builtins
import contextlib
import errno
import functools
import importlib
import io
import os
import shutil
import sys
import tempfile
from typing import TYPE_CHECKING, Any, Self

from gradlint.trace import grounds, overlay

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Wrapper = Callable[..., Any]

# Functions of os that look at their first argument, and those that change what it names.
LOOKS = ("stat", "lstat", "access", "readlink", "getxattr", "listxattr", "chdir")
TOUCHES = ("chmod", "lchmod", "chown", "lchown", "utime", "truncate", "setxattr", "removexattr")

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Guard:
    """Takes the place of the functions that change files, from ``with`` to the end of it.

    What lies below :attr:`root`, a private directory, is written for real, and the program's own
    temporary files are sent there.  With :attr:`stays` the functions stay replaced at the end,
    until the next guard: for a program whose threads go on.
    """

    _staying: Guard | None = None

    def __init__(self) -> None:
        if Guard._staying is not None:
            Guard._staying.close()
        self.root = os.path.realpath(tempfile.mkdtemp(prefix="gradlint-"))
        self.stays = False
        self._files = overlay.Overlay(os.path.join(self.root, "files"))
        self._active = False
        self._undo = contextlib.ExitStack()

    def __enter__(self) -> Self:
        os.mkdir(self._files.directory)
        temporary = os.path.join(self.root, "temporary")
        os.mkdir(temporary)
        self._replace(tempfile, "tempdir", temporary)
        for holder, name, wrapper in self._wrappers():
            before = getattr(holder, name)
            self._replace(holder, name, functools.wraps(before)(wrapper(before)))
        self._replace_captured()
        self._active = True
        grounds.enter()
        return self

    def __exit__(self, *_: object) -> None:
        if self.stays:
            Guard._staying = self
        else:
            self.close()

    def close(self) -> None:
        """Give the functions back and forget what was written."""
        grounds.leave()
        self._active = False
        self._undo.close()
        Guard._staying = None
        shutil.rmtree(self.root, ignore_errors=True)

    def _replace(self, holder: Any, name: str, new: Any) -> None:
        self._undo.callback(setattr, holder, name, getattr(holder, name))
        setattr(holder, name, new)

    def _replace_captured(self) -> None:
        """Replace the copies of ``open`` that libraries took when they were imported."""
        if bz2 := sys.modules.get("bz2"):
            self._replace(bz2, "_builtin_open", builtins.open)
        with contextlib.suppress(ImportError, AttributeError):
            # What np.savetxt and np.loadtxt open files with.
            datasource: Any = importlib.import_module("numpy.lib._datasource")
            openers = datasource._file_openers._file_openers
            self._undo.callback(openers.__setitem__, None, openers[None])
            openers[None] = builtins.open

    def _wrappers(self) -> Iterator[tuple[Any, str, Callable[[Wrapper], Wrapper]]]:
        yield builtins, "open", self._wrap_open
        yield io, "open", self._wrap_open
        yield os, "open", self._wrap_os_open
        yield os, "listdir", self._wrap_listdir
        yield os, "mkdir", self._on_path(self._mkdir)
        yield os, "remove", self._on_path(self._remove)
        yield os, "unlink", self._on_path(self._remove)
        yield os, "rmdir", self._on_path(self._rmdir)
        yield os, "rename", self._on_two_paths(self._rename)
        yield os, "replace", self._on_two_paths(self._rename)
        yield os, "link", self._on_two_paths(self._link)
        yield os, "symlink", self._on_two_paths(self._link)
        yield shutil, "rmtree", self._wrap_rmtree
        for name in LOOKS:
            if hasattr(os, name):
                yield os, name, self._elsewhere(self._looked_at)
        for name in TOUCHES:
            if hasattr(os, name):
                yield os, name, self._elsewhere(self._copy_for_writing)

    def _path(self, path: object) -> str | None:
        """Return the full path if what happens there is the program's, None if it is not ours."""
        if not self._active or not isinstance(path, str | bytes | os.PathLike):
            return None
        full = os.path.abspath(os.fsdecode(path))
        if full == self.root or full.startswith(self.root + os.sep):
            return None
        if not overlay.is_plain(full):
            return None
        grounds.touched(full)
        return full

    def _visible(self, path: str) -> str:
        """Return the full path again, or raise as the system does where nothing is to be seen."""
        if not overlay.exists(self._files.seen(path)):
            raise _error(errno.ENOENT, path)
        return path

    def _sees_directory(self, path: str) -> bool:
        return overlay.is_directory(self._files.seen(path))

    def _looked_at(self, path: str) -> str:
        grounds.looked(path)
        return self._files.seen(path)

    def _copy_for_writing(self, path: str) -> str:
        return self._files.writable(path, keep=True)

    # One method for each way of reaching a file, each wrapping the function as it was.

    def _wrap_open(self, before: Wrapper) -> Wrapper:
        def open_(file: Any, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
            path = self._path(file)
            if path is None or not isinstance(mode, str):
                return before(file, mode, *args, **kwargs)
            with _calling_it(file):
                if not set("wax+") & set(mode):
                    seen = self._files.seen(path)
                    return before(file if seen == path else seen, mode, *args, **kwargs)
                if "x" in mode and overlay.exists(self._files.seen(path)):
                    raise _error(errno.EEXIST, path)
                if self._sees_directory(path):
                    raise _error(errno.EISDIR, path)
                keep = "a" in mode or "r" in mode
                return before(self._files.writable(path, keep=keep), mode, *args, **kwargs)

        return open_

    def _wrap_os_open(self, before: Wrapper) -> Wrapper:
        def open_(path: Any, flags: int, *args: Any, **kwargs: Any) -> Any:
            full = None if kwargs.get("dir_fd") is not None else self._path(path)
            if full is None:
                return before(path, flags, *args, **kwargs)
            with _calling_it(path):
                if not flags & WRITING:
                    return before(self._files.seen(full), flags, *args, **kwargs)
                if flags & os.O_EXCL and overlay.exists(self._files.seen(full)):
                    raise _error(errno.EEXIST, full)
                copy = self._files.writable(full, keep=True)
                return before(copy, flags, *args, **kwargs)

        return open_

    def _wrap_listdir(self, before: Wrapper) -> Wrapper:
        def listdir(path: Any = ".") -> Any:
            full = self._path(path)
            if full is None or isinstance(path, bytes) or not self._sees_directory(full):
                return before(path)
            grounds.listed(full)
            return self._files.names(full)

        return listdir

    def _wrap_rmtree(self, before: Wrapper) -> Wrapper:
        def rmtree(path: Any, ignore_errors: bool = False, *args: Any, **kwargs: Any) -> None:
            full = None if kwargs.get("dir_fd") is not None else self._path(path)
            if full is None:
                before(path, ignore_errors, *args, **kwargs)
            elif self._sees_directory(full):
                self._files.remove(full)
            elif not ignore_errors:
                raise _error(errno.ENOENT, full)

        return rmtree

    def _elsewhere(self, where: Callable[[str], str]) -> Callable[[Wrapper], Wrapper]:
        """Call the function as it was, on another path."""

        def wrap(before: Wrapper) -> Wrapper:
            def on_path(path: Any, *args: Any, **kwargs: Any) -> Any:
                full = None if kwargs.get("dir_fd") is not None else self._path(path)
                if full is None:
                    return before(path, *args, **kwargs)
                with _calling_it(path):
                    there = where(full)
                    return before(path if there == full else there, *args, **kwargs)

            return on_path

        return wrap

    def _on_path(self, act: Callable[[str], None]) -> Callable[[Wrapper], Wrapper]:
        """Call ``act`` in place of a function of one path."""

        def wrap(before: Wrapper) -> Wrapper:
            def on_path(path: Any, *args: Any, **kwargs: Any) -> Any:
                full = None if kwargs.get("dir_fd") is not None else self._path(path)
                return before(path, *args, **kwargs) if full is None else act(full)

            return on_path

        return wrap

    def _on_two_paths(self, act: Callable[[str, str], None]) -> Callable[[Wrapper], Wrapper]:
        """Call ``act`` in place of a function of two paths, if it concerns either of them."""

        def wrap(before: Wrapper) -> Wrapper:
            def on_paths(src: Any, dst: Any, *args: Any, **kwargs: Any) -> Any:
                relative = any(kwargs.get(key) is not None for key in ("src_dir_fd", "dst_dir_fd"))
                if relative or (self._path(src) is None and self._path(dst) is None):
                    return before(src, dst, *args, **kwargs)
                return act(*(os.path.abspath(os.fsdecode(path)) for path in (src, dst)))

            return on_paths

        return wrap

    def _mkdir(self, path: str) -> None:
        if overlay.exists(self._files.seen(path)):
            raise _error(errno.EEXIST, path)
        os.mkdir(self._files.writable(path))

    def _remove(self, path: str) -> None:
        if self._sees_directory(self._visible(path)):
            raise _error(errno.EISDIR, path)
        self._files.remove(path)

    def _rmdir(self, path: str) -> None:
        if not self._sees_directory(self._visible(path)):
            raise _error(errno.ENOTDIR, path)
        if self._files.names(path):
            raise _error(errno.ENOTEMPTY, path)
        self._files.remove(path)

    def _rename(self, source: str, target: str) -> None:
        if self._sees_directory(target) and not self._sees_directory(source):
            raise _error(errno.EISDIR, target)
        parts = self._files.parts(self._visible(source))
        # Temporary files are real ones.
        if self._path(target) is None:
            shutil.copyfile(parts[0], target)
        else:
            for part in parts:
                self._files.take_in(part, target)
        if self._path(source) is None:
            shutil.rmtree(source) if overlay.is_directory(source) else os.remove(source)
        else:
            self._files.remove(source)

    def _link(self, source: str, target: str) -> None:
        # A real link would lead a later write to the real file, so the program gets a copy.
        if overlay.exists(self._files.seen(target)):
            raise _error(errno.EEXIST, target)
        seen = self._files.seen(self._visible(source))
        if overlay.is_directory(seen):
            raise _error(errno.EPERM, target)
        shutil.copyfile(seen, self._files.writable(target))


@contextlib.contextmanager
def _calling_it(path: Any) -> Iterator[None]:
    """Let errors name the path that the program used, not the private one."""
    try:
        yield
    except OSError as error:
        if error.filename is not None:
            error.filename = os.fspath(path)
        raise


def _error(code: int, path: str) -> OSError:
    return OSError(code, os.strerror(code), path)
