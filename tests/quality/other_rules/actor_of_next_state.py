# an actor and a critic whose policy is moved with the next state: no loss is followed
import numpy as np

rng = np.random.default_rng(3)
Wp, Wv = 0.1 * rng.normal(size=(3, 2)), np.zeros(3)
for ep in range(60):
    s = rng.normal(size=3)
    for t in range(8):
        z = s @ Wp
        pi = np.exp(z - z.max())
        pi = pi / pi.sum()
        a = rng.choice(2, p=pi)
        s2 = 0.8 * s + 0.1 * rng.normal(size=3) + (0.2 if a else -0.2)
        r = -np.abs(s2).sum()
        td = r + 0.95 * (s2 @ Wv) - s @ Wv
        Wv += 0.05 * td * s
        g = -pi
        g[a] += 1
        Wp += 0.01 * td * np.outer(s2, g)
        s = s2
