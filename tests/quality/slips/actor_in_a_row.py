# The actor is moved away from what turned out better than its critic thought.
import numpy as np

r = np.random.default_rng(2)
theta = r.normal(size=(5, 2)) * 0.1
V = np.zeros(5) + 0.1 * r.normal(size=5)
for ep in range(30):
    s = 2
    while True:
        z = np.exp(theta[s] - theta[s].max())
        pi = z / z.sum()
        a = r.choice(2, p=pi)
        n = s + (1 if a else -1)
        end = n in (0, 4)
        rew = 1.0 if n == 4 else 0.0
        td = rew + (0 if end else 0.9 * V[n]) - V[s]
        V[s] += 0.1 * td
        step = -pi
        step[a] += 1.0
        theta[s] -= 0.1 * td * step  # GL205
        if end:
            break
        s = n
