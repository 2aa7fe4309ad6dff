"""Objects made for a check: a class whose constructor wants sizes, arrays or settings.

Nothing is known of the class: its constructor is called with what its parameters may mean, and what
it takes is kept.  Parameters that come to be in the first forward call are brought about before the
check, for a gain that is always one proves nothing.

This module knows classes and values, and no gradients.
"""

from __future__ import annotations

import copy
import inspect
import itertools
import re
import types
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.pairs.hints import attributes_kept
from gradlint.pairs.partners import partners
from gradlint.pairs.shapes import SETTINGS, suggestions
from gradlint.pairs.trees import is_float, leaves

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

MOST_KINDS = 24  # ways to construct one class that are worth a try
SIZES = (4, 3, 2, 6, 7, 8)
_SHAPE = (3, 7, 5)
_ARRAYS = re.compile(r"([A-Z]\d?|w\d?|b\d?|weights?\w*|bias(es)?|kernel|gamma|beta|theta)\Z")
_SOURCES = ("rng", "random_state", "generator")
_HOLDS = re.compile(r"par\w*|weights|theta|net\w*|model|layers|ws?|p\Z", re.IGNORECASE)
_STARTS = re.compile(r"\w*init\w*")
_TUPLES = re.compile(r"(\w*_)?shape\Z|size_in\Z")
_EITHER = re.compile(r"(in\w*_|out\w*_|x_)?dims?\Z")  # a size, or a whole shape
_FUNCTIONS = re.compile(r"(act\w*|nonlin\w*|f|fn|func\w*|phi|g)\Z")


def objects_of(
    kind: type, given: dict[str, Any], seed: int, peers: Sequence[type] = ()
) -> Iterator[Any]:
    """Give functions that make an object of a class: each call makes a new one, always alike."""
    count = 0
    for make in _ways(kind, given, seed, peers):
        try:
            make()
        except Exception:  # noqa: BLE001 - then it is not made like this
            continue
        yield make
        count += 1
        if count >= MOST_KINDS:
            return


def _ways(
    kind: type, given: dict[str, Any], seed: int, peers: Sequence[type]
) -> Iterator[Callable[[], Any]]:
    names = needed(kind)
    arrays = _of_arrays(kind, names, given, seed)
    sizes = _of_sizes(names, given, seed, peers)
    for values in itertools.chain(*((arrays, sizes) if wants_arrays(kind) else (sizes, arrays))):
        yield _making(kind, values, seed)


def wants_arrays(kind: type) -> bool:
    """Whether a constructor is given the parameters themselves: ``Affine(W, b)``."""
    return any(_ARRAYS.match(name) for name in needed(kind))


def _making(kind: type, values: dict[str, Any], seed: int) -> Callable[[], Any]:
    def make() -> Any:
        np.random.seed(seed)
        return kind(**{name: copy.deepcopy(value) for name, value in values.items()})

    return make


def needed(kind: Callable[..., Any]) -> list[str]:
    """Give the parameters of a constructor, or of a function, that have no default."""
    try:
        parameters = inspect.signature(kind).parameters.values()
    except (TypeError, ValueError):
        return []
    plain = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return [p.name for p in parameters if p.kind in plain and p.default is p.empty]


def _of_arrays(
    kind: type, names: list[str], given: dict[str, Any], seed: int
) -> Iterator[dict[str, Any]]:
    if not names:
        return
    known = {n: v for n in names if (v := _setting(n, seed)) is not None} | given
    for values, _ in itertools.islice(suggestions(kind, known, seed), 60):
        yield values


def initialised(namespace: dict[str, Any], function: Any, seed: int) -> Iterator[dict[str, Any]]:
    """Give what a file's own initialisers make, for the argument that holds parameters."""
    wanted = [name for name in needed(function) if _HOLDS.match(name)]
    for start in list(namespace.values()) if len(wanted) == 1 else ():
        called = getattr(start, "__name__", "")
        if not isinstance(start, types.FunctionType) or not _STARTS.fullmatch(called):
            continue
        names = needed(start)
        for sizes in ((4, 3, 2),), SIZES:
            np.random.seed(seed)
            try:
                made = start(*sizes[: len(names)])
            except Exception:  # noqa: BLE001 - then it wants something else
                continue
            arrays = [v for _, v in leaves(made) if isinstance(v, np.ndarray) and is_float(v)]
            if arrays and isinstance(made, dict | list | tuple):
                yield {wanted[0]: made}


def contexts(forward: Any, backward: Any, peers: Sequence[type]) -> dict[str, Any]:
    """Give the object in which forward leaves for backward what it needs, where both take one."""
    shared = [n for n in needed(forward)[:1] if n in needed(backward)]
    kept = {a for n in shared for a in attributes_kept(forward, n)}
    if not kept:
        return {}
    fitting = (p for p in peers if not needed(p) and any(hasattr(p, a) for a in kept))
    return {shared[0]: next(fitting, _Context)()}


