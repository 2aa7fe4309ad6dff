# right: hyperparameters of a Gaussian process; the gradient is a trace with a matrix inverse
import numpy as np

rng = np.random.default_rng(125)
x = np.sort(rng.uniform(0, 5, 25))
y = np.sin(2 * x) + 0.1 * rng.normal(size=25)
sq = (x[:, None] - x[None, :]) ** 2

log_len, log_amp, log_noise = 0.5, 0.0, -1.0
for it in range(150):
    length, amp, noise = np.exp(log_len), np.exp(log_amp), np.exp(log_noise)
    K = amp * np.exp(-0.5 * sq / length ** 2)
    C = K + noise * np.eye(len(x))
    inv = np.linalg.inv(C)
    alpha = inv @ y
    sign, logdet = np.linalg.slogdet(C)
    nll = 0.5 * y @ alpha + 0.5 * logdet

    inner = 0.5 * (inv - np.outer(alpha, alpha))
    g_len = np.sum(inner * K * sq / length ** 2)
    g_amp = np.sum(inner * K)
    g_noise = noise * np.trace(inner)
    log_len -= 0.02 * g_len
    log_amp -= 0.02 * g_amp
    log_noise -= 0.02 * g_noise
    if it % 30 == 0:
        print(it, nll, length, amp, noise)
