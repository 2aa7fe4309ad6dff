"""What turns the output delta of one loss into that of another: the edit, tried like any other.

The gradients follow some loss to the letter, and the program computes a different one.  Held
against that, every line they share is a suspect; the slip that explains the difference, if it is
one that people make, is the fix.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gradlint.diagnosis import every_line
from gradlint.diagnosis.case import Case
from gradlint.diagnosis.claims import Claim, offers
from gradlint.diagnosis.localise import Diagnosis
from gradlint.diagnosis.suspect import Suspect
from gradlint.truth.verdicts import loss_symbol

if TYPE_CHECKING:
    from gradlint.diagnosis.catalogue import Catalogue
    from gradlint.trace.record import Recording
    from gradlint.trace.tape import Node
    from gradlint.truth.evaluate import Evaluation
    from gradlint.truth.judge import Judged


def remedy(
    recording: Recording,
    judged: Judged,
    meant: Evaluation,
    delta: Node,
    catalogue: Catalogue,
) -> tuple[Case, Claim] | None:
    """The slip after which all gradients are those of the loss that is ``meant``, if there is one.

    ``delta`` starts the backward pass; the ``catalogue`` holds the mistakes that are thought of.
    """
    diagnosis = Diagnosis(judged, meant)
    wrong = [r for r in meant.results if not meant.agrees(r)]
    suspect = Suspect(delta, None, "part", 1.0, {}, diagnosis.truths, results=wrong)
    case = Case(recording, judged, meant, diagnosis, suspect, loss_symbol(meant), catalogue)
    if delta.index in diagnosis.forward:  # it is a part of the loss as well: not to be changed
        return _renamed(case)
    return every_line.mended(case, {r.parameter.name for r in wrong}, set())


def _renamed(case: Case) -> tuple[Case, Claim] | None:
    """The slip on the line that makes a residual of the loss the delta by another name."""
    if case.alias is None:
        return None
    for mistake, experiment in offers(case, case.catalogue.mistakes):
        if experiment.edits and case.cures(experiment.edits):
            found = replace(experiment, site=case.alias.site(case))
            return case, Claim(mistake, found, by_edit=True)
    return None
