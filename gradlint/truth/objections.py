"""What there is to say against the road from one gradient to its parameter."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from gradlint.structs import struct

if TYPE_CHECKING:
    from collections.abc import Callable

    from gradlint.trace.tape import Node
    from gradlint.truth.runs import Property


@struct(eq=False)
class Fault:
    """Where a road loses what an optimiser has.

    ``node`` is the operation at fault.  ``kept`` is what it should have handed on as it is: without
    the operation the road was seen to be in order.  ``slip`` names a slip in the formula of an
    optimiser, where that is known.
    """

    node: Node
    kept: Node | None = None
    slip: str = ""


class Objection:
    """A road is not an optimiser's: the ``kind`` of property that it lacks.

    The operation at fault is searched when it is asked for: that there is one is often enough.
    """

    def __init__(self, kind: Property, search: Callable[[], Fault]) -> None:
        self.kind, self._search = kind, search

    @classmethod
    def to(cls, node: Node, kind: Property, slip: str = "") -> Objection:
        """The objection to an operation that is known."""
        fault = Fault(node, None, slip)
        return cls(kind, lambda: fault)

    @cached_property
    def fault(self) -> Fault:
        """The operation at fault."""
        return self._search()

    @property
    def is_certain(self) -> bool:
        """Whether no rule has it, even if all parameters do."""
        known = self.kind in ("even", "grows", "overwritten", "once", "drift")
        return known or bool(self.fault.slip)
