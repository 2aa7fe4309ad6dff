# crash: the row of a symbol where the column is meant
# expression: scores.max(axis=0) + log_B[obs[t]]
# says: log_B\[:, obs\[t\]\]
import numpy as np

rng = np.random.default_rng(4)
A = rng.dirichlet(np.ones(3), size=3)
B = rng.dirichlet(np.ones(5), size=3)
log_A, log_B = np.log(A), np.log(B)
obs = [0, 2, 1, 2, 0]
delta = np.zeros((len(obs), 3))
back = np.zeros((len(obs), 3), dtype=int)
delta[0] = np.log(1 / 3) + log_B[:, obs[0]]
for t in range(1, len(obs)):
    scores = delta[t - 1][:, None] + log_A
    back[t] = scores.argmax(axis=0)
    delta[t] = scores.max(axis=0) + log_B[obs[t]]  # GL106
print(delta[-1].max())
