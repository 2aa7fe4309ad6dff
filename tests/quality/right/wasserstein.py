# right: a critic whose loss is a difference of means (its last layer learns from others only), with clipped weights
import numpy as np
rng = np.random.default_rng(0)
Wg, bg = rng.normal(size=(2, 1))*.5, np.zeros(1)
w1, c1, w2 = rng.normal(size=(1, 8))*.5, np.zeros(8), rng.normal(size=(8, 1))*.5
def critic(x):
    h = np.maximum(x @ w1 + c1, 0)
    return h, h @ w2
for it in range(40):
    for k in range(3):
        z = rng.normal(size=(32, 2)); real = rng.normal(3, 1, size=(32, 1))
        fake = z @ Wg + bg
        hr, fr = critic(real); hf, ff = critic(fake)
        loss_c = ff.mean() - fr.mean()
        g = np.ones((32, 1)) / 32
        dw2 = hf.T @ g - hr.T @ g
        dhf = (g @ w2.T) * (hf > 0); dhr = (-g @ w2.T) * (hr > 0)
        dw1 = fake.T @ dhf + real.T @ dhr
        dc1 = dhf.sum(0) + dhr.sum(0)
        w1 -= .05*dw1; c1 -= .05*dc1; w2 -= .05*dw2
        w1 = np.clip(w1, -.5, .5); c1 = np.clip(c1, -.5, .5); w2 = np.clip(w2, -.5, .5)
    z = rng.normal(size=(32, 2)); fake = z @ Wg + bg
    hf, ff = critic(fake)
    loss_g = -ff.mean()
    d = (-np.ones((32, 1))/32 @ w2.T) * (hf > 0) @ w1.T
    Wg -= .05 * z.T @ d; bg -= .05 * d.sum(0)
