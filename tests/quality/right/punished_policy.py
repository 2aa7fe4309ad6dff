# right: a policy whose only rewards are negative; they scale, and so turn, the cross-entropy's delta
import numpy as np

rng = np.random.default_rng(3)
A, B = 0.3 * rng.normal(size=(4, 5)), 0.3 * rng.normal(size=(5, 2))
taste = 0.1 * rng.normal(size=(4, 2))
for episode in range(60):
    seen = rng.normal(size=(1, 4))
    h = np.tanh(seen @ A)
    score = h @ B
    chance = np.exp(score - score.max())
    chance /= chance.sum()
    act = rng.choice(2, p=chance[0])
    reward = -abs(seen[0, 0] - act)
    d = chance.copy()
    d[0, act] -= 1
    d *= reward
    dB = h.T @ d
    dA = seen.T @ (d @ B.T * (1 - h**2))
    A -= 0.05 * dA
    B -= 0.05 * dB
for episode in range(60):
    seen = rng.normal(size=4)
    score = seen @ taste
    chance = np.exp(score - score.max())
    chance /= chance.sum()
    act = rng.choice(2, p=chance)
    reward = -abs(seen[0] - act)
    taste += 0.05 * reward * np.outer(seen, np.eye(2)[act] - chance)
