"""A suspect with all that a mistake may ask: context, where it is told, what an edit changes."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from gradlint.diagnosis import place
from gradlint.diagnosis.aliases import alias_of
from gradlint.diagnosis.bearing import Bearing
from gradlint.diagnosis.consequences import Consequences
from gradlint.diagnosis.context import Context

if TYPE_CHECKING:
    import ast

    from gradlint.diagnosis.aliases import Alias
    from gradlint.findings import Site


class Case(Context):
    """A suspect, the values around it, and the consequences of altering its line."""

    @property
    def site(self) -> Site:
        """Where the finding points."""
        return place.of(self)

    @cached_property
    def alias(self) -> Alias | None:
        """Where the suspect, right for something else, gets the name it is wrong under."""
        return alias_of(self)

    @cached_property
    def taken_at(self) -> Site | None:
        """The update that takes the suspect for what it is not."""
        return place.taken_at(self)

    @cached_property
    def bearing(self) -> Bearing:
        """Which parts of the line bear on what is wrong with it."""
        return Bearing(self)

    @cached_property
    def consequences(self) -> Consequences:
        """What follows from this line in the rest of the backward pass."""
        return Consequences(self)

    def cures(self, edits: tuple[tuple[ast.expr, str], ...]) -> bool:
        """Whether the gradients that are made from the line come right if it is altered so."""
        expression = self.altered(edits)
        return expression is not None and self.consequences.come_right(expression)
