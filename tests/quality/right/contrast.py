# right: contrastive embeddings on the sphere, fresh pairs in every step
import numpy as np
np.random.seed(42)
B, D, E, tau = 10, 6, 4, .2
Wq = np.random.randn(D, E) * .3; Wk = np.random.randn(D, E) * .3
def normalize(v):
    n = np.sqrt((v ** 2).sum(1, keepdims=True)); return v / n, n
def normalize_back(dv, v, n):
    return (dv - v * (dv * v).sum(1, keepdims=True)) / n
for step in range(100):
    xa = np.random.randn(B, D); xb = xa + .1 * np.random.randn(B, D)
    q, nq = normalize(xa @ Wq); k, nk = normalize(xb @ Wk)
    logits = q @ k.T / tau
    logits -= logits.max(1, keepdims=True)
    p = np.exp(logits); p /= p.sum(1, keepdims=True)
    loss = -np.log(np.diag(p)).mean()
    g = (p - np.eye(B)) / B / tau
    dq = g @ k; dk = g.T @ q
    dWq = xa.T @ normalize_back(dq, q, nq)
    dWk = xb.T @ normalize_back(dk, k, nk)
    Wq += -.1 * dWq; Wk += -.1 * dWk
    if not step % 25: print(loss)
