"""Where a finding points: the expression that goes wrong, or the line that misuses a right one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradlint.diagnosis.aliases import alias_of, scaled, taken_under
from gradlint.reading.names import meant_by, plain

if TYPE_CHECKING:
    from gradlint.diagnosis.context import Context
    from gradlint.findings import Site


def of(case: Context) -> Site:
    """The place of a case."""
    spot = case.node.spot
    assert spot is not None
    alias = alias_of(case)
    found = taken_at(case) or (None if alias is None else alias.site(case))
    return found or spot.file.site(case.root if case.root is not None else spot.node)


def taken_at(case: Context) -> Site | None:
    """The update that takes a right derivative of something else for its gradient.

    Only where the value has other uses as well, or a name that does not call it this gradient: then
    it is the update that is wrong.
    """
    own = case.suspect.parameter
    if own is None or case.suspect.really is None:
        return None
    update, values = own.parameter.update, scaled(case)
    others = [t.node for r in case.reference.results if r is not own for t in r.gradient.terms]
    shared = case.node in others or any(
        case.step.is_shared(own.parameter, value, values) for value in values
    )
    meant = [meant_by(name) for value in values for name in value.names]
    misnamed = bool(meant) and not {None, plain(own.parameter.name)} & set(meant)
    spot = update.new.spot
    if spot is None or not (shared or misnamed):
        return None
    alias = taken_under(case, spot.statement)
    return alias.site(case) if alias is not None else spot.file.site(spot.statement)
