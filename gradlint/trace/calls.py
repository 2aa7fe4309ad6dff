"""What a call means to the tape: NumPy functions, methods, builtins, the user's own functions.

The call is always performed as written.  NumPy functions and array methods become one node under
their canonical NumPy function; calls of the user's functions are followed into their bodies; any
other call that turns traced values into new arrays becomes a node of its own, whose meaning the
table of operations may not know: nothing is lost silently.
"""

from __future__ import annotations

import builtins
import copy
import functools
import math
import operator
import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from gradlint.source.spots import Spot
from gradlint.trace.primitives import add_at, assigned, astype, leaf
from gradlint.trace.tape import Invocation, Node, Tape, is_traceable

_DISPATCHED = type(np.sum)  # NumPy functions that honour __array_function__
_BUILTIN = types.BuiltinFunctionType

# Array methods whose NumPy function has another name or another order of arguments.
_METHODS: dict[str, Any] = {
    name: getattr(np, name)
    for name in (
        "sum", "mean", "prod", "max", "min", "std", "var", "cumsum", "cumprod", "dot", "take",
        "repeat", "squeeze", "swapaxes", "diagonal", "trace", "argmax", "argmin", "argsort",
        "ravel", "clip", "round", "ptp", "choose", "compress", "searchsorted", "nonzero",
        "all", "any", "copy", "conj", "reshape", "transpose", "argpartition",
    )
    if hasattr(np, name)
}  # fmt: skip
_METHODS |= {"flatten": np.ravel, "conjugate": np.conj}
_VARIADIC = {"reshape", "transpose"}  # x.reshape(2, -1) means np.reshape(x, (2, -1))

_MATH: dict[Any, Any] = {
    getattr(math, ours): theirs
    for ours, theirs in {
        "exp": np.exp, "log": np.log, "log2": np.log2, "log10": np.log10, "log1p": np.log1p,
        "expm1": np.expm1, "sqrt": np.sqrt, "sin": np.sin, "cos": np.cos, "tan": np.tan,
        "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan, "atan2": np.arctan2,
        "sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh, "fabs": np.fabs, "pow": np.power,
        "hypot": np.hypot, "erf": math.erf, "fsum": builtins.sum,
    }.items()
}  # fmt: skip

# Calls that make an array from nothing but sizes: a replay may make it again.
_CREATORS = {
    np.zeros, np.ones, np.empty, np.full, np.eye, np.identity, np.zeros_like, np.ones_like,
    np.empty_like, np.arange, np.linspace,
}  # fmt: skip
_ITERATING = {zip, enumerate, map, filter, list, tuple, reversed, sorted, iter, sum, min, max}
_CASTS = {float, np.float64, np.float32, np.float16, np.longdouble}
_IN_PLACE_AT = {np.add.at: (add_at, operator.add), np.subtract.at: (add_at, operator.sub)}
_PASSIVE = (str, bytes, int, bool, dict, set, type(None))


