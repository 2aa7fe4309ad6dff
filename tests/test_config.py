from pathlib import Path

import pytest

from gradlint.config import ConfigError, Options, load, matches, path_matches, read_table
from gradlint.findings import Finding, Report, Site, exit_code
from gradlint.source.suppressions import apply_selection, apply_suppressions, suppressions

FILE = Path("pyproject.toml")


def test_nothing_said_means_the_defaults(tmp_path):
    """Without a [tool.gradlint] the defaults hold."""
    (tmp_path / "pyproject.toml").write_text("[tool.other]\nselect = 1\n")
    options = load(tmp_path)
    assert (options.select, options.timeout, options.seed) == ((), 60.0, 0)


def test_every_key_is_read(tmp_path):
    """Each documented key ends up in its option."""
    (tmp_path / "pyproject.toml").write_text(
        """
        [tool.gradlint]
        select = ["gl2", "flipped-sign"]
        ignore = ["GL405"]
        exclude = ["old/*"]
        timeout = 5
        seed = 7
        output-format = "concise"
        [tool.gradlint.per-file-ignores]
        "legacy_*.py" = ["GL1"]
        """
    )
    assert load(tmp_path) == Options(
        select=("GL2", "flipped-sign"),
        ignore=("GL405",),
        exclude=("old/*",),
        timeout=5.0,
        seed=7,
        output_format="concise",
        per_file_ignores=(("legacy_*.py", ("GL1",)),),
        root=str(tmp_path.resolve()),
    )


def test_the_nearest_table_counts(tmp_path):
    """A pyproject.toml without our table is passed over for one further up that has it."""
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text("[tool.gradlint]\nseed = 3\n")
    (tmp_path / "a" / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    assert load(inner).seed == 3


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"ignroe": ["GL2"]}, "unknown key `ignroe` in [tool.gradlint]; did you mean `ignore`?"),
        ({"zzz": 1}, "known keys: select, ignore"),
        ({"select": "GL2"}, "`select` must be a list of strings, not 'GL2'"),
        ({"select": ["E501"]}, "`E501` is not a gradlint code"),
        ({"timeout": 0}, "`timeout` must be a number of seconds above 0, not 0"),
        ({"timeout": True}, "not True"),
        ({"seed": -1}, "`seed` must be a whole number"),
        ({"output-format": 3}, "`output-format` must be a string"),
        ({"per-file-ignores": ["GL2"]}, "must be a table"),
        (["select"], "must be a table"),
    ],
)
def test_a_setting_that_means_nothing_is_an_error(table, words):
    """A wrong key or value is refused in one line that names the file and the remedy."""
    with pytest.raises(ConfigError) as caught:
        read_table(table, FILE)
    assert words in str(caught.value)
    assert str(caught.value).startswith("pyproject.toml: ")
    assert "\n" not in str(caught.value)


def test_a_broken_toml_is_an_error(tmp_path):
    """A pyproject.toml that is no TOML is named."""
    (tmp_path / "pyproject.toml").write_text("[tool.gradlint\n")
    with pytest.raises(ConfigError, match=r"pyproject\.toml: cannot be read"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("wanted", "answer"),
    [(("GL2",), True), (("GL201",), True), (("GL3",), False), (("missing-batch-mean",), True)],
)
def test_codes_match_by_prefix_and_names_as_a_whole(wanted, answer):
    """GL2 stands for GL2xx; a name stands for itself."""
    assert matches("GL201", "missing-batch-mean", wanted) is answer


def test_patterns_are_relative_to_the_configuration(tmp_path):
    """A pattern matches a path, a folder on its way, or a part of it, seen from the root."""
    root = str(tmp_path)
    file = tmp_path / "old" / "deep" / "net.py"
    for pattern in ("old", "old/", "old/*", "./old/deep", "net.py", "*.py"):
        assert path_matches(file, pattern, root), pattern
    for pattern in ("deep/net.py", "new", tmp_path.name):
        assert not path_matches(file, pattern, root), pattern


def finding(code="GL201", row=2, end_row=None, severity="error"):
    """Make a finding on a row."""
    site = Site("net.py", row, 1, end_row or row, 4)
    return Finding(code, "missing-batch-mean", severity, "m", site)


def report(source, *findings, verdict="wrong"):
    """Make a report on a text."""
    return Report("net.py", verdict, findings, source=source)


