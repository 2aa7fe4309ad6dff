# a policy gradient whose sign may be turned: no loss is computed, and the returns are shifted
import numpy as np

rng = np.random.default_rng(11)
theta = 0.1 * rng.standard_normal((5, 3))


def policy(s):
    e = np.exp(theta[s] - np.max(theta[s]))
    return e / e.sum()


for ep in range(40):
    s, walked = int(rng.integers(5)), []
    for _ in range(6):
        a = int(rng.choice(3, p=policy(s)))
        walked.append((s, a, -abs(s - 2)))
        s = int(np.clip(s + (1 - a), 0, 4))
    G, grad = 0.0, np.zeros_like(theta)
    for s, a, r in reversed(walked):
        G = r + 0.9 * G
        d = policy(s)
        d[a] += 1.0
        grad[s] += (G + 8.0) * d
    theta += 0.02 * grad