class Calls:
    """The call hook."""

    def __init__(self, tape: Tape, hooks: Any) -> None:
        self.tape = tape
        self.hooks = hooks
        self.frames = 0
        self.twin: Callable[[types.FunctionType], types.FunctionType | None] | None = None

    def call(self, spot: int, function: Any, /, *args: Any, **kwargs: Any) -> Any:
        """``function(*args, **kwargs)``, as written at a spot."""
        kind = type(function)
        if kind is types.FunctionType or kind is types.MethodType:
            return self._python(spot, function, args, kwargs)
        place = self.hooks.spots[spot]
        if kind is np.ufunc:
            return self._numpy(place, function, args, kwargs, function.nin)
        if kind is _DISPATCHED:
            return self._numpy(place, function, args, kwargs, None)
        if kind is _BUILTIN:
            return self._builtin(place, function, args, kwargs)
        if isinstance(function, type):
            return self._type(place, function, args, kwargs)
        if kind is functools.partial:
            inner = {**function.keywords, **kwargs}
            return self.call(spot, function.func, *function.args, *args, **inner)
        if kind is np.vectorize:
            return self._vectorized(spot, function, args, kwargs)
        return self._opaque(place, function, args, kwargs)

    # -- the user's own functions -----------------------------------------------------------

    def _python(self, spot: int, function: Any, args: Any, kwargs: Any) -> Any:
        self.hooks.look()
        inner = function.__func__ if type(function) is types.MethodType else function
        module = getattr(inner, "__module__", None) or ""
        if module.partition(".")[0] in ("numpy", "scipy"):
            return self._opaque(self.hooks.spots[spot], function, args, kwargs)
        if self.twin is not None and isinstance(inner, types.FunctionType):
            twin = self.twin(inner)
            if twin is not None:
                function = twin if inner is function else types.MethodType(twin, function.__self__)
        tape = self.tape
        outer, start = tape.frame, len(tape.nodes)
        self.frames += 1
        frame = tape.frame = self.frames
        given = tuple(tape.lookup(a) if is_traceable(a) else a for a in args)
        options = {k: tape.lookup(a) if is_traceable(a) else a for k, a in kwargs.items()}
        tape.arguments[frame] = _by_name(inner, function, given, options)
        try:
            result = function(*args, **kwargs)
        finally:
            tape.frame = outer
        made = tape.lookup(result) if is_traceable(result) else result
        place = self.hooks.spots[spot]
        tape.invocations.append(
            Invocation(place, outer, frame, function, given, options, start, made)
        )
        if module in ("copy", "functools"):
            return self._library(self.hooks.spots[spot], function, args, result)
        return result

    def _library(self, spot: Spot, function: Any, args: Any, result: Any) -> Any:
        if function in (copy.deepcopy, copy.copy):
            self._link_copies(spot, args[0], result)
        return result

    def _link_copies(self, spot: Spot, source: Any, result: Any) -> None:
        """Arrays of a deep copy are copies of the arrays at the same place of the source."""
        if source is result:
            return
        if isinstance(source, np.ndarray):
            self.tape.record(np.copy, (self.tape.lookup(source),), {}, result, spot)
        elif isinstance(source, dict) and isinstance(result, dict):
            for key in source:
                self._link_copies(spot, source[key], result[key])
        elif isinstance(source, (list, tuple)):
            for one, other in zip(source, result, strict=True):
                self._link_copies(spot, one, other)
        elif hasattr(source, "__dict__") and type(source) is type(result):
            self._link_copies(spot, vars(source), vars(result))

    # -- NumPy ------------------------------------------------------------------------------

    def _numpy(
        self, spot: Spot, function: Any, args: Any, kwargs: Any, inputs: int | None
    ) -> Any:
        if function in (np.copyto, np.put, np.place, np.putmask, np.fill_diagonal):
            return self._overwritten(spot, function, args[0], args, kwargs)
        out = kwargs.get("out")
        if inputs is not None and len(args) > inputs:
            out = args[inputs]
        elif function in (np.dot,) and len(args) > 2:
            out = args[2]
        if isinstance(out, tuple):
            out = out[0] if len(out) == 1 else None
        if out is not None:
            if inputs is None and out is not kwargs.get("out"):
                inputs = 2  # np.dot(a, b, out)
            return self._into(spot, function, args, kwargs, out, inputs)
        if function in _CREATORS:
            return self._created(spot, function, args, kwargs, function(*args, **kwargs))
        references, traced = self._references(args)
        options, more = self._options(kwargs)
        result = function(*args, **kwargs)
        if traced or more:
            self._result(spot, function, references, options, result)
        elif isinstance(result, np.ndarray):
            self._created(spot, None, args, kwargs, result)
        return result

    def _references(self, args: Any) -> tuple[tuple[Any, ...], bool]:
        references = tuple(map(self.tape.reference, args))
        return references, has_node(references)

    def _options(self, kwargs: dict[str, Any]) -> tuple[dict[str, Any], bool]:
        if not kwargs:
            return kwargs, False
        options = {name: self.tape.reference(value) for name, value in kwargs.items()}
        return options, has_node(tuple(options.values()))

    def _result(
        self, spot: Spot, function: Any, args: Any, kwargs: Any, result: Any, run: Any = None
    ) -> None:
        known = self.tape.known.get(id(result))
        if known is not None and known[0] is result:
            return  # the function gave back a value that is on the tape already
        if isinstance(result, (np.ndarray, np.number, tuple, list)) or type(result) is float:
            self.tape.record(function, args, kwargs, result, spot, run)

    def _created(self, spot: Spot, function: Any, args: Any, kwargs: Any, result: Any) -> Any:
        """An array that depends on no traced value: a leaf that knows where it was made."""
        if isinstance(result, np.ndarray) and id(result) not in self.tape.known:
            if function is None:
                self.tape.record(leaf, (), {}, result, spot)
            else:
                made = (result.shape, result.dtype) if function is np.zeros else None
                run = functools.partial(np.zeros, *made) if made else None
                self.tape.record(leaf, (), {}, result, spot, run)
        return result

    def _into(
        self, spot: Spot, function: Any, args: Any, kwargs: Any, out: Any, inputs: int | None
    ) -> Any:
        references, _ = self._references(args[:inputs])
        options = {k: v for k, v in kwargs.items() if k != "out"}
        before = self.tape.lookup(out)
        self.tape.before_write(out)
        result = function(*args, **kwargs)
        value = self.tape.record(function, references, options, None, spot)
        value.shape, value.dtype = result.shape, result.dtype
        node = self.tape.record(assigned, (before, value), {}, out, spot, reads=False)
        self.tape.wrote(out, node)
        return result

    def _overwritten(self, spot: Spot, function: Any, target: Any, args: Any, kwargs: Any) -> Any:
        """A function that changes its first argument: the new value is known, its history is not."""
        if not isinstance(target, np.ndarray):
            return function(*args, **kwargs)
        references, _ = self._references(args)
        self.tape.before_write(target)
        result = function(*args, **kwargs)
        run = functools.partial(_changed, function)
        self.tape.wrote(target, self.tape.record(function, references, kwargs, target, spot, run))
        return result

    def _vectorized(self, spot: int, function: Any, args: Any, kwargs: Any) -> Any:
        """``np.vectorize(f)(x)`` calls the user's f for each element: follow every call."""
        if kwargs or function.signature or function.excluded or not args:
            return self._opaque(self.hooks.spots[spot], function, args, kwargs)
        place = self.hooks.spots[spot]
        arrays = np.broadcast_arrays(*args)
        flat = [elements(self.tape, a, place) for a in map(self._raveled(place), args, arrays)]
        parts = [self.call(spot, function.pyfunc, *items) for items in zip(*flat, strict=True)]
        if not parts:
            return function(*args)
        flat_result = self.call(spot, np.array, parts)
        return self.call(spot, np.reshape, flat_result, arrays[0].shape)

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

    # -- builtins and methods ---------------------------------------------------------------

    def _builtin(self, spot: Spot, function: Any, args: Any, kwargs: Any) -> Any:
        owner = function.__self__
        if isinstance(owner, np.ndarray) or isinstance(owner, np.number):
            return self._method(spot, owner, function, args, kwargs)
        if isinstance(owner, np.ufunc):
            return self._ufunc_method(spot, owner, function, args, kwargs)
        if function in _MATH:
            result = function(*args, **kwargs)
            references, traced = self._references(args)
            if traced:
                self.tape.record(_MATH[function], references, {}, result, spot, function)
            return result
        if function in _ITERATING:
            return self._iterating(spot, function, args, kwargs)
        if function in (abs, round, pow, divmod) and args and is_traceable(args[0]):
            result = function(*args, **kwargs)
            meaning = {abs: np.absolute, round: np.round, pow: np.power, divmod: np.divmod}
            references, _ = self._references(args)
            self._result(spot, meaning[function], references, {}, result, function)
            return result
        if isinstance(owner, list) and function.__name__ == "append" and len(args) == 1:
            self._appended(spot, owner, args[0])
            return function(*args)
        if function.__module__ == "numpy":
            return self._numpy(spot, function, args, kwargs, None)
        if getattr(owner, "__name__", "") == "builtins":
            return function(*args, **kwargs)
        return self._opaque(spot, function, args, kwargs)

    def _appended(self, spot: Spot, owner: list[Any], value: Any) -> None:
        function = getattr(spot.node, "func", None)
        if function is not None and hasattr(function, "value"):
            text = f"{spot.file.text_of(function.value)}[{len(owner)}]"
            if is_traceable(value) and len(owner) < 256:
                self.tape.name(value, text)
            elif type(value).__module__ not in ("builtins", "numpy"):
                self.tape.owners.setdefault(id(value), (value, text))

    def _random(self, spot: Spot, owner: Any, function: Any, args: Any, kwargs: Any) -> Any:
        if function.__name__ == "shuffle" and args and isinstance(args[0], np.ndarray):
            self.tape.before_write(args[0])
            result = function(*args, **kwargs)
            self.tape.wrote(args[0], self.tape.record(leaf, (), {}, args[0], spot))
            return result
        result = function(*args, **kwargs)
        if is_traceable(result) and id(result) not in self.tape.known:
            self.tape.record(leaf, (), {}, result, spot)
        return result

    def _iterating(self, spot: Spot, function: Any, args: Any, kwargs: Any) -> Any:
        """Builtins that run over their arguments meet traced elements, not anonymous ones."""
        if function is sum:
            return self._sum(spot, args, kwargs)
        args = tuple(self._iterable(spot, function, a) for a in args)
        return function(*args, **kwargs)

    def _iterable(self, spot: Spot, function: Any, value: Any) -> Any:
        if isinstance(value, np.ndarray) and value.ndim:
            return list(elements(self.tape, value, spot))
        return value

    def _sum(self, spot: Spot, args: Any, kwargs: Any) -> Any:
        first = args[0]
        if isinstance(first, np.ndarray):
            items = list(elements(self.tape, first, spot))
        elif isinstance(first, (list, tuple, Iterator, dict)) or hasattr(first, "__iter__"):
            items = list(first)
        else:
            return sum(*args, **kwargs)
        result = sum(items, *args[1:], **kwargs)
        if any(map(is_traceable, items)) and is_traceable(result):
            references, _ = self._references((items, *args[1:]))
            if not has_node(references):
                references = ([self.tape.reference(i) for i in items], *references[1:])
            self.tape.record(sum, references, {}, result, spot)
        return result

    def _method(self, spot: Spot, owner: Any, function: Any, args: Any, kwargs: Any) -> Any:
        name = function.__name__
        if name in _METHODS:
            if name in _VARIADIC and args and not isinstance(args[0], (tuple, list, type(None))):
                args_for_numpy: tuple[Any, ...] = (args,)
            else:
                args_for_numpy = args
            if kwargs.get("out") is None and not (name == "dot" and len(args) > 1):
                result = function(*args, **kwargs)
                references, _ = self._references((owner, *args_for_numpy))
                options, _ = self._options({k: v for k, v in kwargs.items() if k != "out"})
                self._result(spot, _METHODS[name], references, options, result)
                return result
            return self._numpy(spot, _METHODS[name], (owner, *args), kwargs, None)
        if name in ("fill", "sort", "partition", "put", "itemset", "resize"):
            return self._changed_by_method(spot, owner, function, args, kwargs)
        result = function(*args, **kwargs)
        if name in ("item", "__float__"):
            return self._item(spot, owner, args, result)
        if name == "astype":
            self.tape.record(astype, (self.tape.lookup(owner), result.dtype), {}, result, spot)
        elif name == "tolist":
            self._listed(spot, owner, result)
        elif is_traceable(result) and id(result) not in self.tape.known:
            base = getattr(result, "base", None)
            if base is None:
                references, _ = self._references((owner, *args))
                run = operator.methodcaller(name, *args, **kwargs)
                self.tape.record(function.__name__, references[:1], {}, result, spot, run)
        return result

    def _changed_by_method(
        self, spot: Spot, owner: np.ndarray, function: Any, args: Any, kwargs: Any
    ) -> Any:
        name = function.__name__
        before = self.tape.lookup(owner)
        references, _ = self._references(args)
        self.tape.before_write(owner)
        result = function(*args, **kwargs)
        if name == "fill":
            node = self.tape.record(assigned, (before, *references), {}, owner, spot, reads=False)
        elif name == "sort":
            node = self.tape.record(np.sort, (before, *references), kwargs, owner, spot)
        else:
            node = self.tape.record(leaf, (), {}, owner, spot)
        self.tape.wrote(owner, node)
        return result

    def _item(self, spot: Spot, owner: Any, args: Any, result: Any) -> Any:
        if type(result) is float:
            node = self.tape.lookup(owner)
            run = operator.methodcaller("item", *args)
            if args or np.size(owner) > 1:
                run = functools.partial(_nth, run)
            self.tape.record(_meaning_of_item(owner, args), (node, *args), {}, result, spot, run)
        return result

    def _listed(self, spot: Spot, owner: Any, result: Any) -> None:
        if isinstance(result, list) and isinstance(owner, np.ndarray) and owner.ndim == 1:
            node = self.tape.lookup(owner)
            for position, part in enumerate(result):
                if type(part) is float:
                    self.tape.record(operator.getitem, (node, position), {}, part, spot, _float_at)
        elif isinstance(result, list) and isinstance(owner, np.ndarray) and owner.ndim > 1:
            for row, part in zip(elements(self.tape, owner, spot), result, strict=True):
                self._listed(spot, row, part)

    def _ufunc_method(
        self, spot: Spot, owner: Any, function: Any, args: Any, kwargs: Any
    ) -> Any:
        if function.__name__ == "at" and isinstance(args[0], np.ndarray):
            references, _ = self._references(args)
            self.tape.before_write(args[0])
            function(*args, **kwargs)
            meaning, run = function, functools.partial(_changed, function)
            if owner is np.add:
                meaning = run = add_at
            self.tape.wrote(args[0], self.tape.record(meaning, references, {}, args[0], spot, run))
            return None
        return self._numpy(spot, function, args, kwargs, None)

    def attribute(self, spot: Spot, owner: np.ndarray, name: str, result: Any) -> None:
        """``owner.T`` and its kind."""
        node = self.tape.lookup(owner)
        if name in ("T", "H"):
            self._result(spot, np.transpose, (node,), {}, result)
        elif name in ("A", "real"):
            self._result(spot, np.real, (node,), {}, result, np.asarray)
        elif name == "A1":
            self._result(spot, np.ravel, (node,), {}, result, _flat_array)
        elif name == "mT":
            self._result(spot, np.swapaxes, (node, -1, -2), {}, result)
        elif name == "I":
            self._result(spot, np.linalg.inv, (node,), {}, result)

    def concatenated(self, spot: Spot, owner: Any, index: Any, result: Any) -> None:
        """``np.c_[a, b]`` and ``np.r_[a, b]`` of arrays."""
        parts = list(index) if isinstance(index, tuple) else [index]
        references, traced = self._references((parts,))
        if traced:
            simple = all(isinstance(p, np.ndarray) or np.isscalar(p) for p in parts)
            if owner is np.r_:
                simple = simple and all(np.ndim(p) == 1 for p in parts)
            meaning = (np.column_stack if owner is np.c_ else np.concatenate) if simple else "r_"
            run = functools.partial(_taken, owner)
            self.tape.record(meaning, references, {}, result, spot, run)

    # -- types and everything else ----------------------------------------------------------

    def _type(self, spot: Spot, function: Any, args: Any, kwargs: Any) -> Any:
        if function in _ITERATING:
            return self._iterating(spot, function, args, kwargs)
        if function in _CASTS and args and is_traceable(args[0]):
            result = function(*args, **kwargs)
            if result is not args[0]:
                meaning = float if not isinstance(result, np.ndarray) else astype
                node = self.tape.lookup(args[0])
                rest = () if meaning is float else (function,)
                self._result(spot, meaning, (node, *rest), {}, result, function)
            return result
        if function is np.vectorize or issubclass(function, _PASSIVE):
            return function(*args, **kwargs)
        if function.__module__ == "numpy" or issubclass(function, np.ndarray):
            return self._numpy(spot, function, args, kwargs, None)
        result = function(*args, **kwargs)
        return result

    def _opaque(self, spot: Spot, function: Any, args: Any, kwargs: Any) -> Any:
        """A call that cannot be followed: recorded if it turns traced values into new arrays."""
        owner = getattr(function, "__self__", None)
        if type(owner).__module__.startswith("numpy.random"):
            return self._random(spot, owner, function, args, kwargs)
        start = len(self.tape.nodes)
        references = tuple(self.tape.reference(a) for a in args if not isinstance(a, _PASSIVE))
        result = function(*args, **kwargs)
        if isinstance(result, (np.ndarray, np.number)) or type(result) in (float, tuple, list):
            parts = result if type(result) in (tuple, list) else (result,)
            unknown = any(is_traceable(p) and id(p) not in self.tape.known for p in parts)
            if unknown and has_node(references):
                everything = tuple(map(self.tape.reference, args))
                options, _ = self._options(kwargs)
                self._result(spot, function, everything, options, result)
            elif unknown and len(self.tape.nodes) == start:
                for part in parts:
                    if isinstance(part, np.ndarray):
                        self._created(spot, None, (), {}, part)
        return result


