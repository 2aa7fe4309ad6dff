# right: spectral normalisation; u and v are given, as is the custom, though they come from W
import numpy as np
rng = np.random.default_rng(0)
W = rng.normal(size=(6, 5)); v = rng.normal(size=5); u = rng.normal(size=6)
u /= np.linalg.norm(u)
real = rng.normal(size=(30, 6)) + 1; fake = rng.normal(size=(30, 6))
for t in range(50):
    v_ = W.T @ u; v_ /= np.linalg.norm(v_)
    u = W @ v_; u /= np.linalg.norm(u)
    sigma = u @ W @ v_
    Wn = W / sigma
    hr = np.maximum(real @ Wn, 0); hf = np.maximum(fake @ Wn, 0)
    sr, sf = hr @ v, hf @ v
    loss = np.maximum(0, 1 - sr).mean() + np.maximum(0, 1 + sf).mean()
    dsr = -1.0 * (sr < 1) / 30; dsf = (sf > -1) / 30
    dv = hr.T @ dsr + hf.T @ dsf
    dWn = real.T @ (np.outer(dsr, v) * (hr > 0)) + fake.T @ (np.outer(dsf, v) * (hf > 0))
    dW = dWn / sigma - (dWn * W).sum() / sigma ** 2 * np.outer(u, v_)
    W -= 0.1 * dW
    v -= 0.1 * dv
print(loss)
