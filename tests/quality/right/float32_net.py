# right: everything is float32, so differences from exact arithmetic are of the order 1e-6
import numpy as np

rng = np.random.default_rng(23)
f32 = np.float32

X = rng.standard_normal((64, 5)).astype(f32)
T = np.tanh(X @ rng.standard_normal((5, 2)).astype(f32))

W1 = (rng.standard_normal((5, 12)) * 0.4).astype(f32)
b1 = np.zeros(12, dtype=f32)
W2 = (rng.standard_normal((12, 2)) * 0.4).astype(f32)
b2 = np.zeros(2, dtype=f32)
lr = f32(0.1)

for epoch in range(800):
    z = X @ W1 + b1
    a = np.where(z > 0, z, f32(0.1) * z)
    o = a @ W2 + b2
    loss = np.mean(np.square(o - T), dtype=f32)

    do = 2 * (o - T) / f32(o.size)
    gW2 = a.T @ do
    gb2 = do.sum(axis=0)
    da = do @ W2.T
    dz = np.where(z > 0, da, f32(0.1) * da)
    gW1 = X.T @ dz
    gb1 = dz.sum(axis=0)

    W1 -= lr * gW1
    b1 -= lr * gb1
    W2 -= lr * gW2
    b2 -= lr * gb2
    if epoch % 200 == 0:
        print(epoch, loss, W1.dtype)
