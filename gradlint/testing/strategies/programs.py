"""Whole random networks as program texts, right or with one slip, for tests of checkers.

A checker must call every right one right, however it is laid out; and must find the slip.

Hypothesis loads this module through its entry point, so that ``st.from_type(Network)`` and
``@given(net=...)`` on an annotated argument know what to draw: it imports no NumPy.
"""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from gradlint.report.pages import pages
from gradlint.structs import struct
from gradlint.testing.strategies.formulas import MISTAKES, LossName, Structure, Style
from gradlint.testing.strategies.program_text import program

_STRUCTURES: list[Structure] = ["script", "functions", "dict", "class", "lists", "layers"]
_LOSSES: list[LossName] = ["squared", "squared-sigmoid", "binary", "softmax"]
_HIDDEN_SLIPS = {
    "derivative-of-preactivation",
    "other-activations-derivative",
    "missing-activation-derivative",
}
_LOOPED: set[Structure] = {"lists", "layers"}  # one line makes the gradients of all layers


@struct
class Network:
    """A training program: its text, whether its gradients are right, and how it is made.

    ``mistake`` is the code of the slip where there is one, else empty.
    """

    source: str
    style: Style
    right: bool = True
    mistake: str = ""

    def __str__(self) -> str:
        return self.source


def networks(*, mistakes: bool = False) -> st.SearchStrategy[Network]:
    """Draw training programs whose gradients are right; with ``mistakes``, all with one slip.

    Every program runs by itself with nothing but NumPy, in well under a second.

    >>> from hypothesis import find
    >>> net = find(networks(), lambda net: net.style.depth == 1)
    >>> net.right, net.style.structure, net.style.steps
    (True, 'script', 3)
    >>> exec(net.source, {"print": lambda *told: None})
    >>> find(networks(mistakes=True), lambda net: net.mistake == "GL204").right
    False
    """
    drawn = styles().map(lambda style: Network(program(style), style))
    if not mistakes:
        return drawn
    return st.builds(_slipped, styles(), st.sampled_from(list(MISTAKES)))


@st.composite
def styles(draw: st.DrawFn) -> Style:
    """Draw what a program is like; a script of one layer in rows is the simplest."""
    loss = draw(st.sampled_from(_LOSSES))
    sizes = draw(st.lists(st.integers(2, 7), min_size=2, max_size=4, unique=True))
    one_output = loss != "softmax" and draw(st.booleans())
    return Style(
        structure=draw(st.sampled_from(_STRUCTURES)),
        sizes=tuple([*sizes[:-1], 1] if one_output else sizes),
        batch=draw(st.integers(1, 9)),
        columns=draw(st.booleans()),
        flat=draw(st.booleans()),
        activation=draw(st.sampled_from(["sigmoid", "tanh", "relu", "leaky"])),
        loss=loss,
        mean=draw(st.sampled_from(["delta", "gradients", "nowhere"])),
        printed=draw(st.sampled_from(["same", "other-scale", "nothing"])),
        product=draw(st.sampled_from(["@", "np.dot", ".dot"])),
        update=draw(st.sampled_from(["-=", "= -", "+="])),
        steps=draw(st.integers(3, 40)),
        seed=draw(st.integers(0, 999)),
    )


def _slipped(style: Style, mistake: str) -> Network:
    """Give a program one slip, and the style without which the slip would change nothing.

    Of two samples, twice the gradient and a missing mean are the same.
    """
    changes: dict[str, object] = {"mistake": mistake, "batch": max(style.batch, 3)}
    halved = style.depth == 1 or style.structure in _LOOPED
    if style.printed == "other-scale" or (halved and mistake not in _HIDDEN_SLIPS):
        # Another scale may make the slip what the loss asks for; and where half the gradients
        # disagree with the other half, only a printed loss tells which half is wrong.
        changes["printed"] = "same"
    if style.activation == "relu":
        changes["activation"] = "leaky"  # behind dead units every gradient is zero, so right
    if mistake == "missing-batch-mean":
        changes["mean"] = "gradients"
    if mistake == "unsummed-bias":
        changes["mean"] = "nowhere" if style.mean == "gradients" else style.mean
    if mistake in _HIDDEN_SLIPS:
        if style.depth == 1:
            changes["sizes"] = (style.sizes[0], style.sizes[0] + style.sizes[1], style.sizes[1])
        if mistake == "derivative-of-preactivation" and style.activation not in ("sigmoid", "tanh"):
            changes["activation"] = "tanh"  # the others' derivatives are the same for both
    slipped = replace(style, **changes)  # type: ignore[arg-type]
    code = next(page.code for page in pages().values() if page.name == mistake)
    return Network(program(slipped), slipped, right=False, mistake=code)


# The type is registered here, not by a function that the entry point names: whoever imports this
# module first imports Hypothesis, which then finds the module half made.
st.register_type_strategy(Network, lambda _: networks())
