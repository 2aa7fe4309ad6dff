"""A program under a tape, for tests that look at what was recorded."""

from __future__ import annotations

import textwrap

import numpy as np

from gradlint.source.spots import SourceFile
from gradlint.trace.record import record


class Traced:
    """A recorded program; its values are found by the names it gave them."""

    def __init__(self, text, folder):
        text = "import numpy as np\n" + textwrap.dedent(text)
        self.recording = record(SourceFile(str(folder / "program.py"), text), lambda _tape: False)
        assert self.recording.ending.how == "finished", self.recording.ending
        self.tape = self.recording.tape

    def __getitem__(self, name):
        """The last value that was given this name."""
        return [node for node in self.tape.nodes if name in node.names][-1]

    def history(self, name):
        """The functions behind a value, oldest first, leaves left out."""
        seen, stack = {}, [self[name]]
        while stack:
            node = stack.pop()
            if node.index not in seen:
                seen[node.index] = node
                stack.extend(node.parents)
        nodes = [seen[index] for index in sorted(seen)]
        return [getattr(n.function, "__name__", n.function) for n in nodes if not n.is_leaf]

    def comes_from(self, name, source):
        """Whether a value was computed from another."""
        target, stack, seen = self[source], [self[name]], set()
        while stack:
            node = stack.pop()
            if node is target:
                return True
            if node.index not in seen:
                seen.add(node.index)
                stack.extend(node.parents)
        return False


__all__ = ["Traced", "np"]
