"""Which names an edit may use where it stands."""

from __future__ import annotations

import ast

from gradlint.source.scopes import visible
from gradlint.source.spots import SourceFile

TEXT = """\
import numpy as np
from math import exp as e

rows = [np.zeros(k) for k in range(3)]

def outer(a, *b, c=1):
    d = a
    for f in b:
        g = [h * f for h in b]
    def inner(i):
        j = i + d
        return lambda x: x + j
    return inner

class Model:
    def __init__(self, w):
        self.w = w
"""


def names_at(text):
    """The names that are visible at the first expression with some text."""
    file = SourceFile("scopes.py", TEXT)
    nodes = [n for n in ast.walk(file.tree) if isinstance(n, ast.expr)]
    place = next(n for n in nodes if ast.unparse(n) == text)
    return visible(file, place) - {"np", "e", "rows", "outer", "Model"}


def test_a_comprehension_keeps_its_names_to_itself():
    """Inside they are visible, behind it they are not."""
    assert names_at("np.zeros(k)") == {"k"}
    assert names_at("range(3)") == {"k"}
    assert names_at("h * f") == {"a", "b", "c", "d", "f", "g", "h", "inner"}


def test_a_function_knows_what_is_around_it():
    """Its own names, those of the functions around it, and those of the module."""
    outer = {"a", "b", "c", "d", "f", "g", "inner"}
    assert names_at("i + d") == outer | {"i", "j"}
    assert names_at("x + j") == outer | {"i", "j", "x"}


def test_a_class_lends_no_names_to_its_methods():
    """A method sees its arguments and the module."""
    assert names_at("self.w") == {"self", "w"}
