# crash: an unsummed bias gradient makes the bias (n,h) in step 1, the next mini-batch is smaller
# expression: b - 0.1 * nb
import numpy as np

rng = np.random.default_rng(78)
sizes = [4, 3, 1]
data = rng.normal(size=(11, 4))
targets = rng.normal(size=(11, 1))
weights = [rng.normal(size=(a, b)) * 0.5 for a, b in zip(sizes[:-1], sizes[1:])]
biases = [np.zeros(b) for b in sizes[1:]]

for epoch in range(5):
    for lo, hi in [(0, 6), (6, 11)]:
        X, Y = data[lo:hi], targets[lo:hi]
        acts = [X]
        for w, b in zip(weights, biases):
            acts.append(np.tanh(acts[-1] @ w + b))
        loss = 0.5 * np.sum((acts[-1] - Y) ** 2)
        nabla_w = [None, None]
        nabla_b = [None, None]
        delta = (acts[-1] - Y) * (1 - acts[-1] ** 2)
        nabla_w[1] = acts[1].T @ delta
        nabla_b[1] = delta.sum(axis=0)
        delta = delta @ weights[1].T * (1 - acts[1] ** 2)
        nabla_w[0] = X.T @ delta
        nabla_b[0] = delta  # also GL206
        weights = [w - 0.1 * nw for w, nw in zip(weights, nabla_w)]
        biases = [b - 0.1 * nb for b, nb in zip(biases, nabla_b)]  # GL103
