"""Missing plot libraries do nothing, missing readers say so, installed ones open no windows."""

from __future__ import annotations

import importlib.machinery
import sys
import textwrap
from typing import TYPE_CHECKING, Any

import pytest

from gradlint.trace import stage

if TYPE_CHECKING:
    from pathlib import Path

LIBRARIES = ("matplotlib", "mpl_toolkits", "seaborn", "plotly", "IPython", "tqdm", "cv2", "PIL")


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide whatever of these libraries happens to be installed here."""
    for name in list(sys.modules):
        if name.partition(".")[0] in LIBRARIES:
            monkeypatch.delitem(sys.modules, name)
    path = importlib.machinery.PathFinder
    find = path.find_spec

    def find_spec(fullname: str, *args: Any) -> Any:
        hidden = fullname.partition(".")[0] in LIBRARIES
        return None if hidden else find(fullname, *args)

    monkeypatch.setattr(path, "find_spec", find_spec)


def play(tmp_path: Path, source: str) -> stage.Ending:
    """Perform a script."""
    path = tmp_path / "net.py"
    return stage.perform(compile(textwrap.dedent(source), str(path), "exec"), path=path)


PLOTS = """
    import numpy as np
    import matplotlib, seaborn as sns
    matplotlib.use("TkAgg")
    import matplotlib.pyplot as plt
    from matplotlib import cm
    from matplotlib.pyplot import *
    from mpl_toolkits.mplot3d import Axes3D
    from IPython.display import clear_output
    plt.rcParams["figure.figsize"] = (4, 3)
    fig, ax = plt.subplots(); line, = ax.plot([1, 2]); n, bins, patches = plt.hist([1])
    first, *rest = plt.subplots(2)
    ax.lines[0].set_color(cm.jet(0.5)); line.width = 3
    top = 1.1 * ax.get_ylim()[1] + np.ones(3)[0]
    for axis in ax.flat: raise AssertionError
    with plt.style.context("dark"): plot([1]); show()
    while plt.fignum_exists(1): pass
    @plt.callback
    def redraw(): return 7
    assert redraw() == 7 and float(top) == 0 and len(ax) == 0
"""


@pytest.mark.usefixtures("bare")
def test_plots_without_a_plotting_library(tmp_path: Path) -> None:
    """A script that plots runs to its end where nothing can plot, and we know what was absent."""
    ending = play(tmp_path, PLOTS)
    assert (ending.how, ending.message) == ("finished", "")
    assert ending.absent == ("IPython", "matplotlib", "mpl_toolkits", "seaborn")
    assert "matplotlib" not in sys.modules


@pytest.mark.usefixtures("bare")
def test_progress_bars_hand_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without tqdm the loops still run over everything."""
    source = """
        from tqdm import tqdm, trange
        import tqdm.auto
        assert list(tqdm.auto.tqdm([1, 2], desc="x")) == [1, 2] and len(tqdm.auto.tqdm("abc")) == 3
        with tqdm.tqdm(total=3) as bar:
            for i in trange(3): bar.update(1); bar.set_description("loss")
        assert i == 2
        tqdm.tqdm.write("said")
    """
    assert play(tmp_path, source).message == ""
    assert capsys.readouterr().out == "said\n"


@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize(
    ("imports", "use", "library"),
    [
        ("import cv2", "cv2.imread('cat.png')", "cv2"),
        ("from PIL import Image", "Image.open('cat.png')", "PIL"),
        ("import matplotlib.pyplot as plt", "plt.imread('cat.png')", "matplotlib"),
        ("import seaborn", "seaborn.load_dataset('iris')", "seaborn"),
    ],
)
def test_data_is_never_invented(tmp_path: Path, imports: str, use: str, library: str) -> None:
    """A missing library that reads data stops the script where it is used, not where imported."""
    assert play(tmp_path, imports).how == "finished"
    ending = play(tmp_path, f"{imports}\nx = {use}")
    assert (ending.exception, ending.missing_module) == ("ModuleNotFoundError", library)
    assert ending.site is not None
    assert (ending.site.row, ending.site.column) == (2, 5)


@pytest.mark.parametrize(
    "use",
    [
        "x = keras_of_nobody.datasets.load()",
        "class Net(keras_of_nobody.Module): pass",
        "x = 2 * keras_of_nobody.pi",
        "from keras_of_nobody.tests import *",
        "for x in keras_of_nobody.data: pass",
        "@keras_of_nobody.compiled\ndef f(): pass",
    ],
)
def test_a_library_that_is_missed_is_told_where_it_is_used(tmp_path: Path, use: str) -> None:
    """What is imported and never used keeps nothing from running."""
    assert play(tmp_path, "import keras_of_nobody.datasets").how == "finished"
    ending = play(tmp_path, f"import keras_of_nobody.datasets\n\n{use}")
    assert ending.missing_module is not None
    assert ending.missing_module.partition(".")[0] == "keras_of_nobody"
    assert ending.site is not None
    assert ending.site.row == 3


def test_a_program_that_asks_whether_a_library_is_there_is_told_the_truth(tmp_path: Path) -> None:
    """No stand-in where the program, or a library that it uses, is ready for none."""
    source = """
        import contextlib, importlib.util
        try:
            import cupy_of_nobody as np
        except ImportError:
            np = None
        def load():
            import cupy_of_nobody
        try:
            load()
        except ImportError:
            load = None
        with contextlib.suppress(ImportError):
            import cupy_of_nobody
            np = 1
        assert np is None and load is None
        assert importlib.util.find_spec("cupy_of_nobody") is None
    """
    ending = play(tmp_path, source)
    assert (ending.how, ending.message, ending.absent) == ("finished", "", ())


MATPLOTLIB = "def use(backend): raise SystemExit('a window')\ndef get(): return 'real'\n"
PYPLOT = "def show(): raise SystemExit('a window')\npause = switch_backend = show\nplot = list\n"


def test_an_installed_library_opens_no_window(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where matplotlib is installed it is the real one, without its windows."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    library = tmp_path / "matplotlib"
    library.mkdir()
    (library / "__init__.py").write_text(MATPLOTLIB)
    (library / "pyplot.py").write_text(PYPLOT)
    source = """
        import os, matplotlib
        matplotlib.use("TkAgg")
        import matplotlib.pyplot as plt
        plt.show(); plt.pause(1); plt.switch_backend("Qt5Agg")
        assert plt.plot("ab") == ["a", "b"] and matplotlib.get() == "real"
        assert os.environ["MPLBACKEND"] == "Agg"
    """
    for _ in range(2):
        ending = play(tmp_path, source)
        assert (ending.how, ending.message, ending.absent) == ("finished", "", ())
