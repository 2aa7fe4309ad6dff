"""Which returned value is whose gradient: by position, key, name and shape.

Several readings of what a backward function returned are possible; the one whose shapes all fit
wins, and among those the one that people mean most often.  A reading whose shapes do not all fit is
kept, because a gradient of the wrong shape is a mistake to report and not a reason to look away.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.pairs.attributes import gradient_slots
from gradlint.pairs.naming import is_gradient_of, is_target, pair_keys
from gradlint.pairs.trees import Attr, Path, at, children, is_float, is_number, leaves, shape_of
from gradlint.structs import struct

if TYPE_CHECKING:
    from gradlint.pairs.leaf import Leaf
    from gradlint.pairs.subject import Marked, Subject

_MOST_CHOICES, _MOST_PERMUTED = 200, 6
_OF_OBJECT = "of the object's attributes"
_STRAIGHT, _BACKWARDS = "of the first input", "of the first input, the last one first"
Place = tuple[str, Path]  # ("returned" or "owner" or "moved", path)
Reading = tuple[str, dict[int, Path]]  # what it goes by, and for each leaf where its gradient is
Tree = dict[Any, Any]
Pairing = tuple[str, list[tuple[Path, Path]] | None]


@struct
class Match:
    """For each leaf that has a gradient, where that gradient is found."""

    places: dict[int, Place]
    fitting: int  # gradients of their parameter's shape
    label: str
    moved: bool = False  # whether some parameter is moved by the backward function itself
    others: tuple[Match, ...] = ()  # readings that fit as well, where nothing says which is meant

    @property
    def perfect(self) -> bool:
        """Whether every gradient has the shape of its parameter."""
        return self.fitting == len(self.places) > 0


@struct
class Written:
    """What one backward call left on its object: gradients, and parameters that it moved.

    An attribute that forward sets is a state: neither a parameter nor moved.
    """

    found: tuple[tuple[Path, Any], ...] = ()
    states: frozenset[Path] = frozenset()

    @classmethod
    def since(cls, subject: Subject, before: Marked, states: set[Path]) -> Written:
        """Compare an object with what it held before the call."""
        if subject.owner is None:
            return cls()
        return cls(tuple(subject.written_since(before)), frozenset(states))

    def places(self, subject: Subject) -> dict[int, Place]:
        """Give for leaves their gradients among the attributes, or their own move."""
        moved = {path for path, _ in self.found} - self.states
        own = {leaf.path: i for i, leaf in enumerate(subject.leaves) if leaf.owned}
        free = [(p, v) for p, v in self.found if p not in own or p in self.states]
        slots = gradient_slots(subject.leaves, free, self.states)
        places: dict[int, Place] = {i: ("owner", path) for i, path in slots.items()}
        for path in moved & set(own):
            leaf = subject.leaves[own[path]]
            if np.ndim(leaf.value) and is_float(leaf.value):
                places.setdefault(own[path], ("moved", path))
        return places

    def of_inputs(self, subject: Subject, taken: Iterable[Place]) -> dict[int, Place]:
        """Give for inputs their gradients among the attributes: by name, else by shape."""
        used = {path for _, path in taken}
        free = {p: v for p, v in self.found if p not in used and is_number(v) and is_float(v)}
        places: dict[int, Place] = {}
        inputs = [i for i, leaf in enumerate(subject.leaves) if not leaf.owned]
        data = [i for i in inputs if not is_target(subject.argnames[subject.leaves[i].path[0]])]
        for i in inputs:
            path = _gradient_among(free, subject.leaves[i], alone=data == [i])
            if path is not None:
                places[i] = ("owner", path)
                del free[path]
        return places


def _gradient_among(free: Mapping[Path, Any], leaf: Leaf, *, alone: bool) -> Path | None:
    """Give the one value called like a leaf's gradient; if it is ``alone``, its shape may tell."""
    found = [p for p in free if is_gradient_of(str(_text(p[-1])), leaf.name)]
    if len(found) != 1 and alone and is_float(leaf.value):
        found = [p for p in found or free if np.shape(free[p]) == leaf.shape]
    return found[0] if len(found) == 1 else None


def numbers_of(value: Any) -> Any:
    """Give a gradient as an array or number; a list of numbers as an array."""
    if is_number(value):
        return value
    if isinstance(value, list | tuple) and value:
        try:
            array = np.asarray(value)
        except ValueError:
            return None
        return array if array.dtype.kind in "fiu" else None
    return None


