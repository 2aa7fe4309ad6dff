# learns by another rule than the gradient of a loss it shows
import numpy as np
np.random.seed(4)
theta = np.zeros((3, 2))
baseline = 0
for ep in range(200):
    grads = []; rewards = []
    for t in range(10):
        s = np.random.randn(3)
        logits = s @ theta
        p = np.exp(logits - logits.max()); p /= p.sum()
        a = np.random.choice(2, p=p)
        d = -p.copy(); d[a] += 1
        grads.append(np.outer(s, d))
        rewards.append(1.0 if (s[0] > 0) == (a == 1) else 0.0)
    R = sum(rewards)
    baseline = 0.9 * baseline + 0.1 * R
    for g in grads:
        theta += 0.05 * g * (R - baseline)
print(theta, R)
