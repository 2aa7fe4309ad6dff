"""What a call means to the tape: the user's own functions, NumPy, builtins, types, everything else.

The call is always performed as written.  NumPy functions and array methods become one node under
their canonical NumPy function; calls of the user's functions are followed into their bodies; any
other call that turns traced values into new arrays becomes a node of its own, whose meaning the
table of operations may not know: nothing is lost silently.
"""

from __future__ import annotations

import ast
import builtins
import copy
import functools
import types
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.source.quoted import Texts
from gradlint.source.rewrite import HOOKS
from gradlint.source.spots import Spot
from gradlint.trace import pools
from gradlint.trace.elements import elements, has_node, traced_items
from gradlint.trace.meanings import CASTS, ITERATING, NUMERIC, PASSIVE, PLAIN
from gradlint.trace.numpy_calls import NumpyCalls, changes_of
from gradlint.trace.primitives import astype
from gradlint.trace.tape import Invocation, Node, Solved, Tape, is_traceable

if TYPE_CHECKING:
    from collections.abc import Callable

_DISPATCHED = type(np.sum)  # NumPy functions that honour __array_function__
_BUILTIN = types.BuiltinFunctionType
_USERS = (types.FunctionType, types.MethodType)
_MOST_FUNCTIONS = 16  # a longer list of arguments is data
_LONGEST = 4096  # time steps whose states are known by their place in a list that grows
_RANDOM = ("random", "secrets", "uuid")  # a second call of these would give something else


