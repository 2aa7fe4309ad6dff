# Of two models one loses a weight: =- for -=.
import numpy as np

rng = np.random.default_rng(119)
gw, gb = rng.normal(0, 0.5, (2, 1)), np.zeros(1)
dw1, db1 = rng.normal(0, 0.5, (1, 6)), np.zeros(6)
dw2, db2 = rng.normal(0, 0.5, (6, 1)), np.zeros(1)
BATCH = 16


def discriminate(x):
    h = np.tanh(x @ dw1 + db1)
    return 1 / (1 + np.exp(-(h @ dw2 + db2))), h


def discriminator_gradients(x, h, d_logit):
    d_h = (d_logit @ dw2.T) * (1 - h ** 2)
    return x.T @ d_h, d_h.sum(axis=0), h.T @ d_logit, d_logit.sum(axis=0), d_h @ dw1.T


for step in range(800):
    real = rng.normal(3.0, 0.5, (BATCH, 1))
    z = rng.normal(size=(BATCH, 2))

    fake = z @ gw + gb
    p_real, h_real = discriminate(real)
    p_fake, h_fake = discriminate(fake)
    loss_d = -np.mean(np.log(p_real)) - np.mean(np.log(1 - p_fake))
    on_real = discriminator_gradients(real, h_real, (p_real - 1) / BATCH)
    on_fake = discriminator_gradients(fake, h_fake, p_fake / BATCH)
    for param, r, f in zip((dw1, db1, dw2, db2), on_real, on_fake):
        param -= 0.1 * (r + f)

    fake = z @ gw + gb
    p_fake, h_fake = discriminate(fake)
    loss_g = -np.mean(np.log(p_fake))
    d_fake = discriminator_gradients(fake, h_fake, (p_fake - 1) / BATCH)[-1]
    g_gw = z.T @ d_fake
    g_gb = d_fake.sum(axis=0)
    gw =- 0.05 * g_gw  # GL408
    gb -= 0.05 * g_gb
    if step % 200 == 0:
        print(step, loss_d, loss_g, fake.mean())
