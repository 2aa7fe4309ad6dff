# right: a temperature for each row
import numpy as np

rng = np.random.default_rng(17)
logits = rng.normal(size=4)
temperature = np.array([0.5, 1.0, 2.0, 4.0])
scaled = logits / temperature[:, None]
p = np.exp(scaled - scaled.max(axis=1, keepdims=True))
p /= p.sum(axis=1, keepdims=True)
entropy = -(p * np.log(p)).sum(axis=1)
print(entropy, p.mean(axis=0))
