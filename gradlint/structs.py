"""Data classes that cost next to nothing to define.

A frozen :func:`dataclasses.dataclass` takes a millisecond to define, because its methods are
compiled one by one, and a check defines more than a hundred of them, some in both of its processes.
The methods of a struct are the same few functions for all classes, told what the fields are.  In
every other respect structs are data classes: ``fields``, ``replace`` and ``asdict`` take them.

What has slots, or is made a million times, is better a data class of its own.
"""

from __future__ import annotations

import dataclasses
import operator
from dataclasses import field
from typing import TYPE_CHECKING, Any, TypeVar, dataclass_transform, overload

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["field", "struct"]

_Class = TypeVar("_Class", bound=type)
_Fields = tuple[dataclasses.Field[Any], ...]


@overload
@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def struct(cls: _Class, /) -> _Class: ...


@overload
@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def struct(
    *, frozen: bool = True, eq: bool = True, order: bool = False
) -> Callable[[_Class], _Class]: ...


def struct(
    cls: type | None = None, /, *, frozen: bool = True, eq: bool = True, order: bool = False
) -> Any:
    """Make a class a data class, frozen unless said otherwise.

    With ``eq=False`` each is equal to itself only.
    """

    def made(cls: type) -> type:
        dataclasses.dataclass(init=False, repr=False, eq=False)(cls)
        fields = dataclasses.fields(cls)
        methods: dict[str, Any] = {"__init__": _init(fields), "__repr__": _repr(fields)}
        if frozen:
            methods |= {"__setattr__": _refused, "__delattr__": _refused}
        if eq:
            key = _key(fields)
            methods["__eq__"] = _compared(operator.eq, key)
            methods["__hash__"] = (lambda self: hash(key(self))) if frozen else None
            for name in ("__lt__", "__le__", "__gt__", "__ge__") if order else ():
                methods[name] = _compared(getattr(operator, name), key)
        for name in methods.keys() - vars(cls).keys():
            setattr(cls, name, methods[name])
        return cls

    return made if cls is None else made(cls)


def _init(fields: _Fields) -> Callable[..., None]:
    names = tuple(f.name for f in fields)
    missing = dataclasses.MISSING
    defaults = {f.name: f.default for f in fields if f.default is not missing}
    makers = {f.name: f.default_factory for f in fields if f.default_factory is not missing}

    def __init__(self: Any, *values: Any, **named: Any) -> None:  # noqa: N807
        own = self.__dict__
        own.update(defaults)
        own.update(zip(names, values, strict=False))
        own.update(named)
        for name, make in makers.items():
            if name not in own:
                own[name] = make()
        if len(own) != len(names) or len(values) > len(names):
            raise TypeError(f"{type(self).__name__} is made of {', '.join(names)}")

    return __init__


def _repr(fields: _Fields) -> Callable[[Any], str]:
    names = tuple(f.name for f in fields if f.repr)

    def __repr__(self: Any) -> str:  # noqa: N807
        said = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
        return f"{type(self).__qualname__}({said})"

    return __repr__


def _key(fields: _Fields) -> Callable[[Any], Any]:
    names = [f.name for f in fields if f.compare]
    return operator.attrgetter(*names) if names else lambda _: ()


def _compared(how: Callable[[Any, Any], Any], key: Callable[[Any], Any]) -> Callable[..., Any]:
    def compared(self: Any, other: object) -> Any:
        return how(key(self), key(other)) if type(other) is type(self) else NotImplemented

    return compared


def _refused(_self: Any, name: str, _value: Any = None) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot set or delete {name!r}")
