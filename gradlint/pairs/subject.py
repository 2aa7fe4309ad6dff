"""What is checked: the forward and backward callables, their inputs, and the state they keep.

An object's methods are called on a deep copy of the object, a model is a list of such objects, and
inputs go in as views that nobody can write through: the user's arrays and objects are left alone.
"""

from __future__ import annotations

import copy
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import numpy as np

from gradlint.pairs.attributes import attribute_name, is_gradient_slot
from gradlint.pairs.errors import CallError
from gradlint.pairs.leaf import Leaf
from gradlint.pairs.naming import Signature, is_output, signature_of
from gradlint.pairs.trees import (
    Attr,
    Path,
    at,
    is_float,
    is_number,
    is_object,
    leaves,
    rebuild,
    written,
)

State = Literal["fresh", "rebound", "kept"]
_FORWARD = ("forward", "fprop", "feedforward", "feed_forward", "forward_pass", "__call__")
_BACKWARD = ("backward", "bprop", "backprop", "backpropagate", "backward_pass", "back")
Marked = dict[Path, tuple[Any, Any]]  # of each attribute: the object, and a copy of its content


class Subject:
    """One pair, ready to be called again and again from the same state."""

    def __init__(self, forward: Any, backward: Any, inputs: Sequence[Any], args: Sequence[Any]):
        self.given_forward, self.given_backward = forward, backward
        self.args = tuple(args)
        self.trees = tuple(rebuild(list(inputs), _precise))
        self.original = tuple(inputs)
        self.protect = 2  # 2: nothing may be written into, 1: only the inputs not, 0: copies
        self.invoke: Callable[..., Any] = _call
        self.times: Callable[[Any, Any], Any] = np.multiply
        self.applied: Callable[[Any, Any], Any] = np.matmul
        self.dice: Any = None  # random states to replay before each forward call
        self.last_inputs: tuple[Any, ...] = ()
        self.owner, self.stages = self._settle_owner(forward)
        self.forward = self._bound(forward, _FORWARD)
        self.backward = self._backward()
        self.signature = signature_of(self.forward)
        self.argnames = self._argument_names()
        self.leaves = [*self._input_leaves(), *self._owned_leaves()]
        self.moves = False  # whether backward changes parameters itself
        self.kept: Path | None = None  # where forward leaves its result, if it returns nothing
        self._state = list(_containers(self.owner)) if self.owner is not None else []
        self._slots = self._pristine()
        self._started = dict(leaves(self.owner)) if self.owner is not None else {}

    # -- binding ----------------------------------------------------------------------------

    def _settle_owner(self, forward: Any) -> tuple[Any, list[Any]]:
        """Copy the object whose state the pair keeps, if there is one."""
        if isinstance(forward, list | tuple) and forward:
            layers = _copied(list(forward))
            return layers, layers
        owner = getattr(forward, "__self__", None)
        if isinstance(forward, types.MethodType) and is_object(owner):
            other = getattr(self.given_backward, "__self__", owner)
            if type(other) is type(owner) and other is not owner:
                kind = type(owner).__name__
                raise CallError(f"forward and backward belong to two different {kind} objects")
            return _copied(owner), []
        if not isinstance(forward, type) and is_object(forward) and _method(forward, _BACKWARD):
            return _copied(forward), []
        return None, []

    def _bound(self, function: Any, names: tuple[str, ...]) -> Any:
        """Bind a callable to the copy of its object; find the method where an object was given."""
        if self.stages:
            return self._through_stages if names is _FORWARD else self._back_through_stages
        if hasattr(function, "__gradlint_watch__"):
            function = function.__wrapped__
        if isinstance(function, types.MethodType):
            same = function.__self__ is getattr(self.given_forward, "__self__", self.given_forward)
            if self.owner is not None and same:
                return types.MethodType(function.__func__, self.owner)
            return function
        if self.owner is not None and function is self.given_forward:
            return _method(self.owner, names)
        if isinstance(function, type):
            return _method(function, names) or function
        return function

    def _backward(self) -> Any:
        given = self.given_backward
        if given is not None:
            return self._bound(given, _BACKWARD)
        if self.stages or isinstance(self.given_forward, type):
            return self._bound(self.given_forward, _BACKWARD)
        if self.owner is not None and not isinstance(self.given_forward, types.MethodType):
            return _method(self.owner, _BACKWARD)
        return None

    def _through_stages(self, x: Any) -> Any:
        for stage in self.stages:
            x = self.invoke(_method(stage, _FORWARD), x)
        return x

    def _back_through_stages(self, dout: Any) -> Any:
        for stage in reversed(self.stages):
            dout = self.invoke(_method(stage, _BACKWARD), dout)
        return dout

    # -- leaves -----------------------------------------------------------------------------

    def _argument_names(self) -> list[str]:
        names = list(self.signature.names) if not self.stages else ["x"]
        count = len(self.trees)
        if len(names) < count or not self.signature.known:
            names += [f"inputs[{k}]" for k in range(len(names), count)]
        return names[:count]

    def _input_leaves(self) -> list[Leaf]:
        found = []
        for k, (name, tree) in enumerate(zip(self.argnames, self.trees, strict=True)):
            for path, value in leaves(tree):
                if is_number(value):
                    found.append(Leaf(False, (k, *path), self._label(name, path, tree), value))
        labels = [leaf.name for leaf in found]
        return [
            leaf
            if labels.count(leaf.name) == 1
            else Leaf(
                False, leaf.path, written(self.argnames[leaf.path[0]], leaf.path[1:]), leaf.value
            )
            for leaf in found
        ]

    @staticmethod
    def _label(name: str, path: Path, tree: Any) -> str:
        """``W1`` for the entry of a dict of parameters, else as it is written."""
        if path and isinstance(path[0], str) and isinstance(tree, Mapping):
            return written(path[0], path[1:])
        return written(name, path)

    def _owned_leaves(self) -> list[Leaf]:
        if self.owner is None:
            return []
        found = [  # values of the user's own object: those of its copy may be added to in place
            Leaf(True, path, attribute_name(path), value)
            for path, value in leaves(self._given_owner())
            if is_number(value) and is_float(value) and np.ndim(value) + isinstance(value, float)
        ]
        taken = {leaf.path for leaf in found if is_gradient_slot(leaf, found)}
        return [leaf for leaf in found if leaf.path not in taken]

    def _given_owner(self) -> Any:
        given = self.given_forward
        if self.stages:
            return list(given)
        return given.__self__ if isinstance(given, types.MethodType) else given

    def _pristine(self) -> list[tuple[Any, Any]]:
        """Pair the arrays of the copied object with those of the user's own, which never change."""
        if self.owner is None:
            return []
        given = self._given_owner()
        ours = {p: v for p, v in leaves(self.owner) if isinstance(v, np.ndarray)}
        theirs = {p: v for p, v in leaves(given) if isinstance(v, np.ndarray)}
        return [
            (array, theirs[path])
            for path, array in ours.items()
            if path in theirs and array.flags.writeable and array.shape == theirs[path].shape
        ]

    def has_written(self, path: Path) -> bool:
        """Whether the pair has bound an attribute anew, or changed what is in it."""
        now, before = at(self.owner, path), self._started.get(path)
        if now is not before or not isinstance(now, np.ndarray):
            return now is not before
        return not np.array_equal(now, at(self._given_owner(), path), equal_nan=True)

    def marked(self) -> Marked:
        """Remember what the object holds now, to see later what was written."""
        found = {} if self.owner is None else dict(leaves(self.owner))
        return {p: (v, v.copy() if isinstance(v, np.ndarray) else v) for p, v in found.items()}

    def written_since(self, marked: Marked) -> list[tuple[Path, Any]]:
        """Give the attributes that were bound anew, or whose content changed, with their values."""
        return [
            (path, value)
            for path, value in leaves(self.owner)
            if path not in marked
            or marked[path][0] is not value
            or not _same_content(marked[path][1], value)
        ]

    def states(self) -> set[Path]:
        """Give the attributes that forward itself sets: what it keeps is no parameter."""
        if self.owner is None:
            return set()
        return {path for path, _ in leaves(self.owner) if self.has_written(path)}

    def original_of(self, leaf: Leaf) -> Any:
        """Give what the user passed for a leaf, before it was made float64."""
        return leaf.value if leaf.owned else at(self.original, leaf.path)

    def moved_to(self, values: Mapping[int, Any]) -> tuple[Any, Any, tuple[Any, ...]]:
        """Give the pair as the user would hand it over at other values of some leaves."""
        inputs = tuple(rebuild(list(self.trees), self._placed(values)))
        if self.owner is None:
            return self.given_forward, self.given_backward, inputs
        owner = _copied(self._given_owner())
        for i, value in values.items():
            leaf = self.leaves[i]
            if leaf.owned:
                _put(owner, leaf, np.array(value) if np.ndim(value) else value)
        if self.stages or not isinstance(self.given_forward, types.MethodType):
            return owner, None, inputs
        back = self.given_backward
        bound = getattr(back, "__self__", None) is self.given_forward.__self__
        backward = types.MethodType(back.__func__, owner) if bound else back
        return types.MethodType(self.given_forward.__func__, owner), backward, inputs

    def _placed(self, values: Mapping[int, Any]) -> Callable[[Path, Any], Any]:
        at_path = {self.leaves[i].path: v for i, v in values.items() if not self.leaves[i].owned}
        return lambda path, value: _like(at_path[path], value) if path in at_path else value

    # -- calling ----------------------------------------------------------------------------

    def inputs(self, values: Mapping[int, Any]) -> tuple[Any, ...]:
        """Give the inputs with some leaves replaced, safe from being written into."""
        placed = self._placed(values)

        def settled(path: Path, value: Any) -> Any:
            return self._guarded(placed(path, value), 1)

        return tuple(rebuild(list(self.trees), settled))

    def _guarded(self, value: Any, level: int) -> Any:
        if not isinstance(value, np.ndarray):
            return value
        if self.protect < level:
            return value.copy()
        view = value.view()
        view.flags.writeable = False
        return view

    def restore(self, *, contents: bool) -> None:
        """Put the object's attributes back: what they are bound to, and on request what is in them.

        What is in them changes where a method adds to its arrays in place.
        """
        for container, content in self._state:
            if isinstance(container, list):
                container[:] = content
            else:
                container.clear()
                container.update(content)
        if contents:
            for leaf, source in self._slots:
                np.copyto(leaf, source)

    def place(self, values: Mapping[int, Any]) -> None:
        """Give attributes of the object other values."""
        for i, value in values.items():
            leaf = self.leaves[i]
            if leaf.owned:
                copied = self.moves and isinstance(value, np.ndarray)
                _put(self.owner, leaf, value.copy() if copied else value)

    def run_forward(
        self,
        values: Mapping[int, Any] | None = None,
        state: State = "fresh",
        before: Callable[[], None] | None = None,
    ) -> Any:
        """Call the forward function at other values of some leaves.

        ``state`` says how the object starts: as the user gave it, with its attributes rebound only
        (cheap, for evaluations without a backward call), or as the last call left it.  ``before``
        is called when everything is in place.
        """
        values = values or {}
        if self.dice is not None:
            self.dice.replay()
        if state != "kept":
            self.restore(contents=state == "fresh")
        self.place(values)
        self.last_inputs = self.inputs(values)
        if before is not None:
            before()
        returned = self.call(self.forward, *self.last_inputs, *self.args)
        return self._left_behind() if returned is None and self.owner is not None else returned

    def _left_behind(self) -> Any:
        """Give the result of a forward function that returns nothing and keeps it.

        Of several attributes that it sets, it is the one called like a result, or the last.
        """
        if self.kept is None:
            given = [v for _, v in leaves(self.last_inputs) if isinstance(v, np.ndarray)]
            found = [
                path
                for path, value in leaves(self.owner)
                if is_number(value) and is_float(value) and self.has_written(path)
                if not any(np.may_share_memory(value, x) for x in given)
            ]
            called = [p for p in found if is_output(str(p[-1]).lstrip("._"))]
            if not found:
                return None
            self.kept = (called or found)[-1]
        return at(self.owner, self.kept)

    def call(self, function: Any, *arguments: Any) -> Any:
        """Call a function of the pair; what is called inside a chain is called by its stages."""
        if self.stages:
            return function(*arguments)
        return self.invoke(function, *arguments)


