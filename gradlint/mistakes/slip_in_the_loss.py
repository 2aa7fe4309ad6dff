"""GL314 slip-in-the-loss."""


class SlipInTheLoss:
    """The gradients are right, and the loss that is computed is not the one they belong to.

    What happens
    ------------
    The gradients agree with each other, and with a loss that is one small edit away from the one
    the program computes: a minus in front of the first term only, `lam / 2 * n` for
    `lam / (2 * n)`, `n ** 2` for `n`, ones for zeros.

    Why it is wrong
    ---------------
    Training goes down one function and the program shows another. Whoever compares runs, stops
    early or chooses a constant by what is printed goes by the wrong number.

    How it shows
    ------------
    The printed loss rises, or turns negative, while the predictions get better. A numeric check
    blames every gradient.

    Fix
    ---
    Mend the loss; the backward pass stays as it is.

    Example
    -------
    Bad:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 3)), rng.integers(0, 2, size=(9, 1))
        W, b = rng.normal(size=(3, 1)), np.zeros(1)
        for step in range(3):
            out = 1 / (1 + np.exp(-(x @ W + b)))
            loss = -np.sum(y * np.log(out)) + np.sum((1 - y) * np.log(1 - out))
            d = out - y
            W -= 0.1 * (x.T @ d)
            b -= 0.1 * d.sum(axis=0)

    Good:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 3)), rng.integers(0, 2, size=(9, 1))
        W, b = rng.normal(size=(3, 1)), np.zeros(1)
        for step in range(3):
            out = 1 / (1 + np.exp(-(x @ W + b)))
            loss = -np.sum(y * np.log(out)) - np.sum((1 - y) * np.log(1 - out))
            d = out - y
            W -= 0.1 * (x.T @ d)
            b -= 0.1 * d.sum(axis=0)
    """

    code = "GL314"
    name = "slip-in-the-loss"
    severity = "error"
