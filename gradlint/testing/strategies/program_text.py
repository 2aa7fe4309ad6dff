"""Whole training programs, as people lay them out: one function for each structure.

Every program trains one small network on random data with plain gradient descent.  It defines
``steps`` in one line of its own, so that a test can run it for as long as it wants.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradlint.testing.strategies.formulas import Formulas

if TYPE_CHECKING:
    from collections.abc import Callable

    from gradlint.testing.strategies.formulas import Style

    Lines = list[str]
    Name = Callable[[str], str]


def program(style: Style) -> str:
    """Write the program of a style."""
    formulas = Formulas(style)
    body = _STRUCTURES[style.structure](formulas)
    return "\n".join([*_preamble(style), *body, ""])


def _preamble(style: Style) -> Lines:
    """Write imports, activation functions and data."""
    lines = ["import numpy as np", "", f"rng = np.random.default_rng({style.seed})", ""]
    if style.activation == "sigmoid" or style.loss in ("binary", "squared-sigmoid"):
        lines += ["", "def sigmoid(z):", "    return 1 / (1 + np.exp(-z))", ""]
    if style.loss == "softmax":
        axis = int(not style.columns)
        lines += [
            "",
            "def softmax(z):",
            f"    e = np.exp(z - z.max(axis={axis}, keepdims=True))",
            f"    return e / e.sum(axis={axis}, keepdims=True)",
            "",
        ]
    flip = ".T" if style.columns else ""
    shape = f"({style.batch}, {style.sizes[-1]})"
    labels = {
        "squared": f"rng.normal(size={shape})",
        "squared-sigmoid": f"rng.random({shape})",
        "binary": f"(rng.random({shape}) < 0.5).astype(float)",
        "softmax": f"np.eye({style.sizes[-1]})[rng.integers(0, {style.sizes[-1]}, {style.batch})]",
    }[style.loss]
    return [
        *lines,
        *([""] if len(lines) > 4 else []),  # two blank lines after a function
        f"X = rng.normal(size=({style.batch}, {style.sizes[0]})){flip}",
        f"Y = {labels}{flip}",
        f"n = {style.batch}",
        f"lr = {0.01 if style.mean == 'nowhere' else 0.05}",
        f"steps = {style.steps}",
    ]


def _forward(f: Formulas, param: Name, value: Name) -> Lines:
    """Write the forward pass; the names of parameters and values are the structure's choice."""
    lines, a = [], "X"
    for layer in range(1, f.style.depth + 1):
        z = value(f"z{layer}")
        lines.append(f"{z} = {f.affine(a, param(f'W{layer}'), param(f'b{layer}'))}")
        a = value(f"a{layer}")
        last = layer == f.style.depth
        lines.append(f"{a} = {f.output(z) if last else f.activate(z)}")
    return lines


def _backward(f: Formulas, param: Name, value: Name, gradient: Name) -> Lines:
    """Write the backward pass; only the first layer's gradients carry a slip, if any."""
    depth = f.style.depth
    lines = [f"dz{depth} = {f.output_delta(value(f'a{depth}'))}"]
    for layer in range(depth, 0, -1):
        a = value(f"a{layer - 1}") if layer > 1 else "X"
        dz, slips = f"dz{layer}", layer == 1
        lines.append(f"{gradient(f'dW{layer}')} = {f.weight_gradient(a, dz, slips=slips)}")
        lines.append(f"{gradient(f'db{layer}')} = {f.bias_gradient(dz, slips=slips)}")
        if layer > 1:
            da = f.pulled_back(dz, param(f"W{layer}"))
            delta = f.hidden_delta(da, value(f"z{layer - 1}"), value(f"a{layer - 1}"))
            lines.append(f"dz{layer - 1} = {delta}")
    return lines


