"""The pages of what gradlint says beside the mistakes: its own limits, and remarks on a pair.

Like those of the mistakes they are read from the text, by ``report.pages``; what is said beside a
verdict is made of these classes.
"""


class AliasedGradient:
    """A gradient that is returned shares its memory with an input.

    What happens
    ------------
    The backward function returns an array that is an input of the forward function, or a view of
    it, under another name.

    What to do
    ----------
    Return a copy. The values are right; an update in place (`w -= lr * dw`) changes both.
    """

    code, name, severity = "GL411", "aliased-gradient", "note"
    told_for = "a shared memory"


class NonFinite:
    """A gradient holds nan or infinity where the function itself is finite.

    What happens
    ------------
    Some entries of the gradient are no numbers. The finding names the first of them, and the line
    whose operation made it, where the source is known.

    What to do
    ----------
    Look at that line for a division by zero, the logarithm of zero, or the exponential of a large
    number, and write it in a form that stays finite: `logaddexp` for `log(exp(a) + exp(b))`, the
    maximum subtracted before a softmax.
    """

    code, name, severity = "GL501", "non-finite", "error"
    told_for = "a number that is not finite"


class NarrowedGradient:
    """A gradient is less precise than its parameter.

    What happens
    ------------
    A gradient comes back as float32 where the parameter is float64, or in a buffer of integers,
    which cuts off every fraction.

    What to do
    ----------
    Make the buffer with the type of the parameter: `np.zeros_like(w)`, or `dtype=float`.
    """

    code, name, severity = "GL509", "narrowed-gradient", "note"
    told_for = "a lost precision"


class NoTrainingStep:
    """Nothing that the program computes from arrays is updated from its own gradient.

    What happens
    ------------
    gradlint watched the program run and saw no parameter that a forward pass reads, that an update
    changes, and that is read again. Without one there is nothing to check.

    What to do
    ----------
    Let the script train at its top level for two steps. A file of functions that nobody calls is
    checked as pairs, if they are named like `affine_forward` and `affine_backward`; otherwise call
    `gradlint.check(forward, backward, *inputs)` on them.
    """

    code, name, severity = "GL901", "no-training-step", "error"


class TraceBreak:
    """The gradients could not be connected to a loss.

    What happens
    ------------
    The values that the updates use are no derivatives of anything that the program computes, or
    something between the parameters and the loss left NumPy, where it cannot be followed. Then
    gradlint says that it cannot tell, never that the program is wrong.

    What to do
    ----------
    Compute the loss in the program, from the very outputs that the backward pass starts with.
    """

    code, name, severity = "GL902", "trace-break", "error"


class ReferencesDisagree:
    """Reverse mode and central differences disagree about the program, so neither may judge it.

    What happens
    ------------
    Before anything is said about a gradient, two independent ways to compute the true one have to
    agree. Here they do not: the function has a jump or a kink at these values, or a part of it
    could not be followed.

    What to do
    ----------
    Look for values that leave NumPy on the way to the loss, and for rounding, thresholds and
    integers there. Another `--seed` moves the values.
    """

    code, name, severity = "GL904", "references-disagree", "error"


class CouldNotRun:
    """The program cannot be read, or stops with an error of its own.

    What happens
    ------------
    The finding repeats the program's error, with its line. Nothing was checked.

    What to do
    ----------
    Make the program run with `python` for two training steps. A module that is missing has to be
    installed where gradlint is; plotting libraries are not needed.
    """

    code, name, severity = "GL905", "could-not-run", "error"


class MissingData:
    """The program needs a name or a file that is not there.

    What happens
    ------------
    Programs from the web often lack their data: a name that nothing defines, a file that only its
    author has. For a function pair, no inputs were found that it runs with.

    What to do
    ----------
    Give a name a value on the command line, as often as needed: `--set
    'X=np.random.rand(10, 3)'`. Where a file is missing, run gradlint where it is, or write made-up
    data in its place.
    """

    code, name, severity = "GL906", "missing-data", "error"


class UnusedSuppression:
    """A comment silences a code that is not reported in its line.

    What happens
    ------------
    `# gradlint: ignore[GL201]` or `# noqa: GL201` stands in a line without such a finding.

    What to do
    ----------
    Take the comment out, so that it cannot hide a mistake that comes later.
    """

    code, name, severity = "GL908", "unused-suppression", "warning"


class Timeout:
    """Time was over before two training steps had been seen.

    What happens
    ------------
    A script is stopped as soon as two training steps are complete. This one loads, prepares or
    computes for longer than it was given.

    What to do
    ----------
    Raise `--timeout`, or check a smaller version of the data: what is wrong with a gradient is
    wrong on ten samples as well.
    """

    code, name, severity = "GL909", "timeout", "error"


class NotRun:
    """Lines behind the training loop were not run, so nothing is said about them.

    What happens
    ------------
    After two training steps the loop is left and the rest of the program runs on, for a few
    seconds. It did not come to its end: time was over, or a line stopped that needs a trained
    model.

    What to do
    ----------
    Nothing, where those lines only plot or save. Otherwise run the program with fewer rounds, so
    that its last lines are looked at as well.
    """

    code, name, severity = "GL910", "not-run", "note"
