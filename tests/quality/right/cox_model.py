# right: Cox partial likelihood: the risk sets are cumulative sums from the end, the loss has no targets in sight
import numpy as np

rng = np.random.default_rng(124)
n, d = 60, 3
X = rng.normal(size=(n, d))
times = rng.exponential(np.exp(-X @ np.array([0.8, -0.5, 0.0])))
censored = rng.random(n) < 0.25
order = np.argsort(times)
X = X[order]
event = (~censored[order]).astype(float)

w = np.zeros(d)
for step in range(300):
    eta = X @ w
    risk = np.exp(eta)
    at_risk = np.cumsum(risk[::-1])[::-1]
    loss = -np.sum(event * (eta - np.log(at_risk))) / event.sum()

    weighted = np.cumsum((risk[:, None] * X)[::-1], axis=0)[::-1]
    grad = -np.sum(event[:, None] * (X - weighted / at_risk[:, None]), axis=0) / event.sum()
    w -= 0.5 * grad
    if step % 60 == 0:
        print(step, loss, w)
