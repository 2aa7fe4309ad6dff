"""Posts become programs: blocks are found and joined, and what the page lost is put back."""

from __future__ import annotations

import pytest

from gradlint.findings import Edit, Site
from gradlint.source import edits, post
from gradlint.source.program import NoProgram

STEP = """\
import numpy as np
W = np.ones((3, 2))
for step in range(9):
    P = X @ W
    W -= 0.1 * X.T @ (P - T)
"""


def programs(text, name="post.md"):
    """The programs of a post."""
    return post.programs(name, text)


def only(text, name="post.md"):
    """The text of a post's one program, without the imports that were put back."""
    (program,) = programs(text, name)
    return program.text


def said(text, name="post.md"):
    """What was restored in a post."""
    return [a.text for program in programs(text, name) for a in program.assumptions]


def test_fenced_blocks_of_a_section_are_one_program():
    """Blocks of Python are joined, those of other languages and mere output are not."""
    text = (
        "Hi!\n\n```python\na = 1\n```\nand\n```\nb = a\n```\n```bash\nls\n```\n```\nLoss: 3\n```\n"
    )
    assert only(text) == "a = 1\nb = a\n"


def test_question_and_answers_are_apart():
    """What stands behind the heading of an answer is another program."""
    text = f"Why?\n\n```py\n{STEP}```\n\n## 1 Answer\n\nTry\n\n```py\n{STEP}```\n"
    first, second = programs(text)
    assert first.text == second.text == STEP
    assert (first.part, second.part) == (
        "program 1 of 2, lines 4 to 8",
        "program 2 of 2, lines 16 to 20",
    )


def test_indented_blocks_lose_their_margin():
    """Code that a page sets in by four columns is found among the words around it."""
    code = "".join(f"    {row}\n" for row in STEP.split("\n") if row)
    assert only(f"My net does not learn.\n\n{code}\nWhat is wrong?\n", "q.txt") == STEP


def test_plain_text_is_told_from_code():
    """Votes, names and sentences are no code, though some of them parse."""
    text = f"Reputation: 79\nViews: 548\n0\nasked today\n\nHow so?\n{STEP}Thanks\nRelated\n"
    assert only(text, "q.txt") == STEP


def test_html_is_unescaped_and_keeps_its_places():
    """Entities and tags of a page are one character or none, and spans lead back to the page."""
    text = "<p>Hi</p>\n<pre><code>a = 1\n<b>m</b> = (a &gt; 0) * 2\n</code></pre>\n"
    (program,) = programs(text, "q.html")
    assert program.text == "a = 1\nm = (a > 0) * 2\n\n"
    site = program.site(Site("q.html", 2, 5, 2, 12))
    row = text.split("\n")[2]
    assert row[site.column - 1 : site.end_column - 1] == "(a &gt; 0)"
    (edit,) = [program._edit(Edit(Site("q.html", 2, 5, 2, 12), "(a < 0)"), None)]
    assert "(a &lt; 0) * 2" in edits.apply(text, [edit])


@pytest.mark.parametrize(
    ("lost", "code", "words"),
    [
        (">>> a = 1\n>>> a\n1\n", "a = 1\na\n", "prompts"),
        ("a = “x”\n", 'a = "x"\n', "quotes"),
        ("a = 2\nb = a   3\n", "a = 2\nb = a + 3\n", "`+` lost"),
        ("z = 1/(1 a)\n", "z = 1/(1 + a)\n", "`+` lost"),
        ("a = 1\nprint a\n", "a = 1\nprint(a)\n", "Python 2"),
        ("a = 1\n....\n", "a = 1\npass\n", "left out"),
        ('def f():\n    """\\x"""\na = 1\n', 'def f():\n    r"""\\x"""\na = 1\n', "backslash"),
        ("def f(x):\nreturn x\na = 1\n", "def f(x):\n    return x\na = 1\n", "indentation"),
        ("a = 1\nb = a   2\na  = b\n", "a = 1\nb = a + 2\na += b\n", "`+=` lost"),
    ],
)  # fmt: skip
def test_what_a_page_loses_is_put_back_and_said(lost, code, words):
    """Each restoration gives the code that was meant, and is listed."""
    text = f"```\n{lost}```\n"
    assert only(text) == code
    assert any(words in told for told in said(text))


def test_nothing_is_said_of_code_that_lost_nothing():
    """Code that runs as it stands is left as it stands."""
    assert said(f"```\n{STEP}```\n") == []


