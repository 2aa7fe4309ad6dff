"""Planting mistakes: every way of spoiling one line of a right program, as an edit of its text.

A planter looks at one node of the syntax tree and offers replacements of it.  It knows Python and
how people write backward passes; it knows nothing of how gradlint finds anything.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

BATCH = re.compile(r"^(m|n|N|B|M|batch\w*|samples|\w*\.size)$|len\(|\.shape\[")
SLOPE = re.compile(
    r"1(\.0)? - |[<>]=? ?0|(prime|deriv|slope|grad)\w*\(|cos\(|mask|\bon\b|_back\(", re.I
)
SHAPING = {"reshape", "sum", "mean", "zeros", "zeros_like", "array", "dot", "max", "copy", "len"}


@dataclass(frozen=True)
class Plant:
    """One spoilt program: the text, the rows of the slip, and the codes that name it truly."""

    planter: str
    codes: tuple[str, ...]
    row: int
    end_row: int
    text: str
    was: str
    now: str
    rows: tuple[int, ...] = ()  # further rows at which it is as true to point

    def touches(self, row: int, end_row: int) -> bool:
        """Whether a span of rows meets the slip."""
        return (row <= self.end_row and end_row >= self.row) or row in self.rows


@dataclass
class Program:
    """A right program and the rows on which its backward pass and its updates stand."""

    name: str
    text: str
    backward: set[int]
    updates: set[int]
    gradients: set[int] = field(default_factory=set)  # where a weight's gradient is made
    deltas: set[int] = field(default_factory=set)  # where only the delta tells which loss is meant
    tree: ast.Module = field(init=False)
    parents: dict[ast.AST, ast.AST] = field(init=False)

    def __post_init__(self) -> None:
        self.tree = ast.parse(self.text)
        self.parents = {c: p for p in ast.walk(self.tree) for c in ast.iter_child_nodes(p)}
        self._lines = self.text.splitlines(keepends=True)
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line))

    def offset(self, row: int, column: int) -> int:
        """The place of a syntax tree's row and column (in UTF-8 bytes) in the text."""
        line = self._lines[row - 1].encode()[:column].decode()
        return self._starts[row - 1] + len(line)

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Where a node's text begins and ends."""
        return (
            self.offset(node.lineno, node.col_offset),
            self.offset(node.end_lineno, node.end_col_offset),
        )

    def of(self, node: ast.AST) -> str:
        """A node's text."""
        begin, end = self.span(node)
        return self.text[begin:end]

    def replaced(self, node: ast.AST, new: str) -> str | None:
        """The text with a node replaced, in parentheses where they matter; None if it is no Python."""
        begin, end = self.span(node)
        texts = [self.text[:begin] + part + self.text[end:] for part in (new, f"({new})")]
        trees = []
        for text in texts:
            try:
                trees.append(ast.dump(ast.parse(text)))
            except SyntaxError:
                trees.append("")
        if trees[0] and trees[0] == trees[1]:
            return texts[0]
        return texts[1] if trees[1] else None

    def statement(self, node: ast.AST) -> ast.stmt:
        """The statement that a node belongs to."""
        while not isinstance(node, ast.stmt):
            node = self.parents[node]
        return node

    def is_read(self, node: ast.AST) -> bool:
        """Whether the value of a node is used, not set."""
        return isinstance(getattr(node, "ctx", ast.Load()), ast.Load)


Offer = tuple[str, tuple[str, ...], ast.AST, str]  # planter, codes, node, its new text


def plants(program: Program) -> Iterator[Plant]:
    """Every mistake at every place of the backward pass and of the updates."""
    seen = {program.text}
    for node in ast.walk(program.tree):
        row = getattr(node, "lineno", None)
        if row is None or not program.is_read(node):
            continue
        offers: list[Offer] = []
        if row in program.backward or row in program.updates:
            offers += _at_expression(program, node)
        if row in program.updates:
            offers += _at_update(program, node)
        for planter, codes, place, new in offers:
            text = program.replaced(place, new) if new != program.of(place) else None
            if text is None or text in seen:
                continue
            seen.add(text)
            yield Plant(
                planter, codes, place.lineno, place.end_lineno or row, text, program.of(place), new
            )
    for plant in [*_all_updates(program), *_moved_updates(program)]:
        if plant.text not in seen:
            seen.add(plant.text)
            yield plant