def _fresh(f: Formulas, param: Name) -> Lines:
    """Write the parameters' first values."""
    lines = []
    for layer in range(1, f.style.depth + 1):
        rows, columns = map(str, f.style.sizes[layer - 1 : layer + 1])
        lines.append(f"{param(f'W{layer}')} = {f.weight(rows, columns)}")
        lines.append(f"{param(f'b{layer}')} = {f.bias(columns)}")
    return lines


def _telling(f: Formulas, a: str) -> Lines:
    """Write the loss and its printing, where the program has them."""
    if f.style.printed == "nothing":
        return []
    return [f"loss = {f.loss(a)}", "if step % 10 == 0:", "    print(step, loss)"]


def _names(f: Formulas) -> Lines:
    return [f"{kind}{layer}" for layer in range(1, f.style.depth + 1) for kind in "Wb"]


def _indented(lines: Lines) -> Lines:
    return [f"    {line}" if line else line for line in lines]


def _same(name: str) -> str:
    return name


def _script(f: Formulas) -> Lines:
    loop = [
        *_forward(f, _same, _same),
        *_telling(f, f"a{f.style.depth}"),
        *_backward(f, _same, _same, _same),
        *(f.updated(name, f"d{name}") for name in _names(f)),
    ]
    return [*_fresh(f, _same), "", "for step in range(steps):", *_indented(loop)]


def _functions(f: Formulas) -> Lines:
    names = ", ".join(_names(f))
    values = ", ".join(f"{k}{i}" for i in range(1, f.style.depth + 1) for k in "za")
    gradients = ", ".join(f"d{name}" for name in _names(f))
    loop = [
        f"{values} = forward(X, {names})",
        *_telling(f, f"a{f.style.depth}"),
        f"{gradients} = backward(X, Y, {names}, {values})",
        *(f.updated(name, f"d{name}") for name in _names(f)),
    ]
    return [
        "",
        "",
        f"def forward(X, {names}):",
        *_indented(_forward(f, _same, _same)),
        f"    return {values}",
        "",
        "",
        f"def backward(X, Y, {names}, {values}):",
        *_indented(_backward(f, _same, _same, _same)),
        f"    return {gradients}",
        "",
        "",
        *_fresh(f, _same),
        "for step in range(steps):",
        *_indented(loop),
    ]


def _dict(f: Formulas) -> Lines:
    param, value, gradient = _keys("params"), _keys("cache"), _keys("grads")
    loop = [
        "cache = forward(X, params)",
        *_telling(f, f'cache["a{f.style.depth}"]'),
        "grads = backward(X, Y, params, cache)",
        "for key in params:",
        "    " + f.updated("params[key]", 'grads["d" + key]'),
    ]
    return [
        "params = {}",
        *_fresh(f, param),
        "",
        "",
        "def forward(X, params):",
        "    cache = {}",
        *_indented(_forward(f, param, value)),
        "    return cache",
        "",
        "",
        "def backward(X, Y, params, cache):",
        "    grads = {}",
        *_indented(_backward(f, param, value, gradient)),
        "    return grads",
        "",
        "",
        "for step in range(steps):",
        *_indented(loop),
    ]


def _class(f: Formulas) -> Lines:
    own: Name = "self.{}".format
    updates = [f.updated(own(name), own(f"d{name}")) for name in _names(f)]
    output = own(f"a{f.style.depth}")
    methods = [
        "def __init__(self):",
        *_indented(_fresh(f, own)),
        "",
        "def forward(self, X):",
        *_indented([*_forward(f, own, own), f"return {output}"]),
        "",
        "def backward(self, X, Y):",
        *_indented(_backward(f, own, own, own)),
        "",
        "def step(self, lr):",
        *_indented(updates),
    ]
    loop = ["out = net.forward(X)", *_telling(f, "out"), "net.backward(X, Y)", "net.step(lr)"]
    head = ["", "", "class Net:", *_indented(methods), "", ""]
    return [*head, "net = Net()", "for step in range(steps):", *_indented(loop)]


