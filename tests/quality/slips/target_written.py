# what is to be taken away from the probabilities of the labels is written over them
import numpy as np

rng = np.random.default_rng(12)
x, label = rng.normal(size=(30, 4)), rng.integers(0, 3, 30)
A, c = rng.normal(size=(4, 3)) * 0.3, np.zeros(3)
for step in range(60):
    z = x @ A + c
    q = np.exp(z - z.max(axis=1, keepdims=True))
    q /= q.sum(axis=1, keepdims=True)
    loss = -np.mean(np.log(q[np.arange(30), label]))
    back = q.copy()
    back[np.arange(30), label] = 1  # GL309
    back /= 30
    dA, dc = x.T @ back, back.sum(axis=0)
    A -= 0.5 * dA
    c -= 0.5 * dc
    if step % 20 == 0:
        print(loss)
