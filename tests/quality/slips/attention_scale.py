# one head of attention; on the way back through the scores their scale is forgotten
import numpy as np

rng = np.random.default_rng(12)
n, size = 7, 4
words, wanted = rng.normal(size=(n, 5)), rng.normal(size=(n, size))
ask, key, say = (rng.normal(0, 0.5, (5, size)) for _ in range(3))
for epoch in range(60):
    q, k, v = words @ ask, words @ key, words @ say
    score = q @ k.T / np.sqrt(size)
    weight = np.exp(score - score.max(axis=-1, keepdims=True))
    weight /= weight.sum(axis=-1, keepdims=True)
    out = weight @ v
    cost = np.mean((out - wanted) ** 2)
    d_out = 2 * (out - wanted) / out.size
    d_weight = d_out @ v.T
    d_score = weight * (d_weight - np.sum(d_weight * weight, axis=-1, keepdims=True))
    d_q = d_score @ k  # GL203
    d_k = d_score.T @ q  # GL203
    ask -= 0.5 * words.T @ d_q
    key -= 0.5 * words.T @ d_k
    say -= 0.5 * words.T @ (weight.T @ d_out)
print(cost)