def _lists(f: Formulas) -> Lines:
    depth = f.style.depth
    forward = [
        "activations = [X]",
        "inputs = []",
        f"for i in range({depth}):",
        f"    z = {f.affine('activations[-1]', 'weights[i]', 'biases[i]')}",
        "    inputs.append(z)",
        f"    if i < {depth - 1}:",
        f"        activations.append({f.activate('z')})",
        "    else:",
        f"        activations.append({f.output('z')})",
    ]
    da = f.pulled_back("delta", "weights[i]")
    backward = [
        f"delta = {f.output_delta('activations[-1]')}",
        f"nabla_w = [None] * {depth}",
        f"nabla_b = [None] * {depth}",
        f"for i in reversed(range({depth})):",
        f"    nabla_w[i] = {f.weight_gradient('activations[i]', 'delta')}",
        f"    nabla_b[i] = {f.bias_gradient('delta')}",
        "    if i > 0:",
        f"        delta = {f.hidden_delta(da, 'inputs[i - 1]', 'activations[i]')}",
    ]
    update = [
        f"for i in range({depth}):",
        f"    {f.updated('weights[i]', 'nabla_w[i]')}",
        f"    {f.updated('biases[i]', 'nabla_b[i]')}",
    ]
    loop = [*forward, *_telling(f, "activations[-1]"), *backward, *update]
    return [
        f"sizes = {list(f.style.sizes)}",
        f"weights = [{f.weight('i', 'o')} for i, o in zip(sizes[:-1], sizes[1:])]",
        f"biases = [{f.bias('o')} for o in sizes[1:]]",
        "",
        "for step in range(steps):",
        *_indented(loop),
    ]


def _layers(f: Formulas) -> Lines:
    """Write layer objects; each hands back the gradient of its input."""
    hidden_delta = f.hidden_delta("da", "self.z", "self.a")
    dense = [
        "",
        "",
        "class Dense:",
        "    def __init__(self, i, o):",
        f"        self.W = {f.weight('i', 'o')}",
        f"        self.b = {f.bias('o')}",
        "",
        "    def forward(self, x):",
        "        self.x = x",
        f"        return {f.affine('x', 'self.W', 'self.b')}",
        "",
        "    def backward(self, dz):",
        f"        self.dW = {f.weight_gradient('self.x', 'dz')}",
        f"        self.db = {f.bias_gradient('dz')}",
        f"        return {f.pulled_back('dz', 'self.W')}",
    ]
    activation = [
        "",
        "",
        "class Activation:",
        "    def forward(self, z):",
        "        self.z = z",
        f"        self.a = {f.activate('z')}",
        "        return self.a",
        "",
        "    def backward(self, da):",
        f"        return {hidden_delta}",
        "",
        "",
    ]
    loop = [
        "h = X",
        "for layer in layers:",
        "    h = layer.forward(h)",
        f"out = {f.output('h')}",
        *_telling(f, "out"),
        f"g = {f.output_delta('out')}",
        "for layer in reversed(layers):",
        "    g = layer.backward(g)",
        "for layer in layers[::2]:",
        f"    {f.updated('layer.W', 'layer.dW')}",
        f"    {f.updated('layer.b', 'layer.db')}",
    ]
    pairs = list(zip(f.style.sizes[:-1], f.style.sizes[1:], strict=True))
    made = ", Activation(), ".join(f"Dense({i}, {o})" for i, o in pairs)
    return [
        *dense,
        *activation,
        f"layers = [{made}]",
        "for step in range(steps):",
        *_indented(loop),
    ]


def _keys(container: str) -> Name:
    return f'{container}["{{}}"]'.format


_STRUCTURES: dict[str, Callable[[Formulas], Lines]] = {
    "script": _script,
    "functions": _functions,
    "dict": _dict,
    "class": _class,
    "lists": _lists,
    "layers": _layers,
}
