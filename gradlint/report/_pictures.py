"""A trace as one self-contained page: a picture of every operation, its arrays as boxes.

A box is as wide as its last axis is long and as high as the one before; further axes lie behind.
One scale holds for all boxes of an operation, and one colour for a dimension on the whole page.  A
line joins the axes that meet, a dashed box shows how far broadcasting repeats an operand.  Inline
SVG and CSS, no script, nothing fetched.
"""

from __future__ import annotations

from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

from gradlint.report._lines import clean
from gradlint.structs import struct

if TYPE_CHECKING:
    from gradlint.findings import Array, Meeting, Operation, Trace

_STYLE = """
:root { color-scheme: light dark; --ink: #1c2128; --soft: #59636e; --line: #d1d9e0;
  --paper: #fff; --code: #f6f8fa; --box: #eef2f6; --warn: #8a5a00;
  --c0: #0b5cad; --c1: #b3261e; --c2: #1a7f37; --c3: #8250df; --c4: #b35900; --c5: #0f7b7b;
  --c6: #bf3989; --c7: #57606a }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9198a1; --line: #3d444d;
  --paper: #0d1117; --code: #151b23; --box: #1f2732; --warn: #e3b341;
  --c0: #6cb6ff; --c1: #ff8178; --c2: #56d364; --c3: #d2a8ff; --c4: #ffa657; --c5: #56d4dd;
  --c6: #ff9bce; --c7: #9198a1 } }
body { margin: 0; color: var(--ink); background: var(--paper);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif }
main { max-width: 64rem; margin: 0 auto; padding: 1rem }
h1 { font-size: 1.15rem; overflow-wrap: anywhere }
p { color: var(--soft) }
section { border-top: 1px solid var(--line); padding: .5rem 0 1rem }
code, pre, text { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono",
  monospace }
pre { font-size: 14px; background: var(--code); border-radius: 6px; padding: .4rem .75rem;
  overflow-x: auto; margin: .5rem 0 }
pre i { color: var(--soft); font-style: normal; user-select: none; margin-right: 1rem }
figure { margin: .75rem 0; overflow-x: auto }
figcaption { font-size: 13px; color: var(--soft); overflow-wrap: anywhere }
figcaption b { color: var(--warn); font-weight: 600 }
svg { display: block }
svg text { font-size: 12px; fill: var(--ink) }
.box { fill: var(--box); stroke: var(--soft) }
.ghost { fill: none; stroke: var(--warn); stroke-dasharray: 3 3 }
.sign { font-size: 18px; text-anchor: middle; fill: var(--soft) }
.name { font-weight: 600; text-anchor: middle }
.axis { stroke-width: 3; fill: none }
.meets { stroke-width: 1.5; fill: none; stroke-dasharray: 5 3 }
"""

_LONGEST, _SHORTEST = 150.0, 9.0  # pixels of the longest axis of an operation, and of the shortest
_WIDEST = 30.0  # pixels of one element
_ROW = 14.0  # how high a box of one axis is
_DEPTH = 5.0  # how far a further axis lies behind, for each box that is drawn
_LETTER, _SIGN = 7.4, 11.0  # the width of a character, and of one between the boxes
_NUMBER = "= number"
_TOP, _BOTTOM, _GAP = 40.0, 44.0, 26.0
_COLOURS = 8


def render(trace: Trace) -> str:
    """A whole page, light or dark as the reader's system is."""
    colours = _Colours()
    rows = trace.source.splitlines()
    parts = []
    for row, group in groupby(trace.operations, key=lambda pair: pair[0].row):
        source = rows[row - 1].strip() if 0 < row <= len(rows) else ""
        figures = "".join(_figure(operation, times, colours) for operation, times in group)
        line = f"<pre><i>{row}</i>{_text(source)}</pre>"
        parts.append(f"<section>\n{line}\n{figures}</section>\n")
    note = f"<p>{_text(trace.note)}</p>\n" if trace.note else ""
    title = _text(trace.filename)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"<h1>{title}</h1>\n{note}{''.join(parts)}</main>\n</body>\n</html>\n"
    )


