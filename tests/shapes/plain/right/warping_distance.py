# right: a cost for all pairs of times
import numpy as np

t = np.linspace(0, 1, 30)
a, b = np.sin(5 * t), np.sin(5 * t + 0.4)
cost = np.abs(a.reshape(-1, 1) - b.reshape(1, -1))
D = np.full((31, 31), np.inf)
D[0, 0] = 0
for i in range(1, 31):
    for j in range(1, 31):
        D[i, j] = cost[i - 1, j - 1] + min(D[i - 1, j], D[i, j - 1], D[i - 1, j - 1])
print(D[-1, -1])
