"""Driving the roads of one step with synthetic gradients, to see what they do to them.

The part of the tape between gradients and new parameters is performed again and again, each state
fed back from its successor, the parameters and all data held.  An optimiser is odd in the history
of the gradients, knows nothing but that history (and a decay), descends, forgets, and does the same
to every parameter.  What a road does is measured here; what follows from it is said elsewhere.
"""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.reading.road import Twins
from gradlint.trace.replay import Route, Unrepeatable, replay, replay_along
from gradlint.trace.tape import Node
from gradlint.truth.changes import Mixture, Resting, cosine, is_merged, is_turned, one_ratio
from gradlint.truth.runs import Conduct, Root, Run

if TYPE_CHECKING:
    from collections.abc import Callable

    from gradlint.reading.road import Roads
    from gradlint.truth.runs import History, Property

STEPS = 4
LONG = 6  # steps of a history that is to fade
LARGE, TINY = 1e3, 1e-3  # times the size of the gradients as they were
CLOSE = 1e-6  # relative: the same numbers by another order of summation
LEAST = 1e-4  # of the parameter: a smaller gradient would drown in the rounding of its step
FLOOR = 1e-12  # of the parameter: what a change loses when it is added
KEPT = 0.1  # of a parameter that one step without a gradient leaves: less is another value
FADED = 1.5  # a memory that has grown by this much in four steps does not fade
ALONG = 0.7  # cosine from which a step goes along its gradient
PATTERNS = 5
SWELL = (1.0, 3.0, 0.5, 2.0)  # times: a gradient of one direction and different sizes
_MANY = 20_000  # numbers in all parameters
_SMALL = 50_000  # numbers in all parameters, of which a run holds some twenty copies

Sample = tuple[list[np.ndarray], list[np.ndarray], dict[int, Any]]  # gradients, weights, values


