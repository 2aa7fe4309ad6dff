"""A right program as text and tree, and one slip planted in it: what all planters work with."""

from __future__ import annotations

import ast
import re
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
    road: set[int] = field(default_factory=set)  # what an optimiser makes of the gradients
    forward: set[int] = field(default_factory=set)
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
        """The text with a node replaced, in parentheses where they matter; None if no Python."""
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


def inner(program: Program, node: ast.AST) -> str:
    """A node's text as an operand, in parentheses where it needs them."""
    text = program.of(node)
    return f"({text})" if isinstance(node, ast.BinOp | ast.Compare | ast.IfExp) else text


def is_constant(node: ast.AST) -> bool:
    """Whether a node is a literal."""
    return isinstance(node, ast.Constant)
