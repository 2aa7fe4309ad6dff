"""Functions that a program calls and nobody defined: activations, a loss, a step of descent.

Only functions whose name says what they compute are made up; the text of each becomes part of the
program, so that the run sees into it.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_FORMS: dict[str, tuple[str, str, str]] = {  # name: value, slope by its input, slope by its output
    "sigmoid": (
        "1 / (1 + np.exp(-{x}))", "np.exp(-{x}) / (1 + np.exp(-{x})) ** 2", "{x} * (1 - {x})",
    ),
    "tanh": ("np.tanh({x})", "1 - np.tanh({x}) ** 2", "1 - {x} ** 2"),
    "relu": ("np.maximum({x}, 0)", "({x} > 0) * 1.0", "({x} > 0) * 1.0"),
    "linear": ("{x} * 1.0", "np.ones_like({x})", "np.ones_like({x})"),
}  # fmt: skip
_ALSO = {"sig": "sigmoid", "sigm": "sigmoid", "logistic": "sigmoid", "identity": "linear",
         "nonlin": "sigmoid", "activation": "sigmoid", "rectify": "relu", "act": "sigmoid",
         "f": "sigmoid", "g": "sigmoid"}  # fmt: skip
_SLOPE = re.compile(
    r"^_?(?:derivative|deriv|derv|prime|gradient|grad|d)_?(?:of_)?"
    r"|_?(?:derivative|deriv|derv|prime|gradient|grad|backward|slope|der)_?$"
)
_SOFTMAX = "np.exp({x} - np.max({x}, axis={a}, keepdims=True)) / np.sum(np.exp({x} - np.max({x}, axis={a}, keepdims=True)), axis={a}, keepdims=True)"  # noqa: E501
_FLAG = re.compile(r"d|der\w*|prime|grad\w*|back\w*", re.IGNORECASE)


def candidates(
    root: str, arguments: tuple[Any, dict[str, Any]], text: str, sizes: Sequence[int] = ()
) -> list[str]:
    """Definitions that a missing function may have, the likely one first."""
    given, keywords = arguments
    name = root.rpartition(".")[2]
    keywords = {**dict.fromkeys(_keywords(name, text)), **keywords}
    method = root.startswith("self.")
    if "." in root and not method:
        return []
    plain = name.lower()
    if re.search(r"update|descent|optimi[sz]e|apply_grad", plain):
        return _descent(name, given, keywords) or _flat_descent(name, given, text)
    if re.search(r"loss|cost|error|criterion|entropy", plain):
        return _loss(name, keywords, method)
    if re.search(r"expected|one_?hot|encode|target", plain) and len(given) == 1:
        return _one_hot(name, method, sizes)
    return _activation(name, plain, keywords, method, text)


def _header(name: str, names: list[str], method: bool) -> str:
    return f"def {name}({', '.join([*(['self'] if method else []), *names])}):"


def _activation(
    name: str, plain: str, keywords: Mapping[str, Any], method: bool, text: str
) -> list[str]:
    if "softmax" in plain and not _SLOPE.search(plain.replace("softmax", "")):
        axis = 0 if re.search(r"dot\(\s*\w*[wW]\w*\s*,|[wW]\w*\s*@", text) else -1
        return [
            f"{_header(name, ['x'], method)}\n    return {_SOFTMAX.format(x='x', a=a)}"
            for a in (axis, -1 - axis)
        ]
    sloped = _SLOPE.sub("", plain)
    for key, (value, by_input, by_output) in _FORMS.items():
        if _meaning(plain) == key:
            flags = [flag for flag in keywords if _FLAG.fullmatch(flag)]
            if not flags:
                return [f"{_header(name, ['x'], method)}\n    return {value.format(x='x')}"]
            head = _header(name, ["x", f"{flags[0]}=False"], method)
            slope = (by_output if _is_activated(name, text) else by_input).format(x="x")
            body = f"    if {flags[0]}:\n        return {slope}\n"
            return [f"{head}\n{body}    return {value.format(x='x')}"]
        if _meaning(sloped) == key and sloped != plain:
            forms = [by_input, by_output]
            if _is_activated(name, text):
                forms.reverse()
            return [
                f"{_header(name, ['x'], method)}\n    return {form.format(x='x')}" for form in forms
            ]
    return []


def _meaning(plain: str) -> str:
    word = re.sub(r"_?(function|func|fn|activation|act)\b|^activation_|_+$|^_+", "", plain) or plain
    return _ALSO.get(word, word)


def _is_activated(name: str, text: str) -> bool:
    """Whether a slope is taken of an activation (``a1``, ``output``) rather than of its input."""
    given = re.findall(rf"\b{re.escape(name)}\s*\(\s*(?:self\.)?(\w+)", text)
    inputs = [g for g in given if re.match(r"z|net|\w*_in\b|\w*pre|\w*without|logit|sum", g, re.I)]
    return not inputs and any(re.match(r"a\d*$|A\d*$|h|out|layer|y|l\d|act", g) for g in given)


def _loss(name: str, keywords: Mapping[str, Any], method: bool) -> list[str]:
    flags = [flag for flag in keywords if _FLAG.fullmatch(flag)]
    value = "    return 0.5 * np.sum((predicted - expected) ** 2)"
    if "entropy" in name.lower() and "bin" not in name.lower() and not flags:
        value = "    return -np.sum(expected * np.log(predicted)) / len(predicted)"
    if not flags:
        return [f"{_header(name, ['predicted', 'expected'], method)}\n{value}"]
    head = _header(name, ["predicted", "expected", f"{flags[0]}=False"], method)
    return [
        f"{head}\n    if {flags[0]}:\n        return {slope}\n{value}"
        for slope in ("predicted - expected", "(predicted - expected).T")
    ]


def _one_hot(name: str, method: bool, sizes: Sequence[int]) -> list[str]:
    head = _header(name, ["label"], method)
    return [
        f"{head}\n    return np.eye({size})[np.atleast_1d(label)]{turned}"
        for size in (*reversed(sizes), 10)
        for turned in ("", ".T")
    ]


def _keywords(name: str, text: str) -> list[str]:
    """The keywords with which a text calls a function."""
    return [keyword.arg for call in _calls(name, text) for keyword in call.keywords if keyword.arg]


def _calls(name: str, text: str) -> list[ast.Call]:
    """The calls of a function in a text."""
    try:
        calls = [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Call)]
    except SyntaxError:
        return []
    return [call for call in calls if ast.unparse(call.func).rpartition(".")[2] == name]


def _descent(name: str, given: Any, keywords: Mapping[str, Any]) -> list[str]:
    """A step of gradient descent on dictionaries, or on lists, of parameters and gradients."""
    values = [*given, *keywords.values()]
    names = [f"given{n}" for n in range(len(given))] + list(keywords)
    groups = [(n, v) for n, v in zip(names, values, strict=True) if isinstance(v, dict | list)]
    numbers = [
        n for n, v in zip(names, values, strict=True) if not isinstance(v, dict | list | str)
    ]
    rate = numbers[0] if numbers else "0.1"
    if len(groups) != 2:
        return []
    (first, one), (second, other) = groups
    head = f"def {name}({', '.join(names)}):"
    if isinstance(one, dict) and isinstance(other, dict):
        rule = _key_rule(one, other)
        if rule is None:
            first, second, rule = second, first, _key_rule(other, one)
        if rule is None:
            return []
        step = f"        {first}[name] = {first}[name] - {rate} * {second}[{rule}]"
        return [f"{head}\n    for name in list({first}):\n{step}\n    return {first}"]
    bodies = [
        f"    return [p - {rate} * g for p, g in zip({a}, {b})]"
        for a, b in ((first, second), (second, first))
    ]
    return [f"{head}\n{body}" for body in bodies]


def _flat_descent(name: str, given: Sequence[Any], text: str) -> list[str]:
    """A step of gradient descent on parameters that stand in the call beside their gradients."""
    call = next((c for c in _calls(name, text) if len(c.args) == len(given)), None)
    names = [ast.unparse(argument) for argument in call.args] if call is not None else []
    pairs = [(k, names.index(d)) for k, own in enumerate(names) for d in _marked(own) if d in names]
    if not pairs:
        return []
    rates = [k for k in range(len(names)) if all(k not in pair for pair in pairs)]
    rate = f"given{rates[0]}" if rates else "0.1"
    steps = [f"given{own} - {rate} * given{gradient}" for own, gradient in pairs]
    arguments = ", ".join(f"given{k}" for k in range(len(names)))
    return [f"def {name}({arguments}):\n    return {', '.join(steps)}"]


def _marked(name: str) -> list[str]:
    """What the gradient of a name is called."""
    marks = ("d{}", "grad_{}", "d_{}", "g{}", "{}_grad", "delta_{}", "nabla_{}")
    return [mark.format(name) for mark in marks]


def _key_rule(parameters: dict[Any, Any], gradients: dict[Any, Any]) -> str | None:
    """How a gradient's key is made from its parameter's; None if it is not."""
    rules: tuple[tuple[str, Callable[[str], str]], ...] = (
        ("'d' + name", lambda k: "d" + k), ("name", lambda k: k),
        ("'grad_' + name", lambda k: "grad_" + k), ("name + '_grad'", lambda k: k + "_grad"),
    )  # fmt: skip
    for text, rule in rules:
        if parameters and all(rule(str(key)) in gradients for key in parameters):
            return text
    return None
