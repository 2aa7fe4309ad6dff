"""``--fill``: names that are never defined get made-up values, solved from what is done to them.

The program runs with an :class:`~gradlint.checking.unknown.Unknown` for each missing name.  Where
one meets an array, candidates are tried there and the natural one is taken; the run then starts
anew.  A run that fails takes the last choice back.  What was made up stands at the head of the
program, and is listed with the ``--set`` that gives it otherwise.  Nothing is judged here.
"""

from __future__ import annotations

import ast
import builtins
import dataclasses
import io
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.checking import drivers, stand_ins
from gradlint.checking.guesses import Guesser, batch_of
from gradlint.checking.unknown import Asked, Unknown
from gradlint.findings import Assumption, Site
from gradlint.source.program import joined
from gradlint.structs import field, struct
from gradlint.trace.stage import perform

if TYPE_CHECKING:
    from gradlint.config import Options
    from gradlint.source.program import Program, Row

_MOST_RUNS, _MOST_TURNS, _SECONDS = 90, 400, 3.0
_TURN = "__gradlint_turn__"
_NAMES_OF_ARRAYS = {"input", "iter", "sum", "max", "min", "id", "hash", "type", "vars", "dir"}


class _Enough(BaseException):
    """The program has run long enough to have met all it needs."""


@struct(frozen=False)
class _Decision:
    root: str
    left: list[str]


@struct(frozen=False)
class _Outcome:
    asked: Asked | None = None
    error: BaseException | None = None
    row: int = 0
    turns: int = 0


