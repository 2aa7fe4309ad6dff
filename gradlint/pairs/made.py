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
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.pairs.partners import partners
from gradlint.pairs.shapes import SETTINGS, suggestions
from gradlint.pairs.trees import is_float, leaves

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

MOST_KINDS = 24  # ways to construct one class that are worth a try
SIZES = (4, 3, 2, 6, 7, 8)
_ARRAYS = re.compile(r"([A-Z]\d?|w\d?|b\d?|weights?\w*|bias(es)?|kernel|gamma|beta|theta)\Z")
_SOURCES = ("rng", "random_state", "generator")
_STARTS = re.compile(r"\w*init\w*")
_TUPLES = re.compile(r"(in\w*_|out\w*_|x_)?(shape|dims?|size_in)\Z")
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
    plain = any(_ARRAYS.match(name) for name in names)
    for values in itertools.chain(*((arrays, sizes) if plain else (sizes, arrays))):
        yield _making(kind, values, seed)


def _making(kind: type, values: dict[str, Any], seed: int) -> Callable[[], Any]:
    def make() -> Any:
        np.random.seed(seed)
        return kind(**{name: copy.deepcopy(value) for name, value in values.items()})

    return make


def needed(kind: type) -> list[str]:
    """Give the parameters of a constructor that have no default."""
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


def _of_sizes(
    names: list[str], given: dict[str, Any], seed: int, peers: Sequence[type]
) -> Iterator[dict[str, Any]]:
    """Give sizes for what has no other meaning, in several orders, equal ones last."""
    fixed = {n: v for n in names if (v := given.get(n, _setting(n, seed))) is not None}
    free = [n for n in names if n not in fixed]
    acting = [n for n in free if _FUNCTIONS.match(n)]
    functions = [np.tanh, *_functions(peers), "relu", "tanh", "sigmoid"] if acting else [None]
    rest = [n for n in free if n not in acting]
    for sizes in (SIZES, (3, 4, 2, 6, 7, 8), (4, 4, 4, 4, 4, 4), (2, 2, 2, 2, 2, 2)):
        for function in functions:
            chosen = dict(zip(rest, itertools.chain(sizes, itertools.repeat(5)), strict=False))
            yield {**fixed, **chosen, **_acting(acting, function)}
        if not rest:
            return
    for function in functions:  # a net's list of sizes
        yield {**fixed, **_acting(acting, function), **dict.fromkeys(rest, (4, 3, 2))}


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
        return (3, 7, 5)
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