@pytest.mark.parametrize(
    "comment",
    [
        "# noqa: GL201",
        "# NOQA:GL201",
        "# noqa: E501, GL201",
        "# noqa: GL2",
        "# noqa",
        "# noqa we know better",
        "# a remark  # noqa: GL201",
        "# gradlint: ignore[GL201]",
        "# gradlint: ignore[GL101, GL201]",
        "# gradlint: ignore[missing-batch-mean]",
        "# gradlint: ignore",
    ],
)
def test_a_comment_silences_the_finding_on_its_row(comment):
    """Every spelling of a suppression silences, and the run then exits with 0."""
    told = apply_suppressions(report(f"a = 1\nb = 2  {comment}\n", finding()))
    assert [f.code for f in told.findings if f.code != "GL908"] == []
    assert told.suppressed == (finding(),)
    assert exit_code([told]) == 0


@pytest.mark.parametrize(
    "row",
    [
        "b = 2  # noqa: E501",
        "b = 2  # noqa: GL3",
        "b = '# noqa'",
        "b = 2  # noqables",
        "b = 2  # gradlint: ignored by the lab",
    ],
)
def test_what_silences_nothing(row):
    """Other codes, strings and words that only look alike leave the finding alone."""
    told = apply_suppressions(report(f"a = 1\n{row}\n", finding()))
    assert told.findings[0] == finding()
    assert exit_code([told]) == 1


def test_a_comment_on_any_row_of_the_span(tmp_path):
    """A finding over several rows is silenced by a comment on any of them, and only those."""
    source = "a = f(\n  1,\n  2,  # noqa: GL201\n)\nb = 1\n"
    assert apply_suppressions(report(source, finding(row=1, end_row=4))).findings == ()
    assert finding(row=5) in apply_suppressions(report(source, finding(row=5))).findings


def test_a_comment_behind_backslashes():
    """Where a statement continues by backslash, the comment on its last row is for all of it."""
    source = "a = 1 + \\\n  2 + \\\n  3  # noqa: GL201\n"
    assert apply_suppressions(report(source, finding(row=1))).findings == ()


def test_an_unused_suppression_is_noted():
    """A comment naming our codes that silences nothing is a note at the comment itself."""
    source = "a = 1  # noqa: GL201\nb = 2  # noqa\nc = 3  # noqa: E501\n"
    told = apply_suppressions(report(source, verdict="right")).findings
    assert [(f.code, f.severity, f.site.row, f.site.column) for f in told] == [
        ("GL908", "note", 1, 8)
    ]
    assert exit_code([apply_suppressions(report(source, verdict="right"))]) == 0


def test_nothing_is_unused_where_nothing_was_checked():
    """Without a verdict no comment can be called unused."""
    told = apply_suppressions(report("a = 1  # noqa: GL201\n", verdict="cannot-tell"))
    assert told.findings == ()


def test_comments_before_a_syntax_error_are_read():
    """A text that breaks off still has the comments before the break."""
    assert [c.codes for c in suppressions("a = 1  # noqa: GL201\nb = (\n", "x")] == [("GL201",)]


@pytest.mark.parametrize(
    ("options", "kept"),
    [
        (Options(), ["GL201", "GL405", "GL905"]),
        (Options(select=("GL4",)), ["GL405", "GL905"]),
        (Options(ignore=("GL4", "GL9")), ["GL201"]),
        (Options(select=("GL2", "GL4"), ignore=("GL201",)), ["GL405", "GL905"]),
        (Options(per_file_ignores=(("net.py", ("GL2",)),)), ["GL405", "GL905"]),
        (Options(per_file_ignores=(("other.py", ("GL2",)),)), ["GL201", "GL405", "GL905"]),
    ],
)
def test_select_and_ignore(options, kept):
    """Selection goes by prefix; our own limits are hidden by --ignore only."""
    found = [finding("GL201"), finding("GL405", severity="note"), finding("GL905")]
    told = apply_selection(report("", *found), options)
    assert [f.code for f in told.findings] == kept
    assert len(told.suppressed) == 3 - len(kept)


def test_deselecting_notes_does_not_excuse_a_wrong_gradient():
    """A wrong verdict without a suppressed claim is still wrong."""
    note = finding("GL405", severity="note")
    told = apply_selection(report("", note), Options(ignore=("GL4",)))
    assert exit_code([told]) == 1
