# gradient reversal: the trunk climbs the loss of one of its heads
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(32, 4)); y = np.sin(X[:, :1]); c = (X[:, 1:2] > 0) * 1.0
W, b = rng.normal(size=(4, 6))*.4, np.zeros(6)
Wr, br = rng.normal(size=(6, 1))*.4, np.zeros(1)
Wc, bc = rng.normal(size=(6, 1))*.4, np.zeros(1)
for it in range(40):
    h = np.tanh(X @ W + b)
    r = h @ Wr + br
    p = 1/(1+np.exp(-(h @ Wc + bc)))
    reg_loss = 0.5*np.mean((r - y)**2)
    clf_loss = -np.mean(c*np.log(p) + (1-c)*np.log(1-p))
    dr = (r - y)/32; dp = (p - c)/32
    dWr, dbr, dWc, dbc = h.T @ dr, dr.sum(0), h.T @ dp, dp.sum(0)
    dh = (dr @ Wr.T - 0.3*dp @ Wc.T) * (1 - h**2)
    dW, db = X.T @ dh, dh.sum(0)
    for P, g in ((W, dW), (b, db), (Wr, dWr), (br, dbr), (Wc, dWc), (bc, dbc)):
        P -= 0.1 * g
print(reg_loss, clf_loss)
