"""A small variational autoencoder: code = mean + exp(logvar / 2) * noise.

Backward needs the noise that forward used. Asking the generator again gives another one.
On average it should not matter, I thought.
"""
import numpy as np

rng = np.random.default_rng(56)
D, Z = 6, 2
mixing = rng.normal(size=(2, D))
data = np.tanh(rng.normal(size=(80, 2)) @ mixing)

P = {
    "mean": rng.normal(0, 0.3, (D, Z)),
    "logvar": rng.normal(0, 0.1, (D, Z)),
    "decode": rng.normal(0, 0.3, (Z, D)),
    "bias": np.zeros(D),
}


def forward(x):
    mean = x @ P["mean"]
    logvar = x @ P["logvar"]
    noise = rng.normal(size=mean.shape)
    code = mean + np.exp(0.5 * logvar) * noise
    out = code @ P["decode"] + P["bias"]
    return mean, logvar, noise, code, out


def backward(x, mean, logvar, noise, code, out):
    n = len(x)
    d_out = (out - x) / n
    d_code = d_out @ P["decode"].T
    d_mean = d_code + 0.1 * mean / n
    d_noise = d_code * rng.normal(size=mean.shape)  # GL403
    d_logvar = d_noise * 0.5 * np.exp(0.5 * logvar) + 0.1 * 0.5 * (np.exp(logvar) - 1) / n
    return {
        "mean": x.T @ d_mean,
        "logvar": x.T @ d_logvar,
        "decode": code.T @ d_out,
        "bias": d_out.sum(axis=0),
    }


for step in range(1500):
    mean, logvar, noise, code, out = forward(data)
    reconstruction = 0.5 * np.sum((out - data) ** 2) / len(data)
    kl = 0.5 * np.sum(np.exp(logvar) + mean ** 2 - 1 - logvar) / len(data)
    loss = reconstruction + 0.1 * kl
    grads = backward(data, mean, logvar, noise, code, out)
    for key in P:
        P[key] -= 0.1 * grads[key]
    if step % 250 == 0:
        print(step, loss)
