# right: the nearest centre moves towards the sample; which one that is depends on where the centres are
import numpy as np
rng = np.random.default_rng(0)
X = np.vstack([rng.normal(m, .5, (20, 2)) for m in (-3, 0, 3)])
centres = X[rng.choice(60, 3, replace=False)]
for epoch in range(5):
    inertia = 0.0
    for x in rng.permutation(X):
        k = np.argmin(((centres - x) ** 2).sum(1))
        inertia += ((centres[k] - x) ** 2).sum()
        centres[k] += 0.1 * (x - centres[k])
    print(epoch, inertia)
