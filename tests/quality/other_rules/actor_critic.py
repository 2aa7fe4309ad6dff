# learns by another rule than the gradient of a loss it shows
import numpy as np
np.random.seed(10)
theta = np.zeros((4, 2)); v = np.zeros(4)
for ep in range(40):
    s = np.random.randn(4)
    for t in range(20):
        z = s @ theta; p = np.exp(z - z.max()); p /= p.sum()
        a = np.random.choice(2, p=p)
        s2 = .9 * s + .1 * np.random.randn(4) + (.1 if a else -.1)
        r = -abs(s2[0])
        delta = r + .95 * v @ s2 - v @ s
        v += .05 * delta * s
        onehot = np.eye(2)[a]
        theta += .01 * delta * np.outer(s, onehot - p)
        s = s2
print(v, theta)