def test_lost_indentation_follows_the_grammar():
    """Bodies end behind a return, branches behind a statement, loops with the code."""
    code = [
        "def act(x, slope=False):", "    if slope:", "        return x * (1 - x)",
        "    return 1 / (1 + x)", "n = 3", "for i in range(n):", "    y = act(i)",
        "    if i == 0:", "        print(y)", "    n = y",
    ]  # fmt: skip
    flat = "\n".join(row.strip() for row in code)
    assert only(f"```\n{flat}\n```\n") == "\n".join(code) + "\n"


def test_lost_indentation_ends_where_a_class_is_used():
    """What makes an object of a class stands behind it, not in its last method."""
    rows = [
        "class Net:", "def train(self, X):", "for i in range(9):", "self.W -= X", "net = Net()",
        "net.train(1)",
    ]  # fmt: skip
    text = only("```\n" + "\n".join(rows) + "\n```\n")
    assert text.split("\n")[-4:] == ["            self.W -= X", "net = Net()", "net.train(1)", ""]


def test_names_of_python_2_are_put_back():
    """Functions that Python 3 calls otherwise are given, and it is said; own ones are left."""
    text = "```\nfor i in xrange(3):\n    print i\n```\n"
    assert only(text).split("\n")[0] == "xrange = range"
    assert said(text)[0] == "`xrange = range`: a name of Python 2"
    assert not said("```\ndef xrange(n):\n    return n\nx = xrange(3)\n```\n")


def test_missing_imports_are_put_back():
    """``np`` means NumPy."""
    text = "```\nW = np.ones(3)\n```\n"
    assert only(text) == "import numpy as np\nW = np.ones(3)\n"
    assert said(text) == ["`import numpy as np`, which the code uses"]


def test_a_later_definition_takes_the_place_of_an_earlier_one():
    """Blocks that contradict each other: the later one runs, and that is said."""
    text = "```\ndef f(x):\n    return x\na = 1\n```\nno,\n```\ndef f(x):\n    return 2 * x\n```\n"
    assert only(text) == "a = 1\ndef f(x):\n    return 2 * x\n"
    assert said(text) == ["`f` of line 2 is defined anew here, and this one is run"]


def test_an_alternative_that_is_asked_about_is_a_program():
    """A comment that the words quote again is tried in the place of the line behind it."""
    text = "a = 1\n#b = a - 1\nb = a + 1\n\nWhy not this, as the book has it:\n#b = a - 1\nThanks\n"
    first, second = programs(text, "q.txt")
    assert "b = a + 1" in first.text
    assert second.text == "a = 1\n#b = a - 1\nb = a - 1\n"
    assert "comments in lines 2" in second.part


@pytest.mark.parametrize("text", ["", "Only words, no code at all.\n", "```\nLoss: 3\n```\n"])
def test_a_post_without_code_is_refused(text):
    """There is one sentence for it."""
    with pytest.raises(NoProgram, match="no code was found"):
        programs(text)


def test_an_edit_goes_into_the_post():
    """The columns of a restored row lead to the columns of the page."""
    text = "```\n    b = np.dot(W, x)   c\n```\n"
    (program,) = programs(text)
    row = program.text.split("\n").index("b = np.dot(W, x) + c") + 1
    site = program.site(Site("post.md", row, 5, row, 17))
    shown = text.split("\n")[1]
    assert shown[site.column - 1 : site.end_column - 1] == "np.dot(W, x)"


def test_an_answer_of_a_line_is_tried_in_the_question():
    """A line or a function that the question has, too, takes its place there."""
    question = "def f(x):\n    return x\nfor i in range(9):\n    a = f(i)\n    b = a\n"
    answer = "# so:\na = 2 * f(i)\n"
    text = f"```\n{question}```\n## Answer\n```\n{answer}```\n"
    first, second = programs(text)
    assert first.text == question
    assert second.text == question.replace("    a = f(i)", "    a = 2 * f(i)")
    assert "what lines 10 to 11 say" in second.part
    row = second.text.split("\n").index("    a = 2 * f(i)") + 1
    assert second.site(Site("post.md", row, 5, row, 6)).row == 11


def test_an_answer_with_more_than_the_question_is_its_own():
    """A name that the question does not have makes the answer a program of its own."""
    text = "```\na = 1\nb = a + 1\n```\n## Answer\n```\nb = 2\nc = b + 3\n```\n"
    _, second = programs(text)
    assert second.text == "b = 2\nc = b + 3\n"
