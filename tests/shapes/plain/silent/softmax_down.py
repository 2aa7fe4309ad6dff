# silent: a softmax over the samples
# expression: np.sum(e, axis=0)
import numpy as np


def softmax(scores):
    e = np.exp(scores - scores.max())
    return e / np.sum(e, axis=0)  # GL407


rng = np.random.default_rng(15)
X = rng.normal(size=(40, 5))
W = rng.normal(size=(5, 3))
y = rng.integers(0, 3, size=40)
p = softmax(X @ W)
nll = -np.mean(np.log(p[np.arange(40), y]))
print(nll, np.mean(p.argmax(axis=1) == y))
