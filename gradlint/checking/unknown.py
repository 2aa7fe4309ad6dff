"""A value that nobody has given: it goes along with what is done to it until its shape is asked.

Looked up where a name is missing, an ``Unknown`` remembers the steps done to it (a slice, ``.T``,
``np.exp``).  Where it meets an array, the meeting is handed to the search in
:mod:`gradlint.checking.filling` as an :class:`Asked`: a test that a value either passes or not.
Which values are tried, nobody here knows.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

METHODS = {
    "reshape", "astype", "copy", "flatten", "ravel", "dot", "sum", "mean", "transpose", "max",
    "min", "squeeze", "std", "argmax", "clip", "repeat", "swapaxes", "item", "tolist", "take",
}  # fmt: skip
PROVISIONAL = 7  # a size that is asked for before anything else is known

Step = Callable[[Any], Any]


class Asked(BaseException):
    """An unknown met something that its value decides.

    ``how`` is ``"meet"`` (with ``partner`` and the ``test`` that yields what comes of it),
    ``"size"``, ``"index"``, ``"call"``, or ``"free"`` where anything may do.
    """

    def __init__(
        self,
        root: str,
        how: str,
        test: Step | None = None,
        partner: Any = None,
        operation: str = "",
        value: Step | None = None,
        arguments: tuple[Any, dict[str, Any]] | None = None,
    ) -> None:
        super().__init__(root)
        self.root, self.how, self.test, self.partner = root, how, test, partner
        self.operation, self.value, self.arguments = operation, value, arguments


class Unknown:
    """The value of a name that is not defined, or what has become of it so far."""

    __array_priority__ = 1e6

    def __init__(self, root: str, steps: tuple[Step, ...] = ()) -> None:
        self.__dict__["_root"] = root
        self.__dict__["_steps"] = steps

    def _value(self, root: Any) -> Any:
        for step in self._steps:
            root = step(root)
        return root

    def _then(self, step: Step) -> Unknown:
        return Unknown(self._root, (*self._steps, step))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name == "T":
            return self._then(lambda v: v.T)
        if name == "shape":
            return _Shape(self)
        if name in ("ndim", "size"):
            return PROVISIONAL if name == "size" else 2
        if name in METHODS:
            return lambda *a, **k: _called(
                lambda v, *rest, **more: getattr(v, name)(*rest, **more), name, (self, *a), k
            )
        if self._steps:
            raise Asked(self._root, "free")
        return Unknown(f"{self._root}.{name}")

    def __setattr__(self, name: str, value: Any) -> None:
        raise Asked(self._root, "free")

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, str) and not self._steps:
            return Unknown(f"{self._root}[{key!r}]")
        if isinstance(key, Unknown):
            raise Asked(key._root, "index")
        return self._then(lambda v: v[key])

    def __setitem__(self, key: Any, value: Any) -> None:
        raise Asked(self._root, "free")

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        """Ask for the function."""
        raise Asked(self._root, "call", arguments=(arguments, keywords))

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **keywords: Any) -> Any:
        return _called(getattr(ufunc, method), ufunc.__name__, inputs, keywords)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return _called(function, function.__name__, args, kwargs)

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise Asked(self._root, "index", value=self._value)

    def __index__(self) -> int:
        raise Asked(self._root, "size", value=self._value)

    def __int__(self) -> int:
        raise Asked(self._root, "size", value=self._value)

    def __float__(self) -> float:
        raise Asked(self._root, "size", value=self._value)

    def __len__(self) -> int:
        return PROVISIONAL

    def __iter__(self) -> Any:
        raise Asked(self._root, "free", value=self._value, operation="iter")

    def __bool__(self) -> bool:
        raise Asked(self._root, "size", value=self._value)

    def __repr__(self) -> str:
        return f"<{self._root}>"

    def __format__(self, _: str) -> str:
        return repr(self)

    def __hash__(self) -> int:
        return hash(self._root)

    def __eq__(self, other: object) -> Any:
        return _called(operator.eq, "equal", (self, other), {})

    def __ne__(self, other: object) -> Any:
        return _called(operator.ne, "not_equal", (self, other), {})


class _Shape:
    """The shape of an unknown: sizes that stand in until the shape is known."""

    def __init__(self, owner: Unknown) -> None:
        self.owner = owner

    def __getitem__(self, _: Any) -> int:
        return PROVISIONAL

    def __iter__(self) -> Any:
        return iter((PROVISIONAL, PROVISIONAL))

    def __len__(self) -> int:
        return 2

    def __eq__(self, _: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 0

    def __repr__(self) -> str:
        return "(?, ?)"


def _binary(name: str, function: Callable[[Any, Any], Any]) -> None:
    def forwards(self: Unknown, other: Any) -> Any:
        return _called(function, name, (self, other), {})

    def backwards(self: Unknown, other: Any) -> Any:
        return _called(function, name, (other, self), {})

    setattr(Unknown, f"__{name}__", forwards)
    if name not in ("lt", "le", "gt", "ge"):
        setattr(Unknown, f"__r{name}__", backwards)


for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul",
              "lt", "le", "gt", "ge"):  # fmt: skip
    _binary(_name, getattr(operator, _name))


def _unary(name: str) -> None:
    function = getattr(operator, name)
    setattr(Unknown, f"__{name}__", lambda self: _called(function, name, (self,), {}))


for _name in ("neg", "pos", "abs"):
    _unary(_name)


def _called(function: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Do something with unknowns among its operands, or ask for one of them."""
    unknowns = [a for a in args if isinstance(a, Unknown)]
    nested = [x for a in args if isinstance(a, list | tuple) for x in a if isinstance(x, Unknown)]
    if not unknowns or nested:
        raise Asked((unknowns + nested)[0]._root, "free")
    roots = {u._root for u in unknowns}
    if len(roots) > 1:
        raise _of_two(name, args)
    root = unknowns[0]._root

    def test(value: Any) -> Any:
        return function(*(a._value(value) if isinstance(a, Unknown) else a for a in args), **kwargs)

    partner = next((a for a in args if isinstance(a, np.ndarray) and a.ndim), None)
    if partner is None:
        return Unknown(root, (test,))
    which = unknowns[0]
    raise Asked(root, "meet", test, partner, name, which._value)


def _of_two(name: str, args: Any) -> Asked:
    """Of two unknowns that meet, the data are asked first, then whatever comes first."""
    unknowns = [a for a in args if isinstance(a, Unknown)]
    asked = max(unknowns, key=lambda u: _data_like(u._root))
    side = [a is asked for a in args].index(True)
    return Asked(asked._root, "free", operation=name, value=asked._value,
                 arguments=((), {"side": side}))  # fmt: skip


def _data_like(root: str) -> int:
    name = root.rpartition(".")[2].lower()
    if name.startswith(("x", "input", "image", "data", "train", "sample", "feature", "a0")):
        return 2
    return 0 if name.startswith(("w", "b", "alpha", "lr", "learning", "m", "eta")) else 1