def _at_expression(program: Program, node: ast.AST) -> Iterator[Offer]:
    if isinstance(node, ast.BinOp):
        yield from _binary(program, node)
    elif isinstance(node, ast.Call):
        yield from _call(program, node)
    elif isinstance(node, ast.Attribute) and node.attr == "T":
        yield "transpose dropped", ("GL305",), node, program.of(node.value)
    elif isinstance(node, ast.Compare):
        yield from _mask(program, node)
    elif isinstance(node, ast.Name | ast.Constant):
        yield from _neighbour(program, node)
    elif isinstance(node, ast.Subscript):
        yield from _index(program, node)
    elif isinstance(node, ast.Assign):
        yield from _assigned(program, node)
    elif isinstance(node, ast.AugAssign) and node.lineno not in program.updates:
        yield from _accumulated(program, node)


def _binary(program: Program, node: ast.BinOp) -> Iterator[Offer]:
    left, right = program.of(node.left), program.of(node.right)
    whole = program.of(node)
    bare = re.sub(r"\s|[()]", "", right)
    match node.op:
        case ast.Div():
            if BATCH.search(right.strip("() ")):
                yield "mean missing", ("GL201",), node, left
                yield "mean twice", ("GL202",), node, f"{whole} / {_inner(program, node.right)}"
            if bare in {"2", "2.0"}:
                yield "factor", ("GL203",), node, left
        case ast.Mult():
            if left in {"2", "2.0", "0.5", "-1"}:
                codes = ("GL204", "GL205") if left == "-1" else ("GL203",)
                yield "factor", codes, node, right
            yield from _slopes(program, node)
            yield (
                "product kind",
                ("GL306",),
                node,
                f"{_inner(program, node.left)} @ {_inner(program, node.right)}",
            )
        case ast.MatMult():
            yield (
                "product kind",
                ("GL306",),
                node,
                f"{_inner(program, node.left)} * {_inner(program, node.right)}",
            )
            for other in (node.left, node.right):
                if isinstance(other, ast.Name):
                    yield "transpose added", ("GL305",), other, f"{program.of(other)}.T"
            yield from _delta_alone(program, node, node.left, node.right)
        case ast.Add() if node.lineno in program.backward:
            if not (_is_constant(node.left) or re.search(r"eps|1e-|^\d+$", right)):
                yield "term missing", ("GL309",), node, left
                yield "term missing", ("GL309",), node, right
        case ast.Sub() if node.lineno in program.backward and not _is_constant(node.left):
            if not isinstance(program.parents[node], ast.BinOp | ast.Subscript | ast.Slice):
                signs = ("GL204", "GL205")
                yield "sign", signs, node, f"{_inner(program, node.right)} - {left}"
    for child in (node.left, node.right):
        if isinstance(child, ast.BinOp) and node.lineno in program.backward:
            yield from _unwrapped(program, node, child)


def _delta_alone(program: Program, node: ast.AST, *factors: ast.AST) -> Iterator[Offer]:
    """A weight gradient without its other factor, the previous activation."""
    if node.lineno in program.gradients:
        for factor in factors:
            if re.match(r"d|g|e|err|delta|.*_delta|.*error", program.of(factor)):
                yield "delta as gradient", ("GL310",), node, program.of(factor)


def _inner(program: Program, node: ast.AST) -> str:
    text = program.of(node)
    return f"({text})" if isinstance(node, ast.BinOp | ast.Compare | ast.IfExp) else text


def _is_constant(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant)


def _unwrapped(program: Program, node: ast.BinOp, child: ast.BinOp) -> Iterator[Offer]:
    """The parentheses around an operand forgotten, where that groups the line differently."""
    begin, end = program.span(child)
    first, last = program.span(node)
    text = program.text
    if text[begin - 1] == "(" and text[end] == ")":
        new = text[first : begin - 1] + text[begin:end] + text[end + 1 : last]
        if begin - 1 >= first and end < last:
            try:
                if ast.dump(ast.parse(new.strip(), mode="eval").body) == ast.dump(node):
                    return
            except SyntaxError:
                return
            yield "parentheses", ("GL108",), node, new


