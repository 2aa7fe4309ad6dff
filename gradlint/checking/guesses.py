"""What a missing value may be: candidates for a name, the likely ones first.

Sizes are small and pairwise distinct, so that a wrong guess does not fit by accident.  A name says
what kind of value is likely; whether it fits is decided by the run, in
:mod:`gradlint.checking.filling`.
"""

from __future__ import annotations

import itertools
import re
from typing import Any

import numpy as np

from gradlint.structs import field, struct

BATCH, INPUTS, MANY = 5, 3, 20
_HIDDEN = (4, 2, 6, 8, 9)
_ELEMENTWISE = {
    "add", "subtract", "multiply", "divide", "true_divide", "sub", "mul", "truediv", "power",
    "equal", "not_equal", "greater", "less", "maximum", "minimum", "lt", "gt", "le", "ge",
}  # fmt: skip
_PRODUCT = {"dot", "matmul", "inner", "tensordot"}
_ROLES = (
    ("rate", r"alpha|eta|lr|learning_?rate\w*|rate|step_?size|l_rate|epsilon|eps"),
    ("rounds", r"epo\w*|n?_?iter\w*|num_?(?:iter|epo)\w*|max_?iter\w*|steps|n_epochs|rounds"),
    ("count", r"m|n|n_?samples|num_\w+|batch_?size|n_?examples|samples|n_samples|bs|size|length"),
    ("strength", r"lam\w*|reg\w*|beta\w*|gamma|momentum|mu|decay|l2\w*|weight_decay|keep_prob"),
    ("flag", r"verbose|debug|print\w*|plot\w*|is_\w+|use_\w+"),
    ("targets", r"y\w*|t|t_\w+|labels?\w*|targets?\w*|expected\w*|desired\w*|ideal\w*|d|\w*_?labels|\w*_y|\w*targets?|\w*output_data|truth|actual\w*|classes|digits?"),  # noqa: E501
    ("data", r"x\w*|inputs?\w*|data\w*|images?\w*|train\w*|samples\w*|features\w*|a_?0|\w*_x|\w*_data|\w*inputs?|points"),  # noqa: E501
    ("bias", r"b\d*|b_\w+|bias\w*|\w*_?bias\w*|beta_?0|intercept"),
    ("weight", r"w\w*|theta\w*|syn\w*|u|v|\w*weights?\w*|kernel\w*"),
)  # fmt: skip


def role_of(root: str) -> str:
    """What a name is likely to hold; ``"other"`` if it says nothing."""
    name = re.sub(r"^.*\.|^.*\['?|'?\]$", "", root).lower()
    if "bias" in name:
        return "bias"
    if "weight" in name:
        return "weight"
    return next((role for role, words in _ROLES if re.fullmatch(words, name)), "other")


def batch_of(text: str) -> int:
    """How many samples a step takes: one where biases are learned and nothing is summed."""
    summed = re.search(r"\bsum\(|\bmean\(|\.shape\[|\blen\(|/\s*\(?\s*m\b|\bm\b", text)
    biased = re.search(r"bias|\bb_?\w?\b", text)
    return 1 if biased and not summed else BATCH


