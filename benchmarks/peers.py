"""The checkers people use, each asked the same question.

Are these the gradients of this function?  A tool is a function of ``(loss, gradients, arrays)``
that answers ``"right"``, ``"wrong"`` or ``"cannot-tell"``.  Every tool is used as its manual says,
with its own defaults; where a tool gives a number instead of a verdict, the threshold is the one
its documentation or its users name, and stands in ``TOOLS``.  A tool that raises anything but its
own verdict has not told.

Tools that are not installed are left out.
"""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

Answer = Literal["right", "wrong", "cannot-tell"]
Arrays = Sequence[np.ndarray]
Loss = Callable[..., Any]
Gradients = Callable[..., Sequence[np.ndarray]]
Ask = Callable[[Loss, Gradients, Arrays], Answer]


class Mismatch(Exception):
    """A tool's own verdict that the gradients are wrong, in its own words."""


@dataclass(frozen=True)
class Tool:
    """One checker: what it is called, how it was asked, and the package it needs."""

    name: str
    rule: str
    ask: Ask
    package: str = "numpy"

    def __call__(self, loss: Loss, gradients: Gradients, arrays: Arrays) -> Answer:
        """Give the tool's verdict; each tool gets its own copies."""
        copies = [np.array(a) for a in arrays]
        np.random.seed(0)  # autograd and jax draw from it
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            try:
                return self.ask(loss, gradients, copies)
            except Mismatch:
                return "wrong"
            except Exception:  # noqa: BLE001 - whatever it was, the tool did not tell
                return "cannot-tell"


def course_note(loss: Loss, gradients: Gradients, arrays: Arrays) -> Answer:
    """Compare entry by entry with a step of 1e-5, as lecture notes teach it."""
    worst = 0.0
    for array, gradient in zip(arrays, gradients(*arrays), strict=True):
        for index in np.ndindex(array.shape):
            kept = array[index]
            array[index] = kept + 1e-5
            above = loss(*arrays)
            array[index] = kept - 1e-5
            below = loss(*arrays)
            array[index] = kept
            numeric, claimed = float(above - below) / 2e-5, float(gradient[index])
            size = max(abs(numeric), abs(claimed))
            if not np.isfinite(numeric - claimed):
                return "wrong"
            worst = max(worst, abs(numeric - claimed) / size if size else 0.0)
    if worst > 1e-2:
        return "wrong"
    return "right" if worst <= 1e-4 else "cannot-tell"


def gradlint_numerics(loss: Loss, gradients: Gradients, arrays: Arrays) -> Answer:
    """Ask the numerical core of gradlint alone."""
    from gradlint.truth.projections import check_gradients

    return check_gradients(loss, arrays, gradients(*arrays)).verdict


def gradlint_directions(loss: Loss, gradients: Gradients, arrays: Arrays) -> Answer:
    """Ask the numerical core as for a large problem: along directions only."""
    from gradlint.truth.projections import check_gradients

    return check_gradients(loss, arrays, gradients(*arrays), every_entry=0).verdict


def gradlint_check(loss: Loss, gradients: Gradients, arrays: Arrays) -> Answer:
    """Ask the public function."""
    import gradlint

    def loss_and_gradients(params: Any) -> tuple[Any, list[np.ndarray]]:
        return loss(*params), list(gradients(*params))

    verdict = gradlint.check(loss_and_gradients, list(arrays), explain=False).verdict
    return verdict if verdict in ("right", "wrong") else "cannot-tell"


def flat(loss: Loss, gradients: Gradients, arrays: Arrays) -> tuple[Any, Any, np.ndarray]:
    """Take all arrays as one vector, as SciPy wants them."""
    ends = np.cumsum([a.size for a in arrays])[:-1]

    def parts(x: np.ndarray) -> list[np.ndarray]:
        pieces = np.split(x, ends)
        return [p.reshape(a.shape) for p, a in zip(pieces, arrays, strict=True)]

    def slope(x: np.ndarray) -> np.ndarray:
        return np.concatenate([np.ravel(g) for g in gradients(*parts(x))])

    return lambda x: loss(*parts(x)), slope, np.concatenate([a.ravel() for a in arrays])


def scipy_absolute(loss: Loss, gradients: Gradients, arrays: Arrays) -> Answer:
    """Ask ``scipy.optimize.check_grad``, as its manual reads it: a small number is good."""
    from scipy.optimize import check_grad

    f, slope, x = flat(loss, gradients, arrays)
    return "right" if check_grad(f, slope, x) <= 1e-5 else "wrong"


def scipy_relative(loss: Loss, gradients: Gradients, arrays: Arrays) -> Answer:
    """Ask the same, for the error as a part of the gradient."""
    from scipy.optimize import check_grad

    f, slope, x = flat(loss, gradients, arrays)
    return "right" if check_grad(f, slope, x) <= 1e-4 * np.linalg.norm(slope(x)) else "wrong"


