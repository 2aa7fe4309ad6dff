"""What a program looked at while it ran: whether its answer still holds can be told from that.

A :class:`Witness` listens in the worker, to Python's audit events and to the guard of files, and
gives :class:`gradlint.findings.Grounds`: the files and folders that were read, which of the names
that were imported lie where imports are looked for, and the environment if it was asked.  What
nobody can look at again (the clock, the network, another program, an answer that was typed, a
search that ended by time) makes the answer one of this run alone, and there are no grounds.

The standard library only: the side that compares, :func:`holds`, is asked before NumPy is loaded.
"""

from __future__ import annotations

import ast
import contextlib
import os
import site
import stat
import sys
import time
from importlib.util import source_from_cache
from typing import TYPE_CHECKING, Any

from gradlint.findings import Grounds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_RECENT = 2e9  # nanoseconds: within them a file may change and keep its times
_CHUNK = 1 << 20
_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_STANDARD = os.path.dirname(os.path.abspath(os.__file__)) + os.sep
_INSTALLED = ("site-packages", "dist-packages")
# As they are while no guard has replaced them.
_stat, _listdir, _open = os.stat, os.listdir, open

# Modules whose answers are another at each call, in other hands, or read from where nobody sees it.
_ELSEWHERE = frozenset({
    "time", "datetime", "timeit", "secrets", "uuid", "socket", "subprocess", "multiprocessing",
    "urllib", "urllib3", "http", "ftplib", "requests", "asyncio", "threading", "concurrent",
    "ctypes", "cffi", "sqlite3", "dbm", "shelve", "h5py", "tables", "netCDF4", "psutil", "resource",
    "getpass", "fileinput", "select", "signal", "tracemalloc", "importlib",
})  # fmt: skip
_UNSTEADY = frozenset({
    "urandom", "getrandom", "SystemRandom", "Random", "stdin", "datetime64", "getpid", "popen",
    "system", "getlogin", "times", "getloadavg", "get_terminal_size", "getmtime", "getatime",
    "getctime", "st_mtime", "st_atime", "st_ctime", "exec", "eval", "__import__",
})  # fmt: skip
_ENVIRONMENT = frozenset({"environ", "environb", "getenv", "expandvars", "expanduser", "home"})
# Compiled code that opens files through Python, where it is heard.
_HEARD = frozenset({
    "numpy", "scipy", "matplotlib", "pandas", "sklearn", "PIL", "kiwisolver", "contourpy", "numba",
    "llvmlite", "yaml", "skimage", "statsmodels", "autograd", "charset_normalizer", "markupsafe",
})  # fmt: skip
_UNHEARD = frozenset({"_sqlite3", "_dbm", "_gdbm"})
_OUTSIDE = {
    **dict.fromkeys(("subprocess.Popen", "os.system", "os.exec", "os.spawn"), "another program"),
    **dict.fromkeys(("os.posix_spawn", "os.fork", "os.forkpty", "pty.spawn"), "another program"),
    **dict.fromkeys(("socket.connect", "socket.bind", "socket.getaddrinfo"), "the network"),
    **dict.fromkeys(("socket.gethostname", "urllib.Request"), "the network"),
    **dict.fromkeys(("sqlite3.connect", "dbm.open"), "a database"),
}

_OURS = frozenset({
    "TMPDIR", "TEMP", "TMP", "PYTHONHASHSEED", "PYTHONIOENCODING", "PYTHONUNBUFFERED", "_",
})  # fmt: skip
_PROJECT = frozenset({"__init__", "pyproject", "setup", "src"})  # say how a script is started

_listening: list[Witness] = []
_on_stage: list[bool] = []  # what gradlint reads for itself is no business of the program


def enter() -> None:
    """Tell that the program begins to run."""
    _on_stage.append(True)


def leave() -> None:
    """Tell that the program has come to its end."""
    _on_stage.clear()


def touched(path: str) -> None:
    """Tell that the program does something at a path for which it matters what is there."""
    for witness in _listening:
        witness.places |= {path, os.path.dirname(path)}


def looked(path: str) -> None:
    """Tell that the program asked what is at a path."""
    for witness in _listening:
        if kind(path) == "folder":
            witness.places.add(path)
        else:
            witness.read(path)


def listed(path: str) -> None:
    """Tell that the program asked what a folder holds."""
    for witness in _listening:
        witness.listed.add(path)


def unrepeatable(what: str) -> None:
    """Tell that something happened which no later run can be held against."""
    for witness in _listening:
        witness.passing.add(what)


