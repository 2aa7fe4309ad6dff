import json
import xml.etree.ElementTree as ET
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from gradlint.findings import Report, combine
from gradlint.report import concise, explain, formats, github, html, junit, render, sarif
from gradlint.report.pages import every_page, pages

ENDINGS = {"full": "txt", "concise": "txt", "github": "txt", "junit": "xml"}


@pytest.mark.parametrize("name", formats())
def test_every_format_has_its_golden_file(name, reports, golden):
    """Each format tells the same four reports as it did when its golden file was accepted."""
    golden(render(reports, name), f"{name}.{ENDINGS.get(name, name)}")


@pytest.mark.parametrize("name", formats())
def test_no_format_lets_an_escape_sequence_through(name, wrong):
    """A program cannot smuggle an escape sequence to the terminal through any format."""
    assert "\x1b" not in render([wrong], name, show_output=True)


@pytest.mark.parametrize("name", formats())
def test_no_report_at_all(name):
    """Every format has something valid to say about nothing."""
    assert isinstance(render([], name), str)


def test_people_come_first_in_the_list_of_formats():
    """The list of formats is read off the package, those for people first."""
    expected = ["full", "concise", "github", "html", "json", "junit", "sarif"]
    assert formats() == expected


def test_full_text_at_120_columns(reports, golden):
    """The full text uses the room of a wide terminal."""
    golden(render(reports, "full", width=120), "full-120.txt")


def test_full_text_with_colour(reports, golden):
    """Colour adds escape sequences and changes no character."""
    golden(render(reports, "full", color=True), "full-color.ansi")


def test_explanation(explanation, golden):
    """Annotations stand in one column, or below a row that leaves no room."""
    golden(explain.render(explanation, width=80), "explain.txt")
    golden(explain.render(explanation, width=120), "explain-120.txt")


def test_concise_marks_safe_fixes_only(wrong):
    """The sign [*] stands where a safe fix is known, and nowhere else."""
    rows = concise.render([wrong]).splitlines()
    assert rows[0].startswith("my_net.py:10:20: GL201 [*] `grads")
    assert [row for row in rows if "[*]" in row] == rows[:1]


def test_json_is_the_document_of_combine(reports):
    """JSON holds what combine says, with null where JSON has no number."""
    document = json.loads(render(reports, "json"))
    expected = combine(reports)
    assert expected["findings"][0]["evidence"].pop("deviation") == float("inf")
    assert document["findings"][0]["evidence"].pop("deviation") is None
    assert document == json.loads(json.dumps(expected))