def _copied(owner: Any) -> Any:
    """Copy an object with all it holds: the check must not disturb the user's own."""
    try:
        return copy.deepcopy(owner)
    except Exception as error:
        kind = type(owner).__qualname__
        raise CallError(
            f"a {kind} object cannot be copied ({error}); pass forward and backward as functions"
        ) from error


def _call(function: Any, *arguments: Any) -> Any:
    return function(*arguments)


def _precise(_path: Path, value: Any) -> Any:
    """Check in float64: float32 resolves no more than four digits of a slope."""
    if isinstance(value, np.ndarray) and value.dtype in (np.float32, np.float16):
        return value.astype(np.float64)
    if isinstance(value, np.float32 | np.float16):
        return np.float64(value)
    return value


def _put(owner: Any, leaf: Leaf, value: Any) -> None:
    holder, key = at(owner, leaf.path[:-1]), leaf.path[-1]
    if isinstance(key, Attr):
        setattr(holder, key.name, _like(value, leaf.value))
    else:
        holder[key] = _like(value, leaf.value)


def _like(value: Any, original: Any) -> Any:
    """Give a number where the user had one."""
    if isinstance(original, np.ndarray):
        return value
    if isinstance(original, np.generic):
        return np.float64(value)
    return value if type(value) is float else float(value)