class Drive:
    """The roads of one step, ready to be driven."""

    def __init__(self, roads: Roads, roots: list[list[Root]], seed: int) -> None:
        self.roads, self.roots = roads, roots
        self.rng = np.random.default_rng([seed, 31])
        recorded = roads.recorded
        self.weights = [np.asarray(recorded[o.index], dtype=float) for o in roads.olds]
        self.judged = [p for p, own in enumerate(roots) if own]
        pairs = zip(self.weights, roots, strict=True)
        self.sizes = [max(_size(recorded, own), LEAST * _rms(w)) for w, own in pairs]
        self.bypassed: dict[Node, Node] = {}
        self._routes: dict[bool, Route] = {}
        self._known: dict[tuple[float, int, bool, bool], Run] = {}
        self.frozen = {n: recorded[n.index] for n in roads.frozen}
        self.starts = {n: self._start(n, recorded[n.index]) for n in roads.states}
        # One draw of many numbers tells as much as four, where a step knows nothing of the others.
        telling = not roads.states and sum(w.size for w in self.weights) > _MANY
        self.steps = 1 if telling else STEPS
        self.draws = [self._random() for _ in range(1 if telling else LONG)]
        first, second = self._weights(), self._weights()
        self.one = [first, list(map(_of_other_signs, first, second))]

    def _start(self, state: Node, recorded: Any) -> Any:
        """What a state begins with: nothing, or the positive constant the program gives it."""
        zero = 0.0 if type(recorded) is float else np.zeros_like(recorded, dtype=float)
        if self._back is None:
            return zero
        for reader in self.roads.graph.readers[state.index]:
            twin = self._back.of(reader) if reader.index in self.roads.seen else None
            if twin is None or state not in reader.args:
                continue
            first = twin.args[reader.args.index(state)]
            value = np.asarray(first.value if isinstance(first, Node) else first)
            uniform = value.dtype.kind in "fiu" and value.size and np.all(value == value.flat[0])
            if uniform and value.flat[0] > 0:
                return zero + float(value.flat[0])
        return zero

    @cached_property
    def _back(self) -> Twins | None:
        stage = self.roads.stage
        if stage.earlier is None:
            return None
        return Twins(self.roads.graph, stage.span, stage.earlier)

    def _random(self) -> list[np.ndarray]:
        pairs = zip(self.weights, self.sizes, strict=True)
        return [np.asarray(self.rng.normal(size=w.shape)) * size for w, size in pairs]

    def _weights(self) -> list[np.ndarray]:
        return [np.asarray(self.rng.normal(size=w.shape)) * max(_rms(w), 0.1) for w in self.weights]

    # -- one run ----------------------------------------------------------------------------

    def run(
        self,
        history: History,
        weights: list[np.ndarray],
        sign: float = 1.0,
        *,
        bare: bool = False,
        data: dict[Node, Any] | None = None,
    ) -> Run:
        """Go through a history of gradients.

        ``bare`` takes away a decay that is mixed with the gradient; ``data`` has other values.
        What has no memory answers the same gradient in the same way again.
        """
        states = dict(self.starts)
        arrays = {n: sign * self.roads.recorded[n.index] for n in self.roads.arrays}
        tops = {p: self.roads.tops[p] for p in self.judged}
        targets = [*tops.values(), *self.roads.states.values(), *self.roads.decisions]
        fixed = {**self.frozen, **arrays, **(data or {})}
        olds = self._placed(weights)
        changes, decided = list[list[np.ndarray]](), list[dict[int, Any]]()
        values: dict[int, Any] = {}
        before = None
        for gradients in history:
            if gradients is before and not states:
                changes.append(changes[-1])
                decided.append(decided[-1])
                continue
            before = gradients
            given: dict[Node, Any] = {**fixed, **olds, **states, **self._held(gradients)}
            if bare:
                given.update(self._without_decay(gradients))
            if bare not in self._routes:  # what is given is the same in every run
                self._routes[bare] = Route(targets, given, precise=True, bypassed=self.bypassed)
            values = replay_along(self._routes[bare], given)
            states = {s: values[after.index] for s, after in self.roads.states.items()}
            changes.append(
                [
                    _change(tops[p], values[tops[p].index], w) if p in tops else np.zeros_like(w)
                    for p, w in enumerate(weights)
                ]
            )
            decided.append({d.index: values[d.index] for d in self.roads.decisions})
            values = {**{node.index: value for node, value in given.items()}, **values}
        return Run(changes, decided, values)

    def driven(
        self, scale: float, place: int = 0, *, turned: bool = False, bare: bool = False
    ) -> Run:
        """The run of the drawn history times a scale; ``turned`` round are gradients and weights.

        Several questions look at the same runs: those of a small network are kept.
        """
        key = scale, place, turned, bare
        run = self._known.get(key)
        if run is None:
            sign, weights = -1.0 if turned else 1.0, self.one[place]
            weights = [-w for w in weights] if turned else weights
            run = self.run(self._scaled(sign * scale), weights, sign, bare=bare)
            if sum(w.size for w in weights) <= _SMALL:
                self._known[key] = run
        return run

    def _placed(self, weights: list[np.ndarray]) -> dict[Node, Any]:
        """The old values of the parameters whose roads are driven."""
        pairs = [(self.roads.olds[p], weights[p]) for p in self.judged]
        return {old: float(w) if type(old.value) is float else w for old, w in pairs}

    def _held(self, gradients: list[np.ndarray]) -> dict[Node, Any]:
        """The values that hold the gradients."""
        pairs = zip(self.roots, gradients, strict=True)
        return {root.node: root.holding(gradient) for own, gradient in pairs for root in own}

    def _without_decay(self, gradients: list[np.ndarray]) -> dict[Node, Any]:
        return {
            node: Root(node, factor).holding(gradients[position])
            for position, found in self.mixed.items()
            for node, factor in found
        }

    # -- values that are a gradient, or one with a decay --------------------------------------

    @cached_property
    def plain(self) -> list[dict[Node, tuple[float, float, float]]]:
        """For each road the values that are c·gradient + d·W + e·sign(W), with their c, d, e."""
        spans = [self.roads.span_of(p) if own else [] for p, own in enumerate(self.roots)]
        least = min((w.size for w in self.weights), default=1)
        wanted = [n for span in spans for n in span]
        rows = [self._sample(wanted) for _ in range(2 if least >= 4 else 5)]
        return [self._mixtures(p, span, rows) for p, span in enumerate(spans)]

    def _mixtures(
        self, position: int, span: list[Node], rows: list[Sample]
    ) -> dict[Node, tuple[float, float, float]]:
        path = self.roads.updates[position].path
        made = [n for n in span if n.index not in path and n.index in rows[0][2]]
        if not made:
            return {}
        mixture = Mixture([(g[position], w[position]) for g, w, _ in rows])
        found = {n: mixture.parts([values[n.index] for *_, values in rows]) for n in made}
        return {node: parts for node, parts in found.items() if parts is not None}

    def _sample(self, wanted: list[Node]) -> Sample:
        """Random gradients and parameters, and what the roads make of them in this step."""
        gradients, weights = self._random(), self._weights()
        states = {n: self.roads.recorded[n.index] for n in self.roads.states}
        given = {**self.frozen, **states, **self._placed(weights), **self._held(gradients)}
        return gradients, weights, replay(wanted, given, precise=True, bypassed=self.bypassed)

    @cached_property
    def mixed(self) -> dict[int, list[tuple[Node, float]]]:
        """The plain values with a decay in them."""
        return {
            position: [(n, c) for n, (c, d, e) in found.items() if d or e]
            for position, found in enumerate(self.plain)
        }

    @property
    def is_finite(self) -> bool:
        """Whether the step was: what follows from a ``nan`` tells nothing."""
        given = [
            *self.weights,
            *(self.roads.recorded[r.node.index] for own in self.roots for r in own),
        ]
        return all(bool(np.isfinite(np.asarray(v, dtype=float)).all()) for v in given)

    @property
    def bare(self) -> bool:
        """Whether some decay is mixed with a gradient."""
        return any(self.mixed.values())

    # -- what they do -----------------------------------------------------------------------

    def conduct(self, needed: tuple[int, ...] = (), doubted: Property | None = None) -> Conduct:
        """Put all questions, until a ``needed`` road fails; the first failed is the objection.

        First the one that tells whether a ``doubted`` property is there.
        """
        found = Conduct([None] * len(self.roots))
        questions: list[tuple[Callable[[Conduct], None], set[Property]]] = [
            (self._rests_in_place, {"drift"}),
            (self._is_odd, {"finite", "branch", "odd", "even"}),
            (self._knows_no_data, {"data"}),
            (self._knows_no_weights, {"overwritten", "grows", "weights"}),
            (self._has_a_degree, {"degree"}),
            (self._descends, {"direction", "history", "memory"}),
        ]
        if any(doubted in kinds for _, kinds in questions[2:]):
            _ = self._other_data, self.plain, self.patterns  # the same draws, whatever comes first
        for question, _ in sorted(questions, key=lambda asked: doubted not in asked[1]):
            question(found)
            if any(found.objections[p] is not None for p in needed):
                return found
        self._rates(found)
        return found

    def _object(self, found: Conduct, position: int, kind: Property) -> None:
        if found.objections[position] is None and position in self.judged:
            found.objections[position] = kind

    def _scaled(self, scale: float, steps: int | None = None) -> History:
        drawn = self.draws[: steps or self.steps]
        return [[scale * g for g in gradients] for gradients in drawn]

    def _is_odd(self, found: Conduct) -> None:
        for scale in (1.0, LARGE):
            there, back = self.driven(scale), self.driven(scale, turned=True)
            for p in self.judged:
                if not (there.finite(p) and back.finite(p)):
                    self._object(found, p, "finite")
                    continue
                if any(self._branches(p, there, back)):
                    self._object(found, p, "branch")
                pairs = list(zip(there.changes, back.changes, strict=True))
                if not all(self._same(p, a[p], -b[p]) for a, b in pairs):
                    alike = all(self._same(p, a[p], b[p]) for a, b in pairs)
                    self._object(found, p, "even" if alike else "odd")

    def _branches(self, position: int, there: Run, back: Run) -> list[Node]:
        """The decisions on one road that fall otherwise for the opposite gradients."""
        graph, top = self.roads.graph, self.roads.tops[position]
        reach = graph.descendants([r.node for r in self.roots[position]])
        ends = [d for d in self.roads.decisions if d.index in reach and d.index < top.index]
        starts = [root.node for own in self.roots for root in own]
        steps = list(zip(there.decided, back.decided, strict=True))
        return [
            d
            for d in ends
            if any(bool(a[d.index]) != bool(b[d.index]) for a, b in steps)
            and graph.ancestors([d], cut=starts).isdisjoint(self.roads.tainted)
        ]

    @cached_property
    def _data(self) -> dict[int, list[Node]]:
        """The data that each road reads."""
        return {p: [n for n in self.roads.data_read(p) if _matters(n)] for p in self.judged}

    @cached_property
    def _other_data(self) -> dict[Node, Any]:
        return {
            n: self.roads.recorded[n.index] * (1.0 + 0.5 * self.rng.uniform(size=n.shape))
            for n in {n for nodes in self._data.values() for n in nodes if n in self.frozen}
        }

    def _knows_no_data(self, found: Conduct) -> None:
        if not self._other_data:
            return
        history, weights = self._scaled(1.0), self.one[0]
        one, other = self.driven(1.0), self.run(history, weights, data=self._other_data)
        for p in self.judged:
            pairs = zip(one.changes, other.changes, strict=True)
            if self._data[p] and not all(self._same(p, a[p], b[p]) for a, b in pairs):
                self._object(found, p, "data")

    @cached_property
    def _rests(self) -> list[Run]:
        """What happens without any gradient, at two places."""
        nothing = self._scaled(0.0, 1) * STEPS
        return [self.run(nothing, weights) for weights in self.one]

    def at_rest(self, state: Node) -> Any:
        """What a state comes to without any gradient."""
        return np.asarray(self._rests[0].values.get(state.index, 0.0), dtype=float)

    def _own(self, run: Run, position: int, place: int = 0) -> list[np.ndarray]:
        """The changes of a run that are not those of a decay."""
        rest = self._rests[place] if not self.bare else self._bare_rests[place]
        still = rest.finite(position)
        return [
            a[position] - b[position] if still else a[position]
            for a, b in zip(run.changes, _longer(rest.changes, len(run.changes)), strict=False)
        ]

    @cached_property
    def _bare_rests(self) -> list[Run]:
        nothing = self._scaled(0.0, 1) * STEPS
        return [self.run(nothing, weights, bare=True) for weights in self.one]

    def _knows_no_weights(self, found: Conduct) -> None:
        runs = [
            [self.driven(scale, place, bare=self.bare) for place in range(len(self.one))]
            for scale in (1.0, TINY)
        ]
        for p in self.judged:
            if self._rests[0].finite(p):
                moved = self._rests[0].changes[0][p]
                grown = float(np.sum(moved * self.one[0][p]))
                size = float(np.sum(self.one[0][p] ** 2))
                if not self._drifts(p):
                    if 1 + grown / (size or 1.0) < KEPT and not self.takes_a_rate(p):
                        self._object(found, p, "overwritten")
                    if grown > 1e-9 * size:
                        self._object(found, p, "grows")
                if not self._resting.only_shrinks(p, partial(self._same, p)):
                    self._object(found, p, "weights")
            for one, other in runs:
                pairs = list(zip(self._own(one, p, 0), self._own(other, p, 1), strict=True))
                if not (all(self._same(p, a, b) for a, b in pairs) or one_ratio(*pairs[0])):
                    self._object(found, p, "weights")

    @cached_property
    def _resting(self) -> Resting:
        """What the parameters do without any gradient, for one step."""
        (first, second), nothing = self.one, self._scaled(0.0, 1)
        return Resting(first, second, lambda weights: self.run(nothing, weights).changes[0])

    def _rests_in_place(self, found: Conduct) -> None:
        """Without any gradient no number moves a parameter, wherever it stands."""
        for p in self.judged:
            if not all(rest.finite(p) for rest in self._rests):
                continue
            one, other = (rest.changes[0][p] for rest in self._rests)
            moves = bool(np.abs(one).max(initial=0.0) > CLOSE * _rms(self.one[0][p]))
            if moves and self._same(p, one, other) and not self._drifts(p):
                self._object(found, p, "drift")

    def _drifts(self, position: int) -> bool:
        """Whether noise or an anchor moves a parameter without any gradient."""
        span = self.roads.graph.ancestors([self.roads.tops[position]])
        return any(n.index in span for n in self.roads.arrays)

    def _has_a_degree(self, found: Conduct) -> None:
        runs = {scale: self.driven(scale, bare=self.bare) for scale in (TINY, 1.0, LARGE)}
        for p in self.judged:
            sizes = {
                s: max(float(np.abs(c).max(initial=0.0)) for c in self._own(r, p))
                for s, r in runs.items()
            }
            for low, high in ((TINY, 1.0), (1.0, LARGE)):
                if not (sizes[low] > 0 and sizes[high] > 0 and np.isfinite(sizes[high])):
                    continue
                degree = np.log(sizes[high] / sizes[low]) / np.log(high / low)
                if not (-1.1 if self.takes_a_rate(p) else -0.1) <= degree <= 1.1:
                    self._object(found, p, "degree")

    def takes_a_rate(self, position: int) -> bool:
        """Whether a road reads a single number that was made of the data, such as the loss."""
        return any(not node.shape for node in self.roads.data_read(position))

    @cached_property
    def patterns(self) -> History:
        """Gradients of entries of one size, their signs at random; some of them sum to zero."""
        found = []
        for k in range(PATTERNS):
            signs = [
                np.where(self.rng.uniform(size=w.shape) < 0.5, -1.0, 1.0) for w in self.weights
            ]
            if k % 2:
                signs = [s - s.mean() if s.size > 1 else s for s in signs]
            found.append([s * self.scale for s in signs])
        return found

    @cached_property
    def scale(self) -> float:
        """One size for the gradients of all parameters."""
        known = [self.sizes[p] for p in self.judged]
        return float(np.exp(np.mean(np.log(known)))) if known else 1.0

    def _descends(self, found: Conduct) -> None:
        none = [np.zeros_like(w) for w in self.weights]
        found.steady = self.run([self.patterns[0]] * LONG, self.one[0], bare=self.bare)
        runs = [found.steady]
        runs += [self.run([g] * 2, self.one[0], bare=self.bare) for g in self.patterns[1:]]
        echo = self.run([self.patterns[0], *[none] * (LONG - 1)], self.one[0], bare=self.bare)
        for p in self.judged:
            merged = is_merged(self._own(found.steady, p)[-1], self.patterns[0][p])
            if merged or is_turned(self._ways(runs, p)):
                self._object(found, p, "direction")
            self._echoes(found, p, echo)

    def follows_at_all_sizes(self, position: int) -> bool:
        """Whether a first step goes along its gradient, be that large or next to nothing."""
        for scale in (1.0, TINY):
            history = self._scaled(scale, 1)
            run = self.run(history, self.one[0], bare=self.bare)
            change, gradient = self._own(run, position)[0], history[0][position]
            if not abs(cosine(change, gradient)) > ALONG:
                return False
        return True

    def _ways(self, runs: list[Run], position: int) -> list[list[float]]:
        """The cosine between each step and its gradient, for every pattern."""
        return [
            [cosine(change, g[position]) for change in self._own(run, position)]
            for run, g in zip(runs, self.patterns, strict=True)
            if np.any(g[position])
        ]

    def _echoes(self, found: Conduct, position: int, echo: Run) -> None:
        """What one gradient leaves behind points the same way, and less far each time."""
        if not (echo.finite(position) and self._rests[0].finite(position)):
            return
        pattern = self.patterns[0][position]
        follows = [float(np.sum(c * pattern)) for c in self._own(echo, position)]
        first = follows[0]
        if any(f * first < -CLOSE * first * first for f in follows[1:]):
            self._object(found, position, "history")
        if abs(follows[-1]) > FADED * abs(follows[1]) > CLOSE * abs(first):
            self._object(found, position, "memory")

    def _rates(self, found: Conduct) -> None:
        """How far a steady gradient moves each parameter, and whether its entries act together."""
        steady, apart = found.steady, [_uneven(g) for g in self.patterns[0]]
        assert steady is not None
        other = self.run([apart] * LONG, self.one[0], bare=self.bare)
        swell = [[size * g for g in self.patterns[0]] for size in SWELL]
        curves = self.run(swell, self.one[0], bare=self.bare)
        for p in range(len(self.roots)):
            change = self._own(steady, p)[-1] if p in self.judged else None
            if change is None or not np.isfinite(change).all():
                found.coupled.append(False)
                found.rates.append(None)
                continue
            rest = [self._own(run, p)[-1].reshape(-1)[1:] for run in (steady, other)]
            together = not self._same(p, *rest)
            found.coupled.append(together and not self._is_linked(steady, p))
            found.rates.append(self.rate(change, p))
            curve = [self.rate(moved, p) or 0.0 for moved in self._own(curves, p)]
            found.curves[p] = np.array(curve) / (found.rates[-1] or 1.0)
        self._vote(found)

    def _vote(self, found: Conduct) -> None:
        """A gradient that swells and shrinks moves all parameters in the same way, but for rates.

        It takes three to tell which one is different.
        """
        like = [p for p in found.curves if found.objections[p] is None and not found.coupled[p]]
        like = [p for p in like if np.isfinite(found.curves[p]).all() and found.rates[p]]
        if len(like) < 3:
            return
        most = _most_alike([found.curves[p] for p in like])
        if 2 * len(most) > len(like):
            for k, p in enumerate(like):
                if k not in most:
                    self._object(found, p, "response")

    def _is_linked(self, steady: Run, position: int) -> bool:
        """Whether the gradients of the other parameters act on a step: by a norm of all of them."""
        others = [3.0 * g for g in self.patterns[0]]
        others[position] = self.patterns[0][position]
        run = self.run([others] * LONG, self.one[0], bare=self.bare)
        return not self._same(
            position, self._own(run, position)[-1], self._own(steady, position)[-1]
        )

    def rate(self, value: np.ndarray, position: int) -> float | None:
        """How many times the steady gradient a value is, where it is not zero."""
        pattern = self.patterns[0][position]
        if value.shape != pattern.shape:
            return None  # an update that changes the parameter's shape has no rate
        moved = value != 0
        size = float(np.sum(pattern[moved] ** 2))
        return float(np.sum(value * pattern)) / size if size else None

    def _same(self, position: int, one: np.ndarray, other: np.ndarray) -> bool:
        size = max(float(np.abs(one).max(initial=0.0)), float(np.abs(other).max(initial=0.0)))
        slack = FLOOR * max(float(np.abs(w[position]).max(initial=0.0)) for w in self.one)
        with np.errstate(invalid="ignore"):  # infinite steps are not the same
            gap = float(np.abs(one - other).max(initial=0.0))
        return bool(np.isfinite(gap)) and gap <= CLOSE * size + slack


