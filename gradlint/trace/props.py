"""Stand-ins for libraries that are not installed, so that a plot does not keep a net from running.

Plots, progress bars and notebook displays, with which nobody computes, do nothing.  All other
libraries can be imported where the program counts on them, and raise ``ModuleNotFoundError`` when
they are used: many are imported for nothing, and invented data would train another net.
Where matplotlib is installed it is kept from opening windows.
"""

from __future__ import annotations

import builtins
import contextlib
import importlib.abc
import importlib.machinery
import opcode
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any, Self

from gradlint.trace.attempts import is_expected

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.machinery import ModuleSpec

SHOWING = ("matplotlib", "mpl_toolkits", "seaborn", "plotly", "bokeh", "IPython", "tqdm")
DATA_READERS = ("imread", "load_dataset", "get_sample_data")

# What an installed matplotlib must not do: open windows, or choose how to.
WINDOWS = {
    "matplotlib": ("use",),
    "matplotlib.pyplot": ("show", "pause", "switch_backend", "waitforbuttonpress", "ginput"),
}

NOTEBOOK = "get_ipython"

# For ``from matplotlib.pyplot import *``.
FIGURES = ("figure", "subplot", "subplots", "axis", "grid", "legend", "title", "xlabel", "ylabel")
CURVES = ("plot", "scatter", "imshow", "hist", "bar", "semilogy", "contourf", "colorbar")
OUTPUT = ("show", "savefig", "pause", "draw", "clf", "close", "ion", "ioff")


class Silent:
    """Accepts everything and does nothing: a figure, an axis, a colour map."""

    __array_ufunc__ = None  # so that NumPy leaves ``array + this`` to the methods below

    def __init__(self, library: str) -> None:
        self.__dict__["_library"] = library

    def __getattr__(self, name: str) -> Any:
        return _attribute(self.__dict__["_library"], name)

    def __call__(self, *args: Any, **_: Any) -> Any:
        """Do nothing."""
        # As a decorator it must leave the function as it is.
        return args[0] if len(args) == 1 and callable(args[0]) else Silent(self._library)

    def __setattr__(self, name: str, value: Any) -> None:
        """Forget it."""

    def __getitem__(self, _: Any) -> Silent:
        return Silent(self._library)

    def __setitem__(self, _: Any, value: Any) -> None:
        """Forget it."""

    def __iter__(self) -> Iterator[Silent]:
        # ``fig, ax = plt.subplots()`` wants exactly two; a loop over axes has nothing to draw.
        return iter([Silent(self._library) for _ in range(_wanted(sys._getframe(1)))])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def __bool__(self) -> bool:
        return False  # so that ``while plt.fignum_exists(1)`` ends

    def __len__(self) -> int:
        return 0

    def __float__(self) -> float:
        return 0.0

    def __add__(self, _: Any) -> Silent:
        return Silent(self._library)

    __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __add__


def _wanted(frame: Any) -> int:
    """Return how many values the instruction under way unpacks, 0 if it unpacks none."""
    code, at = frame.f_code.co_code, frame.f_lasti
    name, argument = opcode.opname[code[at]], code[at + 1]
    if name == "UNPACK_SEQUENCE":
        return int(argument)
    return int(argument & 0xFF) if name == "UNPACK_EX" else 0


