# right: an encoder learns in every third round, its decoder in the others
import numpy as np

rng = np.random.default_rng(9)
x, y = rng.normal(size=(20, 4)), rng.normal(size=(20, 2))
enc, dec = rng.normal(size=(4, 3)) * 0.5, rng.normal(size=(3, 2)) * 0.5
for it in range(60):
    code = np.tanh(x @ enc)
    e = code @ dec - y
    loss = (e * e).mean()
    de = 2 * e / e.size
    if it % 3 == 0:
        g_enc = x.T @ (de @ dec.T * (1 - code**2))
        enc -= 0.2 * g_enc
    else:
        g_dec = code.T @ de
        dec -= 0.2 * g_dec
    if it % 10 == 0:
        print(loss)