def match(
    subject: Subject,
    returned: Any,
    source: str = "returned",
    names: Sequence[str] | None = None,
    wrt: Mapping[str, Any] | None = None,
    written: Written | None = None,
) -> Match | None:
    """Find the best reading of what a backward function gave back, or None if there is none.

    ``names`` are the names in its return statement; ``wrt`` says for some inputs which key or
    position of what was returned is their gradient.  ``written`` is what backward left on the
    object.
    """
    owned = _on_the_object(subject, written, returned)
    readings = _readings(subject, returned, names, wrt) if returned is not None else []
    if subject.owner is not None and not owned and returned is not None:
        by_owner = [] if readings else _by_owner(subject, returned)
        readings += [*_by_containers(subject, returned), *by_owner]
    if not readings:
        return _judged(subject, owned, {}, "attributes", returned) if owned else None

    def judged(label: str, pairs: dict[int, Path]) -> Match:
        places: dict[int, Place] = {i: (source, path) for i, path in pairs.items()}
        return _judged(subject, {**owned, **places}, pairs, label, returned)

    return _best(readings, judged, one_array=is_number(returned))


def _on_the_object(subject: Subject, written: Written | None, returned: Any) -> dict[int, Place]:
    """Give the gradients that lie on the object; those of inputs where nothing was returned."""
    if subject.owner is None or written is None:
        return {}
    owned = written.places(subject)
    return owned | written.of_inputs(subject, owned.values()) if returned is None else owned


def _best(readings: list[Reading], judged: Callable[..., Match], *, one_array: bool) -> Match:
    """Give the first reading of which all shapes fit; else the one of which most do.

    ``one_array`` may be the gradient of any input of its shape: these are all given.
    """
    best: Match | None = None
    fits: list[Match] = []
    for label, pairs in readings:
        found = judged(label, pairs)
        if found.perfect and not one_array:
            return replace(found, others=tuple(_turned(label, readings, judged)))
        if found.perfect and all(found.places != other.places for other in fits):
            fits.append(found)
        if best is None or found.fitting * len(best.places) > best.fitting * len(found.places):
            best = found
    assert best is not None
    return replace(fits[0], others=tuple(fits[1:])) if fits else best


def _turned(
    label: str,
    readings: list[Reading],
    judged: Callable[..., Match],
) -> Iterator[Match]:
    """Read a list that fits from the other end, too: layers of one size do not tell which it is."""
    if label == _STRAIGHT:
        others = (judged(name, pairs) for name, pairs in readings if name == _BACKWARDS)
        yield from (other for other in others if other.perfect)


def _judged(
    subject: Subject, places: dict[int, Place], pairs: Mapping[int, Path], label: str, returned: Any
) -> Match:
    fitting = 0
    for i in places:
        place = at(returned, pairs[i]) if i in pairs else at(subject.owner, places[i][1])
        fitting += shape_of(numbers_of(place)) == subject.leaves[i].shape
    return Match(places, fitting, label, any(source == "moved" for source, _ in places.values()))


def _readings(
    subject: Subject,
    returned: Any,
    names: Sequence[str] | None,
    wrt: Mapping[str, Any] | None,
) -> list[Reading]:
    """Give the possible readings, the most usual first."""
    index = {leaf.path: i for i, leaf in enumerate(subject.leaves) if not leaf.owned}
    if wrt is not None:
        pairings: Iterable[Pairing] = [("as asked for", _as_asked(subject, returned, wrt))]
    else:
        pairings = _pairings(subject, returned, names)
    found = []
    for label, pairs in pairings:
        known = [(index[p], g) for p, g in pairs or () if p in index]
        floats = {i: g for i, g in known if _counts(subject, i, returned, g)}
        if floats:
            found.append((label, floats))
    return found


def _pairings(subject: Subject, returned: Any, names: Sequence[str] | None) -> Iterator[Pairing]:
    """Pair the inputs with what was returned, in every way that people mean."""
    trees, parts = subject.trees, _parts(returned, len(subject.trees))
    if parts is not None and names is not None and len(names) == len(parts):
        yield "by name", _by_names(subject, parts, names)
    if parts is not None and len(parts) == len(trees):
        yield "one for each input", _positional(subject, parts, range(len(trees)))
    yield from _of_the_first(subject, returned)
    if isinstance(returned, Mapping):
        yield "by key", _by_keys(subject, returned)
        yield "by key", _by_keys_inside(subject, returned)
    for label, chosen in _choices(len(parts), len(trees)) if parts is not None else ():
        yield label, _positional(subject, parts or (), chosen)
    if is_number(returned):
        yield from (("by shape", pairs) for pairs in _of_any(subject, returned))
    yield "in order", _in_order(subject, returned)


def _choices(given: int, count: int) -> Iterator[tuple[str, Sequence[int]]]:
    """Say which of so many inputs the given gradients may be of, in which order."""
    chosen: Iterable[Sequence[int]] = ()
    if given < count:
        yield "of the first inputs", range(given)
        chosen = itertools.islice(itertools.combinations(range(count), given), _MOST_CHOICES)
    elif given == count <= _MOST_PERMUTED:
        chosen = itertools.permutations(range(count))
    yield from (("by shape", one) for one in chosen)


