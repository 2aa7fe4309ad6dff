# silent: likelihoods as a column
# expression: weights * likelihood
import numpy as np

rng = np.random.default_rng(1)
N = 200
particles = rng.normal(0, 2, size=(N, 1))
weights = np.ones(N) / N
truth = 0.0
for t in range(10):
    truth += 0.3
    z = truth + 0.2 * rng.normal()
    particles = particles + 0.3 + 0.1 * rng.normal(size=(N, 1))
    likelihood = np.exp(-0.5 * ((z - particles) / 0.2) ** 2)
    weights = np.ones(N) / N
    weights = weights * likelihood  # GL102
    weights = weights / weights.sum()
    estimate = np.sum(weights * particles)
    print(t, truth, estimate)
