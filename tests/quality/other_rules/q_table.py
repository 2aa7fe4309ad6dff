# learns by another rule than the gradient of a loss it shows
import numpy as np
np.random.seed(1)
n_s, n_a = 8, 2
Q = np.zeros((n_s, n_a))
alpha, gamma, eps = 0.1, 0.95, 0.2
total = 0
for ep in range(50):
    s = 0
    for t in range(30):
        a = np.random.randint(n_a) if np.random.rand() < eps else int(np.argmax(Q[s]))
        s2 = min(max(s + (1 if a else -1), 0), n_s - 1)
        r = 1.0 if s2 == n_s - 1 else 0.0
        td = r + gamma * np.max(Q[s2]) - Q[s, a]
        Q[s, a] += alpha * td
        total += r
        s = s2
        if r: break
print(Q, total)
