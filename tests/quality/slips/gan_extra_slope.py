# a GAN with both losses first: the generator takes the slope of a squared error
import numpy as np
rng = np.random.default_rng(0)
sig = lambda x: 1/(1+np.exp(-x))
Wg, bg = rng.normal(size=(3, 2))*.5, np.zeros(2)
Wd, bd = rng.normal(size=(2, 1))*.5, np.zeros(1)
for it in range(50):
    z = rng.normal(size=(16, 3)); real = rng.normal(1, .3, size=(16, 2))
    fake = z @ Wg + bg
    pr, pf = sig(real @ Wd + bd), sig(fake @ Wd + bd)
    d_loss = -np.mean(np.log(pr) + np.log(1 - pf))
    g_loss = -np.mean(np.log(pf))
    dpr, dpf = (pr - 1) / 16, pf / 16
    dWd = real.T @ dpr + fake.T @ dpf
    dbd = (dpr + dpf).sum(0)
    gpf = (pf - 1) / 16
    dfake = gpf * pf * (1 - pf) @ Wd.T  # GL312 GL303
    dWg = z.T @ dfake
    dbg = dfake.sum(0)
    Wd -= .1 * dWd; bd -= .1 * dbd
    Wg -= .1 * dWg; bg -= .1 * dbg
print(d_loss, g_loss)
