"""A trace as a page: boxes in proportion, axes with one colour each, what meets joined."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

from gradlint.findings import Array, Meeting, Operation, Trace
from gradlint.report import _pictures

X = Array("X", (("batch", 20), ("features", 4)), "X")
W = Array("W", (("features", 4), ("hidden", 10)), "W")
Z = Array("X @ W", (("batch", 20), ("hidden", 10)))
B = Array("b", (("hidden", 10),), "b")
PRODUCT = Operation(2, "X @ W", "@", (X, W), Z, (Meeting((0, 1), (1, 0), summed=True),))
SUM = Operation(3, "Z + b", "+", (Z, B), Z, (Meeting((0, 1), (1, 0)),), ((), (0,)), "broadcast")


def page(*operations: Operation, source: str = "\n\n\n", note: str = "") -> str:
    """The page of a few operations."""
    return _pictures.render(Trace("net.py", source, tuple((o, 1) for o in operations), note))


def drawings(html: str) -> list[ET.Element]:
    """The pictures on a page, parsed."""
    return [ET.fromstring(text) for text in re.findall(r"<svg.*?</svg>", html, re.DOTALL)]


def boxes(picture: ET.Element, kind: str = "box") -> list[tuple[float, float]]:
    """The width and height of the boxes of a picture, from left to right."""
    found = [r for r in picture.iter("rect") if r.get("class") == kind]
    return [(float(r.get("width", 0)), float(r.get("height", 0))) for r in found]


def test_boxes_are_in_proportion():
    """One scale holds for all arrays of an operation: equal axes have equal lengths."""
    (picture,) = drawings(page(PRODUCT))
    (x, w, z) = boxes(picture)
    assert x[1] / x[0] == 20 / 4
    assert x[0] == w[1]
    assert (x[1], w[0]) == (z[1], z[0])


def test_what_broadcasting_repeats_is_shown():
    """The dashed box of an operand that is stretched has the size of the result."""
    (picture,) = drawings(page(SUM))
    assert boxes(picture, "ghost") == [boxes(picture)[-1]]
    (product,) = drawings(page(PRODUCT))
    assert boxes(product, "ghost") == []


def test_axes_that_meet_are_joined():
    """A line in the colour of the dimension joins two axes, and says how they meet."""
    html = page(PRODUCT, SUM)
    for picture, how in zip(drawings(html), ("summed over", "lined up"), strict=True):
        (line,) = [p for p in picture.iter("path") if p.get("class") == "meets"]
        assert line.find("title").text == how
    (product, _) = drawings(html)
    (line,) = [p for p in product.iter("path") if p.get("class") == "meets"]
    labels = {t.text: t.get("style", "") for t in product.iter("text")}
    assert line.get("style").removeprefix("stroke:") == labels["features 4"].removeprefix("fill:")


def test_a_dimension_has_one_colour_on_the_page():
    """The same name has the same colour in every picture, other names have others."""
    colours = {}
    for picture in drawings(page(PRODUCT, SUM)):
        for text in picture.iter("text"):
            if text.get("style"):
                colours.setdefault(text.text, set()).add(text.get("style"))
    assert all(len(found) == 1 for found in colours.values())
    assert len({next(iter(found)) for found in colours.values()}) == 3


def test_nothing_is_cut_off():
    """Every box and every word lies within its picture."""
    deep = Array("scores", (("batch", 2), ("heads", 3), ("queries", 7), ("keys", 7)), "scores")
    number = Array("scores.mean()", ())
    mean = Operation(4, "scores.mean()", "mean", (deep,), number)
    for picture in drawings(page(PRODUCT, SUM, mean)):
        width, height = float(picture.get("width")), float(picture.get("height"))
        for text in picture.iter("text"):
            letter = 10.8 if text.get("class") == "sign" else 7.3
            half = letter * len(text.text) / (1 if text.get("text-anchor") == "start" else 2)
            x = float(text.get("x"))
            assert x + half <= width + 1, text.text
            assert text.get("text-anchor") == "start" or x - half >= -1, text.text
            assert 0 < float(text.get("y")) < height
        for box in picture.iter("rect"):
            assert float(box.get("x")) + float(box.get("width")) <= width
            assert float(box.get("y")) + float(box.get("height")) <= height


def test_a_page_stands_alone():
    """No script, nothing from elsewhere; the author's text is escaped; light or dark."""
    html = page(PRODUCT, source="a\n<script>\n", note="no training step")
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert not re.search(r"(src|href|url)\s*[=(]", html)
    assert "prefers-color-scheme: dark" in html
    assert "no training step" in html


def test_a_picture_is_told_in_words():
    """What the picture shows is its label for those who hear it."""
    (picture,) = drawings(page(PRODUCT))
    assert picture.get("aria-label") == (
        "X (batch=20, features=4) @ W (features=4, hidden=10) = (batch=20, hidden=10)"
    )
