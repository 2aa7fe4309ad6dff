"""Inputs whose sizes are solved: every axis begins with a size of its own, and crashes unify them.

``shapes (7,5) and (4,3) not aligned: 5 != 4`` says which two axes are one.  An axis that meets a
size which no input has (a concatenation, say) becomes that.  This finds sizes that no list of usual
ones has; names only say which arguments are weights, biases and data.

This module knows shapes and messages of NumPy, and no gradients.
"""

from __future__ import annotations

import itertools
import math
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.pairs.hints import Hint, hints_of
from gradlint.pairs.shapes import SETTINGS, needed
from gradlint.structs import struct

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

_MOST_PARTS = 9  # heads, gates
_ROUNDS = 40  # crashes that are worth following
_SIZES = (5, 3, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41)  # odd: no sum of two is another one
_BIAS = re.compile(r"(b|bias|beta)(?!atch)", re.IGNORECASE)
_STATE = re.compile(r"\w*prev\w*|[hcs](0|_?old|_?t_?1)?|\w*state\w*|hidden\w*", re.IGNORECASE)
_WEIGHT = re.compile(r"(w|u|v|weight|kernel|filter|theta|emb)", re.IGNORECASE)
_GAIN = re.compile(r"gamma|gain|scale|g\Z", re.IGNORECASE)
_SHAPES = re.compile(r"\(([\d, ]*)\)")
_NUMBERS = (
    re.compile(r"\(size (\d+) is different from (\d+)\)"),
    re.compile(r"not aligned: (\d+) \(dim \d+\) != (\d+) \(dim \d+\)"),
    re.compile(r"at index \d+ has size (\d+) and the array at index \d+ has size (\d+)"),
)
_RESHAPED = re.compile(r"cannot reshape array of size (\d+) into shape \(([\d,]+)\)")

Place = tuple[Any, ...]  # the argument, perhaps a key in it
Shapes = dict[Place, list[int]]


def solved(
    function: Callable[..., Any], given: Mapping[str, Any], seed: int = 0, beside: Any = None
) -> Iterator[tuple[dict[str, Any], str]]:
    """Give inputs that a function runs with, each with the words that say what they are."""
    hints = hints_of(function, beside=beside)
    seen: set[str] = set()
    for scale, axes, columns in itertools.product((1, 4), (2, 3, 4), (True, False)):
        layout = _Layout(scale, axes, columns)
        system = _System(needed(function), hints, given, layout)
        if system.solve(function, seed):
            words = system.words()
            if words not in seen:
                seen.add(words)
                yield system.values(seed), words


@struct
class _Layout:
    """Where a search begins: multiples of which size, axes of data, samples as columns or rows."""

    scale: int  # heads and gates divide a size evenly
    axes: int
    columns: bool


