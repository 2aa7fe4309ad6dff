"""The closed table of liberties: what a reading may take for granted, and what is said of it.

A liberty that stands in no row is not taken.  Each row says when it is admissible; the code that
takes one names its row, so that nothing is granted in silence.
"""

from __future__ import annotations

from gradlint.findings import Liberty
from gradlint.structs import struct


@struct
class Row:
    """One liberty: when it may be taken, and the words for it; ``{}`` stands for what is at hand.

    ``cost`` counts against a reading where two of them disagree.
    """

    admissible: str
    said: str
    cost: int = 1


TABLE: dict[str, Row] = {
    "constant-factor": Row(
        "all gradients are one positive multiple of the loss's",
        "all gradients are {} times those of the loss, which is another learning rate",
    ),
    "negative-gradients": Row(
        "all gradients are the negative ones, and the updates add them",
        "the gradients are negative ones, and the updates add them",
    ),
    "unprinted-penalty": Row(
        "a gradient holds a multiple of its own parameter that shrinks it",
        "`{}` decays by a term that the loss does not show",
    ),
    "unprinted-term": Row(
        "the gradients hold the exact derivative of a term known by its formula, at a weight > 0",
        "the loss is taken to hold {} as well, which the program does not show",
    ),
    "sum-of-losses": Row(
        "the gradients follow the sum of several scalars at constant weights",
        "the loss is taken to be the sum of the scalars that are followed",
    ),
    "held-constant": Row(
        "targets of a bootstrapped update, old policies, directions and centres, by custom",
        "with {} held constant",
    ),
    "maximised": Row(
        "the updates climb a value that is no distance from any target",
        "`{}` is taken for a value to be made large",
    ),
    "implied-loss": Row(
        "no loss is stated, and the first delta is a residual of a known family",
        "no loss is computed; the first delta is that of {}",
        cost=0,
    ),
    "sample-weights": Row(
        "no loss is stated, and one number a sample, which is data, weighs the residual",
        "each sample counts by {}",
    ),
    "epsilon": Row(
        "one literal that keeps the loss finite, written alike, closes the gap",
        "small constants differ between the loss and its derivative",
    ),
}


def taken(name: str, what: object = "", row: int | None = None) -> Liberty:
    """A liberty of the table, in words."""
    return Liberty(name, TABLE[name].said.format(what), row)
