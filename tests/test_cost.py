"""What keeps the cost of a diagnosis down, and what it may not change."""

import ast

import numpy as np

from gradlint.diagnosis.alterations import altered
from gradlint.diagnosis.identify import Truths
from gradlint.reading.graph import Graph
from gradlint.trace.primitives import leaf
from gradlint.trace.tape import Tape


def _numbers(count: int) -> tuple[Tape, list]:
    tape = Tape()
    nodes = [tape.record(leaf, (), {}, float(k + 1), None) for k in range(count)]
    return tape, nodes


def test_single_numbers_are_told_apart_by_another_point() -> None:
    """Of many scalar cotangents the one in proportion at both points is found, and no other."""
    _, nodes = _numbers(20)
    truths = [{n.index: np.array(float(n.index + 1)) for n in nodes}]
    truths.append({n.index: np.array((n.index + 1.0) ** 2) for n in nodes})
    known = Truths(nodes, truths, [{}, {}], set())
    found = known.identify([np.array(6.0 * 3), np.array(36.0 * 3)])
    assert found is not None
    assert found.value is nodes[5]
    assert abs(found.factor - 3.0) < 1e-9
    assert known.identify([np.array(2.0), np.array(-7.0)]) is None


def test_candidates_leave_zero_cotangents_out() -> None:
    """A forward value whose cotangent vanishes is nobody's meaning, whenever marks are made."""
    _, nodes = _numbers(2)
    truths = [{nodes[0].index: np.zeros(3), nodes[1].index: np.ones(3)}]
    known = Truths(nodes, truths, [{}], set())
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


def test_remembered_ancestors_are_not_shared() -> None:
    """An answer that a caller changes is not the answer of the next one."""
    tape = Tape()
    one = tape.record(leaf, (), {}, 1.0, None)
    two = tape.record(np.negative, (one,), {}, -1.0, None)
    graph = Graph(tape)
    graph.ancestors([two]).clear()
    assert graph.ancestors([two]) == {one.index, two.index}
    assert graph.ancestors([two], after=one.index) == {two.index}
    assert two.parents == (one,)
