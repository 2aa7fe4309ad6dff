# silent: reshape written where a transpose is needed
# expression: W2.reshape(n_out, n_hid)
# fixed: dH = dS @ W2.T
import numpy as np

rng = np.random.RandomState(17)
n_in, n_hid, n_out = 4, 7, 3
X = rng.randn(11, n_in)
labels = rng.randint(0, n_out, 11)
W1 = rng.randn(n_in, n_hid) * 0.4
W2 = rng.randn(n_hid, n_out) * 0.4

for epoch in range(30):
    H = np.maximum(0, X @ W1)
    S = H @ W2
    S = S - S.max(axis=1, keepdims=True)
    P = np.exp(S) / np.exp(S).sum(axis=1, keepdims=True)
    loss = -np.log(P[range(11), labels]).mean()

    dS = P.copy()
    dS[range(11), labels] -= 1
    dS /= 11
    dW2 = H.T @ dS
    dH = dS @ W2.reshape(n_out, n_hid)  # GL305
    dH[H <= 0] = 0
    dW1 = X.T @ dH
    W1 -= 0.1 * dW1
    W2 -= 0.1 * dW2
