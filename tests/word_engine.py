"""A stand-in for the engine that finds words and fixes them by writing others."""

import re
from types import ModuleType

from gradlint.findings import Edit, Finding, Fix, Report, Site

# word in the text: what its fix writes instead (None: no fix), and whether that is safe
OFFERS = {
    "bad": ("good", "safe"),
    "risky": ("good", "unsafe"),
    "waiting": ("good", "safe"),  # has no fix before all that is bad has gone
    "trap": ("worse, worse", "safe"),  # the fix makes it worse
    "worse": (None, "safe"),
    "accented": ("gööd 日本", "safe"),
    "rows": ("(good +\n     good)", "safe"),
    "spreading": ("good", "safe"),
}


class Engine(ModuleType):
    """A stand-in for the engine that finds words, and fixes by writing others."""

    def __init__(self):
        super().__init__("gradlint.checking.files")
        self.asked, self.names = [], []
        self.meanwhile = lambda: None

    def check_file(self, path, options):
        """Check the text of a file."""
        return self.check_text(path.read_text(), str(path), options)

    def check_text(self, text, filename, options):  # noqa: ARG002 - as the engine has it
        """Find the words of ``OFFERS``; the program cannot be told where it says doubtful."""
        self.asked.append(text)
        self.names.append(filename)
        filename = filename.partition("::")[0]
        self.meanwhile()
        if "doubtful" in text:
            return Report(filename, "cannot-tell", source=text)
        found = tuple(self._findings(text, filename))
        return Report(filename, "wrong" if found else "right", found, source=text)

    def _findings(self, text, filename):
        for row, line in enumerate(text.split("\n"), start=1):
            for match in re.finditer("|".join(OFFERS), line):
                site = Site(filename, row, match.start() + 1, row, match.end() + 1)
                content, how = OFFERS[match[0]]
                if match[0] == "waiting" and "bad" in text:
                    content = None
                edits = [Edit(site, content)]
                if match[0] == "spreading":  # a second edit, over the whole of the first row
                    edits.append(Edit(Site(filename, 1, 1, 1, 4), "all"))
                offer = None if content is None else Fix(f"write {content}", tuple(edits), how)
                yield Finding("GL201", "missing-batch-mean", "error", match[0], site, fix=offer)
