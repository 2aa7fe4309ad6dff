"""JSON for programs: the document of :func:`gradlint.findings.combine`, indented."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from gradlint.findings import Report, combine

if TYPE_CHECKING:
    from collections.abc import Sequence


def render(reports: Sequence[Report]) -> str:
    """Render the JSON document; nan and infinity, which JSON does not have, become null."""
    document = _finite(combine(list(reports)))
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