class Witness:
    """Everything a program looks at from now on, in this process."""

    def __init__(self) -> None:
        self.files: dict[str, list[int] | None] = {}  # with what they were when they were opened
        self.places: set[str] = set()
        self.listed: set[str] = set()
        self.names: set[str] = set()
        self.passing: set[str] = set()
        temporary = os.environ.get("TMPDIR", __file__)
        self._private = tuple(
            os.path.dirname(known) + os.sep
            for known in {os.path.abspath(temporary), os.path.realpath(temporary)}
        )
        self._acts: dict[str, Callable[..., None]] = {
            "open": self._opened,
            "import": self._imported,
            "os.scandir": self._scanned,
        }
        sys.addaudithook(self._hear)
        _listening.append(self)

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not _on_stage:
            return
        act = self._acts.get(event)
        if act is not None:
            act(*arguments)
        elif event in _OUTSIDE:
            self.passing.add(_OUTSIDE[event])

    def _opened(self, path: Any, _mode: Any = None, flags: Any = 0, *_: Any) -> None:
        if isinstance(path, str | bytes | os.PathLike) and not (flags or 0) & (
            os.O_WRONLY | os.O_CREAT
        ):
            self.read(os.path.abspath(os.fsdecode(path)))

    def _imported(self, name: str, *_: Any) -> None:
        if not name.startswith(("gradlint.", "numpy.")):
            self.names.update(name.split("."))

    def _scanned(self, path: Any = ".", *_: Any) -> None:
        if not isinstance(path, int):
            self.listed.add(os.path.abspath(os.fsdecode("." if path is None else path)))

    def read(self, path: str) -> None:
        """Something is read at a path, or would be if it were there."""
        if path.endswith(".pyc"):
            with contextlib.suppress(ValueError):
                path = source_from_cache(path)
        known = path.startswith(_STANDARD) and not _is_installed(path)
        if path in self.files or known or path.startswith((_PACKAGE, *self._private)):
            return
        self.files[path] = _identity(path)

    def grounds(self, filename: str, texts: Iterable[str], more: Iterable[str]) -> Grounds | None:
        """What can be held against a later run; None if that is not everything.

        ``texts`` are the program's own, to which its modules are added; besides its own folder, and
        what lies above, imports are looked for in ``more``.
        """
        _listening.remove(self)
        own = [path for path in self.files if path.endswith(".py") and not _is_installed(path)]
        said = _Said([*texts, *map(_text, own)])
        if self.passing or said.modules & _ELSEWHERE or said.names & _UNSTEADY or _unheard():
            return None
        files = self._read()
        if files is None:
            return None
        homes = {*more, *map(os.path.dirname, own), *_import_folders(), *_above(filename)}
        names = frozenset(self.names | said.modules | _PROJECT)
        return Grounds(
            files=files,
            kinds={path: kind(path) for path in self._seen(self.places)},
            listings={path: listing(path) for path in self._seen(self.listed)},
            names=tuple(sorted(names)),
            modules={home: tuple(sorted(names & names_in(home))) for home in sorted(homes)},
            environment=environment() if said.names & _ENVIRONMENT else None,
        )

    def _read(self) -> dict[str, Any] | None:
        """What tells each file that was read from any other; None if one changed meanwhile.

        A device gives what it likes.
        """
        files = {}
        for path in _standing([*self.files, *_modules()]):
            now = _identity(path)
            files[path] = fingerprint(path)
            if self.files.get(path, now) != now or files[path] == "other":
                return None
        return files

    def _seen(self, paths: set[str]) -> list[str]:
        ours = (_PACKAGE, _STANDARD, *self._private)
        return sorted(path for path in paths if not f"{path}{os.sep}".startswith(ours))


def holds(grounds: Grounds, here: Here) -> bool:
    """Whether everything that a program looked at is as it was."""
    names = frozenset(grounds.names)
    return (
        all(here.is_still(path, known) for path, known in grounds.files.items())
        and all(here.kind(path) == known for path, known in grounds.kinds.items())
        and all(here.listing(path) == known for path, known in grounds.listings.items())
        and all(
            here.names_in(home) & names == frozenset(known)
            for home, known in grounds.modules.items()
        )
        and grounds.environment in (None, environment())
    )


class Here:
    """What is found now; nothing is looked at twice, however many answers rest on it."""

    def __init__(self) -> None:
        self._known: dict[tuple[Any, str], Any] = {}

    def is_still(self, path: str, known: Any) -> bool:
        """Whether a file is what it was: its times tell, and if they do not, its content."""
        if known is None or isinstance(known, str):
            return bool(self._once(kind, path) == (known or "nothing"))
        times, digest = known
        now = self._once(_identity, path)
        if now is None or now[0] != times[0]:
            return False
        return now == times or bool(self._once(_digest, path) == digest)

    def kind(self, path: str) -> str:
        """What is at a path."""
        return str(self._once(kind, path))

    def listing(self, path: str) -> str | None:
        """What a folder holds, as one word."""
        return self._once(listing, path)  # type: ignore[no-any-return]

    def names_in(self, path: str) -> frozenset[str]:
        """What could be imported from a folder."""
        return self._once(names_in, path)  # type: ignore[no-any-return]

    def _once(self, ask: Callable[[str], Any], path: str) -> Any:
        if (ask, path) not in self._known:
            self._known[ask, path] = ask(path)
        return self._known[ask, path]


