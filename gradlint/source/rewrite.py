"""The rewriting that lets an unprepared program be traced.

Every operation that may touch an array becomes a call of a hook that does the very same thing and
tells the tape about it::

    z = x @ W + b        z = H.bind(9, H.Add(8, H.MatMult(7, x, W), b))
    W[i] -= g            H.augmented_item(H.load_item(4, W, i), "Sub", g)

Values stay what they are (plain arrays, plain floats): the tape knows them by identity.  Positions
are copied exactly, so tracebacks of the instrumented program show the user's own lines.
This module knows syntax only.
"""

from __future__ import annotations

import ast
from typing import Any

from gradlint.source.spots import SourceFile, Spot

HOOKS = "__gradlint__"  # ends in underscores: never mangled inside a class

# These look at the frame of their caller; wrapping the call would show them ours.
_FRAME_SENSITIVE = {"super", "locals", "globals", "vars", "dir", "eval", "exec", "breakpoint"}
_RUNNING = {"eval", "exec"}
_VIEW_ATTRIBUTES = {"T", "mT", "real", "imag", "flat", "A", "A1", "I", "H"}
_ARITHMETIC_COMPARISONS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)


def instrument(
    file: SourceFile, spots: list[Spot], mode: str = "exec"
) -> ast.Module | ast.Expression:
    """The instrumented tree of a file; its places are appended to ``spots``."""
    tree = ast.parse(file.text, file.filename, mode)
    rewritten = _Rewriter(file, spots).visit(tree)
    ast.fix_missing_locations(rewritten)
    assert isinstance(rewritten, (ast.Module, ast.Expression))
    return rewritten