def _of_the_first(subject: Subject, returned: Any) -> Iterator[Pairing]:
    """Take what was returned for the gradient of the first input, unless that is a target."""
    first = subject.trees[0] if subject.trees else ()
    if not (is_number(returned) and is_target(subject.argnames[0])):
        yield _STRAIGHT, _mirrored(first, returned, (0,), ())
        yield _BACKWARDS, _mirrored(first, returned, (0,), (), turned=True)


def _of_any(subject: Subject, returned: Any) -> Iterator[list[tuple[Path, Path]] | None]:
    """Take one array for the gradient of each input in turn, targets last."""
    order = sorted(range(len(subject.trees)), key=lambda k: is_target(subject.argnames[k]))
    yield from (_mirrored(subject.trees[k], returned, (k,), ()) for k in order)


def _parts(returned: Any, count: int) -> list[Any] | None:
    """Give the parts of what was returned for so many inputs; None if it is one thing."""
    if not isinstance(returned, list | tuple):
        return None
    parts = list(returned)
    while len(parts) > count and parts[-1] is None:
        parts.pop()  # of an option: ``forward(x, w, eps=1e-5)``
    return parts


def _counts(subject: Subject, i: int, returned: Any, path: Path) -> bool:
    """Whether a pair is a claim: integers are data, unless a gradient other than zero is given.

    A list of arrays may be the rows of one gradient, but not of one with another shape.
    """
    given = at(returned, path)
    gradient = numbers_of(given)
    several = isinstance(given, list | tuple) and any(map(np.ndim, given))
    if gradient is None or (several and gradient.shape != subject.leaves[i].shape):
        return False
    return is_float(subject.leaves[i].value) or bool(np.any(gradient))


def _mirrored(
    tree: Any, gradients: Any, path: Path, place: Path, *, turned: bool = False
) -> list[tuple[Path, Path]] | None:
    """Pair a tree with a tree of gradients of the same structure; None where they differ.

    A list that is ``turned`` has the last gradient first, as the backward pass comes by them.
    """
    if gradients is None:
        return []
    if is_number(tree):
        return [(path, place)] if numbers_of(gradients) is not None else None
    own, other = dict(children(tree)), dict(children(gradients))
    if not own or not other:
        return None if own else []
    if isinstance(tree, list | tuple) or isinstance(gradients, list | tuple):
        keys = _by_position(own, other, turned=turned)
    else:
        keys = None if turned else _by_key(own, other)
    pairs: list[tuple[Path, Path]] = []
    for theirs, ours in (keys or {}).items():
        inner = _mirrored(own[ours], other[theirs], (*path, ours), (*place, theirs))
        if inner is None:
            return None
        pairs += inner
    return None if keys is None else pairs


def _by_position(own: Tree, other: Tree, *, turned: bool) -> Tree | None:
    """Pair the keys of two lists of one length, from one end or from both."""
    if len(own) != len(other):
        return None
    return dict(zip(other, reversed(own) if turned else own, strict=True))


def _by_key(own: Tree, other: Tree) -> Tree | None:
    """Pair the keys of gradients with those of what they are the gradients of."""
    plain_own = {_text(k): k for k in own}
    plain = {_text(k): k for k, value in other.items() if value is not None}

    def alike(gradient: Any, key: Any) -> bool:
        return shape_of(other[plain[gradient]]) == shape_of(own[plain_own[key]])

    keys = pair_keys(plain, plain_own, alike)
    return None if keys is None else {plain[g]: plain_own[p] for g, p in keys.items()}


def _text(key: Any) -> Any:
    return key.name if isinstance(key, Attr) else key


def _positional(
    subject: Subject, parts: Sequence[Any], chosen: Sequence[int]
) -> list[tuple[Path, Path]] | None:
    pairs: list[tuple[Path, Path]] = []
    for position, k in enumerate(chosen):
        inner = _mirrored(subject.trees[k], parts[position], (k,), (position,))
        if inner is None:
            return None
        pairs += inner
    return pairs


def _by_names(
    subject: Subject, parts: Sequence[Any], names: Sequence[str]
) -> list[tuple[Path, Path]] | None:
    """Pair ``return dw, db, dx`` with inputs x, w, b, if every name is one input's gradient."""
    chosen = []
    for name in names:
        hits = [k for k, own in enumerate(subject.argnames) if is_gradient_of(name, own)]
        if len(hits) != 1:
            return None
        chosen += hits
    return _positional(subject, parts, chosen) if len(set(chosen)) == len(chosen) else None


