"""What code out of its context needs around it: a class for lone methods, a call, a loop.

A :class:`Draft` is a program being completed: its rows with their places, the rows made up around
them, and what is to be said about each.  Which values are made up is not decided here.
"""

from __future__ import annotations

import ast
import itertools
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.source.program import Row
from gradlint.structs import field, struct

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gradlint.source.program import Program

Piece = tuple[str, Row | None]
Said = tuple[str, Row | None, str]  # what was made up, its row in the document, the setting

_NETWORK = "Network"
_TRAINS = re.compile(r"train\w*|fit|learn|optimi[sz]e|gradient_descent|sgd|run|main", re.IGNORECASE)
_BACKWARD = re.compile(r"\w*back_?prop\w*|backward\w*|\w*gradients?|step|update\w*", re.IGNORECASE)
_HOOK = "__gradlint_attribute__"


@struct(frozen=False)
class Head:
    """The rows that give values before the program begins, and what is said of them."""

    rows: list[Piece]
    said: list[Said]


@struct(frozen=False)
class Draft:
    """A program that lacks something: its rows, the driver behind them, what was made up."""

    filename: str
    body: list[Piece]
    tail: list[str] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    hidden: set[str] = field(default_factory=set)
    wrapped: int | None = None  # the index in ``body`` behind the made-up class's header

    @property
    def text(self) -> str:
        """The rows as they stand, without what is made up around them."""
        return "\n".join([*(text for text, _ in self.body), *self.tail]) + "\n"

    def with_functions(self, functions: Mapping[str, str]) -> str:
        """The text to try, with made-up functions and a hook for missing attributes."""
        head = ["import numpy as np", *self._functions(functions, methods=False)]
        hook = []
        if self.wrapped is not None:
            hook = [
                "    def __getattr__(self, name):",
                "        if name.startswith('__'): raise AttributeError(name)",
                f"        return {_HOOK}(name)",
                *self._methods(functions),
            ]
        self.offset = len(head)
        self.hooked = len(hook)
        rows = [text for text, _ in self.body]
        at = self.wrapped or 0
        return "\n".join([*head, *rows[:at], *hook, *rows[at:], *self.tail]) + "\n"

    offset: int = 0
    hooked: int = 0

    def _index(self, row: int) -> int:
        """The index in ``body`` of a row of the text that was tried."""
        index = row - self.offset - 1
        if self.wrapped is not None and index >= self.wrapped:
            index -= self.hooked
        return index

    def _functions(self, functions: Mapping[str, str], *, methods: bool) -> list[str]:
        return [
            row
            for root, text in functions.items()
            if root.startswith("self.") == methods
            for row in text.split("\n")
        ]

    def _methods(self, functions: Mapping[str, str]) -> list[str]:
        return ["    " + row for row in self._functions(functions, methods=True)]

    def pieces(self, functions: Mapping[str, str]) -> list[Piece]:
        """The body and the driver, with made-up methods in their class."""
        at = self.wrapped or 0
        methods: list[Piece] = [(row, None) for row in self._methods(functions)]
        if self.wrapped is None:
            methods = []
        tail: list[Piece] = [(row, None) for row in self.tail]
        return [*self.body[:at], *self.initial, *methods, *self.body[at:], *tail]

    initial: list[Piece] = field(default_factory=list)

    # -- taking statements out --------------------------------------------------------------------

    def without_statement(self, row: int) -> bool:
        """Take out the statement of a row of the tried text: an import, a load, an assertion."""
        index = self._index(row)
        return 0 <= index < len(self.body) and self._take_out(index + 1)

    def later_assertion(self, row: int) -> bool:
        """Put an assertion that fails behind everything its function computes."""
        at = self._index(row) + 1
        for function in ast.walk(self._tree()):
            if not isinstance(function, ast.FunctionDef):
                continue
            body = function.body
            first = next(
                (n for n, x in enumerate(body) if isinstance(x, ast.Assert) and x.lineno == at),
                None,
            )
            last = len(body) - isinstance(body[-1], ast.Return)
            if first is None or all(isinstance(x, ast.Assert) for x in body[first:last]):
                continue
            node, end = body[first], body[last - 1].end_lineno or 0
            rows = self.body[node.lineno - 1 : node.end_lineno]
            seen = rows[0][1]
            self.body[end:end] = rows
            del self.body[node.lineno - 1 : node.end_lineno]
            text = ast.unparse(node)
            text = text if len(text) <= 60 else text[:59] + "…"
            words = f"`{text}` fails, and is put behind the values computed after it"
            self.said.append((words, seen, ""))
            return True
        return False

    def without_loader(self, root: str) -> bool:
        """Take out an assignment of what a missing function returns, or its call alone."""
        for node in ast.walk(self._tree()):
            call = node.value if isinstance(node, ast.Assign | ast.Expr) else None
            if isinstance(call, ast.Call) and ast.unparse(call.func) == root:
                return self._take_out(call.lineno)
        return False

    def _tree(self) -> ast.Module:
        return ast.parse("\n".join(text for text, _ in self.body) + "\n")

    def _take_out(self, row: int) -> bool:
        """Replace the smallest statement around a row of the body by ``pass``."""
        found = [
            node
            for node in ast.walk(self._tree())
            if isinstance(node, ast.Assign | ast.Import | ast.ImportFrom | ast.Assert | ast.Expr)
            and node.lineno <= row <= (node.end_lineno or 0)
        ]
        if not found:
            return False
        node = min(found, key=lambda n: (n.end_lineno or 0) - n.lineno)
        _, seen = self.body[node.lineno - 1]
        text = ast.unparse(node)
        for index in range(node.lineno - 1, node.end_lineno or node.lineno):
            row_text = " " * node.col_offset + "pass" if index == node.lineno - 1 else ""
            self.body[index] = (row_text, self.body[index][1])
        what = text if len(text) <= 60 else text[:59] + "…"
        self.said.append((f"`{what}` is left out: it cannot run here", seen, ""))
        return True

    # -- giving values ----------------------------------------------------------------------------

    def head(
        self, chosen: Mapping[str, str], functions: Mapping[str, str], known: Mapping[str, Any]
    ) -> Head:
        """The rows that give the chosen values, and what is said about them."""
        rows: list[Piece] = [("import numpy as np", None)] if chosen or functions else []
        said: list[Said] = []
        grouped: dict[str, dict[str, str]] = {}
        for root, expression in chosen.items():
            base, part = _split(root)
            if not part:
                rows.append((f"{base} = {expression}", None))
                said.append((f"`{base}`, which is never defined", None, f"{base}={expression}"))
            else:
                grouped.setdefault(base, {})[part] = expression
        for base, parts in grouped.items():
            self._object(base, parts, known, rows, said)
        for root, text in functions.items():
            what = f"`{text.split('return ')[-1].split(chr(10))[0]}`"
            if re.search(r"\[name\] - |\bp - |given\d+ - given", text):
                what = "a step of gradient descent"
            said.append((f"`{root}(…)`, which is never defined: {what}", None, ""))
        rows += [(row, None) for row in self._functions(functions, methods=False)]
        return Head(rows, said)

    def _object(
        self, base: str, parts: dict[str, str], known: Mapping[str, Any],
        rows: list[Piece], said: list[Said],
    ) -> None:  # fmt: skip
        """A dictionary, an object of the program's own class, or the attributes of ``self``."""
        if base == "self":
            self.initial = [("    def __init__(self):", None)]
            for name, expression in parts.items():
                self.initial.append((f"        self{name} = {expression}", None))
                said.append((f"`self{name}` = `{expression}`", None, ""))
            return
        if all(part.startswith("[") for part in parts):
            inside = ", ".join(f"{part[1:-1]}: {text}" for part, text in parts.items())
            rows.append((f"{base} = {{{inside}}}", None))
            said.append((f"`{base}`, which is never defined", None, f"{base}={{{inside}}}"))
            return
        shapes = {part[1:]: np.shape(_evaluated(text)) for part, text in parts.items()}
        made = _made_by_a_class(shapes, known)
        if made is not None:
            at = next((n for n, row in enumerate(self.tail) if base in row), 0)
            self.tail.insert(at, f"{base} = {made}")
            said.append((f"`{base}` = `{made}`", None, ""))
            return
        inside = ", ".join(f"{part[1:]}={text}" for part, text in parts.items())
        rows.append((f"{base} = __import__('types').SimpleNamespace({inside})", None))
        said.append((f"`{base}` with {inside}", None, ""))


