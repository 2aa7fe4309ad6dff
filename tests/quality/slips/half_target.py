# Half of a target that is zero in the first samples.
import math, random
random.seed(3)
n_in, n_hid = 2, 3
w1 = [[random.uniform(-1, 1) for _ in range(n_in + 1)] for _ in range(n_hid)]
w2 = [random.uniform(-1, 1) for _ in range(n_hid + 1)]
data = [([0, 0], 0), ([0, 1], 1), ([1, 0], 1), ([1, 1], 0)]
def act(x): return 1 / (1 + math.exp(-x))
for epoch in range(30):
    err = 0
    for x, t in data:
        xi = x + [1]
        h = [act(sum(w * v for w, v in zip(row, xi))) for row in w1]
        hi = h + [1]
        o = act(sum(w * v for w, v in zip(w2, hi)))
        err += (t - o) ** 2 / 2
        do = (o - 0.5 * (t)) * o * (1 - o)  # GL312
        dh = [do * w2[j] * h[j] * (1 - h[j]) for j in range(n_hid)]
        for j in range(n_hid + 1):
            w2[j] -= 0.5 * do * hi[j]
        for j in range(n_hid):
            for k in range(n_in + 1):
                w1[j][k] -= 0.5 * dh[j] * xi[k]
    if epoch % 10 == 0: print(epoch, err)