class Late(Silent):
    """Raises when it is used: what a program reads its data with."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Late(self.__dict__["_library"])

    def __call__(self, *_: Any, **__: Any) -> Any:
        """Say what is not installed."""
        raise _missing(self.__dict__["_library"])

    __getitem__ = __iter__ = __enter__ = __add__ = __radd__ = __mro_entries__ = __call__
    __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __float__ = __call__

    def __instancecheck__(self, _: object) -> bool:
        return False  # nothing is of a class that is not there


def _missing(library: str) -> ModuleNotFoundError:
    return ModuleNotFoundError(f"No module named {library!r}", name=library)


def _attribute(library: str, name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    shows = library in SHOWING and name not in DATA_READERS
    return (Silent if shows else Late)(library)


class Bar:
    """A progress bar without the bar: hands on what it is given."""

    def __init__(self, iterable: Any = (), *_: Any, **__: Any) -> None:
        self._iterable = iterable

    def __iter__(self) -> Iterator[Any]:
        return iter(self._iterable)

    def __len__(self) -> int:
        return len(self._iterable)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def __getattr__(self, name: str) -> Any:
        return _attribute("tqdm", name)

    @staticmethod
    def write(text: str, **_: Any) -> None:
        """Print, as ``tqdm.write`` does between two states of its bar."""
        sys.stdout.write(f"{text}\n")


def trange(*args: Any, **_: Any) -> Bar:
    """Stand in for ``tqdm.trange``."""
    return Bar(range(*args))


class _Module(ModuleType):
    """A library, or a part of one, that is not installed."""

    def __getattr__(self, name: str) -> Any:
        if name == "__all__":  # for ``from library import *`` nobody knows what to give
            raise _missing(self.__name__)
        return _attribute(self.__name__.partition(".")[0], name)


class _LastFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds what no other finder has found, if there is a stand-in for it."""

    def __init__(self) -> None:
        self.absent: set[str] = set()

    def find_spec(self, fullname: str, *_: Any) -> ModuleSpec | None:
        library = fullname.partition(".")[0]
        if library not in {*SHOWING, *self.absent} and not is_expected():
            return None
        if fullname != library and library not in self.absent:
            return None  # installed, and has no such part
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _Module(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        library, _, part = module.__name__.partition(".")
        self.absent.add(library)
        if library == "tqdm":
            vars(module).update(tqdm=Bar, trange=trange, tqdm_notebook=Bar, tnrange=trange)
        elif part == "pyplot":
            vars(module)["__all__"] = FIGURES + CURVES + OUTPUT


class _FirstFinder(importlib.abc.MetaPathFinder):
    """Finds matplotlib as everybody else does, and takes its windows away once it is loaded."""

    def find_spec(self, fullname: str, *args: Any) -> ModuleSpec | None:
        if fullname not in WINDOWS:
            return None
        for finder in sys.meta_path:
            if finder is not self and not isinstance(finder, _LastFinder):
                spec = finder.find_spec(fullname, *args)
                if spec is not None and spec.loader is not None:
                    spec.loader = _HushingLoader(spec.loader)
                    return spec
        return None


class _HushingLoader(importlib.abc.Loader):
    def __init__(self, loader: Any) -> None:
        self._loader = loader

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        module: ModuleType | None = self._loader.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        _hush(module)


def _hush(module: ModuleType) -> None:
    for name in WINDOWS[module.__name__]:
        setattr(module, name, Silent("matplotlib"))


class Props:
    """Puts the stand-ins where ``import`` finds them, from ``with`` to the end of it."""

    def __init__(self) -> None:
        self._first, self._last = _FirstFinder(), _LastFinder()
        self._undo = contextlib.ExitStack()

    @property
    def absent(self) -> tuple[str, ...]:
        """The libraries that the program imported and that are not installed."""
        return tuple(sorted(self._last.absent))

    def __enter__(self) -> Self:
        sys.meta_path.insert(0, self._first)
        sys.meta_path.append(self._last)
        self._undo.callback(sys.meta_path.remove, self._first)
        self._undo.callback(sys.meta_path.remove, self._last)
        # What ``jupyter nbconvert`` makes of ``%matplotlib inline`` asks the notebook for itself.
        if not hasattr(builtins, NOTEBOOK):
            setattr(builtins, NOTEBOOK, Silent("IPython"))
            self._undo.callback(delattr, builtins, NOTEBOOK)
        for name, attributes in WINDOWS.items():
            if module := sys.modules.get(name):
                for attribute in attributes:
                    self._undo.callback(setattr, module, attribute, getattr(module, attribute))
                _hush(module)
        return self

    def __exit__(self, *_: object) -> None:
        self._undo.close()
        for name in [name for name, module in sys.modules.items() if isinstance(module, _Module)]:
            del sys.modules[name]
