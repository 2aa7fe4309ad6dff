"""The private copy of every file that a script under check changed: paths in, paths out.

All paths are absolute.  This module decides *where* things are; who asks, and why, is the business
of :mod:`gradlint.trace.guard`.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat

# The functions as they are while no guard has replaced them.
_lstat, _stat, _listdir, _remove, _rmtree = os.lstat, os.stat, os.listdir, os.remove, shutil.rmtree


class Overlay:
    """What the program believes the file system looks like.

    Below ``directory`` each changed file lies under its own full path; ``gone`` are the real paths
    that the program believes it removed.
    """

    def __init__(self, directory: str) -> None:
        self.directory = directory
        self.gone: set[str] = set()

    def shadow(self, path: str) -> str:
        """Return where the private copy of ``path`` lives, whether or not there is one."""
        drive, rest = os.path.splitdrive(path)
        return os.path.join(self.directory, drive.replace(":", "").strip("\\/"), rest.lstrip("\\/"))

    def parts(self, path: str) -> list[str]:
        """Return the places that together hold what the program sees at ``path``."""
        shadow = self.shadow(path)
        if self._is_gone(path):
            return [shadow]
        if not exists(shadow):
            return [path]
        # A shadow directory holds only what changed: the real one has the rest.
        return [path, shadow] if is_directory(shadow) and is_directory(path) else [shadow]

    def seen(self, path: str) -> str:
        """Return the file that the program sees at ``path``: its own copy, or the real one."""
        return self.parts(path)[0]

    def names(self, path: str) -> list[str]:
        """Return what the program sees in the directory at ``path``."""
        found: dict[str, None] = {}
        for part in self.parts(path):
            found.update(dict.fromkeys(self._without_gone(part, _listdir(part))))
        return list(found)

    def writable(self, path: str, *, keep: bool = False) -> str:
        """Return the private copy to write to; with ``keep`` it starts as what is there now."""
        if not is_directory(self.seen(os.path.dirname(path))):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        shadow, now = self.shadow(path), self.seen(path)
        os.makedirs(os.path.dirname(shadow), exist_ok=True)
        if keep and now != shadow and exists(now):
            if is_directory(now):
                os.makedirs(shadow, exist_ok=True)
            else:
                shutil.copyfile(now, shadow)
        return shadow

    def remove(self, path: str) -> None:
        """Make the program believe that there is nothing at ``path``."""
        shadow = self.shadow(path)
        if is_directory(shadow):
            _rmtree(shadow)
        elif exists(shadow):
            _remove(shadow)
        self.gone.add(path)

    def take_in(self, place: str, target: str) -> None:
        """Let what really is at ``place``, if need be a whole directory, appear at ``target``."""
        copy = self.writable(target)
        if is_directory(place):
            shutil.copytree(
                place,
                copy,
                dirs_exist_ok=True,
                ignore=lambda part, names: set(names) - set(self._without_gone(part, names)),
            )
        else:
            shutil.copyfile(place, copy)

    def _without_gone(self, directory: str, names: list[str]) -> list[str]:
        return [name for name in names if os.path.join(directory, name) not in self.gone]

    def _is_gone(self, path: str) -> bool:
        if not self.gone:
            return False
        while path not in self.gone:
            path, child = os.path.dirname(path), path
            if path == child:
                return False
        return True


def is_directory(path: str) -> bool:
    """Whether a directory really is at ``path``, or at the end of the link there."""
    try:
        return stat.S_ISDIR(_stat(path).st_mode)
    except (OSError, ValueError):
        return False


def exists(path: str) -> bool:
    """Whether anything really is at ``path``, be it a broken link."""
    try:
        _lstat(path)
    except (OSError, ValueError):
        return False
    return True


def is_plain(path: str) -> bool:
    """Whether ``path`` really is a file, a directory or nothing: no device, no pipe."""
    try:
        mode = _stat(path).st_mode
    except (OSError, ValueError):
        return True
    return stat.S_ISREG(mode) or stat.S_ISDIR(mode)
