"""What calls of NumPy mean to the tape: its functions, ufuncs, methods, attributes and generators.

Each call is performed exactly as written and becomes one node under its canonical NumPy function;
``run`` performs it again.  A call that changes an array in place makes a new version of the array.
"""

from __future__ import annotations

import functools
import operator
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.trace.elements import elements, has_node
from gradlint.trace.meanings import (
    CHANGING,
    CHANGING_METHODS,
    CREATORS,
    DUNDERS,
    METHODS,
    VARIADIC,
    by_method,
    changed,
    flat_array,
    float_at,
    item_of,
    taken,
)
from gradlint.trace.primitives import add_at, assigned, astype, leaf
from gradlint.trace.tape import Tape, is_traceable

if TYPE_CHECKING:
    from gradlint.source.spots import Spot


class NumpyCalls:
    """Performs calls of NumPy and tells the tape about them."""

    def __init__(self, tape: Tape) -> None:
        self.tape = tape

    # -- arguments and results --------------------------------------------------------------

    def references(self, args: Any) -> tuple[tuple[Any, ...], bool]:
        """Arguments as the tape holds them, and whether a traced value is among them."""
        references = tuple(map(self.tape.reference, args))
        return references, has_node(references)

    def options(self, kwargs: dict[str, Any]) -> tuple[dict[str, Any], bool]:
        """Keyword arguments as the tape holds them, and whether a traced value is among them."""
        if not kwargs:
            return kwargs, False
        options = {name: self.tape.reference(value) for name, value in kwargs.items()}
        return options, has_node(tuple(options.values()))

    def result(
        self, spot: Spot, function: Any, args: Any, kwargs: Any, result: Any, run: Any = None
    ) -> None:
        """Record a result, unless the function gave back a value that is on the tape already."""
        known = self.tape.known.get(id(result))
        if known is not None and known[0] is result:
            return
        if isinstance(result, (np.ndarray, np.number, tuple, list)) or type(result) is float:
            self.tape.record(function, args, kwargs, result, spot, run)

    def created(self, spot: Spot, function: Any, result: Any) -> Any:
        """An array that depends on no traced value: a leaf that knows where it was made."""
        if isinstance(result, np.ndarray) and id(result) not in self.tape.known:
            run = None
            if function is np.zeros:  # need not be kept: it can be made again
                run = functools.partial(np.zeros, result.shape, result.dtype)
            self.tape.record(leaf, (), {}, result, spot, run)
        return result

    # -- functions --------------------------------------------------------------------------

    def function(
        self, spot: Spot, function: Any, args: Any, kwargs: Any, inputs: int | None
    ) -> Any:
        """A NumPy function or ufunc; ``inputs`` counts a ufunc's inputs, the rest is ``out``."""
        if function in CHANGING and args:
            return self._overwritten(spot, function, args[0], args, kwargs)
        if function is np.dot:
            inputs = 2
        outs = _targets(args, kwargs, inputs)
        if outs:
            return self._into(spot, function, args, kwargs, outs, inputs)
        if function in CREATORS:
            return self.created(spot, function, function(*args, **kwargs))
        if function is np.frombuffer and args and id(args[0]) in self.tape.known:
            return self._from_bytes(spot, args, kwargs)
        if function is np.fromiter and args and not isinstance(args[0], (list, tuple)):
            args = (list(args[0]), *args[1:])
        references, traced = self.references(args)
        options, more = self.options(kwargs)
        result = function(*args, **kwargs)
        if traced or more:
            self.result(spot, function, references, options, result)
        else:
            self.created(spot, None, result)
        return result

    def _from_bytes(self, spot: Spot, args: Any, kwargs: Any) -> Any:
        """``np.frombuffer(x.tobytes())``: the numbers of ``x`` again, if of the same kind."""
        result = np.frombuffer(*args, **kwargs)
        source = self.tape.known[id(args[0])][1]
        if source.dtype == result.dtype and source.shape == result.shape:
            self.tape.record(np.copy, (source,), {}, result, spot)
        return result

    def _into(
        self,
        spot: Spot,
        function: Any,
        args: Any,
        kwargs: Any,
        outs: tuple[Any, ...],
        inputs: int | None,
    ) -> Any:
        """A call whose results are written into arrays that were there before."""
        references, _ = self.references(args[:inputs])
        options, _ = self.options({k: v for k, v in kwargs.items() if k != "out"})
        before = [self.tape.lookup(out) for out in outs]
        for out in outs:
            self.tape.before_write(out)
        result = function(*args, **kwargs)
        value = self.tape.record(function, references, options, None, spot)
        results = result if isinstance(result, tuple) else (result,)
        if len(results) == 1:
            value.shape, value.dtype = result.shape, result.dtype
        for position, (out, old) in enumerate(zip(outs, before, strict=True)):
            part = value
            if len(results) > 1:
                part = self.tape.record(operator.getitem, (value, position), {}, None, spot)
                part.shape, part.dtype = out.shape, out.dtype
            node = self.tape.record(assigned, (old, part), {}, out, spot, reads=False)
            self.tape.wrote(out, node)
        return result

    def _overwritten(self, spot: Spot, function: Any, target: Any, args: Any, kwargs: Any) -> Any:
        """A function that changes its first argument: a new value of it."""
        if not isinstance(target, np.ndarray):
            return function(*args, **kwargs)
        references, _ = self.references(args)
        options, _ = self.options(kwargs)
        self.tape.before_write(target)
        result = function(*args, **kwargs)
        run = functools.partial(changed, function)
        self.tape.wrote(target, self.tape.record(function, references, options, target, spot, run))
        return result

    def ufunc_method(self, spot: Spot, owner: Any, function: Any, args: Any, kwargs: Any) -> Any:
        """``np.add.at``, ``np.add.reduce`` and their kind."""
        if function.__name__ == "at" and isinstance(args[0], np.ndarray):
            references, _ = self.references(args)
            self.tape.before_write(args[0])
            function(*args, **kwargs)
            meaning: Any = function
            run: Any = functools.partial(changed, function)
            if owner is np.subtract:  # adds the negative
                minus = self.tape.record(
                    np.negative, references[2:], {}, np.negative(args[2]), spot
                )
                references = (*references[:2], minus)
            if owner in (np.add, np.subtract):
                meaning = run = add_at
            self.tape.wrote(args[0], self.tape.record(meaning, references, {}, args[0], spot, run))
            return None
        return self.function(spot, function, args, kwargs, None)

    # -- methods and attributes -------------------------------------------------------------

    def method(self, spot: Spot, owner: Any, function: Any, args: Any, kwargs: Any) -> Any:
        """A method of an array or of a NumPy number."""
        name = function.__name__
        if name in METHODS:
            if kwargs.get("out") is not None or (name == "dot" and len(args) > 1):
                return self.function(spot, METHODS[name], (owner, *args), kwargs, None)
            return self._canonical(spot, METHODS[name], name, owner, function, args, kwargs)
        if name in CHANGING_METHODS:
            return self._changed_by_method(spot, owner, function, args, kwargs)
        if name in DUNDERS:
            return self._canonical(spot, DUNDERS[name], name, owner, function, args, kwargs)
        return self._converted(spot, owner, function, args, kwargs)

    def _converted(self, spot: Spot, owner: Any, function: Any, args: Any, kwargs: Any) -> Any:
        """A method that no NumPy function stands for: other types, other layouts, a view."""
        name = function.__name__
        result = function(*args, **kwargs)
        if name in ("item", "__float__"):
            return self.item(spot, owner, args, result)
        if name == "tolist":
            self._listed(spot, owner, result)
        elif name == "tobytes" and not args and not kwargs and isinstance(owner, np.ndarray):
            flat = owner.flatten()
            node = self.tape.record(np.ravel, (self.tape.lookup(owner),), {}, flat, spot)
            self.tape.known[id(result)] = (result, node)
        elif name == "astype" and result is not owner:
            self.tape.record(astype, (self.tape.lookup(owner), result.dtype), {}, result, spot)
        elif is_traceable(result) and not self._is_view(result):
            run = operator.methodcaller(name, *args, **kwargs)
            self.result(spot, name, (self.tape.lookup(owner),), {}, result, run)
        return result

    def _is_view(self, result: Any) -> bool:
        return getattr(result, "base", None) is not None

    def _canonical(
        self, spot: Spot, meaning: Any, name: str, owner: Any, function: Any, args: Any, kwargs: Any
    ) -> Any:
        """A method that means a NumPy function of its owner."""
        given = args
        if name in VARIADIC and args and not isinstance(args[0], (tuple, list, type(None))):
            given = (args,)
        references, _ = self.references((owner, *given))
        options, _ = self.options({k: v for k, v in kwargs.items() if k != "out"})
        result = function(*args, **kwargs)
        # A matrix's own method and NumPy's function differ in the shape of the result.
        run = functools.partial(by_method, name) if isinstance(owner, np.matrix) else None
        self.result(spot, meaning, references, options, result, run)
        return result

    def _changed_by_method(
        self, spot: Spot, owner: np.ndarray, function: Any, args: Any, kwargs: Any
    ) -> Any:
        name = function.__name__
        if name == "put":
            return self._overwritten(spot, np.put, owner, (owner, *args), kwargs)
        if name == "resize":
            return self._resized(spot, owner, args, kwargs)
        before = self.tape.lookup(owner)
        references, _ = self.references(args)
        self.tape.before_write(owner)
        result = function(*args, **kwargs)
        if name == "fill":
            node = self.tape.record(assigned, (before, *references), {}, owner, spot, reads=False)
        elif name in ("sort", "partition"):
            meaning = getattr(np, name)
            node = self.tape.record(meaning, (before, *references), kwargs, owner, spot)
        else:
            node = self.tape.record(leaf, (), {}, owner, spot)
        self.tape.wrote(owner, node)
        return result

    def _resized(self, spot: Spot, owner: np.ndarray, args: Any, kwargs: Any) -> None:
        """``x.resize(shape)``, which NumPy allows where nobody else holds x: the tape does."""
        wanted = args[0] if len(args) == 1 else args
        if np.prod(wanted, dtype=int) == owner.size:
            self.assign(spot, owner, "shape", wanted)
            return
        shared = owner.base is not None or id(owner) in self.tape.views
        self.tape.before_write(owner)
        owner.resize(*args, **(kwargs if shared else {"refcheck": False}))
        self.tape.wrote(owner, self.tape.record(leaf, (), {}, owner, spot))

    def assign(self, spot: Spot, owner: np.ndarray, name: str, value: Any) -> None:
        """``owner.name = value``: an array's shape, or all of its entries, changed where it is."""
        tape = self.tape
        if name == "shape":
            before, old = tape.lookup(owner), owner.view()
            owner.shape = value
            node = tape.record(np.reshape, (before, owner.shape), {}, owner, spot, reads=False)
            node.names.extend(before.names)  # it is the same array
            tape.relaid(owner, before, old, node)
        elif name in ("strides", "dtype"):
            before, old = tape.lookup(owner), owner.view()
            setattr(owner, name, value)
            tape.relaid(owner, before, old, tape.record(leaf, (), {}, owner, spot))
        elif name in ("flat", "real", "imag"):
            filled = name != "imag" and np.shape(value) in ((), owner.shape)
            references = (tape.lookup(owner), tape.reference(value))
            tape.before_write(owner)
            setattr(owner, name, value)
            node = (
                tape.record(assigned, references, {}, owner, spot)
                if filled and owner.dtype.kind != "c"
                else tape.record(leaf, (), {}, owner, spot)
            )
            tape.wrote(owner, node)
        else:
            setattr(owner, name, value)

    def item(self, spot: Spot, owner: Any, args: Any, result: Any) -> Any:
        """``x.item()``, ``x.item(3)``, ``x.item(1, 2)``, ``x.__float__()``."""
        if type(result) is not float:
            return result
        node = self.tape.lookup(owner)
        if not args:
            self.tape.record(np.sum, (node,), {}, result, spot, item_of)  # of its only entry
        elif len(args) == 1 and not isinstance(args[0], tuple):
            self.tape.record(np.take, (node, *args), {}, result, spot, item_of)
        else:
            index = args[0] if isinstance(args[0], tuple) else args
            self.tape.record(operator.getitem, (node, index), {}, result, spot, item_of)
        return result

    def _listed(self, spot: Spot, owner: Any, result: Any) -> None:
        """The floats that ``x.tolist()`` made of the entries of ``x``."""
        if type(result) is float:
            self.item(spot, owner, (), result)
        if not isinstance(result, list):
            return
        array = np.asarray(owner)  # the rows of a matrix are matrices
        if array.ndim > 1:
            for row, part in zip(elements(self.tape, array, spot), result, strict=True):
                self._listed(spot, row, part)
            return
        node = self.tape.lookup(array)
        for position, part in enumerate(result):
            if type(part) is float:
                self.tape.record(operator.getitem, (node, position), {}, part, spot, float_at)

    def attribute(self, spot: Spot, owner: np.ndarray, name: str, result: Any) -> None:
        """``owner.T`` and its kind."""
        node = self.tape.lookup(owner)
        if name in ("T", "H"):
            self.result(spot, np.transpose, (node,), {}, result)
        elif name == "A" or (name == "real" and not np.iscomplexobj(owner)):
            self.result(spot, np.real, (node,), {}, result, np.asarray)
        elif name in ("real", "imag"):
            self.result(spot, getattr(np, name), (node,), {}, result)
        elif name == "A1":
            self.result(spot, np.ravel, (node,), {}, result, flat_array)
        elif name == "mT":
            self.result(spot, np.swapaxes, (node, -1, -2), {}, result)
        elif name == "I":
            self.result(spot, np.linalg.inv, (node,), {}, result)

    def flat_item(self, spot: Spot, flat: np.flatiter, index: Any, result: Any) -> None:
        """``x.flat[index]``."""
        node = self.tape.lookup(flat.base)
        row = self.tape.record(np.ravel, (node,), {}, flat.base.flatten(), spot)
        self.result(spot, operator.getitem, (row, self.tape.reference(index)), {}, result)

    def concatenated(self, spot: Spot, owner: Any, index: Any, result: Any) -> None:
        """``np.c_[a, b]`` and ``np.r_[a, b]`` of arrays."""
        parts = list(index) if isinstance(index, tuple) else [index]
        references, traced = self.references((parts,))
        if traced:
            simple = all(isinstance(p, np.ndarray) or np.isscalar(p) for p in parts)
            if owner is np.r_:
                simple = simple and all(np.ndim(p) <= 1 for p in parts)
            meaning = (np.column_stack if owner is np.c_ else np.hstack) if simple else "r_"
            self.tape.record(meaning, references, {}, result, spot, functools.partial(taken, owner))

    # -- randomness -------------------------------------------------------------------------

    def random(self, spot: Spot, function: Any, args: Any, kwargs: Any) -> Any:
        """A method of a random generator: its result comes from outside."""
        shuffled = function.__name__ == "shuffle" and args and isinstance(args[0], np.ndarray)
        target = args[0] if shuffled else kwargs.get("out")
        if isinstance(target, np.ndarray):
            self.tape.before_write(target)
            result = function(*args, **kwargs)
            self.tape.wrote(target, self.tape.record(leaf, (), {}, target, spot))
            return result
        result = function(*args, **kwargs)
        if is_traceable(result) and id(result) not in self.tape.known:
            self.tape.record(leaf, (), {}, result, spot)
        return result


def _targets(args: Any, kwargs: dict[str, Any], inputs: int | None) -> tuple[Any, ...]:
    """The arrays that a call writes its results into: what follows its inputs, or ``out=``."""
    out = kwargs.get("out")
    if inputs is not None and len(args) > inputs:
        out = args[inputs:]
    return tuple(o for o in (out if isinstance(out, tuple) else (out,)) if o is not None)


def changes_of(tape: Tape, arrays: list[np.ndarray], spot: Spot, perform: Any) -> Any:
    """Call ``perform``, which may write into ``arrays`` unseen; what it wrote is a break.

    Each array that was changed becomes a leaf that knows where this happened.
    """
    saved = [(array, array.copy(), tape.lookup(array)) for array in arrays]
    try:
        return perform()
    finally:
        for array, old, node in saved:
            if array.dtype.hasobject or array.tobytes() == old.tobytes():
                continue
            if tape.lookup(array) is not node:
                continue  # the tape has seen it happen
            new = array.copy()
            array[...] = old  # what lies in the buffer must be saved as it was before
            tape.before_write(array)
            array[...] = new
            tape.wrote(array, tape.record(leaf, (), {}, array, spot))
