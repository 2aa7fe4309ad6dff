# right: mini-batches, weight decay, a learning rate that shrinks, the loss of the whole set printed
import numpy as np

def init(sizes, seed=0):
    rng = np.random.default_rng(seed)
    return {f"{k}{i}": (rng.standard_normal((sizes[i], sizes[i-1])) * np.sqrt(2 / sizes[i-1]) if k == "W" else np.zeros((sizes[i], 1))) for i in range(1, len(sizes)) for k in "Wb"}

def fwd(P, X):
    A, caches, L = X, [], len(P) // 2
    for i in range(1, L + 1):
        Z = P[f"W{i}"] @ A + P[f"b{i}"]
        caches.append((A, Z))
        if i < L:
            A = np.maximum(Z, 0)
        else:
            E = np.exp(Z - Z.max(axis=0)); A = E / E.sum(axis=0)
    return A, caches

def bwd(P, caches, probs, Y, lam):
    G, L, m = {}, len(caches), Y.shape[1]
    dZ = (probs - Y) / m
    for i in range(L, 0, -1):
        A, _ = caches[i-1]
        G[f"W{i}"] = dZ @ A.T + lam / m * P[f"W{i}"]
        G[f"b{i}"] = dZ.sum(axis=1, keepdims=True)
        if i > 1:
            dZ = P[f"W{i}"].T @ dZ
            dZ[caches[i-2][1] <= 0] = 0
    return G

rng = np.random.default_rng(1)
X = rng.standard_normal((5, 200)); lab = (X[0] > 0) * 1 + (X[1] > 0) * 1
Y = np.eye(3)[lab].T
P = init([5, 16, 8, 3])
lr = 0.5
for ep in range(30):
    order = rng.permutation(200)
    for k in range(0, 200, 32):
        idx = order[k:k+32]
        probs, caches = fwd(P, X[:, idx])
        G = bwd(P, caches, probs, Y[:, idx], 1e-3)
        for name in P:
            P[name] -= lr * G[name]
    lr *= 0.95
    probs, _ = fwd(P, X)
    print(ep, -np.log(probs[lab, range(200)]).mean())
