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

    def seen(self, path: str) -> str:
        """Return the file that the program sees at ``path``: its own copy, or the real one."""
        shadow = self.shadow(path)
        if self._is_gone(path):
            return shadow
        if not exists(shadow):
            return path
        # A shadow directory is only there to hold shadows: the real one has the rest.
        return path if is_directory(shadow) and is_directory(path) else shadow

    def names(self, path: str) -> list[str]:
        """Return what the program sees in the directory at ``path``."""
        shadow = self.shadow(path)
        own = _listdir(shadow) if is_directory(shadow) else []
        if self._is_gone(path) or (own and not is_directory(path)):
            return own
        real = [name for name in _listdir(path) if os.path.join(path, name) not in self.gone]
        return real + [name for name in own if name not in real]

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

    def move(self, source: str, target: str) -> None:
        """Make the program believe that ``source`` is now called ``target``."""
        now = self.seen(source)
        if is_directory(now):
            new = self.writable(target)
            for part in dict.fromkeys((now, self.shadow(source))):
                if is_directory(part):
                    shutil.copytree(part, new, dirs_exist_ok=True)
        else:
            shutil.copyfile(now, self.writable(target))
        self.remove(source)

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
