"""GL399 wrong-gradient."""


class WrongGradient:
    """A backward line is wrong, for a reason that is in no catalogue."""

    code = "GL399"
    name = "wrong-gradient"
    severity = "error"