@struct(frozen=False)
class Filling:
    """The search for the values of one program."""

    draft: drivers.Draft
    options: Options
    decisions: list[_Decision] = field(default_factory=list)
    chosen: dict[str, str] = field(default_factory=dict)
    functions: dict[str, str] = field(default_factory=dict)
    runs: int = 0
    guesser: Guesser = field(default_factory=lambda: Guesser(""))
    best: tuple[tuple[int, int, int], dict[str, str], dict[str, str]] | None = None

    def solve(self) -> bool:
        """Find values with which the program runs, or those with which it gets furthest."""
        while self.runs < _MOST_RUNS:
            self.runs += 1
            outcome = self._run()
            if outcome.asked is not None and self._decide(outcome.asked):
                continue
            if outcome.asked is None and outcome.error is None:
                return True
            if isinstance(outcome.error, AssertionError):
                if self.draft.later_assertion(outcome.row):
                    continue
                return True  # it holds everything: what fails there is to be found
            if "non-broadcastable output" in str(outcome.error):
                return True  # an update that its gradient does not fit: the same
            self._note(outcome)
            if self._left_out(outcome):
                continue
            if not self._otherwise():
                break
        if self.best is not None:
            _, self.chosen, self.functions = self.best
        return False

    def _note(self, outcome: _Outcome) -> None:
        reached = (outcome.turns, outcome.row, -len(self.chosen))
        if self.best is None or reached > self.best[0]:
            self.best = reached, dict(self.chosen), dict(self.functions)

    def _decide(self, asked: Asked) -> bool:
        """Choose a value for what was asked; false if there is none."""
        if asked.how == "call":
            return self._decide_call(asked)
        guesser = self._guesser()
        if asked.how == "meet":
            found = guesser.meeting(
                asked.root, asked.test, asked.partner, asked.operation, asked.value
            )
        elif asked.how == "size":
            found = guesser.size(asked.root)
        elif asked.how == "index":
            found = guesser.indices(asked.root)
        else:
            side = (asked.arguments or ((), {}))[1].get("side")
            found = guesser.free(asked.root, asked.value, side, asked.operation)
        if not found or asked.root in self.chosen:
            return False
        maker = guesser.should_be_one(asked.root, found[0])
        if maker is not None and maker in self.chosen:
            guesser.units[maker] = 1
            self._back_to(maker)
            return True
        self.chosen[asked.root] = found[0]
        self.decisions.append(_Decision(asked.root, found[1:]))
        return True

    def _back_to(self, root: str) -> None:
        """Take back a choice and all after it."""
        while self.decisions:
            last = self.decisions.pop()
            self.chosen.pop(last.root, None)
            self.functions.pop(last.root, None)
            if last.root == root:
                return

    def _decide_call(self, asked: Asked) -> bool:
        sizes = list(self._guesser().sizes)
        found = stand_ins.candidates(
            asked.root, asked.arguments or ((), {}), self.draft.text, sizes
        )
        if not found or asked.root in self.functions:
            return self.draft.without_loader(asked.root)
        self.functions[asked.root] = found[0]
        self.decisions.append(_Decision(asked.root, found[1:]))
        return True

    def _otherwise(self) -> bool:
        """Take back the last choice that has another candidate."""
        while self.decisions:
            last = self.decisions[-1]
            held = self.functions if last.root in self.functions else self.chosen
            if last.left:
                held[last.root] = last.left.pop(0)
                return True
            del held[last.root]
            self.decisions.pop()
        return False

    def _left_out(self, outcome: _Outcome) -> bool:
        """Leave out a statement that loads what is not there, and make up what it gives."""
        if not isinstance(outcome.error, OSError | ImportError):
            return False
        return self.draft.without_statement(outcome.row)

    def _guesser(self) -> Guesser:
        guesser = self.guesser
        guesser.text, guesser.sizes = self.draft.text, {}
        for name, expression in self.chosen.items():
            made = _evaluated(expression)
            guesser.learn(name, made)
        for value in self.known.values():
            if isinstance(value, np.ndarray) and 0 < value.ndim <= 2:
                guesser.learn("", value)
        return guesser

    # -- one run ----------------------------------------------------------------------------------

    known: dict[str, Any] = field(default_factory=dict)

    def _run(self) -> _Outcome:
        text = self.draft.with_functions(self.functions)
        outcome = _Outcome()
        try:
            tree = ast.parse(text, self.draft.filename)
        except SyntaxError as error:
            return _Outcome(error=error)
        code = compile(_counted(tree), self.draft.filename, "exec", dont_inherit=True)
        values = {root: _evaluated(text) for root, text in self.chosen.items()}

        def turn() -> None:
            outcome.turns += 1
            if outcome.turns > _MOST_TURNS:
                raise _Enough

        def program(namespace: dict[str, Any]) -> None:
            namespace["__builtins__"] = _Missing(self.draft.hidden, values)
            namespace[_TURN] = turn
            namespace["__gradlint_attribute__"] = lambda name: value_of(f"self.{name}", values)
            try:
                with _arrays_of_unknowns(), redirect_stdout(io.StringIO()):
                    exec(code, namespace)
            except _Enough:
                pass
            except Asked as asked:
                outcome.asked = asked
                outcome.row = _row(asked, self.draft.filename)
            except Exception as error:  # noqa: BLE001 - the user's program
                outcome.error, outcome.row = error, _row(error, self.draft.filename)
            self.known = {k: v for k, v in namespace.items() if not k.startswith("_")}

        perform(
            program, path=Path(self.draft.filename), seed=self.options.seed, timeout=_SECONDS,
            assume=dict(self.options.set),
        )  # fmt: skip
        return outcome


class _Missing(dict[str, Any]):
    """The built-in names, with an unknown for every other one."""

    def __init__(self, hidden: set[str], values: dict[str, Any]) -> None:
        super().__init__({k: v for k, v in vars(builtins).items() if k not in hidden})
        self.values_ = values

    def __missing__(self, name: str) -> Any:
        if name.startswith("__"):
            raise KeyError(name)
        return value_of(name, self.values_)


def value_of(root: str, values: dict[str, Any]) -> Any:
    """The value of a name: decided, an object of decided attributes, or unknown."""
    if root in values:
        return values[root]
    return _Part(root, values)


