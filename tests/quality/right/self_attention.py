# right: causal self-attention with a residual; the input reaches the output by four roads and all are summed
import numpy as np

rng = np.random.default_rng(121)
B, T, D = 6, 5, 4
X0 = rng.normal(size=(B, T, D))
target = np.cumsum(X0, axis=1)[..., :1] / np.arange(1, T + 1)[None, :, None]
mask = np.triu(np.full((T, T), -1e9), k=1)

We, Wq, Wk, Wv = [rng.normal(0, 0.5, (D, D)) for _ in range(4)]
Wo = rng.normal(0, 0.5, (D, 1))

for it in range(500):
    X = X0 @ We
    Q, K, V = X @ Wq, X @ Wk, X @ Wv
    S = Q @ K.transpose(0, 2, 1) / np.sqrt(D) + mask
    A = np.exp(S - S.max(axis=-1, keepdims=True))
    A = A / A.sum(axis=-1, keepdims=True)
    H = A @ V + X
    Y = H @ Wo
    loss = 0.5 * np.mean((Y - target) ** 2)

    dY = (Y - target) / Y.size
    dWo = np.tensordot(H, dY, axes=([0, 1], [0, 1]))
    dH = dY @ Wo.T
    dA = dH @ V.transpose(0, 2, 1)
    dV = A.transpose(0, 2, 1) @ dH
    dS = A * (dA - (dA * A).sum(axis=-1, keepdims=True)) / np.sqrt(D)
    dQ = dS @ K
    dK = dS.transpose(0, 2, 1) @ Q
    XT = X.transpose(0, 2, 1)
    dWq, dWk, dWv = (XT @ dQ).sum(axis=0), (XT @ dK).sum(axis=0), (XT @ dV).sum(axis=0)
    dX = dQ @ Wq.T + dK @ Wk.T + dV @ Wv.T + dH
    dWe = (X0.transpose(0, 2, 1) @ dX).sum(axis=0)

    for W, dW in ((We, dWe), (Wq, dWq), (Wk, dWk), (Wv, dWv), (Wo, dWo)):
        W -= 0.5 * dW
    if it % 100 == 0:
        print(it, loss)
