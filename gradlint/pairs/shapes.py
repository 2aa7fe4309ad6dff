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
    from collections.abc import Callable, Iterable, Iterator, Sequence

BATCH, WIDTHS = 5, (4, 3, 2, 6, 7)
MOST_TRIES = 300
_DEEP = (2, 3, 6, 7)  # images
_HALVED = (2, 3, 4, 6)  # images for windows of two by two
_LETTERED = (2, 4, 3, 5, 6, 7, 8)  # the axes of an einsum
_TARGET = re.compile(
    r"(y|t|target\w*|labels?|y_?true|truth|d|goals?|answers?|expected|desired|actual|real|ys?|ts?"
    r"|ground_?truth|true\w*|one_?hot\w*|correct\w*)$"
)
_RECURRENT = r"(wh|w_?hh|prev_?h|h_?prev)$"
_HIDDEN = r"(h|h0|h_?prev|prev_?h|hidden)$"
_CELL = ("c", "s", "cell", "ct", "c_t")  # beside a hidden state, the state of a cell
SETTINGS: dict[str, Any] = {
    "stride": 1, "strides": 1, "pad": 1, "padding": 1, "mode": "train", "p": 0.6, "eps": 1e-5,
    "epsilon": 1e-5, "momentum": 0.9, "seed": 3, "pool_height": 2, "pool_width": 2, "reg": 0.1,
    "lr": 0.1, "learning_rate": 0.1, "rate": 0.3, "dropout": 0.3, "dropout_rate": 0.3,
    "drop_rate": 0.3, "drop_prob": 0.3, "keep_prob": 0.7, "prob": 0.3, "alpha": 0.2, "eta": 0.1,
    "slope": 0.2, "negative_slope": 0.2, "lam": 0.1, "l2": 0.1, "decay": 0.9, "delta": 0.7,
}  # fmt: skip
_FLAG = re.compile(r"(is_?)?train(ing)?(_?(mode|flag|phase))?\Z|train_flg\Z", re.IGNORECASE)
_KINDS = ("soft", "soft columns", "one-hot", "one-hot columns", "0/1", "+-1", "positive")
_FEW, _MOST = 12, 48  # kinds of input for each argument where nothing is known: of several, of one

Shape = tuple[int, ...]
_ROWS: tuple[tuple[Any, ...], ...] = ((BATCH, "n"), ("n",))
_MATRICES: tuple[tuple[Any, ...], ...] = ((1, "n"), ("n", 1), ("n", BATCH), ("n", "n"))
_DEEPER: tuple[tuple[Any, ...], ...] = (
    (2, "n", 7, 5), (2, 7, 5, "n"), (BATCH, 6, "n"), (6, BATCH, "n"), ("n", 7, 5), (7, 5, "n"),
)  # fmt: skip


def suggestions(
    function: Callable[..., Any],
    given: dict[str, Any],
    seed: int = 0,
    sizes: Sequence[Any] = (),
    beside: Any = None,
) -> Iterator[tuple[dict[str, Any], str]]:
    """Give inputs to try, each with the words that say what they are.

    ``given`` holds inputs that the user named; parameters with a default keep it.  ``sizes`` are
    numbers, and whole shapes, that the function's object holds: of these inputs are made whose
    names say nothing.  ``beside`` is the function's gradient.
    """
    names, hints = needed(function), hints_of(function, _LETTERED, beside)
    gated = any(re.match(_RECURRENT, name.lower()) for name in names)
    cell = any(re.match(_HIDDEN, _bare(name)) for name in names)
    seen: set[str] = set()
    count = 0
    for layout in ("rows", "columns", "vector", "images", "other", "pool"):
        pool = _pool(sizes, _FEW if len(names) > 2 else _MOST) if layout == "pool" else None
        options = [
            [("given", given[n])]
            if n in given
            else _options(
                "c_prev" if cell and n in _CELL else n,
                layout,
                hints.get(n, Hint()),
                gated=gated,
                pool=pool,
            )
            for n in names
        ]
        for chosen in _tries(options):
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


