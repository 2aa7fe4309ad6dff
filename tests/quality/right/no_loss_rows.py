# right: no loss anywhere, the error is target minus output, and the updates have no learning rate
import numpy as np

np.random.seed(1)


def squash(x, deriv=False):
    if deriv:
        return x * (1 - x)
    return 1 / (1 + np.exp(-x))


# does the 4-bit word hold an even number of ones?
X = np.array([[(k >> s) & 1 for s in range(4)] + [1] for k in range(16)])
y = np.array([[bin(k).count("1") % 2 == 0] for k in range(16)]).astype(int)

lower = 2 * np.random.random((5, 12)) - 1
upper = 2 * np.random.random((12, 1)) - 1

for turn in range(6000):
    words = X
    hidden = squash(np.dot(words, lower))
    guess = squash(np.dot(hidden, upper))

    miss = y - guess
    pull_out = miss * squash(guess, deriv=True)

    miss_hidden = pull_out.dot(upper.T)
    pull_hidden = miss_hidden * squash(hidden, deriv=True)

    upper += hidden.T.dot(pull_out)
    lower += words.T.dot(pull_hidden)

print("rounded:", guess.round().astype(int).ravel())
print("wanted: ", y.ravel())