class _System:
    """The shapes of one function's arguments, with what is known of them so far."""

    def __init__(
        self,
        names: Sequence[str],
        hints: Mapping[str, Hint],
        given: Mapping[str, Any],
        layout: _Layout,
    ) -> None:
        self.names, self.given, self.layout = names, given, layout
        self.fixed: dict[Place, Any] = {}
        self.shapes: Shapes = {}
        self.states: dict[int, list[int]] = {}
        self.fresh = (layout.scale * n for n in itertools.chain(_SIZES, itertools.count(43, 2)))
        self.keys = {n: hints[n].keys for n in names if n in hints and hints[n].keys}
        for name in names:
            if name in given:
                self.fixed[name,] = given[name]
            elif name in self.keys:
                for key in self.keys[name]:
                    self._begin((name, key), key, Hint())
            else:
                self._begin((name,), name, hints.get(name, Hint()))

    def _begin(self, place: Place, name: str, hint: Hint) -> None:
        if name in SETTINGS:
            self.fixed[place] = SETTINGS[name]
            return
        told = _WEIGHT.match, _BIAS.match, _GAIN.match, _STATE.fullmatch
        data = not any(tells(name) for tells in told)
        axes = hint.axes or max(hint.at_least, self.layout.axes if data else 2)
        shape = [next(self.fresh) for _ in range(axes)]
        if _STATE.fullmatch(name):  # what goes on from step to step has one shape
            shape = list(self.states.setdefault(axes, shape))
        self.shapes[place] = shape
        if _BIAS.match(name) or _GAIN.match(name):
            self.shapes[place] = [shape[0], 1] if self.layout.columns else shape[:1]

    # -- solving ----------------------------------------------------------------------------------

    def solve(self, function: Callable[..., Any], seed: int) -> bool:
        """Unify sizes until the function runs; false if it crashes for another reason."""
        said: set[str] = set()  # what has been said already, and did not help
        for _ in range(_ROUNDS):
            values = self.values(seed)
            try:
                with np.errstate(all="ignore"):
                    function(**values)
            except ValueError as error:
                if str(error) in said or not self._learn(str(error)):
                    return False
                said.add(str(error))
            except Exception:  # noqa: BLE001 - then sizes are not what is wrong
                return False
            else:
                return True
        return False

    def _learn(self, message: str) -> bool:
        """Unify what an error says should be one size; false if it says nothing of use."""
        for pattern in _NUMBERS:
            match = pattern.search(message)
            if match:
                return self._unify(int(match[1]), int(match[2]))
        match = _RESHAPED.search(message)
        if match:
            whole = math.prod(int(n) for n in match[2].split(",") if n)
            return bool(self._owners(int(match[1]))) and self._unify(int(match[1]), whole)
        return "broadcast" in message and self._learn_shapes(message)

    def _learn_shapes(self, message: str) -> bool:
        """Unify the axes of two shapes that could not be broadcast."""
        texts = _SHAPES.findall(message.partition("shapes")[2])
        shapes = [[int(n) for n in text.split(",") if n.strip()] for text in texts]
        if len(shapes) < 2:
            return False
        pairs = zip(reversed(shapes[0]), reversed(shapes[1]), strict=False)
        clashes = [(a, b) for a, b in pairs if a != b and 1 not in (a, b)]
        return bool(clashes) and sum(self._unify(a, b) for a, b in clashes) == len(clashes)

    def _unify(self, one: int, other: int) -> bool:
        """Give one of two sizes up for the other: that of a weight sooner than that of data."""
        owners = {size: self._owners(size) for size in (one, other)}
        free = [size for size in (one, other) if owners[size]]
        if not free:
            return self._unify_wholes(one, other)
        loser = max(free, key=lambda size: (self._softness(owners[size]), size))
        winner = other if loser == one else one
        for place, axis in owners[loser]:
            self.shapes[place][axis] = winner
        return True

    def _unify_wholes(self, one: int, other: int) -> bool:
        """Unify two sizes that were split into equally many parts: heads, gates."""
        for parts in range(2, _MOST_PARTS):
            if self._owners(parts * one) and self._owners(parts * other):
                return self._unify(parts * one, parts * other)
        return False

    def _owners(self, size: int) -> list[tuple[Place, int]]:
        return [
            (place, axis)
            for place, shape in self.shapes.items()
            for axis, n in enumerate(shape)
            if n == size
        ]

    @staticmethod
    def _softness(owners: list[tuple[Place, int]]) -> int:
        """How readily a size is given up: that of a bias first, then that of a weight."""
        names = [str(place[-1]) for place, _ in owners]
        one_axis = [_BIAS.match(n) or _GAIN.match(n) for n in names]
        return min(
            2 if one else 1 if _WEIGHT.match(n) else 0
            for n, one in zip(names, one_axis, strict=True)
        )

    # -- what came of it --------------------------------------------------------------------------

    def values(self, seed: int) -> dict[str, Any]:
        """Make the arguments."""
        rng = np.random.default_rng(seed)
        made = {place: rng.normal(size=shape) * 0.7 for place, shape in self.shapes.items()}
        known = {**self.fixed, **made}
        found: dict[str, Any] = {}
        for name in self.names:
            if name in self.keys and name not in self.given:
                found[name] = {key: known[name, key] for key in self.keys[name]}
            else:
                found[name] = known[name,]
        return found

    def words(self) -> str:
        """Say what the arguments are."""
        parts = []
        for name in self.names:
            own = {p[-1]: tuple(s) for p, s in self.shapes.items() if p[0] == name}
            inside = ", ".join(f"{key}: {shape}" for key, shape in own.items())
            parts.append(f"{name} {{{inside}}}" if name in self.keys else f"{name} {own.get(name)}")
        return ", ".join(parts)