@struct(frozen=False)
class Guesser:
    """Knows the sizes in use so far and the program's text, and gives candidates."""

    text: str
    sizes: dict[int, str] = field(default_factory=dict)
    columns: bool = False
    batch: int = BATCH
    units: dict[str, int] = field(default_factory=dict)  # sizes that a later use asked for

    def free(self, root: str, value: Any, side: int | None, operation: str) -> list[str]:
        """Candidates where nothing but the name and what is done to it is known."""
        role = role_of(root)
        shapes: list[tuple[int, ...]] = [(self.batch, INPUTS), (INPUTS, self.batch)]
        if operation == "iter":
            shapes = [(MANY, INPUTS), (MANY, 1), (MANY,)]
        elif role == "targets":
            shapes = [(MANY, 1), (self.batch, 1), (1, self.batch), (self.batch,), (MANY,)]
        elif role == "weight":
            fresh = self._fresh()
            shapes = [(fresh, INPUTS), (INPUTS, fresh), (INPUTS,), (INPUTS, 1)]
        elif role in ("rate", "count", "rounds", "strength", "flag"):
            return self.number(root)
        if role == "other" and operation not in _PRODUCT:
            shapes += [()]
        if side is not None and operation in _PRODUCT and role in ("data", "other"):
            self.columns = side == 1
            want = (INPUTS, self.batch) if side == 1 else (self.batch, INPUTS)
            shapes = [want, want[::-1], (INPUTS,), (MANY, INPUTS), *shapes]
            shapes.sort(key=lambda s: _shape_of(value, s) != want)
        known = [s for s in shapes if value is None or _shape_of(value, s) is not None]
        return [self.written(root, shape) for shape in dict.fromkeys(known)]

    def meeting(self, root: str, test: Any, partner: Any, operation: str, value: Any) -> list[str]:
        """Candidates that pass a test with an array, the natural ones first."""
        role = role_of(root)
        found = []
        name = re.sub(r"^.*\.|^.*\['?|'?\]$", "", root)  # `W1` is a matrix, `w` may be a vector
        self.matrices = not name.islower() or any(map(str.isdigit, name))
        self.wanted = self.units.get(root, self.batch if role == "data" else self._fresh())
        for shape in self._shapes(partner):
            made = np.full(shape, 0.5)
            try:
                with np.errstate(all="ignore"):
                    result = test(made)
                    own = np.shape(value(made))
            except Exception:  # noqa: BLE001 - then it is no value for this place
                continue
            cut = MANY in shape and MANY not in own  # a slice takes its rows
            cost = self._cost(role, operation, own, np.shape(result), np.shape(partner))
            found.append(((not cut, *cost, sum(n == MANY for n in shape), len(shape)), shape))
        found.sort(key=lambda pair: pair[0])
        wanted = [shape for _, shape in found[:6]]
        return [
            text
            for shape in wanted
            for text in (self.number(root) if not shape else [self.written(root, shape)])
        ]

    def _shapes(self, partner: Any) -> list[tuple[int, ...]]:
        sizes = [*np.shape(partner), *self.sizes, self.wanted, 1, self.batch, MANY]
        sizes = list(dict.fromkeys(sizes))[:14]
        shapes: list[tuple[int, ...]] = [(), *((n,) for n in sizes)]
        shapes += itertools.product(sizes, sizes)
        if np.ndim(partner) > 2:
            shapes.append(np.shape(partner))
        return shapes

    def _cost(
        self, role: str, operation: str, own: tuple[int, ...], result: tuple[int, ...],
        partner: tuple[int, ...],
    ) -> tuple[int, ...]:  # fmt: skip
        if operation in _PRODUCT and role == "targets":  # a sum of products, written as a product
            return (own != partner[::-1], own != partner)
        if operation in _PRODUCT:
            rows = role != "data" and self.batch in own and self.batch not in partner
            matrix = role in ("weight", "data") and self.matrices
            axes = 2 if matrix else min(len(partner), 2)
            fresh = self.wanted in own
            return (len(own) != axes, rows, not fresh, 1 in own, MANY in own)
        if role in ("rate", "count", "rounds", "strength", "flag"):
            return (len(own),)
        if operation not in _ELEMENTWISE:
            return (own != partner,)
        if role == "bias":
            return self._bias_cost(own, result, partner)
        return (result != partner, own != partner, -len(own))

    wanted: int = 4
    matrices: bool = True

    def should_be_one(self, root: str, expression: str) -> str | None:
        """The parameter whose size makes several outputs where the loss is for one of them."""
        if role_of(root) != "targets" or not re.search(r"log\(\s*1(?:\.0?)?\s*-", self.text):
            return None
        if "eye" in expression:
            return None
        for size in map(int, re.findall(r"\d+", expression.partition("(")[2])[-2:]):
            maker = self.sizes.get(size, "")
            if role_of(maker) == "weight" and maker not in self.units:
                return maker
        return None

    def _bias_cost(
        self, own: tuple[int, ...], result: tuple[int, ...], partner: tuple[int, ...]
    ) -> tuple[int, ...]:
        unit = partner[0] if self.columns and len(partner) > 1 else partner[-1]
        kept = "keepdims" in self.text or self.columns
        natural: tuple[int, ...] = (unit,)
        if kept and len(partner) > 1:
            natural = (unit, 1) if self.columns else (1, unit)
        return (result != partner, own != natural, own == partner, len(own) == 0)

    def number(self, root: str) -> list[str]:
        """Candidates for one number."""
        role = role_of(root)
        by_role = {
            "rate": ["0.1"], "count": [str(self.batch), str(MANY)], "rounds": ["60"],
            "strength": ["0.1"], "flag": ["False", "True"],
        }  # fmt: skip
        return by_role.get(role, ["0.5"])

    def size(self, root: str) -> list[str]:
        """Candidates for a whole number: a size, a count, a flag."""
        role, name = role_of(root), root.lower()
        if role in ("rounds", "flag", "rate", "strength"):
            return self.number(root)
        if role == "targets":
            return [*self.indices(root), "1"]
        if re.search(r"in|feature|n_x|dim", name) and "hidden" not in name:
            return [str(INPUTS), "1", "2"]
        if re.search(r"out|class|n_y", name):
            return ["2", "1", "3"]
        if role == "count":
            return [str(self.batch), "1"]
        return ["4", "3", "1", "5", "2"]

    def indices(self, root: str) -> list[str]:
        """Candidates for what is used as an index, or turned into an array as it is."""
        labels = [f"np.random.randint(0, 2, {n})" for n in (self.batch, MANY)]
        others = self.free(root, None, None, "")
        return labels + others if role_of(root) in ("targets", "other") else others + labels

    def written(self, root: str, shape: tuple[int, ...]) -> str:
        """The expression that makes a value of a shape, of the kind its name and use suggest."""
        role = role_of(root)
        inside = ", ".join(map(str, shape))
        if role == "targets" and shape:
            return self._targets(shape, inside)
        if not shape:
            return self.number(root)[0]
        if re.search(r"image|pixel|prob", root.lower()):
            return f"np.random.rand({inside})"
        scale = {"weight": " * 0.5", "bias": " * 0.1"}.get(role, "")
        if role == "data" and max(shape) > 200:
            return f"np.random.rand({inside})"
        return f"np.random.randn({inside}){scale}"

    def _targets(self, shape: tuple[int, ...], inside: str) -> str:
        softmax = re.search(r"softmax|exp\([^\n]*\n?[^\n]*/\s*np\.sum", self.text, re.I)
        if softmax and len(shape) == 2 and 1 not in shape:
            classes, count = shape if self.columns else shape[::-1]
            turned = ".T" if self.columns else ""
            return f"np.eye({classes})[np.random.randint(0, {classes}, {count})]{turned}"
        if re.search(r"\blog\(|sigmoid|exp\(-", self.text, re.I):
            return f"np.random.randint(0, 2, ({inside}{',' * (len(shape) == 1)}))"
        return f"np.random.randn({inside})"

    def learn(self, root: str, made: Any) -> None:
        """Remember the sizes of a value that was decided."""
        shape = np.shape(made)
        for size in shape:
            if size != 1:
                self.sizes.setdefault(size, root)

    def _fresh(self) -> int:
        return next((n for n in _HIDDEN if n not in self.sizes), 7)


def _shape_of(value: Any, shape: tuple[int, ...]) -> tuple[int, ...] | None:
    if value is None:
        return shape
    try:
        seen: tuple[int, ...] = np.shape(value(np.full(shape, 0.5)))
        return seen
    except Exception:  # noqa: BLE001 - then it is no value for this place
        return None
