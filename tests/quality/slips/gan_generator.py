# the discriminator is right; the generator leaves out the slope of the discriminator's hidden layer
import numpy as np

rng = np.random.default_rng(12)


def squash(s):
    return 1.0 / (1.0 + np.exp(-s))


U, u = rng.normal(0, 0.4, (2, 5)), np.zeros(5)
V, v = rng.normal(0, 0.4, (5, 1)), np.zeros(1)
G, g = rng.normal(0, 0.4, (3, 2)), np.zeros(2)
for turn in range(40):
    real = rng.normal(2.0, 0.5, (12, 2))
    noise = rng.normal(size=(12, 3))
    made = noise @ G + g
    both = np.vstack([real, made])
    label = np.vstack([np.ones((12, 1)), np.zeros((12, 1))])
    h = np.tanh(both @ U + u)
    says = squash(h @ V + v)
    judge_loss = -np.mean(label * np.log(says) + (1 - label) * np.log(1 - says))
    d = (says - label) / len(both)
    dh = d @ V.T * (1 - h**2)
    dV, dv, dU, du = h.T @ d, d.sum(axis=0), both.T @ dh, dh.sum(axis=0)
    U, u, V, v = U - 0.3 * dU, u - 0.3 * du, V - 0.3 * dV, v - 0.3 * dv

    made = noise @ G + g
    h = np.tanh(made @ U + u)
    says = squash(h @ V + v)
    forger_loss = -np.mean(np.log(says))
    d = (says - 1) / len(made)
    dh = d @ V.T  # GL304
    dmade = dh @ U.T
    G -= 0.3 * noise.T @ dmade
    g -= 0.3 * dmade.sum(axis=0)
print(judge_loss, forger_loss)
