"""Inputs for a function nobody has called: small, of pairwise distinct sizes, likely ones first.

Names and layouts (samples as rows, as columns, images, vectors) suggest sizes; whether a suggestion
is any good is decided by whether the function runs with it.
"""

from __future__ import annotations

import inspect
import itertools
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.pairs.hints import Hint, hints_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BATCH, WIDTHS = 5, (4, 3, 2, 6, 7)
MOST_TRIES = 300
_DEEP = (2, 3, 6, 7)  # images
_LETTERED = (2, 4, 3, 5, 6, 7, 8)  # the axes of an einsum
_RECURRENT = r"(wh|w_?hh|prev_?h|h_?prev)$"
_SETTINGS = {
    "stride": 1, "pad": 1, "padding": 1, "mode": "train", "p": 0.6, "eps": 1e-5, "momentum": 0.9,
    "seed": 3, "pool_height": 2, "pool_width": 2, "reg": 0.1,
}  # fmt: skip

Shape = tuple[int, ...]


def suggestions(
    function: Callable[..., Any], given: dict[str, Any], seed: int = 0
) -> Iterator[tuple[dict[str, Any], str]]:
    """Give inputs to try, each with the words that say what they are.

    ``given`` holds inputs that the user named; parameters with a default keep it.
    """
    names, hints = _needed(function), hints_of(function, _LETTERED)
    gated = any(re.match(_RECURRENT, name.lower()) for name in names)
    seen: set[str] = set()
    count = 0
    for layout in ("rows", "columns", "vector", "images", "other"):
        options = [
            [("given", given[n])]
            if n in given
            else _options(n, layout, hints.get(n, Hint()), gated=gated)
            for n in names
        ]
        for chosen in itertools.islice(itertools.product(*options), MOST_TRIES):
            words = ", ".join(f"{n} {w}" for n, (w, _) in zip(names, chosen, strict=True))
            if words in seen:
                continue
            seen.add(words)
            count += 1
            if count > 4 * MOST_TRIES:
                return
            rng = np.random.default_rng(seed)
            values = {n: _made(v, rng) for n, (_, v) in zip(names, chosen, strict=True)}
            yield values, words


def _needed(function: Callable[..., Any]) -> list[str]:
    parameters = inspect.signature(function).parameters.values()
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [p.name for p in parameters if p.kind in kinds and p.default is inspect.Parameter.empty]


def _options(name: str, layout: str, hint: Hint, *, gated: bool) -> list[tuple[str, Any]]:
    if hint.keys:
        return [_tree(hint.keys, layout)]
    if hint.items:
        return [_pairs(hint.items, layout)]
    if re.search(r"(param|config|conf|options|opts|settings|hparams)s?$", name):
        return [("settings", dict(_SETTINGS))]
    kinds = _hinted(_shapes(name, layout), hint)
    if gated and layout == "rows":
        kinds += _gates(name)
    return [(_word(kind), kind) for kind in kinds]


def _hinted(kinds: list[Any], hint: Hint) -> list[Any]:
    """Keep the shapes that agree with the function's text, or give one that does."""
    if hint.shape:
        return [hint.shape]
    if hint.numbers:
        return [(hint.numbers,)]
    least, most = (hint.axes, hint.axes) if hint.axes else (hint.at_least, len(_DEEP))
    if not least:
        return kinds
    fitting = [kind for kind in kinds if least <= _axes(kind) <= most]
    return fitting or [_DEEP[-least:] if least > 3 else (BATCH, 6, WIDTHS[0])[-least:]]


def _axes(kind: Any) -> int:
    if isinstance(kind, tuple):
        return len(kind[1]) if kind and kind[0] == "labels" else len(kind)
    return 0


def _gates(name: str) -> list[Any]:
    """The sizes of an LSTM's weights: four gates side by side."""
    below, above = WIDTHS[0], WIDTHS[1]
    plain = name.lower()
    if re.match(r"(wx|w_?x|u|w_?ih)$", plain):
        return [(below, 4 * above)]
    return [(4 * above,)] if re.match(r"(b|bias)$", plain) else []


def _word(kind: Any) -> str:
    if isinstance(kind, tuple) and kind and kind[0] == "labels":
        return f"{kind[1]} integers"
    return str(kind)


