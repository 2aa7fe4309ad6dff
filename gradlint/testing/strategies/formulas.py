"""The mathematics of a small network in the words of a program: one expression each.

:class:`Style` says what a program is like; :class:`Formulas` writes its expressions, with one slip
where the style asks for one.  How expressions become functions, classes or loops is no business of
this module.
"""

from __future__ import annotations

from typing import Literal

from gradlint.structs import struct

Structure = Literal["script", "functions", "dict", "class", "lists", "layers"]
Activation = Literal["sigmoid", "tanh", "relu", "leaky"]
LossName = Literal["squared", "squared-sigmoid", "binary", "softmax"]

MISTAKES: dict[str, str] = {
    "missing-batch-mean": "a weight gradient without the batch mean",
    "constant-factor": "a weight gradient twice as large",
    "flipped-sign": "a weight gradient with its sign flipped",
    "unsummed-bias": "a bias gradient averaged over the batch where weights are summed",
    "derivative-of-preactivation": "the derivative of the output, given the pre-activation",
    "other-activations-derivative": "another activation's derivative",
    "missing-activation-derivative": "no activation derivative",
}
"""The slips a program can be given, by the mistake that a checker should name."""

_ACTIVATIONS: dict[str, str] = {
    "sigmoid": "sigmoid({z})",
    "tanh": "np.tanh({z})",
    "relu": "np.maximum(0, {z})",
    "leaky": "np.where({z} > 0, {z}, 0.1 * {z})",
}
_SLOPES: dict[str, str] = {
    "sigmoid": "{a} * (1 - {a})",
    "tanh": "(1 - {a} ** 2)",
    "relu": "({z} > 0)",
    "leaky": "np.where({z} > 0, 1.0, 0.1)",
}


@struct
class Style:
    """What one program is like.

    ``sizes`` run from the inputs to the outputs; ``mean`` says where the gradients are divided by
    the batch (nowhere: the loss is a sum); ``printed`` which loss the program computes, if any;
    ``columns`` that samples are columns; ``flat`` that biases have one dimension.
    """

    structure: Structure
    sizes: tuple[int, ...]
    batch: int
    columns: bool
    flat: bool
    activation: Activation
    loss: LossName
    mean: Literal["delta", "gradients", "nowhere"]
    printed: Literal["same", "other-scale", "nothing"]
    product: Literal["@", "np.dot", ".dot"]
    update: Literal["-=", "= -", "+="]
    steps: int
    seed: int
    mistake: str = ""

    @property
    def depth(self) -> int:
        """How many layers have parameters."""
        return len(self.sizes) - 1


@struct
class Formulas:
    """The expressions of a program of one style."""

    style: Style

    def dot(self, left: str, right: str) -> str:
        """Multiply two matrices, as this programmer writes it."""
        if self.style.product == "@":
            return f"{left} @ {right}"
        if self.style.product == "np.dot":
            return f"np.dot({left}, {right})"
        return f"{left}.dot({right})"

    def affine(self, a: str, w: str, b: str) -> str:
        """Write a layer's pre-activation."""
        if not self.style.columns:
            return f"{self.dot(a, w)} + {b}"
        return f"{self.dot(w, a)} + {b}{'[:, None]' if self.style.flat else ''}"

    def activate(self, z: str) -> str:
        """Write a hidden layer's output."""
        return _ACTIVATIONS[self.style.activation].format(z=z)

    def output(self, z: str) -> str:
        """Write the network's output."""
        if self.style.loss == "squared":
            return z
        return f"{'softmax' if self.style.loss == 'softmax' else 'sigmoid'}({z})"

    def loss(self, a: str) -> str:
        """Write the loss that the program computes."""
        summed = {
            "squared": f"np.sum(({a} - Y) ** 2) / 2",
            "squared-sigmoid": f"0.5 * np.sum(({a} - Y) ** 2)",
            "binary": f"-np.sum(Y * np.log({a}) + (1 - Y) * np.log(1 - {a}))",
            "softmax": f"-np.sum(Y * np.log({a}))",
        }[self.style.loss]
        averaged = (self.style.mean != "nowhere") == (self.style.printed == "same")
        return f"{summed} / n" if averaged else summed

    def output_delta(self, a: str) -> str:
        """Write the gradient with respect to the last pre-activation."""
        delta = f"{a} - Y"
        if self.style.loss == "squared-sigmoid":
            delta = f"({delta}) * {a} * (1 - {a})"
        if self.style.mean != "delta":
            return delta
        return f"{delta} / n" if self.style.loss == "squared-sigmoid" else f"({delta}) / n"

    def pulled_back(self, dz: str, w: str) -> str:
        """Write the gradient with respect to a layer's input."""
        return self.dot(f"{w}.T", dz) if self.style.columns else self.dot(dz, f"{w}.T")

    def hidden_delta(self, da: str, z: str, a: str) -> str:
        """Write the gradient with respect to a hidden pre-activation."""
        name, slip = self.style.activation, self.style.mistake
        if slip == "missing-activation-derivative":
            return f"{da} * 1.0"
        if slip == "other-activations-derivative":
            name = "tanh" if name == "sigmoid" else "sigmoid"
        a = z if slip == "derivative-of-preactivation" else a
        grouped = da if self.style.product != "@" or "@" not in da else f"({da})"
        return f"{grouped} * {_SLOPES[name].format(z=z, a=a)}"

    def weight_gradient(self, a: str, dz: str, *, slips: bool = True) -> str:
        """Write a weight gradient."""
        slip = self.style.mistake if slips else ""
        dot = self.dot(dz, f"{a}.T") if self.style.columns else self.dot(f"{a}.T", dz)
        factor = {"constant-factor": "2 * ", "flipped-sign": "-1.0 * "}.get(slip, "")
        dot = f"({dot})" if factor and self.style.product == "@" else dot
        return f"{factor}{dot}{'' if slip == 'missing-batch-mean' else self._over_n()}"

    def bias_gradient(self, dz: str, *, slips: bool = True) -> str:
        """Write a bias gradient."""
        over = "mean" if slips and self.style.mistake == "unsummed-bias" else "sum"
        keep = "" if self.style.flat else ", keepdims=True"
        return f"np.{over}({dz}, axis={int(self.style.columns)}{keep}){self._over_n()}"

    def updated(self, name: str, gradient: str) -> str:
        """Write an update."""
        if self.style.update == "-=":
            return f"{name} -= lr * {gradient}"
        if self.style.update == "+=":
            return f"{name} += -lr * {gradient}"
        return f"{name} = {name} - lr * {gradient}"

    def weight(self, rows: str, columns: str) -> str:
        """Write a fresh weight matrix between layers of these sizes."""
        size = f"({columns}, {rows})" if self.style.columns else f"({rows}, {columns})"
        return f"0.5 * rng.normal(size={size})"

    def bias(self, size: str) -> str:
        """Write a fresh bias."""
        if self.style.flat:
            return f"0.1 * rng.normal(size={size})"
        return f"0.1 * rng.normal(size={f'({size}, 1)' if self.style.columns else f'(1, {size})'})"

    def _over_n(self) -> str:
        return " / n" if self.style.mean == "gradients" else ""