def test_sarif_points_rules_and_regions_at_the_findings(wrong):
    """Every SARIF result refers to its own rule and has a one-based region with exclusive end."""
    run = json.loads(sarif.render([wrong]))["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert [rules[r["ruleIndex"]]["id"] for r in run["results"]] == [f.code for f in wrong.findings]
    region = run["results"][0]["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 10, "startColumn": 20, "endLine": 10, "endColumn": 36}
    assert run["invocations"] == [{"executionSuccessful": True}]


def test_sarif_brings_the_page_of_each_mistake_along(wrong):
    """Code-scanning services show a rule's page; a code without one is named by its words."""
    rules = json.loads(sarif.render([wrong]))["runs"][0]["tool"]["driver"]["rules"]
    page = pages()["GL201"]
    mean = next(rule for rule in rules if rule["id"] == "GL201")
    assert mean["shortDescription"] == {"text": page.summary}
    assert mean["help"] == {"text": page.text, "markdown": page.text}
    assert all(rule["shortDescription"]["text"] for rule in rules)
    assert all(("help" in rule) == (rule["id"] in every_page()) for rule in rules)


def test_sarif_says_when_a_file_did_not_run(missing):
    """A file that could not be run makes the SARIF invocation unsuccessful."""
    run = json.loads(sarif.render([missing]))["runs"][0]
    assert run["invocations"] == [{"executionSuccessful": False}]


def test_github_escapes_what_its_syntax_needs(missing):
    """Percent signs, newlines, commas and colons cannot break a workflow command."""
    from dataclasses import replace

    site = replace(missing.findings[0].site, filename="a,b:c.py")
    finding = replace(missing.findings[0], site=site, message="100% wrong\nreally", help="")
    told = github.render([replace(missing, findings=(finding,))])
    assert told.startswith("::error file=a%2Cb%3Ac.py,line=1,")
    assert told.endswith("::100%25 wrong%0Areally\n")


def test_junit_counts_what_it_holds(reports):
    """JUnit's counters agree with its elements, and what was not judged is no pass."""
    root = ET.fromstring(junit.render(reports))
    assert root.attrib == {
        "name": "gradlint",
        "tests": str(len(root.findall(".//testcase"))),
        "failures": "4",  # one wrong gradient, three findings
        "errors": "2",
    }
    skipped = [suite.get("skipped") for suite in root]
    assert skipped.count("1") == 1
    assert skipped.count("0") == len(skipped) - 1


# Of each element: the attributes it must have, those it may have, and what may stand in it.
COUNTS = {"tests", "failures", "errors"}
JENKINS = {
    "testsuites": (set(), {"name", "time", "disabled", *COUNTS}, {"testsuite"}),
    "testsuite": (
        {"name", "tests"},
        {"failures", "errors", "skipped", "time", "timestamp", "hostname", "id", "package", "file"},
        {"properties", "testcase", "system-out", "system-err"},
    ),
    "testcase": (
        {"name"},
        {"classname", "time", "group"},
        {"skipped", "error", "failure", "system-out", "system-err"},
    ),
    "skipped": (set(), {"type", "message"}, set()),
    "error": (set(), {"type", "message"}, set()),
    "failure": (set(), {"type", "message"}, set()),
}


def test_junit_is_valid_by_the_schema_of_jenkins(reports):
    """Nothing but the elements and attributes that it names, each where it may stand."""
    for element in ET.fromstring(junit.render(reports)).iter():
        must, may, inside = JENKINS[element.tag]
        assert must <= set(element.attrib) <= must | may, element.attrib
        assert {child.tag for child in element} <= inside
        numbers = {key: value for key, value in element.attrib.items() if key in COUNTS}
        tags = {"tests": "testcase", "failures": "failure", "errors": "error"}
        assert numbers == {k: str(len(element.findall(f".//{tags[k]}"))) for k in numbers}
        assert len(element) <= 1 or element.tag != "testcase"


def test_junit_is_green_for_what_is_suppressed(wrong):
    """A gradient whose findings somebody has silenced is left out, and not a failure."""
    silenced = replace(wrong, findings=(), suppressed=wrong.findings)
    root = ET.fromstring(junit.render([silenced]))
    assert root.get("failures") == root.get("errors") == "0"
    code = next(f.code for f in wrong.findings if f.severity != "note")
    assert any(code in (case.get("message") or "") for case in root.iter("skipped"))


class Tags(HTMLParser):
    """Checks that every tag is closed in order, and collects what is fetched from elsewhere."""

    EMPTY = frozenset({"meta", "br"})

    def __init__(self):
        super().__init__()
        self.open, self.fetched, self.marked = [], [], []

    def handle_starttag(self, tag, attrs):
        """Remember the tag and what it would fetch."""
        self.fetched += [value for key, value in attrs if key in ("src", "href")]
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag):
        """Hold the tag to be the one opened last."""
        assert self.open.pop() == tag

    def handle_data(self, data):
        """Collect the text that is marked."""
        if "mark" in self.open:
            self.marked.append(data)


def test_html_is_well_formed_and_fetches_nothing(reports):
    """The page closes every tag, fetches nothing, and marks exactly the guilty text."""
    tags = Tags()
    tags.feed(html.render(reports))
    assert tags.open == []
    assert tags.fetched == []
    assert tags.marked[0] == "np.dot(dZ1, X.T)"


def test_html_escapes_the_program(missing):
    """Names from the program cannot become markup."""
    from dataclasses import replace

    told = html.fragment([replace(missing, filename="<script>alert(1)</script>")])
    assert "<script" not in told


def test_a_report_shows_itself_in_a_notebook(wrong):
    """A notebook shows the HTML fragment, str() the full text."""
    assert wrong._repr_html_() == html.fragment([wrong])
    assert str(wrong) == render([wrong], "full")


@pytest.mark.parametrize(
    ("render", "words"),
    [
        (github.render, "::warning file=a.py,line=1,title=gradlint::a.py: cannot tell"),
        (junit.render, '<error message="a.py: cannot tell'),
    ],
)
def test_a_file_without_a_word_is_no_pass(render, words):
    """A report that could not judge anything, and says no more, is still told."""
    assert words in render([Report("a.py", "cannot-tell")])
    assert words not in render([Report("a.py", "right")])
