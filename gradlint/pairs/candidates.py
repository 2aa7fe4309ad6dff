"""The ways in which people call a backward function, the likeliest first.

A candidate is a list of arguments made of what is known after the forward call: upstream gradients,
outputs, cache, inputs, buffers.  It is scored by how well it suits the names of the parameters that
would receive it.  This module proposes; `conventions` calls.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.pairs import naming
from gradlint.pairs.errors import CallError
from gradlint.pairs.trees import at, described, is_float, is_number
from gradlint.structs import struct

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from gradlint.diagnosis.catalogue import Catalogue
    from gradlint.pairs.matching import Match
    from gradlint.pairs.subject import Subject


# What a name says, and how much it speaks against giving the parameter something else.
_SAYS: dict[str, Callable[[str], bool]] = {
    "dout": naming.is_upstream, "cache": naming.is_cache, "out": naming.is_output,
    "buffers": naming.is_buffers, "rate": naming.is_rate,
}  # fmt: skip
_AGAINST = {
    "in": {"own": -3.0, "cache": -3.0, "dout": -3.0, "out": -1.0, "rate": -2.0},
    "arg": {"rate": -2.0},
    "cache": {"dout": -3.0, "rate": -2.0},
    "dout": {"own": -3.0, "cache": -3.0, "rate": -2.0},
    "out": {"own": -3.0, "cache": -3.0, "dout": -3.0, "rate": -2.0},
    "buffers": dict.fromkeys(["own", "dout", "cache", "out", "rate"], -2.0),
    "rate": dict.fromkeys(["own", "dout", "cache", "out", "buffers"], -2.0),
}
_UNSAID = {"out": -0.5, "buffers": -2.0, "rate": -2.0}


@struct
class Settings:
    """What the caller named because it cannot be inferred; and the mistakes, handed in."""

    catalogue: Catalogue
    wrt: Any = None
    call: str | Callable[..., Any] | None = None
    loss: Any = None
    cotangent: Any = None
    seed: int = 0
    upstream: frozenset[str] = frozenset()  # names of gradients from above, known from elsewhere


@struct
class Plan:
    """One convention: which parts of what forward returned are outputs, how backward is called."""

    outputs: tuple[int, ...] | None  # positions in a returned tuple, or None for the whole
    call: tuple[str, ...] | None  # symbols, or None where forward returns the gradients itself
    score: float = 0.0
    match: Match | None = None
    gradients: Any = None  # for joint functions: the positions of the gradients
    loss: Any = None  # which part of what forward returned the caller asked for

    @property
    def fits(self) -> bool:
        """Whether gradients were found by it, and all have the shapes of their parameters."""
        return self.match is not None and self.match.perfect

    def pick(self, returned: Any) -> tuple[Any, ...]:
        """Give the parts of what forward returned that are differentiated."""
        if callable(self.loss):
            return (self.loss(returned),)
        if self.loss is not None:
            try:
                return (at(returned, (self.loss,)),)
            except (LookupError, TypeError, AttributeError) as error:
                what = described(returned)
                raise CallError(f"loss={self.loss!r}: forward returned {what}") from error
        return (returned,) if self.outputs is None else tuple(returned[k] for k in self.outputs)


class Candidates:
    """Proposes plans for a subject."""

    def __init__(
        self, subject: Subject, settings: Settings, signature: naming.Signature | None
    ) -> None:
        self.subject, self.settings, self.backward_signature = subject, settings, signature

    def plans(self, returned: Any) -> list[Plan]:
        """Give the conventions that may apply, the likeliest first."""
        distinct: dict[Any, Plan] = {}
        for plan in self._plans(returned):
            distinct.setdefault((plan.outputs, plan.call, plan.gradients), plan)
        plans = [replace(plan, loss=self.settings.loss) for plan in distinct.values()]
        return sorted(plans, key=lambda plan: -plan.score)

    def _plans(self, returned: Any) -> Iterator[Plan]:
        if self.subject.backward is None:
            yield from self._joint(returned)
            return
        for outputs in self._splits(returned):
            rest = () if outputs is None else tuple(range(len(outputs), len(returned)))
            chosen = (0,) if outputs is None else outputs
            first = returned if outputs is None else returned[outputs[0]]
            scalar = is_number(first) and np.size(first) == 1
            if self.settings.call is not None:
                yield Plan(outputs, ("asked",), -len(chosen))
                continue
            for call in self._calls(scalar, chosen, rest, returned):
                score = self._score(call, bool(rest))
                if score is not None:
                    yield Plan(outputs, call, score + (scalar and self._as_forward(call)))

    def _joint(self, returned: Any) -> Iterator[Plan]:
        """``loss, grads = f(params, X, y)``: the function returns its own gradients."""
        if not isinstance(returned, list | tuple) or len(returned) < 2:
            return
        names = self._called(returned)
        known = [*self.subject.argnames, *(leaf.name for leaf in self.subject.leaves)]
        for k, part in enumerate(returned):
            claimed = names and any(naming.is_gradient_of(names[k], own) for own in known)
            if claimed or not is_number(part) or np.size(part) != 1:
                continue
            others = tuple(i for i in range(len(returned)) if i != k)
            if len(others) == 1:
                yield Plan((k,), None, 2.0 - k, gradients=others[0])
            else:
                yield Plan((k,), None, 1.0 - k, gradients=others)
                yield Plan((k,), None, 0.5 - k, gradients=others[0])

    def _splits(self, returned: Any) -> Iterator[tuple[int, ...] | None]:
        """Give the positions of the outputs in what forward returned; None for the whole."""
        if self.settings.loss is not None:
            yield None
            return
        if is_number(returned):
            yield None
            return
        if not isinstance(returned, list | tuple) or not returned:
            return
        leading = 0
        known = {id(v) for v in self.subject.last_inputs}
        for part in returned:
            if not (is_number(part) and is_float(part)) or (leading and id(part) in known):
                break
            if leading and not np.ndim(returned[0]) and np.ndim(part):
                break  # what stands behind a loss is kept for the backward pass
            known.add(id(part))  # what comes twice is kept for the backward pass
            leading += 1
        for k in range(1, leading + 1):
            yield tuple(range(k))

    def _calls(
        self, scalar: bool, outputs: Sequence[int], rest: Sequence[int], returned: Any
    ) -> Iterator[tuple[str, ...]]:
        """Give the argument lists that people use."""
        douts = tuple(f"dout{k}" for k in outputs)
        outs = tuple(f"out{k}" for k in outputs)
        caches = tuple(f"cache{k}" for k in rest)
        inputs = tuple(f"in{k}" for k in range(len(self.subject.trees)))
        extra = tuple(f"arg{k}" for k in range(len(self.subject.args)))
        signature = self.backward_signature
        assert signature is not None
        named = self._by_name(douts, outs, caches, self._called(returned))
        if named is not None:
            yield named
        if scalar:
            yield caches
            yield (*inputs, *extra)
        elif not signature.required and self.subject.owner is not None:
            yield ()
        yield (*douts, *caches)
        yield (*caches, *douts)
        yield (*douts, *inputs, *extra)
        yield (*douts, *outs)
        yield (*inputs, *extra, *douts)
        yield (*douts, *outs, *caches)
        yield (*douts, *inputs, *outs)
        yield (*douts, "rate")
        yield (*douts, *inputs, "rate")
        yield (*douts, *caches, "rate")
        yield (*douts, *caches, "buffers")
        yield (*douts, *inputs, "buffers")
        if not scalar:
            yield (*inputs, *extra)
            yield outs
        for subset in itertools.combinations(inputs, max(len(inputs) - 1, 1)):
            yield (*douts, *subset)

    def _called(self, returned: Any) -> list[str]:
        """Give the names of the parts of what forward returned, where its source tells."""
        names = naming.returned_names(self.subject.given_forward)
        fits = isinstance(returned, list | tuple) and names and len(names) == len(returned)
        return list(names) if fits and names else []

    def _by_name(
        self, douts: Sequence[str], outs: Sequence[str], caches: Sequence[str], called: list[str]
    ) -> tuple[str, ...] | None:
        """Fill every parameter of backward by what its name says, if all names say something.

        Names that say nothing may be as many as the parts that forward kept: then they are these.
        """
        signature = self.backward_signature
        assert signature is not None
        waiting = {"dout": list(douts), "cache": list(caches), "out": list(outs)}
        call: list[str | None] = []
        for position, name in enumerate(signature.names):
            symbol = self._symbol(name, waiting, called)
            if symbol is None and position >= signature.required:
                break
            call.append(symbol)
        if call.count(None) not in (0, len(waiting["cache"])):
            return None
        left = iter(waiting["cache"])
        return tuple(next(left) if symbol is None else symbol for symbol in call)

    def _symbol(self, name: str, waiting: dict[str, list[str]], called: list[str]) -> str | None:
        """Give what a parameter of backward is called like, of what it still may be given."""
        if name in self.subject.argnames:
            return f"in{self.subject.argnames.index(name)}"
        kept = f"cache{called.index(name)}" if name in called else ""
        said = self._said(name) | ({"cache"} if kept in waiting["cache"] else set())
        hit = next((kind for kind, left in waiting.items() if kind in said and left), None)
        if hit is not None:
            position = waiting[hit].index(kept) if kept in waiting[hit] else 0
            return waiting[hit].pop(position)
        return next((kind for kind in ("buffers", "rate") if kind in said), None)

    def _as_forward(self, call: tuple[str, ...]) -> bool:
        """Whether backward has forward's signature and is given the same: ``f(*w), df(*w)``."""
        given = len(self.subject.trees) + len(self.subject.args)
        same = self.backward_signature == self.subject.signature
        return same and len(call) == given and all(s.startswith(("in", "arg")) for s in call)

    def _score(self, call: tuple[str, ...], has_cache: bool) -> float | None:
        """Say how well an argument list suits the names; None if its length does not fit."""
        signature = self.backward_signature
        assert signature is not None
        if not signature.takes(len(call)):
            return None
        given = zip(call, signature.names, strict=False)
        if any(symbol.startswith("dout") and naming.is_target(name) for symbol, name in given):
            return None
        score = sum(map(self._suits, call, signature.names)) / max(len(call), 1)
        if has_cache and not any(symbol.startswith("cache") for symbol in call):
            score -= 1.5
        return score

    def _suits(self, symbol: str, name: str) -> float:
        kind = symbol.rstrip("0123456789")
        argnames = self.subject.argnames
        if kind == "in" and argnames[int(symbol[2:])] == name:
            return 3.0
        says = {"own"} if name in argnames else self._said(name)
        if kind in says:
            return 3.0
        against = _AGAINST.get(kind, {})
        return min((against.get(said, 0.0) for said in says), default=_UNSAID.get(kind, 0.0))

    def _said(self, name: str) -> set[str]:
        """Give what a name says; ``g`` beside ``dg`` is no gradient, but what ``dg`` is that of."""
        if name in self.settings.upstream:
            return {"dout"}
        said = {kind for kind, tells in _SAYS.items() if tells(name)}
        assert self.backward_signature is not None
        if naming.is_differentiated(name, self.backward_signature.names):
            said = said - {"dout"} | {"out"}
        return said