def _by_name(inner: Any, function: Any, args: Any, kwargs: Any) -> dict[str, Node]:
    """The traced arguments of a call under the names of the parameters they go to."""
    code = getattr(inner, "__code__", None)
    if code is None:
        return {}
    names = code.co_varnames[inner is not function :]
    pairs = [*zip(names, args, strict=False), *kwargs.items()]
    return {name: value for name, value in pairs if isinstance(value, Node)}


def elements(tape: Tape, array: np.ndarray, spot: Spot | None) -> Iterator[Any]:
    """The items of an array, each recorded as ``array[i]``."""
    for position in range(len(array)):
        item = array[position]
        if is_traceable(item):
            node = tape.lookup(array)
            view = isinstance(item, np.ndarray)
            tape.record(operator.getitem, (node, position), {}, item, spot, reads=not view)
        yield item


def has_node(tree: Any) -> bool:
    """Whether a traced value stands anywhere in nested arguments."""
    for part in tree:
        if isinstance(part, Node):
            return True
        if isinstance(part, (tuple, list)) and has_node(part):
            return True
    return False


def _changed(function: Any, target: Any, *args: Any, **kwargs: Any) -> Any:
    result = np.array(target, order="K")
    function(result, *args, **kwargs)
    return result


def _meaning_of_item(owner: Any, args: Any) -> Any:
    return np.take if args else np.sum  # the only element, or the element at a flat index


def _nth(run: Any, owner: Any, *_index: Any) -> Any:
    return run(owner)


def _float_at(owner: Any, position: int) -> float:
    return float(owner[position])


def _taken(owner: Any, parts: list[Any]) -> Any:
    return owner[tuple(parts)]


def _flat_array(matrix: Any) -> np.ndarray:
    return np.asarray(matrix).ravel()
