# says: keepdims=True|\[:, None\]
import numpy as np
rng = np.random.default_rng(4)
counts = rng.poisson(3, size=(12, 20))
theta = rng.dirichlet(np.ones(3), size=12)
phi = rng.dirichlet(np.ones(20), size=3)
for it in range(30):
    joint = theta[:, :, None] * phi[None]
    resp = joint / joint.sum(axis=1, keepdims=True)
    nz = counts[:, None, :] * resp
    theta = nz.sum(axis=2) / nz.sum(axis=(1, 2))[:, None]
    phi = nz.sum(axis=0) / nz.sum(axis=(0, 2))  # GL106
print(theta.sum(axis=1))
