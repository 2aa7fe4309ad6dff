# learns by another rule than the gradient of a loss it shows
import numpy as np
rng = np.random.default_rng(2)
X = rng.normal(size=(300, 4)) @ np.diag([3, 1, .5, .2])
w = rng.normal(size=4); w /= np.linalg.norm(w)
for ep in range(5):
    for x in X:
        y = w @ x
        w += 0.001 * y * (x - y * w)
print(w)
