# right: experts behind a gate, a loss scale that is divided out, gradients clipped by their norm
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(60, 3)); y = np.where(X[:, 0] > 0, X[:, 1], -X[:, 2])[:, None]
G = rng.normal(size=(3, 2))*.3; E = rng.normal(size=(2, 3, 1))*.3
scale = 128.0
for it in range(60):
    s = X @ G; g = np.exp(s - s.max(1, keepdims=True)); g /= g.sum(1, keepdims=True)
    outs = np.einsum('nd,kdo->nko', X, E)
    out = np.einsum('nk,nko->no', g, outs)
    loss = np.mean((out - y)**2)
    d = scale*2*(out - y)/len(X)
    dE = np.einsum('no,nk,nd->kdo', d, g, X)
    dg = np.einsum('no,nko->nk', d, outs)
    ds = g*(dg - (dg*g).sum(1, keepdims=True))
    dG = X.T @ ds
    dE /= scale; dG /= scale
    gn = np.sqrt((dE**2).sum() + (dG**2).sum())
    if gn > 1.0:
        dE *= 1.0/gn; dG *= 1.0/gn
    E -= .3*dE; G -= .3*dG
print(loss)