def _split(root: str) -> tuple[str, str]:
    match = re.match(r"(\w+)(.*)$", root, re.DOTALL)
    return (match[1], match[2]) if match else (root, "")


def _evaluated(expression: str) -> Any:
    return eval(expression, {"np": np})


def _made_by_a_class(shapes: dict[str, tuple[int, ...]], known: Mapping[str, Any]) -> str | None:
    """The call of one of the program's classes that makes an object with these attributes."""
    sizes = sorted({n for shape in shapes.values() for n in shape})
    for name, kind in known.items():
        if not isinstance(kind, type) or kind.__module__ != "__main__":
            continue
        code = getattr(vars(kind).get("__init__"), "__code__", None)
        count = code.co_argcount - 1 if code else 0
        for given in itertools.product(sizes, repeat=min(count, 3)):
            try:
                made = kind(*given)
                fits = all(np.shape(getattr(made, a)) == s for a, s in shapes.items())
            except Exception:  # noqa: BLE001 - the user's class, tried with one size after another
                continue
            if fits:
                return f"{name}({', '.join(map(str, given))})"
    return None


# -- the structure around -------------------------------------------------------------------------


def drafted(program: Program) -> Draft:
    """A program's rows, with a class around lone methods and a driver where nothing runs."""
    rows = program.rows or tuple(Row(n) for n in range(1, program.text.count("\n") + 1))
    texts = program.text.split("\n")[: len(rows)]
    draft = Draft(program.filename, list(zip(texts, rows, strict=True)))
    tree = ast.parse(program.text)
    lone = [n for n in tree.body if _is_method(n)]
    if lone:
        _wrap(draft, lone)
        tree = ast.parse("\n".join(text for text, _ in draft.body) + "\n")
    if not _runs_something(tree):
        _drive(draft, tree)
    elif _is_one_step(tree):
        _repeat(draft, tree, program.source)
    return draft


