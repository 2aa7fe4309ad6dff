"""What is known of a parameter's way through a run: its successive values and the updates between.

Data only; finding them is for ``updates``, telling states from parameters for ``states``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradlint.structs import field, struct

if TYPE_CHECKING:
    from gradlint.trace.tape import Node


@struct(eq=False)
class Term:
    """One summand of an update: ``coefficient × node``, put at a place of the parameter."""

    coefficient: float
    node: Node
    places: tuple[Node, ...] = ()  # the writes through which it goes, outermost first


@struct(frozen=False, eq=False)
class Update:
    """One replacement of a parameter: ``new = keep * old + Σ terms``."""

    old: Node
    new: Node
    keep: float
    terms: list[Term]
    path: set[int] = field(default_factory=set)
    named: bool = False  # nothing but its name says that the new value follows the old one
    plain: bool = False  # learns through no value: by data that a decision chose, or not at all
    used: bool = False  # what used the old value, not only carried it on, then used the new one
    tried: list[Node] = field(default_factory=list)  # by a line search, and given up


@struct(frozen=False, eq=False)
class Lineage:
    """The successive values of one parameter, and the updates between them."""

    updates: list[Update]

    @property
    def first(self) -> Node:
        """The value the program starts from."""
        return self.updates[0].old