def _tries(options: list[list[tuple[str, Any]]]) -> Iterator[tuple[tuple[str, Any], ...]]:
    """Give one option for each input; further shapes where numbers of all kinds took their turn."""
    plain = [[o for o in each if not _is_of_kind(o[1])] or each for each in options]
    for known in (options, plain):
        yield from itertools.islice(itertools.product(*known), MOST_TRIES)


def needed(function: Callable[..., Any]) -> list[str]:
    """Give the positional parameters of a function that have no default."""
    parameters = inspect.signature(function).parameters.values()
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [p.name for p in parameters if p.kind in kinds and p.default is inspect.Parameter.empty]


def _options(
    name: str, layout: str, hint: Hint, *, gated: bool, pool: list[Any] | None = None
) -> list[tuple[str, Any]]:
    if _FLAG.match(name):
        return [("True", True)]
    if hint.keys or hint.items:
        plain = layout if pool is None else "rows"
        return [_tree(hint.keys, plain) if hint.keys else _pairs(hint.items, plain)]
    if re.search(r"(param|config|conf|options|opts|settings|hparams)s?$", name):
        return [("settings", dict(SETTINGS))]
    kinds = _hinted(_shapes(name, layout) if pool is None else pool, hint)
    if pool is not None and _TARGET.match(_bare(name)):
        kinds = [*kinds, *_typed([k for k in kinds if isinstance(k, tuple)][:_FEW])]
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
    if least > 3:
        return fitting or [_DEEP[-least:]]
    plain = (BATCH, 6, WIDTHS[0])[-least:]
    return [*fitting, plain] if least == 3 and plain not in fitting else fitting or [plain]


def _axes(kind: Any) -> int:
    if isinstance(kind, tuple):
        return len(kind[1]) if _is_typed(kind) else len(kind)
    return 0


def _is_typed(kind: Any) -> bool:
    return isinstance(kind, tuple) and bool(kind) and isinstance(kind[0], str)


def _is_of_kind(kind: Any) -> bool:
    """Whether numbers are not just any of their shape."""
    return _is_typed(kind) and kind[0] in _KINDS


def _typed(shapes: Iterable[Any]) -> list[Any]:
    """Give the types that targets may need: rows of probabilities, one-hot rows, 0/1, signs."""
    plain = [shape for shape in shapes if isinstance(shape, tuple) and not _is_typed(shape)]
    return [(kind, shape) for kind in _KINDS for shape in plain if shape]


def types_in(words: str) -> set[str]:
    """Give the types of made-up inputs that were not just any numbers."""
    return {kind for kind in _KINDS if re.search(rf"\) {re.escape(kind)}(,|\Z)", words)}


def _pool(sizes: Sequence[Any], most: int) -> list[Any]:
    """Give shapes made of some sizes, batches first."""
    whole = [s for s in sizes if isinstance(s, tuple)]
    plain = list(dict.fromkeys([s for s in sizes if isinstance(s, int)] + list(WIDTHS[:2])))[:4]
    found: list[Any] = [shape for s in whole for shape in ((2, *s), s)]
    found += [_filled(axes, n) for axes in _ROWS for n in plain]
    found += itertools.permutations(plain, 2)
    found += [_filled(axes, n) for axes in _MATRICES for n in plain]
    found += [_filled(axes, n) for axes in _DEEPER for n in (*plain, 3, 1)]
    found += [(7, 7), (8, 6)]
    found += [("labels", (BATCH,), min(plain)), ("labels", (BATCH, 2), min(plain)), 0.7]
    return list(dict.fromkeys(found))[: 2 * most if most == _MOST else most]


def _gates(name: str) -> list[Any]:
    """The sizes of an LSTM's weights: four gates side by side."""
    below, above = WIDTHS[0], WIDTHS[1]
    plain = name.lower()
    if re.match(r"(wx|w_?x|u|w_?ih)$", plain):
        return [(below, 4 * above)]
    return [(4 * above,)] if re.match(r"(b|bias)$", plain) else []


def _filled(axes: tuple[Any, ...], n: int) -> Shape:
    return tuple(n if axis == "n" else axis for axis in axes)


def _word(kind: Any) -> str:
    if _is_typed(kind):
        return f"{kind[1]} {'integers' if kind[0] == 'labels' else kind[0]}"
    return str(kind)


