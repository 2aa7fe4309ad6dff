# silent: argmax without an axis
# expression: np.argmax(log_posterior)
import numpy as np

rng = np.random.default_rng(17)
X = np.vstack([rng.normal(0, 1, (30, 2)), rng.normal(2, 1, (30, 2))])
y = np.repeat([0, 1], 30)
mu = np.array([X[y == c].mean(axis=0) for c in (0, 1)])
var = np.array([X[y == c].var(axis=0) for c in (0, 1)])
log_posterior = np.array(
    [-0.5 * (np.log(var[c]) + (X - mu[c]) ** 2 / var[c]).sum(axis=1) for c in (0, 1)]
).T
guess = np.argmax(log_posterior)  # GL105
print("accuracy", (guess == y).mean())