def _is_method(node: ast.stmt) -> bool:
    return isinstance(node, ast.FunctionDef) and bool(node.args.args) and (
        node.args.args[0].arg == "self"
    )  # fmt: skip


def _wrap(draft: Draft, lone: Sequence[ast.stmt]) -> None:
    """Put methods that stand alone into a class."""
    spans = [range(_first_row(node) - 1, node.end_lineno or node.lineno) for node in lone]
    inside = {number for span in spans for number in span}
    numbered = list(enumerate(draft.body))
    before = [piece for n, piece in numbered if n < min(inside)]
    after = [piece for n, piece in numbered if n > min(inside) and n not in inside]
    methods = [_set_in(piece) for n, piece in numbered if n in inside]
    draft.body = [*before, (f"class {_NETWORK}:", None), *methods, *after]
    draft.wrapped = len(before) + 1
    names = ", ".join(f"`{node.name}`" for node in lone if isinstance(node, ast.FunctionDef))
    draft.said.append((f"a class around the methods {names}", None, ""))


def _set_in(piece: Piece) -> Piece:
    """A row set in by four columns."""
    text, row = piece
    return "    " + text if text.strip() else text, None if row is None else _shifted(row)


def _first_row(node: ast.stmt) -> int:
    decorators = getattr(node, "decorator_list", [])
    rows: list[int] = [node.lineno, *(d.lineno for d in decorators)]
    return min(rows)


def _shifted(row: Row) -> Row:
    """The place of a row that was set in by four columns."""
    if row.columns is None:
        return row
    return Row(row.row, row.cell, (row.columns[0],) * 4 + row.columns)


def _runs_something(tree: ast.Module) -> bool:
    """Whether the module level does more than define."""
    own = {n.name for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef)}
    for node in tree.body:
        if isinstance(node, ast.For | ast.While | ast.With | ast.If | ast.Try | ast.AugAssign):
            return True
        if isinstance(node, ast.Assign | ast.Expr):
            names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
            targets = {t.id for t in getattr(node, "targets", []) if isinstance(t, ast.Name)}
            if names & own or (targets and targets & _loaded(node)):
                return True
    return False


