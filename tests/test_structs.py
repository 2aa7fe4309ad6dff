"""A struct is a data class in everything but what it costs to define."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from dataclasses import dataclass, field, fields, replace
from functools import cached_property

import pytest

from gradlint.structs import struct


def both(**how):
    """Define the same class as a struct and as a data class."""

    def made(define):
        class Plain:
            """A place."""

            __annotations__ = {"row": int, "name": str, "parts": list, "hidden": int}
            name = "x"
            parts = field(default_factory=list)
            hidden = field(default=0, repr=False, compare=False)

            @cached_property
            def twice(self):
                return 2 * self.row

        Plain.__qualname__ = "Plain"
        return define(Plain)

    return made(struct(**how)), made(dataclass(**{"frozen": True, **how}))


def outcome(call):
    """The value of a call, or the class of its error."""
    try:
        return call()
    except Exception as error:  # noqa: BLE001 - whatever it is, it must be the same
        return type(error)


@pytest.mark.parametrize(
    "how", [{}, {"eq": False}, {"frozen": False}, {"frozen": False, "eq": False}, {"order": True}]
)
@pytest.mark.parametrize(
    "ask",
    [
        lambda C: repr(C(3, parts=[4])),
        lambda C: C(3, "a") == C(3, "a"),
        lambda C: C(3, "a") == C(3, "b"),
        lambda C: C(3, hidden=1) == C(3, hidden=2),
        lambda C: C(3) == 3,
        lambda C: C(3) < C(4),
        lambda C: C(3) >= C(4),
        lambda C: sorted([C(4), C(3)])[0].row,
        lambda C: len({C(3, "a", ()), C(3, "a", ())}),
        lambda C: hash(C(3, "a", [])) and None,
        lambda C: C(3).parts is C(3).parts,
        lambda C: C(),
        lambda C: C(3, colour=4),
        lambda C: C(3, "a", [], 4, 5),
        lambda C: setattr(C(3), "row", 4),
        lambda C: delattr(C(3), "row"),
        lambda C: setattr(C(3), "new", 4),
        lambda C: C(3).twice,
        lambda C: repr(replace(C(3, "a"), row=4)),
        lambda C: replace(C(3), colour=4),
        lambda C: dataclasses.asdict(C(3, parts=[1])),
        lambda C: [(f.name, f.default) for f in fields(C)],
        lambda C: C.__match_args__,
        lambda C: vars(copy.copy(C(3, "a"))),
    ],
)
def test_a_struct_answers_like_a_data_class(how, ask):
    """Fields, defaults, equality, order, hashes, freezing, errors: one after the other."""
    ours, theirs = both(**how)
    assert outcome(lambda: ask(ours)) == outcome(lambda: ask(theirs))


@struct
class Base:
    """One that others build upon, and that can be pickled."""

    row: int
    name: str = "x"


@struct(eq=False)
class Derived(Base):
    """One with a field more."""

    more: int = 2


def test_fields_are_inherited_and_pickled():
    """The fields of the base come first; what comes out of a pickle is equal and frozen."""
    assert repr(Derived(1, "a", 3)) == "Derived(row=1, name='a', more=3)"
    assert pickle.loads(pickle.dumps(Base(1))) == Base(1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        pickle.loads(pickle.dumps(Base(1))).row = 2


def test_what_a_class_defines_itself_stays():
    """A struct's own ``__repr__`` is not replaced."""

    @struct
    class Own:
        row: int

        def __repr__(self):
            return "mine"

    assert repr(Own(1)) == "mine"
