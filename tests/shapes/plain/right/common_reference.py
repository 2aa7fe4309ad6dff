# right: channels against their common mean, signals without an offset
import numpy as np

rng = np.random.default_rng(1)
eeg = rng.normal(size=(500, 8))
referenced = eeg - eeg.mean(axis=1, keepdims=True)
cov = referenced.T @ referenced / len(eeg)
print(np.linalg.eigvalsh(cov))