class _Rewriter(ast.NodeTransformer):
    def __init__(self, file: SourceFile, spots: list[Spot]) -> None:
        self.file = file
        self.spots = spots
        self.class_names: list[str] = []

    # -- building hook calls ----------------------------------------------------------------

    def spot(self, node: ast.AST, targets: tuple[Any, ...] = ()) -> ast.Constant:
        self.spots.append(Spot(self.file, self.file.original(node), targets))
        return ast.Constant(len(self.spots) - 1)

    def hook(self, name: str, at: ast.AST, *args: ast.expr) -> ast.Call:
        function = ast.Attribute(ast.Name(HOOKS, ast.Load()), name, ast.Load())
        call = ast.Call(function, list(args), [])
        for part in ast.walk(function):
            ast.copy_location(part, at)
        return ast.copy_location(call, at)

    def operand(self, node: ast.expr) -> Any:
        """A constant stays a bare constant where arithmetic consumes it at once."""
        return node if _is_number(node) else self.visit(node)

    # -- operators --------------------------------------------------------------------------

    def visit_BinOp(self, node: ast.BinOp) -> Any:
        if isinstance(node.left, ast.Constant) and isinstance(node.right, ast.Constant):
            return self.hook("fresh", node, node)  # Python works it out once and keeps it
        spot = self.spot(node)
        left, right = self.operand(node.left), self.operand(node.right)
        return self.hook(type(node.op).__name__, node, spot, left, right)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> Any:
        if isinstance(node.op, ast.Not):
            return self.generic_visit(node)
        if _is_number(node):
            return self.hook("fresh", node, node)
        spot = self.spot(node)
        return self.hook(type(node.op).__name__, node, spot, self.visit(node.operand))

    def visit_Compare(self, node: ast.Compare) -> Any:
        if len(node.ops) != 1 or not isinstance(node.ops[0], _ARITHMETIC_COMPARISONS):
            return self.generic_visit(node)
        spot = self.spot(node)
        left, right = self.operand(node.left), self.operand(node.comparators[0])
        return self.hook(type(node.ops[0]).__name__, node, spot, left, right)

    def visit_Constant(self, node: ast.Constant) -> Any:
        # Equal float literals of one code object are one object; the tape tells values apart by
        # identity, so each evaluation gets a float of its own.
        return self.hook("fresh", node, node) if type(node.value) is float else node

    # -- calls, attributes, subscripts ------------------------------------------------------

    def visit_Call(self, node: ast.Call) -> Any:
        if isinstance(node.func, ast.Name) and node.func.id in _FRAME_SENSITIVE:
            if node.func.id in _RUNNING and node.args and not node.keywords:
                return self.text(node)
            return self.generic_visit(node)
        spot = self.spot(node)
        call = self.hook("call", node, spot, self.visit(node.func), *map(self.visit, node.args))
        call.keywords = [
            ast.copy_location(ast.keyword(k.arg, self.visit(k.value)), k) for k in node.keywords
        ]
        return call

    def text(self, node: ast.Call) -> Any:
        """``eval(text)`` runs in the frame it is called from, but what it runs is followed, too."""
        assert isinstance(node.func, ast.Name)
        name = ast.copy_location(ast.Name(node.func.id, ast.Load()), node.func)
        spot = self.spot(node)
        code = self.hook("text", node, spot, name, *map(self.visit, node.args))
        node.args = [ast.copy_location(ast.Starred(code, ast.Load()), node)]
        return node

    def visit_Attribute(self, node: ast.Attribute) -> Any:
        if isinstance(node.ctx, ast.Load) and node.attr in _VIEW_ATTRIBUTES:
            spot = self.spot(node)
            name = ast.copy_location(ast.Constant(node.attr), node)
            return self.hook("attribute", node, spot, self.visit(node.value), name)
        if isinstance(node.ctx, ast.Store):
            spot = self.spot(node)
            node.value = self.hook("owner", node.value, spot, self.visit(node.value))
            return node
        return self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> Any:
        if isinstance(node.ctx, ast.Del):
            return self.generic_visit(node)
        spot = self.spot(node)
        owner = self.visit(node.value)
        if isinstance(node.ctx, ast.Load):
            return self.hook("getitem", node, spot, owner, self.index(node.slice))
        node.value = self.hook("store", node.value, spot, owner)
        node.slice = self.visit(node.slice)
        return node

    def index(self, node: ast.expr) -> ast.expr:
        """An index as an argument: slices are spelled as calls, tuples keep their order."""
        if isinstance(node, ast.Slice):
            none = ast.copy_location(ast.Constant(None), node)
            parts = [
                none if p is None else self.visit(p) for p in (node.lower, node.upper, node.step)
            ]
            return self.hook("slice", node, *parts)
        if isinstance(node, ast.Tuple):
            parts = [self.index(part) for part in node.elts]
            return ast.copy_location(ast.Tuple(parts, ast.Load()), node)
        return node if isinstance(node, ast.Constant) else self.visit(node)

    def visit_Starred(self, node: ast.Starred) -> Any:
        if not isinstance(node.ctx, ast.Load):
            return self.generic_visit(node)
        spot = self.spot(node)
        node.value = self.hook("spread", node.value, spot, self.visit(node.value))
        return node

    # -- statements that bind or change -----------------------------------------------------

    def visit_Assign(self, node: ast.Assign) -> Any:
        targets = tuple(self.target(t) for t in node.targets)
        several = len(targets) > 1 and any(isinstance(t, tuple) for t in targets)
        spot = self.spot(node, targets)
        hook = "bind_each" if several else "bind"
        node.value = self.hook(hook, node.value, spot, self.visit(node.value))
        node.targets = [self.visit(t) for t in node.targets]
        if several:  # each target takes the value apart for itself
            each = ast.Tuple(node.targets, ast.Store())
            node.targets = [ast.copy_location(each, node)]
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Any:
        if node.value is not None:
            spot = self.spot(node, (self.target(node.target),))
            node.value = self.hook("bind", node.value, spot, self.visit(node.value))
            node.target = self.visit(node.target)
        return node

    def visit_NamedExpr(self, node: ast.NamedExpr) -> Any:
        spot = self.spot(node, (node.target.id,))
        node.value = self.hook("bind", node.value, spot, self.visit(node.value))
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> Any:
        target = node.target
        spot = self.spot(node, (self.target(target),))
        name = ast.copy_location(ast.Constant(type(node.op).__name__), node)
        if isinstance(target, ast.Name):
            load = ast.copy_location(ast.Name(target.id, ast.Load()), target)
            value = self.hook("augmented", node, spot, name, load, self.operand(node.value))
            return ast.copy_location(ast.Assign([target], value), node)
        owner = self.visit(target.value)
        if isinstance(target, ast.Attribute):
            key: ast.expr = ast.copy_location(ast.Constant(self.mangled(target.attr)), target)
            kind = "attribute"
        else:
            key, kind = self.index(target.slice), "item"
        loaded = self.hook(f"load_{kind}", node, spot, owner, key)
        call = self.hook(f"augmented_{kind}", node, loaded, name, self.operand(node.value))
        return ast.copy_location(ast.Expr(call), node)

    def target(self, node: ast.expr) -> Any:
        """The shape of an assignment target: a text, or a tuple of targets."""
        if isinstance(node, (ast.Tuple, ast.List)):
            return tuple(self.target(part) for part in node.elts)
        if isinstance(node, ast.Starred):
            return None
        return self.file.text_of(self.file.original(node))

    def mangled(self, name: str) -> str:
        """A private name as it is really called inside a class."""
        owner = self.class_names[-1].lstrip("_") if self.class_names else ""
        if owner and name.startswith("__") and not name.endswith("__"):
            return f"_{owner}{name}"
        return name

    # -- loops and scopes -------------------------------------------------------------------

    def visit_For(self, node: ast.For) -> Any:
        spot = self.spot(node, (self.target(node.target),))
        node.iter = self.hook("iterate", node.iter, spot, self.visit(node.iter))
        node.target = self.visit(node.target)
        node.body = [self.visit(s) for s in node.body]
        node.orelse = [self.visit(s) for s in node.orelse]
        return node

    def visit_comprehension(self, node: ast.comprehension) -> Any:
        spot = self.spot(node.iter, (self.target(node.target),))
        if not node.is_async:
            node.iter = self.hook("iterate", node.iter, spot, self.visit(node.iter))
        node.ifs = [self.visit(test) for test in node.ifs]
        return node

    def visit_While(self, node: ast.While) -> Any:
        spot = self.spot(node)
        node.test = self.hook("tick", node.test, spot, self.visit(node.test))
        node.body = [self.visit(s) for s in node.body]
        node.orelse = [self.visit(s) for s in node.orelse]
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> Any:
        self.class_names.append(node.name)
        self.generic_visit(node)
        self.class_names.pop()
        return node

    def visit_FunctionDef(self, node: Any) -> Any:
        node.decorator_list = [self.visit(d) for d in node.decorator_list]
        node.args = self.visit(node.args)
        node.body = [self.visit(s) for s in node.body]
        return node

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815 - ast chooses the name

    def visit_arg(self, node: ast.arg) -> Any:
        return node  # annotations are not run for their values

    def visit_match_case(self, node: ast.match_case) -> Any:
        node.guard = None if node.guard is None else self.visit(node.guard)
        node.body = [self.visit(s) for s in node.body]
        return node  # patterns are not expressions

    def visit_Delete(self, node: ast.Delete) -> Any:
        return node


def _is_number(node: ast.AST) -> bool:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        node = node.operand
    return isinstance(node, ast.Constant) and isinstance(node.value, (int, float, complex))