def _same_content(before: Any, value: Any) -> bool:
    if not isinstance(value, np.ndarray):
        return before is value
    return np.array_equal(before, value, equal_nan=value.dtype.kind == "f")


def _method(owner: Any, names: Sequence[str]) -> Any:
    found = next((getattr(owner, name) for name in names if hasattr(owner, name)), None)
    if isinstance(found, types.MethodType) and hasattr(found.__func__, "__gradlint_watch__"):
        uncounted = vars(found.__func__)["__wrapped__"]
        return types.MethodType(uncounted, found.__self__)
    return found


def _containers(tree: Any, seen: set[int] | None = None) -> Any:
    """Every dict and list below an object, with a copy of what it holds."""
    seen = set() if seen is None else seen
    if id(tree) in seen:
        return
    seen.add(id(tree))
    if isinstance(tree, dict | list):
        yield tree, copy.copy(tree)
        inner = list(tree.values()) if isinstance(tree, dict) else tree
    elif is_object(tree):
        yield vars(tree), dict(vars(tree))
        inner = list(vars(tree).values())
    elif isinstance(tree, tuple):
        inner = list(tree)
    else:
        return
    for value in inner:
        if isinstance(value, dict | list | tuple) or is_object(value):
            yield from _containers(value, seen)


__all__ = ["CallError", "Leaf", "Signature", "Subject"]
