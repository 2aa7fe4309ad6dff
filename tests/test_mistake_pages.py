import contextlib
import io

import pytest

from gradlint.checking.inspection import Inspection
from gradlint.config import Options
from gradlint.findings import is_claim
from gradlint.mistakes import load_all
from gradlint.report.pages import HEADINGS, find, pages, suggestion
from gradlint.source.spots import SourceFile

MOST_ROWS = 25

# Examples of real mistakes that the engine does not find yet, with what it says instead.
NOT_YET: dict[str, str] = {}


def every_page():
    """One case for each page; those of ``NOT_YET`` are expected to fail."""
    for code in pages():
        reason = NOT_YET.get(code)
        marks = [pytest.mark.xfail(reason=reason, strict=True)] if reason else []
        yield pytest.param(code, marks=marks)


def report_on(text):
    """Check a program in this process."""
    with contextlib.redirect_stdout(io.StringIO()):
        return Inspection(SourceFile("example.py", text), Options(), 20.0).report()


def test_every_mistake_has_a_page():
    """What is read from the text of the files is what their import gives."""
    known = [(m.code, m.name, m.severity, m.__doc__.partition("\n")[0]) for m in load_all()]
    assert known == [(p.code, p.name, p.severity, p.summary) for p in pages().values()]


@pytest.mark.parametrize("page", [*pages().values()], ids=lambda page: page.code)
def test_a_page_has_its_sections(page):
    """Each page has all headings in order, says something under each, and fits the screen."""
    assert tuple(page.sections) == HEADINGS
    assert all(len(page.sections[heading].split()) >= 5 for heading in HEADINGS)
    assert page.summary.endswith(".")
    assert max(map(len, page.text.split("\n"))) <= 100
    assert page.sections["Example"].startswith("Bad:\n\n    import numpy as np\n")


@pytest.mark.parametrize("page", [*pages().values()], ids=lambda page: page.code)
def test_an_example_is_small_and_changes_little(page):
    """The two programs of an example are short, and only a few lines tell them apart."""
    bad, good = (text.splitlines() for text in (page.bad, page.good))
    assert max(len(bad), len(good)) <= MOST_ROWS
    changed = {row for row in bad if row not in good} | {row for row in good if row not in bad}
    assert len(changed) <= 8 or sorted(bad) == sorted(good)
    assert bad != good


@pytest.mark.parametrize("code", [*every_page()])
def test_the_bad_example_shows_the_mistake(code):
    """The check of a bad example tells this code, with the severity that the page states."""
    report = report_on(pages()[code].bad)
    told = {finding.severity for finding in report.findings if finding.code == code}
    assert told == {pages()[code].severity}, [f"{f.code} {f.message}" for f in report.findings]
    assert (report.verdict == "right") == (pages()[code].severity == "note")


@pytest.mark.parametrize("page", [*pages().values()], ids=lambda page: page.code)
def test_the_good_example_is_right(page):
    """A good example is judged right, every gradient of it, and nothing is claimed against it."""
    report = report_on(page.good)
    assert report.verdict == "right", [f"{f.code} {f.message}" for f in report.findings]
    assert report.parameters
    assert all(parameter.verdict == "right" for parameter in report.parameters)
    assert not any(map(is_claim, report.findings))
    assert page.code not in {finding.code for finding in report.findings}


@pytest.mark.parametrize("word", ["GL201", "gl201", "missing-batch-mean", "missing_batch_mean"])
def test_a_page_is_found_by_code_and_name(word):
    """Case and underscores do not matter."""
    assert find(word) is pages()["GL201"]


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("GL2O6", "GL206"),
        ("Flipped_Sgn", "flipped-sign"),
        ("mising-batch-mean", "missing-batch-mean"),
    ],
)
def test_a_slip_of_the_pen_is_understood(word, meant):
    """What is no page leads to the page that was meant."""
    assert find(word) is None
    assert suggestion(word) == meant


def test_nonsense_leads_nowhere():
    """Where nothing is like the word, nothing is suggested."""
    assert suggestion("learning rate") is None
    assert suggestion("E501") is None
