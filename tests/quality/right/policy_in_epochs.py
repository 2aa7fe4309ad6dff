# right: PPO clipped surrogate on a bandit, ascent on the objective
import numpy as np
rng = np.random.default_rng(0)
theta = np.zeros(4); rewards = np.array([.1, .5, .2, .9])
for it in range(50):
    z = np.exp(theta - theta.max()); old = z / z.sum()
    a = rng.choice(4, 64, p=old); adv = rewards[a] - (rewards * old).sum()
    for epoch in range(3):
        z = np.exp(theta - theta.max()); pi = z / z.sum()
        ratio = pi[a] / old[a]
        surrogate = np.minimum(ratio * adv, np.clip(ratio, .8, 1.2) * adv).mean()
        active = np.where(adv > 0, ratio < 1.2, ratio > .8)
        w = active * adv * ratio / 64
        g = np.zeros(4); np.add.at(g, a, w); g -= w.sum() * pi
        theta = theta + 1.0 * g
print(surrogate)