class _Colours:
    """One colour for each dimension, in the order in which they come up."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}

    def of(self, name: str) -> str:
        if not name:
            return "var(--soft)"
        return f"var(--c{self._known.setdefault(name, len(self._known)) % _COLOURS})"


@struct
class _Box:
    """An array as it is drawn: its corner, its size, how far axes lie behind, and its room."""

    array: Array
    x: float
    y: float
    width: float
    height: float
    behind: float
    ghost: tuple[float, float]  # the size with everything that broadcasting repeats
    room: float

    def edge(self, axis: int, *, right: bool = False) -> tuple[float, float]:
        """The middle of the edge along which an axis runs."""
        back = len(self.array.axes) - axis
        if back == 1:
            return self.x + self.width / 2, self.y + self.height
        if back == 2:
            return (self.x + self.width if right else self.x), self.y + self.height / 2
        return self.x + self.width + self.behind, self.y - self.behind


def _figure(operation: Operation, times: int, colours: _Colours) -> str:
    """The operands, the sign between them, and the result, with the axes that meet joined."""
    arrays = [a for a in (*operation.operands, operation.result) if a.axes]
    longest = max((n for a in arrays for _, n in a.axes[-2:]), default=1)
    scale = min(_WIDEST, _LONGEST / longest)
    boxes, signs = _laid_out(operation, scale)
    drawn = [_box(box, colours) for box in boxes]
    drawn += [_meeting(boxes, meeting, operation, colours) for meeting in operation.meetings]
    drawn += signs
    width = max(box.x + box.room for box in boxes) if boxes else 60.0
    width += _SIGN * len(_NUMBER) + _GAP if not operation.result.axes else 0.0
    height = max((b.y + max(b.height, b.ghost[1]) for b in boxes), default=0.0) + _BOTTOM
    said = [f"<code>{_text(operation.text)}</code>"]
    said += [f"{times} times"] if times > 1 else []
    said += [f"<b>{_text(operation.mark)}</b>"] if operation.mark else []
    told = _text(_spoken(operation))
    return (
        f"<figure>\n<figcaption>{' · '.join(said)}</figcaption>\n"
        f'<svg role="img" aria-label="{told}" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}">\n{"".join(drawn)}</svg>\n</figure>\n'
    )


def _spoken(operation: Operation) -> str:
    """The picture in words."""
    given = f" {operation.symbol} ".join(f"{a.text} {a.shape}" for a in operation.operands)
    result = operation.result.shape if operation.result.axes else "a number"
    return f"{given} = {result}" if given else f"{operation.text} = {result}"


def _laid_out(operation: Operation, scale: float) -> tuple[list[_Box], list[str]]:
    """The boxes from left to right on one middle line, and the signs between them."""
    shown = [*operation.operands, *([operation.result] if operation.result.axes else [])]
    sizes = [_size(array, scale) for array in shown]
    wholes = [_whole(size, _ghost(operation, i), scale) for i, size in enumerate(sizes)]
    depth = max((_behind(array) for array in shown), default=0.0)
    middle = _TOP + depth + max((whole[1] for whole in wholes), default=_ROW) / 2
    x, boxes, signs = 0.0, [], []
    for i, (array, size, whole) in enumerate(zip(shown, sizes, wholes, strict=True)):
        sign = _between(operation, i)
        if sign:
            wide = _SIGN * len(sign) + _GAP
            signs.append(_sign(x + wide / 2, middle, sign))
            x += wide
        room = max(whole[0] + _behind(array) + 16, _labelled(array))
        start = x + (room - whole[0] - _behind(array)) / 2
        right = _LETTER * len(_called(array, 2)) + 10 if len(array.axes) > 1 else 0.0
        boxes.append(
            _Box(array, start, middle - whole[1] / 2, *size, _behind(array), whole, room + right)
        )
        x += room + right
    if not operation.result.axes:
        signs.append(_sign(x + (_SIGN * len(_NUMBER) + _GAP) / 2, middle, _NUMBER))
    return boxes, signs


def _between(operation: Operation, position: int) -> str:
    """What stands before a box: an operator, a function, a comma, an equals sign."""
    count = len(operation.operands)
    infix = count == 2 and len(operation.symbol) <= 2
    if position == count:
        return "=" if count else ""
    if position == 0:
        return "" if infix else operation.symbol
    return operation.symbol if infix else ","


def _ghost(operation: Operation, position: int) -> tuple[int, ...]:
    """How long the last axes become of an operand that broadcasting repeats."""
    if position >= len(operation.stretched):
        return ()
    return _repeated(operation.result, operation.stretched[position])


def _repeated(result: Array, axes: tuple[int, ...]) -> tuple[int, ...]:
    """How long the last two axes become that are repeated: 0 for those that are not."""
    ndim = len(result.axes)
    return tuple(
        result.axes[ndim - back][1] if ndim - back in axes else 0 for back in (1, 2) if ndim >= back
    )


def _size(array: Array, scale: float) -> tuple[float, float]:
    lengths = [max(n * scale, _SHORTEST) for _, n in array.axes[-2:]]
    return (lengths[-1], lengths[0] if len(lengths) > 1 else _ROW)


def _whole(size: tuple[float, float], ghost: tuple[int, ...], scale: float) -> tuple[float, float]:
    """The size of a box with what broadcasting repeats of it."""
    longer = [max(n * scale, _SHORTEST) if n else 0.0 for n in (*ghost, 0, 0)[:2]]
    return max(size[0], longer[0]), max(size[1], longer[1])


def _behind(array: Array) -> float:
    return _DEPTH * min(3, max(0, len(array.axes) - 2) * 2)


def _labelled(array: Array) -> float:
    """The width of what is written above and below a box."""
    texts = [array.text, _called(array, 1), _further(array)]
    return _LETTER * max(len(_short(text)) for text in texts) + 16


def _called(array: Array, back: int) -> str:
    """The name and length of an axis, counted from the last."""
    if len(array.axes) < back:
        return ""
    name, size = array.axes[-back]
    return f"{name} {size}" if name else str(size)


def _further(array: Array) -> str:
    """The axes that lie behind."""
    return " · ".join(f"{name} {size}".strip() for name, size in array.axes[:-2])


def _short(text: str) -> str:
    return text if len(text) <= 28 else f"{text[:27]}…"


def _box(box: _Box, colours: _Colours) -> str:
    """A box with its axes named and coloured, and its ghost where it is repeated."""
    x, y, width, height = box.x, box.y, box.width, box.height
    lines = []
    if box.ghost != (width, height):
        lines.append(_rect(x, y, *box.ghost, "ghost"))
    shifts = range(int(box.behind), 0, -int(_DEPTH))
    lines += [_rect(x + shift, y - shift, width, height, "box") for shift in shifts]
    lines.append(_rect(x, y, width, height, "box"))
    middle, axes = x + width / 2, box.array.axes
    if axes:
        colour = colours.of(axes[-1][0])
        top = y - box.behind - 6
        lines.append(_line(x, y, x + width, y, colour))
        lines.append(_label(middle, top, _called(box.array, 1), colour, "middle"))
        further = _further(box.array)
        if further:
            first = colours.of(axes[-3][0])
            lines.append(_line(x + width, y, x + width + box.behind, y - box.behind, first))
            lines.append(_label(middle, top - 15, further, first, "middle"))
    if len(axes) > 1:
        colour = colours.of(axes[-2][0])
        lines.append(_line(x, y, x, y + height, colour))
        right = x + max(width + box.behind, box.ghost[0]) + 6
        lines.append(_label(right, y + height / 2 + 4, _called(box.array, 2), colour, "start"))
    under = y + max(height, box.ghost[1]) + 36
    name = _text(_short(box.array.text))
    lines.append(f'<text class="name" x="{middle:.1f}" y="{under:.1f}">{name}</text>\n')
    return "".join(lines)


def _meeting(boxes: list[_Box], meeting: Meeting, operation: Operation, colours: _Colours) -> str:
    """A line between the two axes that meet, in the colour of their dimension."""
    one, other = boxes[meeting.one[0]], boxes[meeting.other[0]]
    if len(operation.operands) < 2 or one is other:
        return ""
    start = one.edge(meeting.one[1], right=True)
    end = other.edge(meeting.other[1])
    colour = colours.of(operation.operands[meeting.one[0]].axes[meeting.one[1]][0])
    below = max(start[1], end[1]) + (22 if meeting.summed else 14)
    path = (
        f"M{start[0]:.1f} {start[1]:.1f} C{start[0]:.1f} {below:.1f} {end[0] - 24:.1f} "
        f"{below:.1f} {end[0]:.1f} {end[1]:.1f}"
    )
    if start[1] == end[1] and not meeting.summed and start[0] != one.x + one.width / 2:
        path = f"M{start[0]:.1f} {start[1] - 12:.1f} L{end[0]:.1f} {end[1] - 12:.1f}"
    told = "summed over" if meeting.summed else "lined up"
    return f'<path class="meets" style="stroke:{colour}" d="{path}"><title>{told}</title></path>\n'


def _rect(x: float, y: float, width: float, height: float, kind: str) -> str:
    return (
        f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" '
        f'height="{height:.1f}" rx="2"/>\n'
    )


def _line(x: float, y: float, to_x: float, to_y: float, colour: str) -> str:
    return (
        f'<path class="axis" style="stroke:{colour}" '
        f'd="M{x:.1f} {y:.1f} L{to_x:.1f} {to_y:.1f}"/>\n'
    )


def _label(x: float, y: float, text: str, colour: str, anchor: str) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" style="fill:{colour}">'
        f"{_text(text)}</text>\n"
    )


def _sign(x: float, y: float, text: str) -> str:
    return f'<text class="sign" x="{x:.1f}" y="{y + 6:.1f}">{_text(text)}</text>\n'


def _text(text: str) -> str:
    return escape(clean(text))