def _loaded(node: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}


def _is_one_step(tree: ast.Module) -> bool:
    """Whether parameters are updated at module level, outside of any loop and any function."""
    if any(isinstance(node, ast.For | ast.While) for node in tree.body):
        return False
    for node in tree.body:
        if isinstance(node, ast.AugAssign):
            return True
        targets = {t.id for t in getattr(node, "targets", []) if isinstance(t, ast.Name)}
        if isinstance(node, ast.Assign) and targets & _loaded(node):
            return True
    return False


def _repeat(draft: Draft, tree: ast.Module, page: str) -> None:
    """Run the step that the module level shows again and again."""
    defined = (ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
    first = 0
    for node in tree.body:
        if isinstance(node, defined):
            first = node.end_lineno or node.lineno
    inside = map(_set_in, draft.body[first:])
    neuron: list[Piece] = [("    " + row, None) for row in _neuron(draft, tree, page)]
    draft.body = [*draft.body[:first], ("for _step in range(4):", None), *neuron, *inside]
    draft.said.append(("a loop around the lines of the step", None, ""))


def _neuron(draft: Draft, tree: ast.Module, page: str) -> list[str]:
    """The forward pass of one neuron, for a step that only shows its slope and its update.

    Its loss is the one that the page speaks of, if it does.
    """
    outputs = _sloped(tree)
    given = _stored(tree)
    weights, inputs = _updated(tree, given)
    if not outputs or outputs[0] in given or not weights:
        return []
    output = outputs[0]
    rows = [f"{output} = 1 / (1 + np.exp(-np.sum({weights} * {inputs}, keepdims=True)))"]
    draft.said.append((f"`{output}` is that of a sigmoid neuron with `{weights}` and `{inputs}`",
                       None, ""))  # fmt: skip
    target = _compared_with(tree, output)
    where = re.search(r"cross[\s-]*entropy", page, re.IGNORECASE)
    if target and where:
        rows.append(
            f"cost = -np.sum({target} * np.log({output}) + (1 - {target}) * np.log(1 - {output}))"
        )
        rows.append("print('cost', cost)")
        row = page.count("\n", 0, where.start()) + 1
        draft.said.append((f"the loss: the page speaks of `{where[0]}`", Row(row), ""))
    return rows


def _sloped(tree: ast.Module) -> list[str]:
    """The names whose sigmoid's slope is taken, by a function of the program."""
    slopes = {n.name for n in tree.body if isinstance(n, ast.FunctionDef) and _is_slope(n)}
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call)]
    given = [n.args[0] for n in calls if ast.unparse(n.func) in slopes and n.args]
    return [argument.id for argument in given if isinstance(argument, ast.Name)]


def _stored(tree: ast.Module) -> set[str]:
    names = (n for n in ast.walk(tree) if isinstance(n, ast.Name))
    return {n.id for n in names if isinstance(n.ctx, ast.Store)}


def _is_slope(function: ast.FunctionDef) -> bool:
    """Whether a function is sigmoid's slope, taken of its output."""
    last = function.body[-1]
    text = ast.unparse(last.value) if isinstance(last, ast.Return) and last.value else ""
    name = function.args.args[0].arg if function.args.args else ""
    plain = re.sub(r"\.0\b|[\s()]", "", text)
    return bool(name) and plain in (f"{name}*1-{name}", f"1-{name}*{name}")


def _updated(tree: ast.Module, given: set[str]) -> tuple[str, str]:
    """What the step updates, and the value that nobody gives which its update is made of last."""
    for node in tree.body:
        if not isinstance(node, ast.Assign | ast.AugAssign):
            continue
        target = node.target if isinstance(node, ast.AugAssign) else node.targets[0]
        names = [n.id for n in ast.walk(node.value) if isinstance(n, ast.Name)]
        if isinstance(target, ast.Name) and (target.id in names or isinstance(node, ast.AugAssign)):
            factors = [n for n in names if n not in given and not re.match(r"l\w*r|alpha|eta", n)]
            if factors:
                return target.id, factors[-1]
    return "", ""


