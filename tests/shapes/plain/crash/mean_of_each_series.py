# says: keepdims=True
import numpy as np

rng = np.random.default_rng(0)
series = rng.normal(size=(4, 50))
calm = series - series.mean(axis=1)  # GL106
