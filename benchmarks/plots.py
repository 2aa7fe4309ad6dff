"""Cost against size, both on logarithmic scales: as text, and as a picture."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    Series = Mapping[str, Sequence[tuple[float, float]]]

MARKS = "abcdefghijklmnopqrstuvwxyz"
WIDTH, HEIGHT = 64, 22
COST = "cost in forward + backward passes"


def draw(series: Series, up: str = COST, across: str = "parameters") -> str:
    """Draw the points with one letter for each series; several at one place share it."""
    points = [(math.log10(x), math.log10(y)) for line in series.values() for x, y in line]
    left, right = (pick(x for x, _ in points) for pick in (min, max))
    low, high = (pick(y for _, y in points) for pick in (min, max))
    low, high = math.floor(low), math.ceil(high)
    cells: dict[tuple[int, int], str] = {}
    for mark, line in zip(MARKS, series.values(), strict=False):
        for x, y in line:
            column = round((math.log10(x) - left) / max(right - left, 1e-9) * (WIDTH - 1))
            row = round((high - math.log10(y)) / max(high - low, 1e-9) * (HEIGHT - 1))
            while (row, column) in cells:  # beside it, where another letter stands already
                column += 1
            cells[row, column] = mark
    lines = []
    for row in range(HEIGHT):
        power = high - row * (high - low) / (HEIGHT - 1)
        near = abs(power - round(power)) <= (high - low) / (HEIGHT - 1) / 2
        label = f"10^{round(power)}" if near else ""
        body = "".join(cells.get((row, column), " ") for column in range(WIDTH + 8))
        lines.append(f"{label:>6} |{body.rstrip()}")
    lines.append(" " * 7 + "+" + "-" * WIDTH)
    lines.append(f"{'':8}{10**left:<,.0f}{10**right:>{WIDTH - 6},.0f} {across}")
    names = [f"  {mark}  {name}" for mark, name in zip(MARKS, series, strict=False)]
    return "\n".join([up, *lines, "", *names])


def picture(
    series: Series,
    path: Path,
    up: str = COST,
    across: str = "parameters (D-64-1 networks, ten samples)",
) -> bool:
    """Save the plot as a picture; say whether Matplotlib was there to do it."""
    try:
        import matplotlib as mpl
    except ImportError:
        return False
    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(8, 5.5))
    for name, line in series.items():
        style = "o-" if name.startswith("gradlint") else "s--"
        axes.loglog([x for x, _ in line], [y for _, y in line], style, label=name, markersize=4)
    axes.set_xlabel(across)
    axes.set_ylabel(up)
    axes.grid(visible=True, alpha=0.3)
    axes.legend(fontsize=7, loc="upper left", bbox_to_anchor=(1, 1))
    figure.savefig(path, dpi=110, bbox_inches="tight", metadata={"Software": None})
    plt.close(figure)
    return True
