"""Arrays to test a pair with: generic values of a chosen scale, away from kinks or on them.

Hypothesis draws the shapes and a seed, NumPy fills the arrays: entries drawn one by one would
shrink to zeros, and at zeros most gradients vanish and nothing can be judged.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import numpy as np
from hypothesis import strategies as st

from gradlint.structs import struct
from gradlint.testing.strategies.axes import Axes, Limits, Shape, axis_sizes, parse

Arrays = dict[str, np.ndarray]
Fill = Callable[[np.random.Generator, dict[str, Shape]], Any]
"""Makes one array, from a generator and the shapes of all arrays."""

_ROUNDS = 200  # of drawing again what fell near a kink; the first few find a place for everything


@struct
class Filling:
    """How arrays get their values; the options of :func:`arrays`."""

    dtype: Any = np.float64
    scale: float = 1.0
    kinks: Literal["away", "on", "ignore"] = "away"
    at: Sequence[float] = (0.0,)
    margin: float = 0.1
    values: Mapping[str, Fill] | None = None

    def fill(self, axes: Axes, sizes: Mapping[str, int], seed: int) -> Arrays:
        """Make all arrays of one example; the same sizes and seed give the same arrays."""
        rng = np.random.default_rng(seed)
        shapes = axes.shapes(sizes)
        own = self.values or {}
        return {
            name: np.asarray(own[name](rng, shapes)) if name in own else self._one(rng, name, shape)
            for name, shape in shapes.items()
        }

    def _one(self, rng: np.random.Generator, name: str, shape: Shape) -> np.ndarray:
        dtype = self.dtype.get(name, np.float64) if isinstance(self.dtype, Mapping) else self.dtype
        kind = np.dtype(dtype).kind
        if kind in "iub":
            return rng.integers(0, int(max(self.scale, 1)) + 1, shape).astype(dtype)
        if kind != "f":
            raise ValueError(
                f"no values for dtype {np.dtype(dtype)}; give `values={{{name!r}: …}}`"
            )
        drawn = rng.uniform(-self.scale, self.scale, shape)
        if self.kinks != "ignore" and len(self.at):
            drawn = self._clear(rng, drawn)
        if self.kinks == "on" and drawn.size and len(self.at):
            chosen = rng.random(shape) < 0.25  # the others show the slopes around
            chosen.flat[rng.integers(drawn.size)] = True
            drawn = np.where(chosen, rng.choice(self.at, shape), drawn)
        return drawn.astype(dtype)

    def _clear(self, rng: np.random.Generator, drawn: np.ndarray) -> np.ndarray:
        """Draw again what lies within the margin of a kink."""
        room = self.margin * self.scale
        for _ in range(_ROUNDS):
            near = np.min([np.abs(drawn - kink) for kink in self.at], axis=0) <= room
            if not near.any():
                return drawn
            drawn = np.where(near, rng.uniform(-self.scale, self.scale, drawn.shape), drawn)
        raise ValueError(f"kinks at {tuple(self.at)} leave no room; give a smaller `margin`")


def arrays(
    spec: str,
    *,
    dtype: Any = np.float64,
    scale: float = 1.0,
    kinks: Literal["away", "on", "ignore"] = "away",
    at: Sequence[float] = (0.0,),
    margin: float = 0.1,
    values: Mapping[str, Fill] | None = None,
    sizes: Mapping[str, Limits] | None = None,
    distinct: bool = True,
    ones: bool = True,
) -> st.SearchStrategy[Arrays]:
    """Draw the arrays of ``spec``, named, in its order.

    Entries are uniform between ``-scale`` and ``scale``, further than ``margin * scale`` from
    every kink in ``at``; with ``kinks="on"`` some lie exactly on one.  ``dtype`` is one type, a
    list to draw from, or ``{"y": int}`` by name; integers go from 0 to ``scale``.  ``values`` makes
    what must be special, say ``{"labels": lambda rng, shapes: rng.integers(0, 3, shapes["b"])}``.
    The other options are those of ``shapes``.

    >>> from hypothesis import find
    >>> drawn = find(arrays("x: b i, w: i h"), lambda drawn: drawn["x"].size > 1)
    >>> {name: array.shape for name, array in drawn.items()}
    {'x': (1, 2), 'w': (2, 1)}
    >>> bool((abs(drawn["x"]) > 0.1).all())
    True
    """
    axes = parse(spec)
    unknown = [name for name in values or {} if name not in dict(axes.arrays)]
    if unknown:
        raise ValueError(f"no array {unknown[0]!r} in {spec!r}")
    types = list(dtype) if isinstance(dtype, list | tuple) else [dtype]

    def fill(sizes: dict[str, int], seed: int, dtype: Any) -> Arrays:
        return Filling(dtype, scale, kinks, at, margin, values).fill(axes, sizes, seed)

    return st.builds(
        fill,
        axis_sizes(axes, sizes=sizes, distinct=distinct, ones=ones),
        seeds(),
        st.sampled_from(types),
    )


def seeds() -> st.SearchStrategy[int]:
    """Draw what the generator of the values starts from."""
    return st.integers(0, 2**32 - 1)


def trees(spec: str, **options: Any) -> st.SearchStrategy[Any]:
    """Draw the arrays of ``spec`` nested in dicts, lists and tuples, as models keep parameters.

    Every array is a leaf exactly once, in the order of ``spec``; ``options`` are those of
    ``arrays``.  A flat dict is the simplest tree.

    >>> from hypothesis import find
    >>> tree = find(trees("w: i h, b: h"), lambda tree: isinstance(tree, list))
    >>> [leaf.shape for leaf in tree]
    [(1, 1), (1,)]
    """
    return _trees(arrays(spec, **options))


@st.composite
def _trees(draw: st.DrawFn, drawn: st.SearchStrategy[Arrays]) -> Any:
    return _nest(draw, list(draw(drawn).items()), depth=2)


def _nest(draw: st.DrawFn, leaves: list[tuple[str, Any]], depth: int) -> Any:
    """Put leaves into one container, neighbours perhaps into inner ones first."""
    if depth and len(leaves) > 1 and draw(st.booleans()):
        cut = draw(st.integers(1, len(leaves) - 1))
        parts = [leaves[:cut], leaves[cut:]]
        leaves = [
            (f"layer{number}", _nest(draw, part, depth - 1)) for number, part in enumerate(parts, 1)
        ]
    container = draw(st.sampled_from([dict, list, tuple]))
    return dict(leaves) if container is dict else container(leaf for _, leaf in leaves)