def _slopes(program: Program, node: ast.BinOp) -> Iterator[Offer]:
    """A product with an activation's derivative: left out, another's, or fed the wrong value."""
    left, right = node.left, node.right
    if not SLOPE.search(program.of(right)) or node.lineno not in program.backward:
        return
    is_rest = re.fullmatch(r"1(\.0)? - (.+)", program.of(right).strip("()"), re.S)
    if is_rest and isinstance(right, ast.BinOp) and not isinstance(right.right, ast.BinOp):
        value, factor = program.of(right.right), None
        if program.of(left) == value:
            yield from _formula(program, node, value, "output")
            return
        if isinstance(left, ast.BinOp) and isinstance(left.op, ast.Mult):
            factor = program.of(left.right)
            if factor == value:
                upstream = _inner(program, left.left)
                codes = ("GL304", "GL312") if " - " in upstream else ("GL304",)
                yield "slope missing", codes, node, program.of(left.left)
                yield "other slope", ("GL303",), node, f"{upstream} * (1 - {value} ** 2)"
                for code, new in _other_feed(program, value):
                    yield "slope fed wrongly", (code,), node, f"{upstream} * {new} * (1 - {new})"
                return
    # A squared error's delta without its slope is the cross-entropy's.
    codes = ("GL304", "GL312") if " - " in program.of(left) else ("GL304",)
    yield "slope missing", codes, node, program.of(left)
    if isinstance(right, ast.BinOp) and isinstance(right.op, ast.Mult):
        return  # the product a * (1 - a) has its turn as a node of its own
    if is_rest and isinstance(right, ast.BinOp):
        squared = right.right
        if isinstance(squared, ast.BinOp) and isinstance(squared.op, ast.Pow):
            yield from _formula(program, right, program.of(squared.left), "square")


def _formula(program: Program, node: ast.AST, value: str, kind: str) -> Iterator[Offer]:
    write = "{0} * (1 - {0})" if kind == "output" else "1 - {0} ** 2"
    other = "1 - {0} ** 2" if kind == "output" else "{0} * (1 - {0})"
    yield "other slope", ("GL303",), node, other.format(value)
    for code, new in _other_feed(program, value):
        yield "slope fed wrongly", (code,), node, write.format(new)


def _other_feed(program: Program, value: str) -> Iterator[tuple[str, str]]:
    """What else a derivative formula may be fed: the pre-activation, or the activation's own."""
    for assignment in ast.walk(program.tree):
        if not isinstance(assignment, ast.Assign) or not isinstance(assignment.value, ast.Call):
            continue
        call = assignment.value
        if len(assignment.targets) != 1 or program.of(assignment.targets[0]) != value:
            continue
        if len(call.args) == 1 and call.lineno not in program.backward:
            function = program.of(call.func)
            if function.rpartition(".")[2] in SHAPING:
                continue
            if isinstance(call.args[0], ast.Name | ast.Attribute | ast.Subscript):
                yield "GL301", program.of(call.args[0])
            else:
                yield "GL301", f"({program.of(call.args[0])})"
            yield "GL302", f"{function}({value})"


def _mask(program: Program, node: ast.Compare) -> Iterator[Offer]:
    if isinstance(program.parents[node], ast.Call):
        return  # np.where only asks whether it is true
    if len(node.ops) == 1 and program.of(node.comparators[0]) in {"0", "0.0"}:
        value = program.of(node.left)
        yield "other slope", ("GL303",), node, f"(1 - {value} ** 2)"
        yield "other slope", ("GL303",), node, f"{value} * (1 - {value})"


