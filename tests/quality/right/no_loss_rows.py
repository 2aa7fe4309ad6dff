# right: no loss anywhere, the error is target minus output, and the updates have no learning rate
import numpy as np

np.random.seed(1)


def nonlin(x, deriv=False):
    if deriv:
        return x * (1 - x)
    return 1 / (1 + np.exp(-x))


# does the 4-bit word hold an even number of ones?
X = np.array([[(k >> s) & 1 for s in range(4)] + [1] for k in range(16)])
y = np.array([[bin(k).count("1") % 2 == 0] for k in range(16)]).astype(int)

syn0 = 2 * np.random.random((5, 12)) - 1
syn1 = 2 * np.random.random((12, 1)) - 1

for j in range(6000):
    l0 = X
    l1 = nonlin(np.dot(l0, syn0))
    l2 = nonlin(np.dot(l1, syn1))

    l2_error = y - l2
    l2_delta = l2_error * nonlin(l2, deriv=True)

    l1_error = l2_delta.dot(syn1.T)
    l1_delta = l1_error * nonlin(l1, deriv=True)

    syn1 += l1.T.dot(l2_delta)
    syn0 += l0.T.dot(l1_delta)

print("rounded:", l2.round().astype(int).ravel())
print("wanted: ", y.ravel())