def _uneven(gradient: np.ndarray) -> np.ndarray:
    """The same gradient with one entry larger than the others."""
    found = gradient.copy()
    if found.size > 1:
        found.flat[0] *= 3.0
    return found


def _most_alike(curves: list[np.ndarray]) -> list[int]:
    """The largest group of curves that are like one of them, by their places."""
    stacked = np.array(curves)
    groups = (np.isclose(curve, stacked, rtol=1e-5).all(axis=1) for curve in curves)
    return max((np.flatnonzero(group).tolist() for group in groups), key=len)


def _longer(changes: History, count: int) -> History:
    """A history at rest, as long as another one."""
    return [*changes, *[changes[-1]] * max(0, count - len(changes))][:count]


def _change(node: Node, new: Any, old: np.ndarray) -> np.ndarray:
    change = np.asarray(new, dtype=float)
    if change.shape != old.shape and change.size == old.size:
        change = change.reshape(old.shape)
    if change.shape != old.shape:
        raise Unrepeatable(node, ValueError(f"{change.shape} in the place of {old.shape}"))
    moved: np.ndarray = change - old
    return moved


def _size(recorded: dict[int, Any], own: list[Root]) -> float:
    for root in own:
        size = _rms(np.asarray(recorded[root.node.index], dtype=float)) / abs(root.factor)
        if np.isfinite(size) and size > 0:
            return size
    return 1e-2


def _of_other_signs(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """One of two draws, with another sign somewhere: an L1 penalty goes by the signs alone."""
    return -other if np.array_equal(np.sign(one), np.sign(other)) else other


def _rms(value: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(value)))) if value.size else 0.0


def _matters(node: Node) -> bool:
    """Whether data may decide where a step goes: places, masks and single numbers do not."""
    if node.dtype is not None and node.dtype.kind not in "fc":
        return False
    value = np.asarray(node.value if node.value is not None else [0.5, 0.5])
    return value.size > 1 and not bool(np.all((value == 0) | (value == 1)))