class _Part(Unknown):
    """An unknown whose attributes and items may be decided one by one."""

    def __init__(self, root: str, values: dict[str, Any]) -> None:
        super().__init__(root)
        self.__dict__["_decided"] = values

    def __getattr__(self, name: str) -> Any:
        found = super().__getattr__(name)
        return self._known(found)

    def __getitem__(self, key: Any) -> Any:
        return self._known(super().__getitem__(key))

    def __setitem__(self, key: Any, value: Any) -> None:
        if not isinstance(key, str):
            super().__setitem__(key, value)
        self._decided[f"{self._root}[{key!r}]"] = value

    def __setattr__(self, name: str, value: Any) -> None:
        self._decided[f"{self._root}.{name}"] = value

    def _known(self, found: Any) -> Any:
        if isinstance(found, Unknown) and not found._steps and found._root != self._root:
            return value_of(found._root, self._decided)
        return found


class _arrays_of_unknowns:  # noqa: N801 - a context manager
    """``np.array(unknown)`` asks the unknown for a sequence; here it becomes one of its steps."""

    _NAMES = ("array", "asarray", "asanyarray", "float64", "float32", "atleast_2d")

    def __enter__(self) -> None:
        self.kept = {name: getattr(np, name) for name in self._NAMES}
        for name in ("array", "asarray", "asanyarray", "atleast_2d"):
            setattr(np, name, _following(self.kept[name]))

    def __exit__(self, *_: object) -> None:
        for name, function in self.kept.items():
            setattr(np, name, function)


def _following(function: Any) -> Any:
    def made(value: Any = None, *rest: Any, **keywords: Any) -> Any:
        if isinstance(value, Unknown):
            return value._then(lambda v: function(v, *rest, **keywords))
        return function(value, *rest, **keywords)

    return made


def _counted(tree: ast.Module) -> ast.Module:
    """The program with a call at the beginning of every loop's body."""
    for node in ast.walk(tree):
        if isinstance(node, ast.For | ast.While):
            call = ast.Expr(ast.Call(ast.Name(_TURN, ast.Load()), [], []))
            node.body.insert(0, ast.copy_location(call, node.body[0]))
    return ast.fix_missing_locations(tree)


def _evaluated(expression: str) -> Any:
    np.random.seed(len(expression))
    return eval(expression, {"np": np})


def _row(error: BaseException, filename: str) -> int:
    row, tb = 0, error.__traceback__
    while tb is not None:
        if tb.tb_frame.f_code.co_filename == filename:
            row = tb.tb_lineno
        tb = tb.tb_next
    return row


def filled(program: Program, options: Options) -> Program:
    """The program with all that it lacks made up, as far as that can be done."""
    draft = drivers.drafted(program)
    draft.hidden |= _used_as_arrays(draft.text)
    search = Filling(draft, options)
    search.guesser.batch = batch_of(draft.text)
    search.solve()
    head = draft.head(search.chosen, search.functions, search.known)
    text, rows = joined([*head.rows, *draft.pieces(search.functions)])
    said = [
        Assumption("made-up", text, _place(program, row), setting)
        for text, row, setting in [*draft.said, *head.said]
    ]
    if not said:
        return program
    return dataclasses.replace(
        program, text=text, rows=rows, assumptions=(*program.assumptions, *said)
    )


def _place(program: Program, row: Row | None) -> Site | None:
    return None if row is None else Site(program.filename, row.row, 1, row.row, 1, row.cell)


def _used_as_arrays(text: str) -> set[str]:
    """Built-in functions that are an operand and never called: a name of the user's instead."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return set()
    operands, called = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp):
            operands |= {x.id for x in (node.left, node.right) if isinstance(x, ast.Name)}
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            called.add(node.func.id)
    return (operands - called) & _NAMES_OF_ARRAYS
