"""What there is to say against the road from one gradient to its parameter: data, and no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradlint.structs import struct

if TYPE_CHECKING:
    from gradlint.trace.tape import Node
    from gradlint.truth.drive import Property


@struct(eq=False)
class Objection:
    """A road is not an optimiser's: the ``kind`` of property that it lacks, and where it loses it.

    ``node`` is the operation at fault.  ``kept`` is what it should have handed on as it is: without
    the operation the road was seen to be in order.  ``slip`` names a slip in the formula of an
    optimiser, where that is known.
    """

    kind: Property
    node: Node
    kept: Node | None = None
    slip: str = ""

    @property
    def is_certain(self) -> bool:
        """Whether no rule has it, even if all parameters do."""
        return bool(self.slip) or self.kind in ("even", "grows", "overwritten", "once", "drift")
