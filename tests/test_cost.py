"""What keeps the cost of a diagnosis down, and what it may not change."""

import ast
import cProfile

import numpy as np
import pytest

from gradlint.checking.inspection import Inspection
from gradlint.config import Options
from gradlint.diagnosis.alterations import altered
from gradlint.diagnosis.cotangents import NamedValues
from gradlint.diagnosis.identify import Truths, ranked
from gradlint.reading.graph import Graph
from gradlint.source.spots import SourceFile
from gradlint.trace.primitives import leaf
from gradlint.trace.tape import Tape
from gradlint.truth.backprop import WRITES
from gradlint.truth.objections import Fault, Objection


def _numbers(count: int) -> tuple[Tape, list]:
    tape = Tape()
    nodes = [tape.record(leaf, (), {}, float(k + 1), None) for k in range(count)]
    return tape, nodes


def test_single_numbers_are_told_apart_by_another_point() -> None:
    """Of many scalar cotangents the one in proportion at both points is found, and no other."""
    _, nodes = _numbers(20)
    truths = [{n.index: np.array(float(n.index + 1)) for n in nodes}]
    truths.append({n.index: np.array((n.index + 1.0) ** 2) for n in nodes})
    known = Truths(ranked(nodes, set()), truths, [{}, {}])
    found = known.identify([np.array(6.0 * 3), np.array(36.0 * 3)])
    assert found is not None
    assert found.value is nodes[5]
    assert abs(found.factor - 3.0) < 1e-9
    assert known.identify([np.array(2.0), np.array(-7.0)]) is None


def test_candidates_leave_zero_cotangents_out() -> None:
    """A forward value whose cotangent vanishes is nobody's meaning, whenever marks are made."""
    _, nodes = _numbers(2)
    truths = [{nodes[0].index: np.zeros(3), nodes[1].index: np.ones(3)}]
    known = Truths(ranked(nodes, set()), truths, [{}])
    assert known.candidates((3,)) == [nodes[1]]
    assert known.candidates((4,)) == []


def test_a_replaced_part_leaves_the_others_the_same_objects() -> None:
    """What an edit does not touch stays the very object; an edit of nothing changes nothing."""
    root = ast.parse("f(a + b, [c, d], k=e) * g", mode="eval").body
    assert isinstance(root, ast.BinOp)
    assert isinstance(root.left, ast.Call)
    c = root.left.args[1].elts[0]  # type: ignore[attr-defined]
    new = altered(root, c, ast.Name("x", ast.Load()))
    assert isinstance(new, ast.BinOp)
    assert ast.unparse(new) == "f(a + b, [x, d], k=e) * g"
    assert new.right is root.right
    assert altered(root, ast.Name("z", ast.Load()), c) is root


def test_remembered_ancestors_cannot_be_changed() -> None:
    """An answer is shared with the next caller: nobody may change it."""
    tape = Tape()
    one = tape.record(leaf, (), {}, 1.0, None)
    two = tape.record(np.negative, (one,), {}, -1.0, None)
    graph = Graph(tape)
    assert isinstance(graph.ancestors([two]), frozenset)
    assert graph.ancestors([two]) == {one.index, two.index}
    assert graph.ancestors([two], after=one.index) == {two.index}
    assert two.parents == (one,)


def test_what_follows_from_a_value_ends_where_it_is_told() -> None:
    """Descendants until a moment are those of all that are no younger."""
    tape = Tape()
    one = tape.record(leaf, (), {}, 1.0, None)
    two = tape.record(np.negative, (one,), {}, -1.0, None)
    tape.record(np.negative, (two,), {}, 1.0, None)
    graph = Graph(tape)
    assert graph.descendants([one]) == {0, 1, 2}
    assert graph.descendants([one], until=two.index) == {0, 1}


def test_values_of_one_cotangent_are_found_by_it() -> None:
    """Forward values with the same cotangent are alike, those with a multiple of it are not."""
    _, nodes = _numbers(4)
    rows = [np.array([1.0, -2.0]), np.array([2.0, -4.0]), np.array([1.0, -2.0]), np.zeros(2)]
    known = Truths(ranked(nodes, set()), [dict(enumerate(rows))], [{}])
    assert set(known.alike(rows[0])) == {nodes[0], nodes[2]}
    assert known.alike(rows[3]) == []


def test_where_a_road_goes_wrong_is_searched_when_it_is_asked_for() -> None:
    """That there is an objection costs no search, and the search is made once."""
    _, (node,) = _numbers(1)
    searched = []

    def search() -> Fault:
        searched.append(node)
        return Fault(node)

    objection = Objection("even", search)
    assert objection.is_certain
    assert searched == []
    assert objection.fault.node is node
    assert objection.fault.node is node
    assert searched == [node]
    assert not Objection("odd", search).is_certain