class Calls:
    """The call hook."""

    def __init__(self, tape: Tape, hooks: Any) -> None:
        self.tape = tape
        self.hooks = hooks
        self.numpy = NumpyCalls(tape)
        self.texts = Texts(hooks.spots)
        self.frames = 0
        self.arguments: dict[int, list[Spot]] = {}
        self.twin: Callable[[types.FunctionType], types.FunctionType | None] | None = None

    def call(self, spot: int, function: Any, /, *args: Any, **kwargs: Any) -> Any:
        """``function(*args, **kwargs)``, as written at a spot."""
        kind = type(function)
        if kind is types.FunctionType or kind is types.MethodType:
            return self._python(spot, function, args, kwargs)
        place = self.hooks.spots[spot]
        if kind is np.ufunc:
            if function.__name__.endswith("(vectorized)"):  # made by np.frompyfunc
                return self._opaque(place, function, args, kwargs, self._alone(function))
            return self.numpy.function(place, function, args, kwargs, function.nin)
        if kind is _DISPATCHED:
            return self._dispatched(place, function, args, kwargs)
        if kind is _BUILTIN:
            return self._builtin(spot, function, args, kwargs)
        if isinstance(function, type):
            return self._type(spot, function, args, kwargs)
        if kind is functools.partial:
            inner = {**function.keywords, **kwargs}
            return self.call(spot, function.func, *function.args, *args, **inner)
        if kind is np.vectorize:
            return self._vectorized(spot, function, args, kwargs)
        if type(getattr(kind, "__call__", None)) is types.FunctionType:  # noqa: B004 - of the class
            return self._python(spot, function.__call__, args, kwargs)
        return self._opaque(place, function, args, kwargs)

    # -- the user's own functions -----------------------------------------------------------

    def _python(self, spot: int, function: Any, args: Any, kwargs: Any) -> Any:
        """A Python function or method: the user's is followed, somebody else's is one node."""
        self.hooks.stop_if_enough()
        place = self.hooks.spots[spot]
        owner = function.__self__ if type(function) is types.MethodType else None
        written = function if owner is None else function.__func__
        module = getattr(written, "__module__", None) or ""
        if module.partition(".")[0] in ("numpy", "scipy"):
            if isinstance(owner, np.ndarray):
                return self.numpy.method(place, owner, function, args, kwargs)
            return self._opaque(place, function, args, kwargs)
        inner = self._rewritten(written)
        if inner is not written:
            function = inner if owner is None else types.MethodType(inner, owner)
        if _is_instrumented(inner):
            return self._followed(place, function, args, kwargs)
        if owner is not None and pools.is_pool(owner, inner.__name__):
            here = functools.partial(self.call, spot)
            return pools.METHODS[inner.__name__](here, *args, **kwargs)
        return self._library(place, function, args, kwargs)

    def _rewritten(self, function: Any) -> Any:
        """The twin of a function that was compiled before the hooks were there, or itself."""
        if self.twin is None or not isinstance(function, types.FunctionType):
            return function
        return self.twin(function) or function

    def _followed(self, spot: Spot, function: Any, args: Any, kwargs: Any) -> Any:
        """A function with the hooks in it: a frame of its own on the tape, and an invocation."""
        tape = self.tape
        outer, start = tape.frame, len(tape.nodes)
        self.frames += 1
        frame = tape.frame = self.frames
        given = tuple(map(self._known_value, args))
        options = {name: self._known_value(value) for name, value in kwargs.items()}
        inner = getattr(function, "__func__", function)
        tape.arguments[frame] = _by_name(inner, function, given, options)
        self.hooks.naming.given(inner, args if inner is function else (function.__self__, *args))
        try:
            result = function(*args, **kwargs)
        finally:
            tape.frame = outer
        made = self._known_value(result)
        tape.invocations.append(
            Invocation(spot, outer, frame, function, given, options, start, made)
        )
        return result

    def _known_value(self, value: Any) -> Any:
        """The node of a value that the tape can follow; anything else as it is."""
        return self.tape.lookup(value) if is_traceable(value) else value

    def _library(self, spot: Spot, function: Any, args: Any, kwargs: Any) -> Any:
        """A Python function whose body is not instrumented: somebody else's."""
        if function in (copy.deepcopy, copy.copy):
            result = function(*args, **kwargs)
            self._link_copies(spot, args[0], result, set())
            return result
        return self._opaque(spot, function, args, kwargs)

    def _link_copies(self, spot: Spot, source: Any, result: Any, seen: set[int]) -> None:
        """Arrays of a deep copy are copies of the arrays at the same place of the source."""
        if source is result or id(source) in seen:
            return
        seen.add(id(source))
        if isinstance(source, (np.ndarray, np.number)):
            if not self.tape.is_known(result):
                self.tape.record(np.copy, (self.tape.lookup(source),), {}, result, spot, _copied)
        elif isinstance(source, dict) and isinstance(result, dict):
            for key in source:
                if key in result:
                    self._link_copies(spot, source[key], result[key], seen)
        elif isinstance(source, (list, tuple)) and type(source) is type(result):
            for one, other in zip(source, result, strict=False):
                self._link_copies(spot, one, other, seen)
        elif hasattr(source, "__dict__") and type(source) is type(result):
            self._link_copies(spot, vars(source), vars(result), seen)

    # -- NumPy ------------------------------------------------------------------------------

    def _dispatched(self, spot: Spot, function: Any, args: Any, kwargs: Any) -> Any:
        if not _has_function(args):
            return self.numpy.function(spot, function, args, kwargs, None)
        # np.apply_along_axis(f, ...) and np.piecewise(x, ..., [f, g]) run functions full of hooks
        references, traced = self.numpy.references(args)
        options, more = self.numpy.options(kwargs)
        result = function(*args, **kwargs)
        if traced or more:
            run = self._alone(function)
            self.numpy.result(spot, function, references, options, result, run)
        return result

    def _alone(self, function: Any) -> Any:
        """The function as a replay calls it: what happens inside is told to a tape for nobody."""
        hooks_type, spots = type(self.hooks), self.hooks.spots

        def run(*args: Any, **kwargs: Any) -> Any:
            before = getattr(builtins, HOOKS, None)
            setattr(builtins, HOOKS, hooks_type(Tape(), spots))
            try:
                return function(*args, **kwargs)
            finally:
                if before is None:
                    delattr(builtins, HOOKS)
                else:
                    setattr(builtins, HOOKS, before)

        return run

    def _vectorized(self, spot: int, function: Any, args: Any, kwargs: Any) -> Any:
        """``np.vectorize(f)(x)`` calls the user's f for each element: follow every call."""
        place = self.hooks.spots[spot]
        arrays = np.broadcast_arrays(*args) if args else []
        kind = "".join(np.dtype(k).char for k in function.otypes or "")
        alone = self._alone(function)
        whole = functools.partial(self._opaque, place, function, args, kwargs, alone)
        if kwargs or len(kind) > 1 or not _is_by_element(function, arrays):
            return whole()
        columns = [
            [self._number(place, item) for item in elements(self.tape, flat, place)]
            for flat in map(self._raveled(place), args, arrays)
        ]
        if not kind:  # NumPy calls f once more to see what it returns
            first = self.call(spot, function.pyfunc, *(np.asarray(a).flat[0] for a in args))
            if isinstance(first, tuple):
                return whole()
            kind = np.asarray(first).dtype.char
        parts = [self.call(spot, function.pyfunc, *row) for row in zip(*columns, strict=True)]
        result = self.call(spot, np.array, parts)
        if result.dtype.char != kind:
            result = self.call(spot, result.astype, kind)
        return self.call(spot, np.reshape, result, arrays[0].shape)

    def _number(self, spot: Spot, item: Any) -> Any:
        """An element as the Python number that ``np.vectorize`` hands to the function."""
        if not isinstance(item, np.generic):
            return item
        return self.numpy.item(spot, item, (), item.item())

    def _raveled(self, spot: Spot) -> Callable[[Any, Any], Any]:
        def ravel(original: Any, full: np.ndarray) -> np.ndarray:
            if not isinstance(original, np.ndarray):
                return full.ravel()
            node = self.tape.lookup(original)
            if original.shape != full.shape:
                node = self.tape.record(np.broadcast_to, (node, full.shape), {}, full, spot)
            flat = full.flatten()
            self.tape.record(np.ravel, (node,), {}, flat, spot)
            return flat

        return ravel

    # -- builtins and types -----------------------------------------------------------------

    def _builtin(self, number: int, function: Any, args: Any, kwargs: Any) -> Any:
        spot = self.hooks.spots[number]
        owner = function.__self__
        if isinstance(owner, (np.ndarray, np.number)):
            return self.numpy.method(spot, owner, function, args, kwargs)
        if isinstance(owner, np.ufunc):
            return self.numpy.ufunc_method(spot, owner, function, args, kwargs)
        if function in PLAIN or (function in NUMERIC and args and is_traceable(args[0])):
            return self._of_numbers(spot, function, args, kwargs)
        if function in ITERATING:
            return self._iterating(number, function, args, kwargs)
        if function is setattr:
            return self._set_attribute(spot, *args)
        if function is compile:
            return self._compiled(spot, *args, **kwargs)
        if isinstance(owner, list) and function.__name__ == "append":
            return self._append(spot, function, *args)
        if function.__module__ == "numpy":
            return self.numpy.function(spot, function, args, kwargs, None)
        if getattr(owner, "__name__", "") == "builtins" or isinstance(owner, (*PASSIVE, list)):
            return function(*args, **kwargs)
        return self._opaque(spot, function, args, kwargs)

    def _of_numbers(self, spot: Spot, function: Any, args: Any, kwargs: Any) -> Any:
        """``math.exp(x)``, ``abs(x)`` and their kind."""
        references, traced = self.numpy.references(args)
        result = function(*args, **kwargs)
        if traced:
            meaning = PLAIN.get(function) or NUMERIC[function]
            self.numpy.result(spot, meaning, references, {}, result, function)
        return result

    def _compiled(
        self, spot: Spot, source: Any, filename: Any, mode: Any, *rest: Any, **options: Any
    ) -> Any:
        """``compile(text, filename, mode)``: the code has our hooks in it."""
        code = None
        if isinstance(source, str) and not rest and not options:
            code = self.texts.compiled(spot, source, mode, str(filename))
        return compile(source, filename, mode, *rest, **options) if code is None else code

    def _set_attribute(self, spot: Spot, owner: Any, name: str, value: Any) -> None:
        """``setattr(owner, name, value)``."""
        if isinstance(owner, np.ndarray):
            self.numpy.assign(spot, owner, name, value)
        else:
            setattr(owner, name, value)
            self.hooks.naming.attribute(owner, name, value)

    def _append(self, spot: Spot, append: Any, value: Any, /) -> None:
        """``owner.append(value)``: the value is known as the list's next entry."""
        owner = append.__self__
        function = getattr(spot.node, "func", None)
        if function is not None and hasattr(function, "value"):
            text = f"{spot.file.text_of(function.value)}[{len(owner)}]"
            if is_traceable(value) and len(owner) < _LONGEST:
                self.tape.name(value, text)
            elif type(value).__module__ not in ("builtins", "numpy"):
                self.tape.owners.setdefault(id(value), (value, text))
        append(value)

    def _iterating(self, number: int, function: Any, args: Any, kwargs: Any) -> Any:
        """Builtins that run over their arguments meet traced elements, not anonymous ones."""
        spot = self.hooks.spots[number]
        if function is sum:
            return self._sum(spot, args, kwargs)
        if function in (min, max) and len(args) > 1:
            return function(*args, **kwargs)  # one of these very values
        if function is reversed and args and isinstance(args[0], np.ndarray) and args[0].ndim:
            return elements(self.tape, args[0], spot, backwards=True)
        if function in (map, filter, functools.reduce) and len(args) > 1:
            return self._applied(number, function, *args, **kwargs)
        places = self._places(number, len(args))
        items = (traced_items(self.tape, a, p) for a, p in zip(args, places, strict=True))
        return function(*items, **kwargs)

    def _applied(self, number: int, function: Any, first: Any, *rest: Any, **kwargs: Any) -> Any:
        """``map``, ``filter`` and ``reduce``: a function is called on what they run over."""
        places = self._places(number, len(rest) + 1)
        if function is functools.reduce:
            step = functools.partial(self.call, number, first)
            return function(step, traced_items(self.tape, rest[0], places[1]), *rest[1:])
        if function is map and callable(first) and type(first) is not types.FunctionType:
            first = functools.partial(self.call, number, first)
        items = (traced_items(self.tape, a, p) for a, p in zip(rest, places[1:], strict=True))
        return function(first, *items, **kwargs)

    def _places(self, number: int, count: int) -> list[Spot]:
        """The places of a call's arguments: what is read at one is not read at another."""
        if number not in self.arguments:
            spot = self.hooks.spots[number]
            written = getattr(spot.node, "args", [])
            if len(written) != count or any(isinstance(a, ast.Starred) for a in written):
                return [spot] * count
            self.arguments[number] = [Spot(spot.file, argument) for argument in written]
        return self.arguments[number]

    def _sum(self, spot: Spot, args: Any, kwargs: Any) -> Any:
        if not args or not hasattr(args[0], "__iter__"):
            return sum(*args, **kwargs)
        items = list(traced_items(self.tape, args[0], spot))
        result = sum(items, *args[1:], **kwargs)
        if is_traceable(result) and not self.tape.is_known(result):
            references = [self.tape.reference(item) for item in items]
            rest, _ = self.numpy.references((*args[1:], *kwargs.values()))
            if has_node((references, *rest)):
                self.tape.record(sum, (references, *rest), {}, result, spot)
        return result

    def _type(self, number: int, function: Any, args: Any, kwargs: Any) -> Any:
        spot = self.hooks.spots[number]
        if function in ITERATING:
            return self._iterating(number, function, args, kwargs)
        if function in CASTS and args and is_traceable(args[0]):
            result = function(*args, **kwargs)
            if result is not args[0]:
                meaning = float if not isinstance(result, np.ndarray) else astype
                node = self.tape.lookup(args[0])
                rest = () if meaning is float else (function,)
                self.numpy.result(spot, meaning, (node, *rest), {}, result, function)
            return result
        if function is np.vectorize or issubclass(function, PASSIVE):
            return function(*args, **kwargs)
        if function.__module__ == "numpy" or issubclass(function, np.ndarray):
            return self.numpy.function(spot, function, args, kwargs, None)
        result = function(*args, **kwargs)
        code = getattr(function.__init__, "__code__", None)
        if code is None or HOOKS not in code.co_names:
            self.hooks.naming.built(result)
        return result

    # -- everything else --------------------------------------------------------------------

    def _opaque(self, spot: Spot, function: Any, args: Any, kwargs: Any, run: Any = None) -> Any:
        """A call that cannot be followed: recorded if it turns traced values into new arrays."""
        owner = getattr(function, "__self__", None)
        if type(owner).__module__.startswith("numpy.random"):
            return self.numpy.random(spot, function, args, kwargs)
        if is_traceable(owner):
            return self.numpy.method(spot, owner, function, args, kwargs)
        given = [a for a in (*args, *kwargs.values()) if isinstance(a, np.ndarray)]
        start = len(self.tape.nodes)
        solver = self._solver(function, args, kwargs)
        references, traced = self.numpy.references(args)
        options, more = self.numpy.options(kwargs)
        result = changes_of(self.tape, given, spot, lambda: function(*args, **kwargs))
        if solver is not None:
            solver.end = len(self.tape.nodes)
        parts = result if isinstance(result, (tuple, list)) else (result,)
        if not any(is_traceable(p) and not self.tape.is_known(p) for p in parts):
            return result
        if (traced or more) and getattr(function, "__module__", "") not in _RANDOM:
            self.numpy.result(spot, function, references, options, result, run)
        elif len(self.tape.nodes) == start:
            for part in parts:
                self.numpy.created(spot, None, part)
        return result

    def _solver(self, function: Any, args: Any, kwargs: Any) -> Solved | None:
        """Keep a call of SciPy that was given functions (``minimize``), with its arguments."""
        library = getattr(function, "__module__", None) or ""
        if not library.startswith("scipy") or not any(map(callable, (*args, *kwargs.values()))):
            return None
        first = tuple(a.copy() if isinstance(a, np.ndarray) else a for a in args)
        self.tape.solved.append(Solved(function, first, kwargs, len(self.tape.nodes)))
        return self.tape.solved[-1]