def scipy_differentiate(loss: Loss, gradients: Gradients, arrays: Arrays) -> Answer:
    """Compare with ``scipy.differentiate.jacobian`` within ten of the errors it states."""
    from scipy.differentiate import jacobian

    f, slope, x = flat(loss, gradients, arrays)

    def of_many(points: np.ndarray) -> np.ndarray:
        shape = points.shape[1:]
        return np.array([f(p) for p in points.reshape(x.size, -1).T]).reshape(shape)

    found, claimed = jacobian(of_many, x), slope(x)
    off = np.abs(found.df - claimed)
    bad = off > 10 * found.error + 1e-6 * np.maximum(np.abs(found.df), np.abs(claimed))
    if np.any(bad & found.success) or not np.all(np.isfinite(claimed)):
        return "wrong"
    return "right" if np.all(found.success) else "cannot-tell"


def autograd_check(loss: Loss, gradients: Gradients, arrays: Arrays) -> Answer:
    """Ask ``autograd.test_util.check_grads`` about a primitive with a hand-written VJP."""
    from autograd.extend import defvjp_argnums, primitive
    from autograd.test_util import check_grads

    f = primitive(lambda *xs: np.float64(loss(*xs)))

    def rule(argnums: Any, _value: Any, xs: Any, _options: Any) -> Any:
        def vjp(g: Any) -> Any:
            found = gradients(*xs)  # one backward pass for all arguments
            return [g * found[k] for k in argnums]

        return vjp

    defvjp_argnums(f, rule)
    try:
        check_grads(f, modes=["rev"], order=1)(*arrays)
    except AssertionError as error:
        raise Mismatch(error) from None
    return "right"


def _torch(fast: bool) -> Ask:
    def ask(loss: Loss, gradients: Gradients, arrays: Arrays) -> Answer:
        import torch
        from torch.autograd.gradcheck import GradcheckError

        class HandWritten(torch.autograd.Function):
            @staticmethod
            def forward(ctx: Any, *xs: Any) -> Any:
                ctx.save_for_backward(*xs)
                return torch.tensor(loss(*(x.detach().numpy() for x in xs)), dtype=xs[0].dtype)

            @staticmethod
            def backward(ctx: Any, g: Any) -> Any:
                found = gradients(*(x.detach().numpy() for x in ctx.saved_tensors))
                grads = tuple(g * torch.from_numpy(np.ascontiguousarray(part)) for part in found)
                return grads if len(grads) > 1 else grads[0]

        inputs = [torch.tensor(a, requires_grad=True) for a in arrays]
        torch.manual_seed(0)
        try:
            torch.autograd.gradcheck(HandWritten.apply, inputs, fast_mode=fast)
        except GradcheckError as error:
            raise Mismatch(error) from None
        return "right"

    return ask


def jax_check(loss: Loss, gradients: Gradients, arrays: Arrays) -> Answer:
    """Ask ``jax.test_util.check_grads`` about a function with a hand-written VJP."""
    import jax
    from jax.test_util import check_grads

    jax.config.update("jax_enable_x64", True)
    kind = jax.ShapeDtypeStruct((), arrays[0].dtype)
    shapes = tuple(jax.ShapeDtypeStruct(a.shape, a.dtype) for a in arrays)

    def on_numpy(call: Any) -> Any:
        return lambda *xs: call(*(np.asarray(x) for x in xs))

    value = on_numpy(lambda *xs: np.asarray(loss(*xs), kind.dtype))
    slopes = on_numpy(lambda *xs: tuple(gradients(*xs)))

    @jax.custom_vjp
    def f(*xs: Any) -> Any:
        return jax.pure_callback(value, kind, *xs)

    def forward(*xs: Any) -> Any:
        return f(*xs), xs

    def backward(xs: Any, g: Any) -> Any:
        return tuple(g * part for part in jax.pure_callback(slopes, shapes, *xs))

    f.defvjp(forward, backward)
    try:
        check_grads(f, tuple(jax.numpy.asarray(a) for a in arrays), order=1, modes=["rev"])
    except AssertionError as error:
        raise Mismatch(error) from None
    return "right"


TOOLS = (
    Tool("gradlint.check", "the public function, as it comes", gradlint_check),
    Tool("gradlint, numerics", "`reference.projections.check_gradients`", gradlint_numerics),
    Tool("gradlint, directions", "the same, never entry by entry", gradlint_directions),
    Tool(
        "course note",
        "each entry, fixed step 1e-5; relative error ≤ 1e-4 right, > 1e-2 wrong",
        course_note,
    ),
    Tool("scipy check_grad", "norm of the difference ≤ 1e-5", scipy_absolute, "scipy"),
    Tool(
        "scipy check_grad, relative",
        "norm of the difference ≤ 1e-4 of the gradient's",
        scipy_relative,
        "scipy",
    ),
    Tool(
        "scipy.differentiate",
        "`jacobian`: within ten stated errors and 1e-6; no success, no verdict",
        scipy_differentiate,
        "scipy",
    ),
    Tool("autograd", "`check_grads(f, modes=['rev'], order=1)`", autograd_check, "autograd"),
    Tool("torch, slow", "`gradcheck` of a custom Function", _torch(fast=False), "torch"),
    Tool("torch, fast", "the same with `fast_mode=True`", _torch(fast=True), "torch"),
    Tool("jax", "`check_grads` of a `custom_vjp`, order 1, reverse", jax_check, "jax"),
)


def installed() -> list[Tool]:
    """Give the tools that can be asked here."""
    return [tool for tool in TOOLS if importlib.util.find_spec(tool.package) is not None]