def _by_keys(subject: Subject, returned: Mapping[Any, Any]) -> list[tuple[Path, Path]] | None:
    live = [k for k, value in returned.items() if value is not None]
    shapes = {name: shape_of(t) for name, t in zip(subject.argnames, subject.trees, strict=True)}
    keys = pair_keys(live, subject.argnames, lambda g, p: shape_of(returned[g]) == shapes[p])
    if keys is None:
        return None
    pairs: list[tuple[Path, Path]] = []
    for key, name in keys.items():
        k = subject.argnames.index(name)
        inner = _mirrored(subject.trees[k], returned[key], (k,), (key,))
        if inner is None:
            return None
        pairs += inner
    return pairs


def _by_keys_inside(
    subject: Subject, returned: Mapping[Any, Any]
) -> list[tuple[Path, Path]] | None:
    """Pair ``dW1`` with ``params["W1"]`` wherever it lies; what no name claims is a by-product."""
    known: dict[str, list[Path]] = {}
    for leaf in subject.leaves:
        if not leaf.owned:
            own = leaf.path[-1] if len(leaf.path) > 1 else subject.argnames[leaf.path[0]]
            known.setdefault(str(_text(own)), []).append(leaf.path)
    pairs = []
    for key, value in returned.items():
        words = [w for w in known if key == w or is_gradient_of(str(key), w)]
        if numbers_of(value) is not None and len(words) == 1 and len(known[words[0]]) == 1:
            pairs.append((known[words[0]][0], (key,)))
    return pairs or None


def _in_order(subject: Subject, returned: Any) -> list[tuple[Path, Path]] | None:
    """Pair flat gradients with the leaves of one input, if their shapes agree one by one."""
    given = [(p, v) for p, v in leaves(returned) if is_number(v)]
    for k, tree in enumerate(subject.trees):
        own = [(p, v) for p, v in leaves(tree, (k,)) if is_number(v)]
        if [shape_of(v) for _, v in own] == [shape_of(v) for _, v in given]:
            return [(p, g) for (p, _), (g, _) in zip(own, given, strict=True)]
    return None


def _as_asked(subject: Subject, returned: Any, wrt: Mapping[str, Any]) -> list[tuple[Path, Path]]:
    pairs: list[tuple[Path, Path]] = []
    for name, key in wrt.items():
        k = subject.argnames.index(name)
        inner = _mirrored(subject.trees[k], at(returned, (key,)), (k,), (key,))
        pairs += inner or []
    return pairs


def _by_containers(subject: Subject, returned: Any) -> Iterator[tuple[str, dict[int, Path]]]:
    """Pair returned lists with the object's lists of the same shapes: ``nabla_b, nabla_w``."""
    given = _containers((p, shape_of(v)) for p, v in leaves(returned) if is_number(v))
    index = {leaf.path: i for i, leaf in enumerate(subject.leaves) if leaf.owned}
    owned = _containers((leaf.path, leaf.shape) for leaf in subject.leaves if leaf.owned)
    pairs: dict[int, Path] = {}
    for gradients in given.values():
        shapes = [shape for _, shape in gradients]
        hits = [own for own in owned.values() if [shape for _, shape in own] == shapes]
        if len(hits) != 1:
            return
        pairs |= {index[own]: path for (own, _), (path, _) in zip(hits[0], gradients, strict=True)}
    if len(pairs) == sum(map(len, given.values())) > 0:
        yield _OF_OBJECT, pairs


def _containers(
    found: Iterable[tuple[Path, tuple[int, ...] | None]],
) -> dict[Path, list[tuple[Path, tuple[int, ...] | None]]]:
    """Put leaves that lie in the same list or dict together; those that lie in none are left."""
    groups: dict[Path, list[tuple[Path, tuple[int, ...] | None]]] = {}
    for path, shape in found:
        if len(path) > 1:
            groups.setdefault(path[:-1], []).append((path, shape))
    return groups


def _by_owner(subject: Subject, returned: Any) -> Iterator[tuple[str, dict[int, Path]]]:
    """Pair the gradients that a method returned with the attributes of its object."""
    found = [p for p, v in leaves(returned) if is_number(v) and p]
    given = {p[-1]: p for p in found}
    if len(given) < len(found):
        return  # one key stands for several
    own = Counter(_text(leaf.path[-1]) for leaf in subject.leaves if leaf.owned)
    owned = {
        _text(leaf.path[-1]): i
        for i, leaf in enumerate(subject.leaves)
        if leaf.owned and own[_text(leaf.path[-1])] == 1
    }
    keys = pair_keys(
        given,
        owned,
        lambda g, p: shape_of(at(returned, given[g])) == subject.leaves[owned[p]].shape,
    )
    if keys:
        yield _OF_OBJECT, {owned[p]: given[g] for g, p in keys.items()}