def _call(program: Program, node: ast.Call) -> Iterator[Offer]:
    name = program.of(node.func)
    short = name.rpartition(".")[2]
    whole = program.of(node)
    if short == "sum":
        means = ("GL206", "GL202", "GL203")
        yield "mean for sum", means, node.func, f"{name[:-3]}mean"
        inner = program.of(node.args[0]) if name == "np.sum" and node.args else name[:-4]
        shapes = ("GL206", "GL101", "GL102", "GL103")
        yield "sum missing", shapes, node, inner
        yield from _axes(program, node)
    elif short == "mean":
        yield "mean missing", ("GL201", "GL206"), node.func, f"{name[:-4]}sum"
    elif short == "dot" and node.args:
        if name == "np.dot" and len(node.args) == 2:
            yield "product kind", ("GL306",), node.func, "np.multiply"
            yield from _delta_alone(program, node, *node.args)
        elif len(node.args) == 1:
            left = name[: -len(".dot")]
            yield "product kind", ("GL306",), node, f"{left} * {_inner(program, node.args[0])}"
            receiver = getattr(node.func, "value", node.args[0])
            yield from _delta_alone(program, node, receiver, node.args[0])
    elif short == "multiply" and len(node.args) == 2:
        yield "product kind", ("GL306",), node.func, "np.dot"
        if SLOPE.search(program.of(node.args[1])):
            yield "slope missing", ("GL304",), node, program.of(node.args[0])
    elif short == "cos":
        yield "other slope", ("GL303",), node.func, "np.sin"
    elif re.search("prime|deriv|slope|grad|_d$|^d_", short) and len(node.args) == 1:
        wrong = ("GL301", "GL302")
        for _, new in _other_feed(program, program.of(node.args[0])):
            yield "slope fed wrongly", wrong, node.args[0], new
        for new in _activations_of(program, program.of(node.args[0])):
            yield "slope fed wrongly", wrong, node.args[0], new
    elif whole.startswith("np.add.at(") and len(node.args) == 3:
        target, index, value = (program.of(a) for a in node.args)
        index = index.strip("()") if isinstance(node.args[1], ast.Tuple) else index
        yield "repeated index", ("GL313",), node, f"{target}[{index}] += {value}"


def _activations_of(program: Program, value: str) -> Iterator[str]:
    """The names given to an activation of a value: what a derivative of it may be fed instead."""
    for node in ast.walk(program.tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            call = node.value
            fits = len(call.args) == 1 and program.of(call.args[0]) == value
            if fits and program.of(call.func).rpartition(".")[2] not in SHAPING:
                yield program.of(node.targets[0])


def _axes(program: Program, node: ast.Call) -> Iterator[Offer]:
    for keyword in node.keywords:
        if keyword.arg == "axis" and isinstance(keyword.value, ast.Constant):
            other = {0: "1", 1: "0"}.get(keyword.value.value)
            if other is not None:
                codes = ("GL206", "GL101", "GL102", "GL103", "GL311")
                yield "axis", codes, keyword.value, other


def _neighbour(program: Program, node: ast.Name | ast.Constant) -> Iterator[Offer]:
    """The same letter with another digit, as a name or as a key."""
    text = program.of(node)
    match = re.fullmatch(r"""(["']?[A-Za-z_]+)(\d)(["']?)""", text)
    if match is None or (
        isinstance(program.parents[node], ast.Call) and node is program.parents[node].func
    ):
        return
    stem, digit, quote = match.groups()
    known = {
        program.of(n)
        for n in ast.walk(program.tree)
        if isinstance(n, ast.Name | ast.Constant)
        and hasattr(n, "lineno")
        and n.lineno <= node.lineno
    }
    for step in (-1, 1):
        other = f"{stem}{int(digit) + step}{quote}" if int(digit) + step >= 0 else ""
        if other in known:
            yield "neighbour", ("GL308", "GL404"), node, other


def _index(program: Program, node: ast.Subscript) -> Iterator[Offer]:
    place = node.slice
    if isinstance(place, ast.BinOp) and isinstance(place.right, ast.Constant):
        if isinstance(place.op, ast.Add | ast.Sub) and isinstance(
            place.left, ast.Name | ast.UnaryOp
        ):
            yield "index", ("GL308",), place, program.of(place.left)
    elif isinstance(place, ast.Name) and place.id in {"t", "l", "i", "layer", "k"}:
        yield "index", ("GL308",), place, f"{place.id} - 1"


def _assigned(program: Program, node: ast.Assign) -> Iterator[Offer]:
    value = node.value
    if isinstance(value, ast.Tuple):
        values = value.elts
    elif isinstance(value, ast.Dict):
        values = value.values
    else:
        values = [value]
    for part in values:
        if (
            not isinstance(part, ast.BinOp | ast.Call | ast.UnaryOp)
            or part.lineno in program.updates
        ):
            continue
        signs = ("GL204", "GL205")
        if isinstance(part, ast.UnaryOp) and isinstance(part.op, ast.USub):
            yield "sign", signs, part, program.of(part.operand)
        else:
            yield "sign", signs, part, f"-{_inner(program, part)}"
        yield "factor", ("GL203",), part, f"2 * {_inner(program, part)}"
        if (
            isinstance(part, ast.BinOp)
            and isinstance(part.op, ast.Sub)
            and isinstance(part.left, ast.Name)
        ):
            a = program.of(part.left)
            yield "other loss", ("GL312", "GL303"), part, f"({program.of(part)}) * {a} * (1 - {a})"


def _accumulated(program: Program, node: ast.AugAssign) -> Iterator[Offer]:
    target, value = program.of(node.target), program.of(node.value)
    if isinstance(node.op, ast.Add):
        yield "overwritten sum", ("GL309",), node, f"{target} = {value}"
        yield "sign", ("GL204", "GL205"), node, f"{target} -= {value}"
    elif isinstance(node.op, ast.Div) and BATCH.search(value):
        yield "mean missing", ("GL201",), node, f"{target} = {target}"


def _turned(program: Program, node: ast.AST) -> str | None:
    """An update that goes the other way."""
    if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Sub | ast.Add):
        sign = "+=" if isinstance(node.op, ast.Sub) else "-="
        return f"{program.of(node.target)} {sign} {program.of(node.value)}"
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.BinOp):
        value = node.value
        if isinstance(value.op, ast.Sub | ast.Add) and len(node.targets) == 1:
            sign = "+" if isinstance(value.op, ast.Sub) else "-"
            target = program.of(node.targets[0])
            return f"{target} = {program.of(value.left)} {sign} {_inner(program, value.right) if not isinstance(value.right, ast.BinOp) or isinstance(value.right.op, ast.Add | ast.Sub) else program.of(value.right)}"
    return None


