"""``np.einsum``: the cotangent of one operand is an einsum of the others with the output's.

Summing products is symmetric in its factors: in ``ij,jk->ik`` the output's cotangent takes the
place of the operand that is asked for, as in ``ik,jk->ij``.  What needs care is the notation.
"""

# ruff: noqa: ARG001  (a rule takes all arguments of its function)

from __future__ import annotations

import string
from typing import Any

import numpy as np

from gradlint.ops import vjp


def _rule(position: int, g: Any, y: Any, *args: Any, **_: Any) -> Any:
    terms, output, operands, mine = _read(args, position)
    sizes: dict[str, int] = {}
    for term, operand in zip(terms, operands, strict=True):
        for letter, size in zip(term, np.shape(operand), strict=True):
            sizes[letter] = max(size, sizes.get(letter, 1))
    letters = "".join(dict.fromkeys(terms[mine]))
    factor_terms = [output, *(term for i, term in enumerate(terms) if i != mine)]
    factors = [g, *(x for i, x in enumerate(operands) if i != mine)]
    known = "".join(letter for letter in letters if any(letter in t for t in factor_terms))
    flow = np.einsum(",".join(factor_terms) + "->" + known, *factors)
    for place, letter in enumerate(letters):  # summed in this operand alone: the same for each
        if letter not in known:
            flow = np.expand_dims(flow, place)
    flow = np.broadcast_to(flow, [sizes[letter] for letter in letters])
    if len(letters) == len(terms[mine]):
        return flow
    result = np.zeros([sizes[letter] for letter in terms[mine]])
    diagonal = np.einsum(f"{terms[mine]}->{letters}", result)  # a view: only the diagonal was read
    diagonal[...] = flow
    return result


def _read(args: tuple[Any, ...], position: int) -> tuple[list[str], str, list[Any], int]:
    """Read terms and output in plain letters, the operands, and the number of the one asked for."""
    if isinstance(args[0], str):
        operands, mine = list(args[1:]), position - 1
        inputs, arrow, output = args[0].replace(" ", "").partition("->")
        terms = inputs.split(",")
    else:
        operands, mine = list(args[: len(args) // 2 * 2 : 2]), position // 2
        terms = [_letters(subscripts) for subscripts in args[1::2]]
        arrow, output = "", ""
        if len(args) % 2:
            arrow, output = "->", _letters(args[-1])
    if not arrow:
        joined = "".join(terms).replace(".", "")
        output = "..." * any("..." in term for term in terms)
        output += "".join(sorted(c for c in set(joined) if joined.count(c) == 1))
    return *_without_ellipsis(terms, output, operands), operands, mine


def _letters(subscripts: Any) -> str:
    """Numbers as letters, in the order in which NumPy sorts them for an implicit output."""
    alphabet = string.ascii_uppercase + string.ascii_lowercase
    return "".join("..." if s is Ellipsis else alphabet[s] for s in subscripts)


def _without_ellipsis(terms: list[str], output: str, operands: list[Any]) -> tuple[list[str], str]:
    """Give letters of their own to the axes that an ellipsis stands for, aligned at the right."""
    used = "".join(terms)
    free = "".join(letter for letter in string.ascii_letters if letter not in used)
    hidden = [
        np.ndim(operand) - len(term) + 3 if "..." in term else 0
        for term, operand in zip(terms, operands, strict=True)
    ]
    wide = max(hidden)
    spelled = [
        term.replace("...", free[wide - count : wide])
        for term, count in zip(terms, hidden, strict=True)
    ]
    return spelled, output.replace("...", free[:wide])


vjp(np.einsum, each=_rule)