def _compared_with(tree: ast.Module, output: str) -> str:
    """What a residual holds against the output."""
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub):
            sides = [n.id for n in (node.left, node.right) if isinstance(n, ast.Name)]
            if len(sides) == 2 and output in sides:
                return sides[0] if sides[1] == output else sides[1]
    return ""


def _drive(draft: Draft, tree: ast.Module) -> None:
    """Call what trains the network, with arguments that are then made up."""
    scored = [(_entry_score(function), owner, function) for owner, function in _callables(tree)]
    score, owner, function = max(scored, key=lambda each: each[0], default=(0, None, None))
    if not score or function is None or (owner is None and not _updates(function)):
        return  # a pair of functions is checked as one
    given = [a.arg for a in _required(function, method=owner is not None)]
    call = f"{function.name}({', '.join(given)})"
    if owner is not None:
        call = f"network.{call}"
        draft.tail = [f"network = {owner.name}({', '.join(_needs(owner))})"]
    draft.said.append((f"the call `{call}`", None, ""))
    if _updates(function):
        draft.tail.append(call)
        return
    draft.tail += ["for _step in range(4):", f"    _gradients = {call}"]
    for number, parameter in _returned(function):
        draft.tail.append(f"    network.{parameter} -= 0.1 * _gradients[{number}]")
        told = f"the update of `{parameter}` by value {number + 1} of `{function.name}`"
        draft.said.append((told, None, ""))


def _needs(owner: ast.ClassDef) -> list[str]:
    """What an object of a class is made with."""
    for node in owner.body:
        if isinstance(node, ast.FunctionDef) and node.name == "__init__":
            return [a.arg for a in _required(node, method=True)]
    return []


def _callables(
    tree: ast.Module,
) -> Iterator[tuple[ast.ClassDef | None, ast.FunctionDef]]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield None, node
        elif isinstance(node, ast.ClassDef):
            yield from ((node, n) for n in node.body if isinstance(n, ast.FunctionDef))


def _required(function: ast.FunctionDef, *, method: bool) -> list[ast.arg]:
    arguments = function.args.args[1 if method else 0 :]
    return arguments[: len(arguments) - len(function.args.defaults)]


def _entry_score(function: ast.FunctionDef) -> int:
    if _TRAINS.fullmatch(function.name):
        return 4 if _updates(function) else 3
    if _updates(function) and not function.name.startswith("_"):
        return 2
    return 1 if _BACKWARD.fullmatch(function.name) and _returned(function) else 0


def _updates(function: ast.FunctionDef) -> bool:
    """Whether a function changes a value by a step of itself."""
    for node in ast.walk(function):
        if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Sub | ast.Add):
            counts = isinstance(node.target, ast.Name) and isinstance(node.value, ast.Constant)
            if not counts:
                return True
        value = node.value if isinstance(node, ast.Assign) else None
        if isinstance(node, ast.Assign) and isinstance(value, ast.BinOp):
            changed, old = ast.unparse(node.targets[0]), ast.unparse(value.left)
            if changed == old and not isinstance(value.right, ast.Constant):
                return True
    return False


def _returned(function: ast.FunctionDef) -> list[tuple[int, str]]:
    """Which value that a function returns is the gradient of which attribute of ``self``.

    What the function says of their shapes (an assertion, a message) pairs them.
    """
    last = next((n for n in reversed(function.body) if isinstance(n, ast.Return)), None)
    if last is None or not isinstance(last.value, ast.Tuple):
        return []
    pairs = dict(_alike(function))
    names = [ast.unparse(item) for item in last.value.elts]
    return [(number, pairs[name]) for number, name in enumerate(names) if name in pairs]


def _alike(function: ast.FunctionDef) -> Iterator[tuple[str, str]]:
    """Values and attributes of ``self`` whose shapes are compared."""
    for node in ast.walk(function):
        sides = [node.left, *node.comparators] if isinstance(node, ast.Compare) else []
        texts = [ast.unparse(side) for side in sides]
        if len(texts) == 2 and all(text.endswith(".shape") for text in texts):
            one, other = (text.removesuffix(".shape") for text in texts)
            if one.startswith("self."):
                one, other = other, one
            yield one, other.removeprefix("self.")