def fingerprint(path: str) -> Any:
    """What tells a file from any other: its times and its content; or the kind of what is there.

    Times that are younger than a file system can tell apart count for nothing.
    """
    there = kind(path)
    if there != "file":
        return None if there == "nothing" else there
    times = _identity(path)
    if times is None:
        return None
    if max(times[1:3]) > time.time_ns() - _RECENT:
        times = [times[0], 0, 0, 0]
    return [times, _digest(path)]


def kind(path: str) -> str:
    """What is at a path: a file, a folder, something else or nothing."""
    try:
        mode = _stat(path).st_mode
    except (OSError, ValueError):
        return "nothing"
    return "file" if stat.S_ISREG(mode) else "folder" if stat.S_ISDIR(mode) else "other"


def listing(path: str) -> str | None:
    """What a folder holds, as one word; None if it cannot be listed."""
    try:
        return _hash("\0".join(sorted(_listdir(path))).encode(errors="surrogateescape"))
    except OSError:
        return None


def names_in(path: str) -> frozenset[str]:
    """What could be imported from a folder."""
    try:
        return frozenset(name.partition(".")[0] for name in _listdir(path))
    except OSError:
        return frozenset()


def environment() -> str:
    """All variables of the environment, as one word, but for those that the worker sets itself."""
    given = [item for item in sorted(os.environ.items()) if item[0] not in _OURS]
    return _hash(repr(given).encode(errors="surrogateescape"))


def _identity(path: str) -> list[int] | None:
    try:
        known = _stat(path)
    except (OSError, ValueError):
        return None
    return [known.st_size, known.st_mtime_ns, known.st_ctime_ns, known.st_ino]


def _digest(path: str) -> str | None:
    import hashlib

    digest = hashlib.blake2b(digest_size=16)
    try:
        with _open(path, "rb") as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
    except OSError:
        return None
    return digest.hexdigest()


def _hash(data: bytes) -> str:
    import hashlib

    return hashlib.blake2b(data, digest_size=16).hexdigest()


def _standing(files: Iterable[str]) -> Iterator[str]:
    """The files; for those of an installed package the one that an installation writes anew."""
    told = {os.devnull}
    for path in files:
        at = max(path.rfind(f"{os.sep}{folder}{os.sep}") + len(folder) + 2 for folder in _INSTALLED)
        start = os.path.join(path[:at], path[at:].partition(os.sep)[0], "__init__.py")
        standing = start if _is_installed(path) and kind(start) == "file" else path
        if standing not in told:
            told.add(standing)
            yield standing


def _is_installed(path: str) -> bool:
    return any(f"{os.sep}{folder}{os.sep}" in path for folder in _INSTALLED)


def _above(filename: str) -> Iterator[str]:
    """The folder of a file, and every one above it."""
    folder = os.path.abspath(filename)
    while folder != (folder := os.path.dirname(folder)):
        yield folder


def _import_folders() -> list[str]:
    """Where Python looks for what does not belong to it and not to the program."""
    given = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    known = [*site.getsitepackages(), site.getusersitepackages()]
    return [os.path.abspath(folder) for folder in [*given, *known] if folder]


def _modules() -> list[str]:
    """The files of all modules that belong to something installed."""
    files = [getattr(module, "__file__", None) for module in list(sys.modules.values())]
    return [file for file in files if isinstance(file, str) and _is_installed(file)]


def _unheard() -> list[str]:
    """Loaded modules of compiled code that may read what nobody hears of."""
    return [
        name
        for name, module in list(sys.modules.items())
        if name in _UNHEARD or (_is_compiled(module) and name.partition(".")[0] not in _HEARD)
    ]


def _is_compiled(module: object) -> bool:
    """Whether a module was installed and is no text."""
    file = getattr(module, "__file__", None)
    return isinstance(file, str) and _is_installed(file) and not file.endswith(".py")


class _Said:
    """Which modules are imported in texts, and which names stand in them."""

    def __init__(self, texts: Iterable[str]) -> None:
        self.modules: set[str] = set()
        self.names: set[str] = set()
        for text in texts:
            with contextlib.suppress(SyntaxError, ValueError, RecursionError):
                for node in ast.walk(ast.parse(text)):
                    self._read(node)

    def _read(self, node: ast.AST) -> None:
        if isinstance(node, ast.Attribute):
            self.names.add(node.attr)
        elif isinstance(node, ast.Name):
            self.names.add(node.id)
        elif isinstance(node, ast.Import):
            self.modules.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            self.modules.add((node.module or "").partition(".")[0])
            self.names.update(alias.name for alias in node.names)


def _text(path: str) -> str:
    try:
        with _open(path, encoding="utf-8", errors="replace") as stream:
            return stream.read()
    except OSError:
        return ""
