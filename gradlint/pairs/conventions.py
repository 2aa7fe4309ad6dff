"""How a pair is meant to be called: what ``forward`` returns, what ``backward`` takes and gives.

Every usual convention is a list of arguments for ``backward``, made of what is known after the
forward call.  The candidates are ordered by how well they suit the names of the parameters, tried
in that order, and the first whose gradients have the shapes of the inputs is taken.  Which one it
was is said in the report.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.pairs import naming
from gradlint.pairs.candidates import Candidates, Plan, Settings
from gradlint.pairs.errors import CallError
from gradlint.pairs.matching import Match, Place, Written, match, numbers_of
from gradlint.pairs.sites import raised_in
from gradlint.pairs.trees import at, described, is_number, leaves, other_numbers, rebuild
from gradlint.structs import struct

if TYPE_CHECKING:
    from gradlint.findings import Site
    from gradlint.pairs.subject import Marked, Subject
    from gradlint.pairs.trees import Path

_REASONS_SHOWN = 4


@struct
class Run:
    """One forward and one backward call, and what came of them."""

    plan: Plan
    returned: Any
    outputs: tuple[Any, ...]
    cotangents: tuple[Any, ...]
    given_back: Any
    gradients: dict[int, Any]
    value: float
    cache: Any


class Conventions:
    """Finds the plan for a subject and carries it out."""

    def __init__(self, subject: Subject, settings: Settings) -> None:
        self.subject, self.settings = subject, settings
        self.backward_signature = (
            None if subject.backward is None else naming.signature_of(subject.backward)
        )
        self.candidates = Candidates(subject, settings, self.backward_signature)
        self.states: set[Path] = set()  # attributes that forward sets
        self.rate = 1.0  # the learning rate that is passed where one is wanted
        self.tried: list[str] = []
        self.raised = float("-inf")  # the score of the likeliest call that raised
        self.crash: tuple[str, Site | None] | None = None  # what it raised, and where
        self.seen = ""

    # -- finding ----------------------------------------------------------------------------

    def settle(self) -> list[Run]:
        """Call the pair as it wants to be called: the run, and others that fit equally well.

        Raises CallError if no convention fits.
        """
        self._must_be_callable()
        returned = self.subject.run_forward()
        self.states = self.subject.states()
        if self.subject.owner is not None:
            self.states |= self._inert(returned)
            returned = self.subject.run_forward()
        self.seen = described(returned)
        runs: list[Run] = []
        fresh = True
        for plan in self.candidates.plans(returned):
            if runs and (plan.score < runs[0].plan.score or len(runs) > 2):
                break
            if not fresh:
                returned = self.subject.run_forward()
            fresh = plan.call is None
            run = self._attempt(plan, returned)
            if run is not None:
                runs = self._taken_up(runs, run)
        if not runs:
            raise CallError(self._complaint(), None if self._unknown() else self.crash)
        return runs

    def _taken_up(self, runs: list[Run], run: Run) -> list[Run]:
        """Add a run that fits; one with gradients of wrong shapes waits for a better one."""
        if run.plan.fits:
            return [*(r for r in runs if r.plan.fits), run, *self._other_readings(run)]
        if runs or run.plan.score < self.raised:
            return runs
        return [replace(run, plan=replace(run.plan, score=run.plan.score - 2))]

    def _inert(self, returned: Any) -> set[Path]:
        """Give the arrays of the object that the result does not depend on: buffers of any kind."""
        subject = self.subject
        before = [np.array(v) for _, v in leaves(returned) if is_number(v)]
        found = set()
        for i, leaf in enumerate(subject.leaves):
            if leaf.owned and np.ndim(leaf.value) and leaf.path not in self.states:
                with suppress(Exception):  # what raises depends on it
                    after = subject.run_forward({i: other_numbers(leaf.value)})
                    now = [v for _, v in leaves(after) if is_number(v)]
                    if len(now) == len(before) and all(map(_alike, now, before)):
                        found.add(leaf.path)
        return found

    def _must_be_callable(self) -> None:
        """Refuse what no convention can mend: nothing to call, or inputs left out."""
        subject = self.subject
        if not callable(subject.forward):
            kind = type(subject.given_forward).__name__
            raise CallError(f"forward is of type {kind}; pass a function, or a layer object")
        given = len(subject.trees) + len(subject.args)
        if not subject.stages and not subject.signature.takes(given):
            names = ", ".join(subject.signature.names)
            seen = f"{_name_of(subject.given_forward)} takes ({names})"
            call = f"gradlint.check(forward, backward, {names})"
            if subject.args:
                call += " (args= goes to forward as well)"
            raise CallError(f"{seen} and was given {given} inputs; pass them: {call}")

    def _other_readings(self, run: Run) -> list[Run]:
        """Give the run once more for each other input that its gradient may be meant for."""
        match = run.plan.match
        found = []
        for other in match.others if match is not None else ():
            gradients = {i: self._gradient(p, run.given_back) for i, p in other.places.items()}
            found.append(replace(run, plan=replace(run.plan, match=other), gradients=gradients))
        return found

    # -- carrying out -----------------------------------------------------------------------

    def _attempt(self, plan: Plan, returned: Any) -> Run | None:
        try:
            return self.carry_out(plan, returned)
        except CallError:
            raise
        except Exception as error:
            if "read-only" in str(error) and self.subject.protect:
                raise
            told = f"{self.call_text(plan)} raised {type(error).__name__}: {error}"
            self.tried.append(told)
            if plan.score > self.raised:
                functions = [self.subject.given_backward, self.subject.backward]
                self.raised, self.crash = plan.score, (told, raised_in(error, functions))
            return None

    def carry_out(
        self,
        plan: Plan,
        returned: Any,
        before: Callable[[tuple[Any, ...]], None] | None = None,
        *,
        keep: bool = True,
    ) -> Run | None:
        """Call backward after a forward call, and find the gradients in what it gives back.

        ``before`` is shown the cotangents before backward is called.  ``keep`` copies gradients
        that the pair may go on to write into.
        """
        outputs = plan.pick(returned)
        cotangents = self.cotangents(outputs, plan)
        cache = self._cache(plan, returned)
        if before is not None:
            before(cotangents)
        source, given_back = "returned", None
        known = plan.match is not None and not plan.match.moved
        before_it = {} if known else self.subject.marked()
        if plan.call is None:
            given_back = _joint_part(plan, returned)
        else:
            with _frozen(cache if self.subject.protect == 2 else None):
                given_back, source = self._call_backward(plan, returned, outputs, cotangents)
        found = plan.match or self._match(plan, given_back, source, before_it)
        if found is None:
            what = described(given_back)
            self.tried.append(f"{self.call_text(plan)} gave {what}, which matches no input")
            return None
        gradients = {
            i: _step(before_it, p[1], self.subject.owner)
            if p[0] == "moved"
            else self._gradient(p, given_back, keep)
            for i, p in found.places.items()
        }
        if given_back is None:
            gradients |= self._from_slopes_left(plan, gradients, outputs, cotangents)
        self.subject.moves = self.subject.moves or found.moved
        value = float(projected(outputs, cotangents))
        plan = replace(plan, match=found)
        return Run(plan, returned, outputs, cotangents, given_back, gradients, value, cache)

    def _match(self, plan: Plan, given_back: Any, source: str, before: Marked) -> Match | None:
        function = self.subject.given_backward
        joint = plan.call is None
        names = None if function is None or joint else naming.returned_names(function)
        wrt = self.settings.wrt if isinstance(self.settings.wrt, Mapping) else None
        written = None if joint else Written.since(self.subject, before, self.states)
        return match(self.subject, given_back, source, names, wrt, written)

    def _gradient(self, place: Place, given_back: Any, keep: bool = True) -> Any:
        source, path = place
        found = numbers_of(at(self.subject.owner if source == "owner" else given_back, path))
        if not keep:
            return found
        held = 3 if found is not given_back else 5  # here, in its container, in the argument below
        if isinstance(found, np.ndarray) and sys.getrefcount(found) > held:
            return found.copy()  # somebody keeps it, and may add to it in the next call
        return found

    def _call_backward(
        self, plan: Plan, returned: Any, outputs: Sequence[Any], cotangents: Sequence[Any]
    ) -> tuple[Any, str]:
        assert plan.call is not None
        subject = self.subject
        known = self._known(returned, outputs, cotangents)
        if self.settings.call is not None:
            return self._call_as_asked(known), "returned"
        if "buffers" not in plan.call:
            arguments = [known[symbol] for symbol in plan.call]
            result = subject.call(subject.backward, *arguments)
            if self._asks_for_slopes(plan, outputs):
                result = self._from_slope(result, outputs[0], cotangents[0])
            return result, "returned"
        buffers = {
            name: rebuild(tree, lambda _p, v: np.zeros(np.shape(v)) if is_number(v) else v)
            for name, tree in zip(subject.argnames, subject.trees, strict=True)
        }
        arguments = [buffers if s == "buffers" else known[s] for s in plan.call]
        result = subject.call(subject.backward, *arguments)
        return (result, "returned") if result is not None else (buffers, "returned")

    def _asks_for_slopes(self, plan: Plan, outputs: Sequence[Any]) -> bool:
        """Whether backward gets nothing from above: then it gives slopes, and no gradients."""
        alone = (), ("out0",), *(self._inputs(extra) for extra in (False, True))
        return plan.call in alone and np.size(outputs[0]) > 1

    def _from_slope(self, slope: Any, out: Any, cotangent: Any) -> Any:
        """Give the gradient from an entrywise slope, or from the whole Jacobian."""
        if not is_number(slope):
            return slope
        for tree in self.subject.trees if np.ndim(slope) == 2 else ():
            if is_number(tree) and np.shape(slope) == (np.size(out), np.size(tree)):
                return self._of_jacobian(cotangent, slope, np.shape(tree))
        if self.gives_losses(out):
            return slope  # of their mean
        return self.subject.times(cotangent, slope)

    def _from_slopes_left(
        self,
        plan: Plan,
        gradients: Mapping[int, Any],
        outputs: Sequence[Any],
        cotangents: Sequence[Any],
    ) -> dict[int, Any]:
        """Give the gradients of inputs from slopes that backward leaves on its object."""
        if not self._asks_for_slopes(plan, outputs):
            return {}
        inputs = [i for i in gradients if not self.subject.leaves[i].owned]
        return {i: self._from_slope(gradients[i], outputs[0], cotangents[0]) for i in inputs}

    def _of_jacobian(self, cotangent: Any, jacobian: Any, shape: tuple[int, ...]) -> Any:
        gradient = self.subject.applied(np.ravel(cotangent), jacobian)
        return gradient if np.shape(gradient) == shape else gradient.reshape(shape)

    def gives_losses(self, out: Any) -> bool:
        """Whether forward is a criterion with one loss for each sample."""
        shapes = [np.shape(tree) for tree in self.subject.trees if is_number(tree)]
        rows = np.ndim(out) == 1 and any(len(s) > 1 and s[0] == len(out) for s in shapes)
        return rows and any(map(naming.is_target, self.subject.argnames))

    def _inputs(self, extra: bool) -> tuple[str, ...]:
        """Give the argument list that forward itself was given."""
        count = len(self.subject.args) if extra else 0
        inputs = (f"in{k}" for k in range(len(self.subject.trees)))
        return (*inputs, *(f"arg{k}" for k in range(count)))

    def _known(
        self, returned: Any, outputs: Sequence[Any], cotangents: Sequence[Any]
    ) -> dict[str, Any]:
        known: dict[str, Any] = {f"out{k}": v for k, v in enumerate(outputs)}
        known |= {f"dout{k}": v for k, v in enumerate(cotangents)}
        known |= {f"in{k}": v for k, v in enumerate(self.subject.last_inputs)}
        known |= {f"arg{k}": v for k, v in enumerate(self.subject.args)}
        if isinstance(returned, list | tuple):
            known |= {f"cache{k}": v for k, v in enumerate(returned)}
        known["returned"], known["rate"] = returned, self.rate
        return known

    def _call_as_asked(self, known: Mapping[str, Any]) -> Any:
        """``call="backward(dout, x, cache)"``, or a function that makes the call."""
        call, subject = self.settings.call, self.subject
        names = dict(zip(subject.argnames, subject.last_inputs, strict=True))
        names |= {"dout": known["dout0"], "out": known["out0"], "returned": known["returned"]}
        returned = known["returned"]
        if isinstance(returned, list | tuple) and len(returned) > 1:
            names["cache"] = returned[1] if len(returned) == 2 else tuple(returned[1:])
        names |= {k: v for k, v in known.items() if k.startswith(("dout", "out"))}
        if callable(call):
            wanted = naming.signature_of(call).names
            return call(*[subject.backward if w == "backward" else names[w] for w in wanted])
        names["backward"] = subject.backward
        try:
            code = compile(str(call), "<call=>", "eval")
            return eval(code, {"np": np}, names)
        except (NameError, SyntaxError) as error:
            known_names = ", ".join(sorted(names))
            raise CallError(
                f"call={call!r}: {error}; names that can be used: {known_names}"
            ) from error

    # -- outputs and cotangents -------------------------------------------------------------

    def cotangents(self, outputs: Sequence[Any], plan: Plan) -> tuple[Any, ...]:
        """Give the gradients from above: 1 for a loss, random and uneven for anything else."""
        given = self.settings.cotangent
        if given is not None:
            parts = given if isinstance(given, tuple) and len(outputs) > 1 else (given,)
            for part, out in zip(parts, outputs, strict=True):
                if np.shape(part) != np.shape(out):
                    shapes = np.shape(part), np.shape(out)
                    raise CallError(
                        "cotangent of shape {} for an output of shape {}".format(*shapes)
                    )
            return tuple(parts)
        if self._asks_for_slopes(plan, outputs) and self.gives_losses(outputs[0]):
            return (np.full(np.shape(outputs[0]), 1 / len(outputs[0])),)
        rng = np.random.default_rng([self.settings.seed, 5])
        found: list[Any] = []
        for out in outputs:
            shape = np.shape(out)
            if len(outputs) == 1 and np.size(out) == 1:
                found.append(np.ones(shape) if isinstance(out, np.ndarray) else 1.0)
                continue
            draw = rng.uniform(0.3, 1.7, size=shape) * rng.choice([-1.0, 1.0], size=shape)
            found.append(draw if isinstance(out, np.ndarray) else float(draw))
        return tuple(found)

    def _cache(self, plan: Plan, returned: Any) -> Any:
        if plan.outputs is None or not isinstance(returned, list | tuple) or plan.call is None:
            return None
        return [part for k, part in enumerate(returned) if k not in plan.outputs]

    # -- words ------------------------------------------------------------------------------

    def call_text(self, plan: Plan) -> str:
        """Write the backward call of a plan as the user would."""
        if plan.call is None:
            return "forward returned its gradients"
        many = plan.outputs is not None and len(plan.outputs) > 1
        words = []
        for symbol in plan.call:
            kind = symbol.rstrip("0123456789")
            number = symbol[len(kind) :]
            if kind == "in":
                words.append(self.subject.argnames[int(number)])
            elif kind == "arg":
                words.append(f"args[{number}]")
            elif kind == "cache":
                words.append("cache" if len(plan.call) <= 3 else f"cache{number}")
            else:
                words.append(symbol if many else kind)
        return f"backward({', '.join(words)})"

    def described(self, run: Run) -> str:
        """Say which convention was taken: the forward call, the backward call, the cotangent."""
        plan, subject = run.plan, self.subject
        name = _name_of(subject.given_forward)
        extra = [f"args[{k}]" for k in range(len(subject.args))]
        left = "out"
        if plan.call is None:
            left = "loss, gradients"
        elif plan.outputs is not None and isinstance(run.returned, list | tuple):
            outs = ["out"] if len(plan.outputs) == 1 else [f"out{k}" for k in plan.outputs]
            left = ", ".join([*outs, *(["cache"] if len(run.returned) > len(outs) else [])])
        text = f"{left} = {name}({', '.join([*subject.argnames, *extra])})"
        if plan.call is not None:
            asked = self.settings.call
            text += f", {asked if isinstance(asked, str) else self.call_text(plan)}"
        if run.plan.match is not None and run.plan.match.label:
            text += f", gradients {run.plan.match.label}"
        if any(np.size(c) > 1 for c in run.cotangents):
            given = "given" if self.settings.cotangent is not None else "random"
            text += f", {given} cotangent"
        return text

    def _unknown(self) -> str:
        """Name what backward takes and no name tells anything about."""
        signature = self.backward_signature
        if signature is None:
            return ""
        told = (naming.is_upstream, naming.is_cache, naming.is_output, naming.is_buffers)
        strange = [
            f"`{name}`"
            for name in signature.names[: signature.required]
            if name not in self.subject.argnames and not any(tells(name) for tells in told)
        ]
        return ", ".join(strange)

    def _complaint(self) -> str:
        signature = self.backward_signature
        takes = ""
        if signature is not None and signature.known:
            takes = f"; backward takes ({', '.join(signature.names)})"
        tried = "; ".join(self.tried[:_REASONS_SHOWN]) or "no usual call fits"
        asked = "pass call=, for example call='backward(dout, cache)', or wrt= or loss="
        unknown = self._unknown()
        if self.subject.backward is None:
            asked = "pass backward, or return (loss, gradients)"
        elif unknown:
            asked += (
                f"; nothing is known to give for {unknown}: if the gradients are those of a loss, "
                "gradlint.check(lambda params: loss, lambda params: gradients, params) does it"
            )
        return f"forward returned {self.seen}{takes}; {tried}; {asked}"


def _joint_part(plan: Plan, returned: Any) -> Any:
    if isinstance(plan.gradients, tuple):
        return tuple(returned[k] for k in plan.gradients)
    return returned[plan.gradients]


def projected(outputs: Any, cotangents: Any) -> Any:
    """Give Σ⟨cotangent, output⟩; a float32 if the function computes no better."""
    total = 0.0
    narrow = False
    for out, cotangent in zip(outputs, cotangents, strict=True):
        array = np.asarray(out)
        narrow = narrow or (array.dtype.kind == "f" and array.dtype.itemsize < 8)
        if array.size == 1:
            total += float(array.reshape(-1)[0]) * float(np.asarray(cotangent).reshape(-1)[0])
        else:
            total += float(np.vdot(cotangent, array))
    return np.float32(total) if narrow else total


def _alike(one: Any, other: Any) -> bool:
    return np.array_equal(one, other, equal_nan=np.asarray(one).dtype.kind == "f")


def _step(before: Marked, path: Path, owner: Any) -> Any:
    """Give by how much a backward function moved a parameter, downhill."""
    return before[path][1] - at(owner, path)


def _name_of(function: Any) -> str:
    if isinstance(function, list | tuple):
        return "model"
    name = getattr(function, "__name__", None)
    return name if name and name != "<lambda>" else "forward"


@contextmanager
def _frozen(cache: Any) -> Iterator[None]:
    """Keep backward from writing into what forward kept; an attempt raises where it is made."""
    arrays = [] if cache is None else [v for _, v in leaves(cache) if isinstance(v, np.ndarray)]
    held = [array for array in arrays if array.flags.writeable]
    for array in held:
        array.flags.writeable = False
    try:
        yield
    finally:
        for array in [*held, *held]:  # twice: a view becomes writeable only after its base
            with suppress(ValueError):
                array.flags.writeable = True
