"""Inputs for a function nobody has called: small, of pairwise distinct sizes, likely ones first.

Names and layouts (samples as rows, as columns, images, vectors) suggest sizes; whether a suggestion
is any good is decided by whether the function runs with it.
"""

from __future__ import annotations

import ast
import inspect
import itertools
import re
import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BATCH, WIDTHS = 5, (4, 3, 2, 6, 7)
MOST_TRIES = 300
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
    names = _needed(function)
    seen: set[str] = set()
    count = 0
    for layout in ("rows", "columns", "vector", "images", "other"):
        options = [
            [("given", given[n])] if n in given else _options(n, layout, function) for n in names
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


def _options(name: str, layout: str, function: Callable[..., Any]) -> list[tuple[str, Any]]:
    keys = _keys_of(name, function)
    if keys:
        return [_tree(keys, layout)]
    if re.search(r"(param|config|conf|options|opts|settings|hparams)s?$", name):
        return [("settings", dict(_SETTINGS))]
    kinds = _shapes(name, layout)
    return [(_word(kind), kind) for kind in kinds]


def _word(kind: Any) -> str:
    if isinstance(kind, tuple) and kind and kind[0] == "labels":
        return f"{kind[1]} integers"
    return str(kind)


def _made(kind: Any, rng: np.random.Generator) -> Any:
    if isinstance(kind, dict):
        return {k: _made(v, rng) for k, v in kind.items()}
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
        "images": [(2, 3, 6, 7)],
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


def _keys_of(name: str, function: Callable[..., Any]) -> list[str]:
    """Give the keys that a function reads from a dict argument: ``params["W1"]``."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        return []
    keys = [
        node.slice.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Subscript)
        and isinstance(node.value, ast.Name)
        and node.value.id == name
        and isinstance(node.slice, ast.Constant)
        and isinstance(node.slice.value, str)
    ]
    return list(dict.fromkeys(keys))


def _tree(keys: list[str], layout: str) -> tuple[str, Any]:
    tree = {}
    for key in keys:
        tree[key] = _SETTINGS[key] if key in _SETTINGS else _shapes(key, layout)[0]
    return "{" + ", ".join(f"{k}: {v}" for k, v in tree.items()) + "}", tree
