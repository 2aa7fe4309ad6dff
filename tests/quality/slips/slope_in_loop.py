# a deep network of lists that counts layers from the end, sample by sample; the loop lacks the slope
import numpy as np

rng = np.random.default_rng(31)


def squash(z):
    return 1.0 / (1.0 + np.exp(-z))


sizes = [3, 5, 5, 4, 2]
ws = [rng.normal(size=(n, m)) / np.sqrt(m) for m, n in zip(sizes, sizes[1:])]
bs = [rng.normal(size=(n, 1)) for n in sizes[1:]]
pairs = [(rng.normal(size=(3, 1)), np.eye(2)[:, [rng.integers(2)]]) for _ in range(30)]


def gradients(x, y):
    acts = [x]
    for w, b in zip(ws, bs):
        acts.append(squash(w @ acts[-1] + b))
    grads_w, grads_b = [None] * len(ws), [None] * len(bs)
    delta = acts[-1] - y
    grads_w[-1], grads_b[-1] = delta @ acts[-2].T, delta
    for k in range(2, len(sizes)):
        delta = ws[-k + 1].T @ delta  # GL304
        grads_w[-k], grads_b[-k] = delta @ acts[-k - 1].T, delta
    return grads_w, grads_b


for epoch in range(5):
    for x, y in pairs:
        grads_w, grads_b = gradients(x, y)
        ws = [w - 0.2 * g for w, g in zip(ws, grads_w)]
        bs = [b - 0.2 * g for b, g in zip(bs, grads_b)]
