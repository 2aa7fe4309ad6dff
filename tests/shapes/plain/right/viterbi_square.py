import numpy as np

rng = np.random.default_rng(0)
states, length = 4, 4
logT = np.log(rng.dirichlet(np.ones(states), size=states))
logE = np.log(rng.dirichlet(np.ones(states), size=length))
score = np.zeros(states)
back = np.zeros((length, states), dtype=int)
for t in range(length):
    options = score[:, None] + logT
    back[t] = options.argmax(axis=0)
    score = options.max(axis=0) + logE[t]
print(score.max(), back)