def _update_nodes(program: Program) -> list[ast.stmt]:
    return [
        n
        for n in ast.walk(program.tree)
        if isinstance(n, ast.stmt) and n.lineno in program.updates and _turned(program, n)
    ]


def _at_update(program: Program, node: ast.AST) -> Iterator[Offer]:
    turned = _turned(program, node)
    if turned is not None:
        yield "update climbs", ("GL204", "GL205"), node, turned


def _all_updates(program: Program) -> Iterator[Plant]:
    nodes = _update_nodes(program)
    if len(nodes) < 2:
        return
    text = program.text
    for node in sorted(nodes, key=lambda n: -n.lineno):
        begin, end = program.span(node)
        text = text[:begin] + (_turned(program, node) or "") + text[end:]
    rows = tuple(node.lineno for node in nodes)
    first = min(rows)
    yield Plant("all updates climb", ("GL205",), first, first, text, "-=", "+=", rows)


def _moved_updates(program: Program) -> Iterator[Plant]:
    """An update moved up to the line after its last ingredient."""
    lines = program.text.splitlines(keepends=True)
    for node in _update_nodes(program):
        block = _siblings(program, node)
        if block is None or node.lineno != node.end_lineno:
            continue
        target = program.of(node.target if isinstance(node, ast.AugAssign) else node.targets[0])
        used = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)} - {target.split("[")[0]}
        earlier = block[: block.index(node)]
        sets = [s for s in earlier if used & _set_by(s)]
        if not sets or sets[-1].end_lineno is None:
            continue
        after = sets[-1].end_lineno
        between = [s for s in earlier if s.lineno > after]
        reads = [
            s.lineno + 1
            for s in between
            if target in program.of(s) and s.lineno not in program.updates
        ]
        if not reads:
            continue
        moved = (
            lines[:after]
            + [lines[node.lineno - 1]]
            + lines[after : node.lineno - 1]
            + lines[node.lineno :]
        )
        text = "".join(moved)
        yield Plant(
            "updated too early",
            ("GL307",),
            after + 1,
            after + 1,
            text,
            "below",
            "above",
            tuple(reads),
        )


def _siblings(program: Program, node: ast.stmt) -> list[ast.stmt] | None:
    for body in ("body", "orelse"):
        block = getattr(program.parents[node], body, None)
        if isinstance(block, list) and node in block:
            return block
    return None


def _set_by(statement: ast.stmt) -> set[str]:
    return {
        n.id
        for n in ast.walk(statement)
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    }