def _has_function(args: Any) -> bool:
    """Whether a function of the user's is among the arguments, also inside lists."""
    return any(
        isinstance(a, (*_USERS, np.vectorize))
        or (isinstance(a, (list, tuple)) and len(a) < _MOST_FUNCTIONS and _has_function(a))
        for a in args
    )


def _is_by_element(function: Any, arrays: Any) -> bool:
    """Whether an ``np.vectorize`` calls its function for each element, of which it has some."""
    special = function.signature or function.excluded or function.cache
    return not special and bool(arrays) and arrays[0].size > 0


def _copied(value: Any) -> Any:
    return copy.copy(value)


def _is_instrumented(function: Any) -> bool:
    """Whether a Python function is the user's: compiled with the hooks in it, or calling such."""
    code = getattr(function, "__code__", None)
    return code is not None and (HOOKS in code.co_names or not _is_installed(code.co_filename))


def _is_installed(filename: str) -> bool:
    return filename.startswith(("<frozen", _STANDARD)) or "site-packages" in filename


_STANDARD = copy.__file__.rpartition("/")[0] + "/"


def _by_name(inner: Any, function: Any, args: Any, kwargs: Any) -> dict[str, Node]:
    """The traced arguments of a call under the names of the parameters they go to."""
    code = getattr(inner, "__code__", None)
    if code is None:
        return {}
    names = code.co_varnames[inner is not function :]
    pairs = [*zip(names, args, strict=False), *kwargs.items()]
    return {name: value for name, value in pairs if isinstance(value, Node)}
