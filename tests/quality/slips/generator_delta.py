# A generator's delta is that of the other side's loss: the 1 of log D is not taken away.
import numpy as np
rng = np.random.default_rng(5)
Wg, bg = rng.normal(size=(2, 1)), np.zeros(1)
Wd, bd = rng.normal(size=(1, 1)), np.zeros(1)
s = lambda x: 1 / (1 + np.exp(-x))
for i in range(20):
    real = rng.normal(4, 1, (32, 1)); z = rng.normal(size=(32, 2))
    fake = z @ Wg + bg
    dr, df = s(real @ Wd + bd), s(fake @ Wd + bd)
    lossD = -np.mean(np.log(dr) + np.log(1 - df))
    er, ef = (dr - 1) / 32, df / 32
    gWd = real.T @ er + fake.T @ ef; gbd = er.sum(0) + ef.sum(0)
    Wd = Wd - .05 * gWd; bd = bd - .05 * gbd
    z = rng.normal(size=(32, 2)); fake = z @ Wg + bg
    df = s(fake @ Wd + bd)
    lossG = -np.mean(np.log(df))
    ef = df / 32  # GL399 GL312 GL309
    dx = ef @ Wd.T
    Wg = Wg - .05 * (z.T @ dx); bg = bg - .05 * dx.sum(0)
    if i % 5 == 0: print(lossD, lossG)