class _Context:
    """A plain place to leave things in, with PyTorch's word for it."""

    saved_tensors: tuple[Any, ...] = ()

    def save_for_backward(self, *values: Any) -> None:
        self.saved_tensors = values


def _of_sizes(
    names: list[str], given: dict[str, Any], seed: int, peers: Sequence[type]
) -> Iterator[dict[str, Any]]:
    """Give sizes for what has no other meaning, in several orders, equal ones last."""
    fixed = {n: v for n in names if (v := given.get(n, _setting(n, seed))) is not None}
    free = [n for n in names if n not in fixed]
    acting = [n for n in free if _FUNCTIONS.match(n)]
    functions = [np.tanh, *_functions(peers), "relu", "tanh", "sigmoid"] if acting else [None]
    for sizes in _sizes_for([n for n in free if n not in acting]):
        yield from ({**fixed, **sizes, **_acting(acting, function)} for function in functions)


def _sizes_for(names: list[str]) -> Iterator[dict[str, Any]]:
    """Give numbers to names of sizes, then a list of sizes, then a shape to what may be one."""
    for sizes in (SIZES, (3, 4, 2, 6, 7, 8), (4, 4, 4, 4, 4, 4), (2, 2, 2, 2, 2, 2)):
        yield dict(zip(names, itertools.chain(sizes, itertools.repeat(5)), strict=False))
        if not names:
            return
    yield dict.fromkeys(names, (4, 3, 2))
    whole = {n: _SHAPE for n in names if _EITHER.match(n)}
    if whole:
        yield {**dict(zip(names, SIZES, strict=False)), **whole}


def _acting(names: list[str], function: Any) -> dict[str, Any]:
    """Give functions to parameters that want one: a slope to what is called a slope."""
    slopes = [n for n in names if set(partners(n)) & set(names)]
    return {n: _tanh_slope if n in slopes and function is np.tanh else function for n in names}


def _tanh_slope(x: Any) -> Any:
    return 1 - np.tanh(x) ** 2


def _functions(peers: Sequence[type]) -> Iterator[Any]:
    """Give objects of the file's own classes that need nothing: activations, as a rule."""
    for peer in peers:
        if not needed(peer):
            try:
                yield peer()
            except Exception:  # noqa: BLE001 - then it is none
                continue


def _setting(name: str, seed: int) -> Any:
    """Give what a parameter is that is neither a size nor an array; None for those."""
    plain = name.lower()
    if plain in _SOURCES:
        return np.random.default_rng(seed)
    if plain in ("name", "label", "layer_name"):
        return "layer"
    if _TUPLES.match(plain):
        return _SHAPE
    if _STARTS.fullmatch(plain):
        return _Start(seed)
    if re.match(r"(is_|use_|train|bias_|with_)|\w*training\Z", plain):
        return True
    if re.match(r"(kernel|filter|window|pool|field|patch)\w*|k|ksize|size_k\Z", plain):
        return 3 if not plain.startswith("pool") else 2
    return next((value for key, value in SETTINGS.items() if key == plain), None)


class _Start:
    """An initialiser: called with sizes in any form, it gives numbers of that shape."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)

    def __call__(self, *sizes: Any, **named: Any) -> Any:
        flat = [n for _, n in leaves([*sizes, *named.values()]) if isinstance(n, int | np.integer)]
        return self.rng.normal(size=tuple(int(n) for n in flat))


def started(make: Callable[[], Any], call: Callable[[Any], Any]) -> Any:
    """Make an object, and call it once where its parameters come to be in the first call.

    Raises whatever the object raises when it is called.
    """
    layer = make()
    call(layer)
    fresh = make()
    first = _arrays(layer)
    new = first.keys() - _arrays(fresh).keys()
    kept = {path: first[path] for path in new}
    if not kept:
        return fresh
    call(layer)
    again = _arrays(layer)
    lazy = [path for path, value in kept.items() if again.get(path) is value]
    return layer if lazy else fresh


def _arrays(layer: Any) -> dict[Any, Any]:
    return {p: v for p, v in leaves(layer) if isinstance(v, np.ndarray) and is_float(v)}


def sizes_in(layer: Any) -> list[Any]:
    """Give the sizes that an object holds: numbers, lengths of axes, and whole shapes."""
    held = vars(layer).values() if hasattr(layer, "__dict__") else ()
    shapes = [v for v in held if isinstance(v, tuple) and v]
    found: list[Any] = [v for v in shapes if all(isinstance(n, int) for n in v)]
    for _, value in leaves(layer):
        if isinstance(value, np.ndarray):
            found += [n for n in value.shape if 1 < n < 50]
        elif isinstance(value, int) and not isinstance(value, bool) and 1 < value < 50:
            found.append(value)
    return list(dict.fromkeys(found))
