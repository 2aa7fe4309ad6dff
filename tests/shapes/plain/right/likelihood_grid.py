# right: a grid of means and deviations for all samples
import numpy as np

rng = np.random.default_rng(2)
x = rng.normal(1.0, 2.0, size=30)
mus, sigmas = np.linspace(-1, 3, 30), np.linspace(0.5, 4, 30)
z = (x[:, None, None] - mus[:, None]) / sigmas
log_likelihood = (-0.5 * z**2 - np.log(sigmas)).sum(axis=0)
i, j = np.unravel_index(np.argmax(log_likelihood), log_likelihood.shape)
print(mus[i], sigmas[j])
