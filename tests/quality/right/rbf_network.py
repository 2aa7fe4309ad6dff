# right: Gaussian units; centres, log-widths and weights are trained; differences by newaxis broadcasting
import numpy as np

rng = np.random.default_rng(114)
x = rng.uniform(-1, 1, (70, 2))
y = np.exp(-3 * np.sum((x - 0.3) ** 2, axis=1)) - np.exp(-3 * np.sum((x + 0.4) ** 2, axis=1))

centres = rng.uniform(-1, 1, (9, 2))
log_width = np.full(9, -0.7)
weights = np.zeros(9)

for t in range(1200):
    diff = x[:, None, :] - centres[None, :, :]
    dist2 = (diff ** 2).sum(axis=2)
    gamma = np.exp(-2 * log_width)
    phi = np.exp(-0.5 * gamma * dist2)
    out = phi.dot(weights)
    err = out - y
    loss = (err ** 2).mean()

    g_out = 2 * err / len(x)
    g_weights = phi.T.dot(g_out)
    g_phi = np.outer(g_out, weights)
    g_arg = g_phi * phi
    g_centres = (g_arg[:, :, None] * gamma[None, :, None] * diff).sum(axis=0)
    g_log_width = (g_arg * dist2).sum(axis=0) * gamma

    weights -= 0.3 * g_weights
    centres -= 0.3 * g_centres
    log_width -= 0.3 * g_log_width
    if t % 300 == 0:
        print(t, loss)
