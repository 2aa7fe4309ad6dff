# right: policy gradient: rewards weigh the score function, the update climbs, no loss is ever formed
import numpy as np

rng = np.random.default_rng(115)
STATES, ACTIONS = 4, 3
best = np.array([0, 2, 1, 1])
theta = rng.normal(0, 0.1, (STATES, ACTIONS))
baseline = 0.0


def policy(s):
    prefs = theta[s]
    e = np.exp(prefs - prefs.max())
    return e / e.sum()


def play(length):
    episode = []
    for _ in range(length):
        s = rng.integers(STATES)
        a = rng.choice(ACTIONS, p=policy(s))
        reward = 1.0 if a == best[s] else 0.0
        episode.append((s, a, reward))
    return episode


for it in range(400):
    episode = play(12)
    grad = np.zeros_like(theta)
    for s, a, reward in episode:
        dlog = -policy(s)
        dlog[a] += 1
        grad[s] += dlog * (reward - baseline)
    theta += 0.1 * grad
    mean_reward = np.mean([r for _, _, r in episode])
    baseline = 0.9 * baseline + 0.1 * mean_reward
    if it % 80 == 0:
        print(it, "baseline", round(baseline, 3))