def _made(kind: Any, rng: np.random.Generator) -> Any:
    if isinstance(kind, dict):
        return {k: _made(v, rng) for k, v in kind.items()}
    if isinstance(kind, list):
        return [tuple(_made(part, rng) for part in layer) for layer in kind]
    if isinstance(kind, tuple) and kind and kind[0] == "labels":
        return rng.integers(0, kind[2], size=kind[1])
    if isinstance(kind, tuple):
        return rng.normal(size=kind)
    return kind


def _layer(name: str) -> int:
    """Give the number in a parameter's name: W2 belongs to the second layer."""
    number = re.search(r"(\d+)\D*$", name)
    return min(max(int(number[1]), 1), len(WIDTHS) - 1) if number else 1


def _shapes(name: str, layout: str) -> list[Any]:
    plain = re.sub(r"[\d_]+$", "", name).lower()
    n = _layer(name)
    below, above = WIDTHS[n - 1], WIDTHS[n]
    if re.match(r"(w|weight|weights|kernel|filters?|wx|theta|coef\w*|beta_?hat|u|v|wh|m)$", plain):
        return _weights(layout, plain, below, above)
    if re.match(r"(b|bias|biases|intercept)$", plain):
        biases: dict[str, list[Any]] = {
            "rows": [(above,), (1, above), 0.3],
            "columns": [(above, 1), 0.3],
            "images": [(4,)],
            "vector": [0.3, (above,)],
        }
        return biases.get(layout, [(above,), 0.3])
    if re.match(r"(gamma|beta|gain|shift|scale)$", plain):
        return [(WIDTHS[0],), (1, WIDTHS[0])] if layout != "columns" else [(WIDTHS[0], 1)]
    if re.match(r"(y|t|target|targets|labels?|y_?true|truth|d)$", plain):
        return _targets(layout, above)
    if re.match(r"(y_?hat|y_?pred\w*|pred\w*|probs?|p|yh)$", plain):
        return [*_targets(layout, above)[:2], (BATCH, WIDTHS[0]), 0.7]
    if re.match(r"(h|h0|h_?prev|prev_?h|c_?prev|prev_?c|c0|state|hidden)$", plain):
        return [(BATCH, WIDTHS[1]), (WIDTHS[1], BATCH), (BATCH, WIDTHS[0])]
    if re.match(r"(lr|eps|epsilon|reg|lam|lambda|lmbda|alpha|k|c|rate|delta|tau|sigma|n)$", plain):
        return [0.7, 2]
    data: dict[str, list[Any]] = {
        "rows": [(BATCH, WIDTHS[0])],
        "columns": [(WIDTHS[0], BATCH)],
        "vector": [(WIDTHS[0],)],
        "images": [_DEEP],
        "other": [(BATCH, 6, WIDTHS[0]), (3, 3), 0.7, ("labels", (BATCH, 2), WIDTHS[0])],
    }
    return data[layout]


def _weights(layout: str, plain: str, below: int, above: int) -> list[Any]:
    if plain == "wh":
        return [(above, above), (4 * above, above), (above, 4 * above)]
    weights: dict[str, list[Any]] = {
        "rows": [(below, above), (above, below), (below,)],
        "columns": [(above, below), (below, above), (below, 1)],
        "vector": [(below,), (above, below), (below, above)],
        "images": [(4, 3, 3, 3)],
        "other": [(below, above), (below,), 0.7],
    }
    return weights[layout]


def _targets(layout: str, above: int) -> list[Any]:
    if layout == "columns":
        return [(above, BATCH), (1, BATCH), (WIDTHS[0], BATCH)]
    if layout == "vector":
        return [(above,), (WIDTHS[0],), 0.4]
    labels = ("labels", (BATCH,), above)
    return [(BATCH, above), (BATCH,), labels, (BATCH, WIDTHS[0]), (BATCH, 1)]


def _pairs(names: tuple[str, ...], layout: str) -> tuple[str, Any]:
    """Two layers: a list of tuples of their parameters."""
    layers = [tuple(_shapes(f"{name}{k}", layout)[0] for name in names) for k in (1, 2)]
    return str(layers), layers


def _tree(keys: list[str], layout: str) -> tuple[str, Any]:
    tree = {}
    for key in keys:
        tree[key] = _SETTINGS[key] if key in _SETTINGS else _shapes(key, layout)[0]
    return "{" + ", ".join(f"{k}: {v}" for k, v in tree.items()) + "}", tree
