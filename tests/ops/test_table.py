"""The table as a whole: nothing unjudged, nothing judged twice, cheap to load and to ask."""

import importlib
import subprocess
import sys

import numpy as np
import pytest
from numpy.testing import overrides

from gradlint import ops

LATE = ("fft", "polynomial", "strings", "char", "ma", "rec", "random", "lib.recfunctions")


def overridable():
    """Every function that an array type can take over, once all submodules have loaded."""
    for name in LATE:
        importlib.import_module(f"numpy.{name}")
    return [
        *overrides.get_overridable_numpy_ufuncs(),
        *overrides.get_overridable_numpy_array_functions(),
    ]


def public_twin(function):
    """Find the public function of the same name: `like=` gives creators a hidden second one."""
    return getattr(np, function.__name__, None) if function.__module__ == "numpy" else None


def test_every_overridable_function_is_judged():
    """NumPy has no function that a program may call and the table has never heard of."""
    unjudged = [
        f"{getattr(function, '__module__', 'ufunc')}.{function.__name__}"
        for function in overridable()
        if ops.lookup(function) is None and ops.lookup(public_twin(function)) is None
    ]
    assert not unjudged


def test_every_refusal_has_a_reason():
    """A row without rules says why, in words."""
    ops.load()
    silent = [row for row in ops.ROWS.values() if row.kind != "vjp" and len(row.because) < 4]
    assert not silent


def test_constant_rows_are_constant():
    """Functions of one number that are called constant do not move with it."""
    ops.load()
    moving = []
    for row in ops.ROWS.values():
        function = row.function
        if row.kind != "constant" or not isinstance(function, np.ufunc):
            continue
        if function.nin != 1 or "d" not in "".join(loop[0] for loop in function.types):
            continue
        if function is not np.spacing and function(0.3) != function(0.3 + 1e-9):
            moving.append(function)
    assert not moving


def test_a_second_row_for_a_function_is_an_error():
    """Two chapters cannot disagree about a function."""
    ops.load()
    with pytest.raises(ValueError, match="two rows"):
        ops.vjp(np.exp, None)


def test_rules_are_found_by_keyword():
    """An argument passed by its NumPy name finds the rule of its position."""
    average = ops.lookup(np.average)
    assert average.rule("weights") is average.rule(2)
    assert average.rule("axis") is None
    assert average.rule("no such name") is None
    assert ops.lookup(np.clip).rule("a_min") is ops.lookup(np.clip).rule(1)


def test_rules_beyond_the_last_argument_are_none():
    """`out=` given by position has no derivative."""
    assert ops.lookup(np.add).rule(2) is None


def test_unknown_functions_have_no_row():
    """The table does not guess."""
    assert ops.lookup(overridable) is None


def test_bound_methods_of_ufuncs_are_keys():
    """`np.add.reduce` is a new object at each access, and still finds its row."""
    assert np.add.reduce is not np.add.reduce
    assert ops.lookup(np.add.reduce) is ops.lookup(np.add.reduce)
    assert ops.lookup(np.add.reduce) is not ops.lookup(np.multiply.reduce)


def test_loading_the_table_imports_no_late_module():
    """Asking the table pulls in none of the parts that NumPy itself loads on demand."""
    code = (
        "import sys, numpy; before = set(sys.modules)\n"
        "from gradlint import ops; ops.lookup(numpy.add)\n"
        "new = {m for m in set(sys.modules) - before if m.startswith('numpy')}\n"
        "sys.exit(', '.join(sorted(new)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_late_module_is_judged_once_it_is_there():
    """A function of `numpy.fft` is known although the table was loaded before the module."""
    code = (
        "import sys, numpy; from gradlint import ops; ops.lookup(numpy.add)\n"
        "assert 'numpy.fft' not in sys.modules\n"
        "import numpy.fft; row = ops.lookup(numpy.fft.rfft)\n"
        "sys.exit(0 if row is not None and row.kind == 'vjp' else 1)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
