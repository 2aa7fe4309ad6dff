# right: im2col by stacking strides, max-pool ties shared by an equality mask, mean cross-entropy
import numpy as np

np.random.seed(111)
N, S, K, F = 24, 7, 3, 4
OUT = S - K + 1


def im2col(x):
    cols = [x[:, i:i + OUT, j:j + OUT] for i in range(K) for j in range(K)]
    return np.stack(cols, axis=-1).reshape(-1, K * K)


labels = np.random.randint(0, 3, N)
x = np.random.randn(N, S, S) * 0.3
x[labels == 0, 2:5, 2:5] += 1
x[labels == 1, :, 3] += 1
x[labels == 2, 3, :] += 1

Wc = np.random.randn(K * K, F) * 0.4
bc = np.zeros(F)
Wf = np.random.randn(F, 3) * 0.4
bf = np.zeros(3)
cols = im2col(x)

for it in range(400):
    conv = (cols @ Wc + bc).reshape(N, OUT * OUT, F)
    act = np.maximum(conv, 0)
    top = act.max(axis=1)
    scores = top @ Wf + bf
    scores -= scores.max(axis=1, keepdims=True)
    logp = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    loss = -logp[np.arange(N), labels].mean()

    d = np.exp(logp)
    d[np.arange(N), labels] -= 1
    d /= N
    gWf = top.T @ d
    gbf = d.sum(axis=0)
    dtop = d @ Wf.T
    hit = act == top[:, None, :]
    dact = hit * dtop[:, None, :] / hit.sum(axis=1, keepdims=True)
    dconv = (dact * (conv > 0)).reshape(-1, F)
    gWc = cols.T @ dconv
    gbc = dconv.sum(axis=0)

    Wc -= 0.3 * gWc
    bc -= 0.3 * gbc
    Wf -= 0.3 * gWf
    bf -= 0.3 * gbf
    if it % 100 == 0:
        print(it, loss)