RECURRENT = """
import numpy as np
rng = np.random.default_rng(3)
T = {count}
P, Q = rng.normal(size=(2, 4)) * 0.5, rng.normal(size=(4, 4)) * 0.3
r = rng.normal(size=4)
X, goal = rng.normal(size=(T, 2)), rng.normal(size=T)
for step in range(3):
    h, out, loss = [np.zeros(4)], [], 0.0
    for t in range(T):
        h.append(np.tanh(X[t] @ P + h[t] @ Q))
        out.append(h[t + 1] @ r)
        loss += 0.5 * (out[t] - goal[t]) ** 2
    dP, dQ, dr, back = np.zeros_like(P), np.zeros_like(Q), np.zeros_like(r), np.zeros(4)
    for t in reversed(range(T)):
        gap = out[t] - goal[t]
        dr += gap * h[t + 1]
        dz = (gap * r + back) * (1 - h[t + 1] ** 2)
        dP += np.outer(X[t], dz)
        dQ += np.outer(h[t + 1], dz)
        back = Q @ dz
    P -= 0.01 * dP
    Q -= 0.01 * dQ
    r -= 0.01 * dr
"""

SAMPLES = """
import numpy as np
rng = np.random.default_rng(4)
N = {count}
X, goal = rng.normal(size=(N, 3)), rng.normal(size=N)
A, c = rng.normal(size=(3, 5)) * 0.5, rng.normal(size=5) * 0.5
for step in range(3):
    dA, dc, loss = np.zeros_like(A), np.zeros_like(c), 0.0
    for i in range(N):
        a = np.tanh(X[i] @ A)
        d = (a @ c - goal[i]) / N
        loss += 0.5 * N * d ** 2
        dc += d * a
        dA += np.outer(X[i], d * c * (a * (1 - a)))
    A -= 0.1 * dA
    c -= 0.1 * dc
"""


def _calls(text: str) -> int:
    """How many functions are called to explain a wrong gradient."""
    inspection = Inspection(SourceFile("script.py", text), Options(), 300.0, verify=False)
    assert inspection.judged is not None
    counter = cProfile.Profile()
    found = counter.runcall(lambda: inspection.explained)
    assert any(f.fix is not None for f in found)
    return sum(entry.callcount for entry in counter.getstats())


@pytest.mark.parametrize("text", [RECURRENT, SAMPLES], ids=["recurrent", "samples"])
def test_a_loop_is_explained_in_proportion_to_its_rounds(text: str) -> None:
    """Four times the rounds take hardly more than four times the calls."""
    _calls(text.format(count=10))  # what is loaded once
    few, many = (_calls(text.format(count=count)) for count in (25, 100))
    assert many <= 5 * few  # measured: 2.8 for the recurrent net, 3.8 for the samples


def test_the_states_of_a_long_loop_are_found_by_their_place() -> None:
    """A slip in the index of a list of 300 states is named as it is in one of 30, with its edit."""
    text = RECURRENT.format(count=300)
    report = Inspection(SourceFile("script.py", text), Options(), 300.0, verify=False).report()
    (finding,) = (f for f in report.findings if f.severity != "note")
    assert finding.code == "GL308"
    assert "`h[t]` belongs here" in finding.message


_STATES = """
import numpy as np

rng = np.random.default_rng(5)
T = 4
X, Y = rng.normal(size=(T, 3)), rng.normal(size=T)
U, V, w = rng.normal(size=(3, 4)), rng.normal(size=(4, 4)) * 0.3, rng.normal(size=4)
for epoch in range(3):
    states = np.zeros((T + 1, 4))
    for t in range(T):
        states[t + 1] = np.tanh(X[t] @ U + states[t] @ V)
    ahead = np.concatenate([states[1:], states[1:] ** 2], axis=1)
    outputs = ahead[:, :4] @ w + ahead[:, 4:].sum(axis=1)
    loss = 0.5 * np.sum((outputs - Y) ** 2)
    error = outputs - Y
    dw = states[1:].T @ error
    dU, dV, carry = np.zeros_like(U), np.zeros_like(V), np.zeros(4)
    for t in reversed(range(T)):
        dh = error[t] * (w + 2 * states[t + 1]) + carry
        da = dh * (1 - states[t] ** 2)
        dU += np.outer(X[t], da)
        dV += np.outer(states[t], da)
        carry = V @ da
    U -= 0.01 * dU
    V -= 0.01 * dV
    w -= 0.01 * dw
"""


def test_a_pass_continued_from_a_value_is_the_whole_pass() -> None:
    """What a forward value was made of is gone through again, and comes out as if all were."""
    inspection = Inspection(SourceFile("states.py", _STATES), Options(), 60.0)
    assert inspection.judged is not None
    assert inspection.reference is not None
    named = NamedValues(inspection.judged, inspection.reference)
    compared = 0
    for carrier in [n for n in named.carriers if n.shape == (4,)]:
        for role in named.known.candidates((4,)):
            known = named.continued(role, carrier, 2.0)
            assert known is not None
            for position, point in enumerate(named.points):
                through: dict[tuple[int, int], np.ndarray] = {}
                given = {role: named.value(carrier, position) / 2.0}
                whole = named.study.truth(named.objective, point, given, through)
                lasting = {n.index for n in named.step.graph.nodes if n.function not in WRITES}
                for index in lasting & whole.keys():
                    assert np.array_equal(known.truths[position][index], whole[index])
                for way, contribution in through.items():
                    assert np.array_equal(known.edges[position][way], contribution)
                compared += 1
    assert compared > 20