def _made(kind: Any, rng: np.random.Generator) -> Any:
    if isinstance(kind, dict):
        return {k: _made(v, rng) for k, v in kind.items()}
    if isinstance(kind, list):
        return [tuple(_made(part, rng) for part in layer) for layer in kind]
    if _is_typed(kind) and kind[0] == "labels":
        return rng.integers(0, kind[2], size=kind[1])
    if _is_typed(kind):
        return _of_type(kind[0], kind[1], rng)
    if isinstance(kind, tuple):
        return rng.normal(size=kind)
    return kind


def _of_type(kind: str, shape: Shape, rng: np.random.Generator) -> Any:
    axis = 0 if kind.endswith("columns") else -1
    numbers = rng.normal(size=shape)
    if kind.startswith("soft"):
        return np.exp(numbers) / np.exp(numbers).sum(axis=axis, keepdims=True)
    if kind.startswith("one-hot"):
        return (numbers == numbers.max(axis=axis, keepdims=True)).astype(float)
    if kind == "0/1":
        return (numbers > 0).astype(float)
    return np.where(numbers > 0, 1.0, -1.0) if kind == "+-1" else 0.2 + np.abs(numbers)


def is_target_like(name: str) -> bool:
    """Whether a parameter is called like what the outputs should be, or like ``y``, which may be.

    What else it may be, other names tell.
    """
    return bool(_TARGET.match(_bare(name)))


def _bare(name: str) -> str:
    return re.sub(r"[\d_]+$", "", name).lower()


def _layer(name: str) -> int:
    """Give the number in a parameter's name: W2 belongs to the second layer."""
    number = re.search(r"(\d+)\D*$", name)
    return min(max(int(number[1]), 1), len(WIDTHS) - 1) if number else 1


def _shapes(name: str, layout: str) -> list[Any]:
    plain = _bare(name)
    n = _layer(name)
    below, above = WIDTHS[n - 1], WIDTHS[n]
    if re.match(r"(w|weight|weights|kernel|filters?|wx|theta|coef\w*|beta_?hat|u|v|wh|m)$", plain):
        return _weights(layout, plain, below, above)
    if re.match(r"(b|bias|biases|intercept)$", plain):
        biases: dict[str, list[Any]] = {
            "rows": [(above,), (1, above), (WIDTHS[0],), (1, WIDTHS[0]), 0.3],
            "columns": [(above, 1), (WIDTHS[0], 1), 0.3],
            "images": [(4,)],
            "vector": [0.3, (above,)],
        }
        return biases.get(layout, [(above,), 0.3])
    if re.match(r"(gamma|beta|gain|shift|scale)$", plain):
        return [(WIDTHS[0],), (1, WIDTHS[0])] if layout != "columns" else [(WIDTHS[0], 1)]
    if _TARGET.match(plain):
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
        "images": [_DEEP, _HALVED],
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
        "other": [(below, above), (below,), 0.7, (2, below, above), (above, below, 2)],
    }
    return weights[layout]


def _targets(layout: str, above: int) -> list[Any]:
    if layout == "columns":
        shapes: list[Any] = [(above, BATCH), (1, BATCH), (WIDTHS[0], BATCH)]
        return [*shapes, *_typed(shapes)]
    if layout == "vector":
        return [(above,), (WIDTHS[0],), 0.4, *_typed([(WIDTHS[0],), (above,)])]
    labels = ("labels", (BATCH,), above)
    shapes = [(BATCH, above), (BATCH,), labels, (BATCH, WIDTHS[0]), (BATCH, 1)]
    return [*shapes, *_typed([(BATCH, above), (BATCH, WIDTHS[0]), (BATCH,)])]


def _pairs(names: tuple[str, ...], layout: str) -> tuple[str, Any]:
    """Two layers: a list of tuples of their parameters."""
    layers = [tuple(_shapes(f"{name}{k}", layout)[0] for name in names) for k in (1, 2)]
    return str(layers), layers


def _tree(keys: list[str], layout: str) -> tuple[str, Any]:
    tree = {}
    for key in keys:
        tree[key] = SETTINGS[key] if key in SETTINGS else _shapes(key, layout)[0]
    return "{" + ", ".join(f"{k}: {v}" for k, v in tree.items()) + "}", tree
