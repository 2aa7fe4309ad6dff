# crash: assets in rows
# expression: returns @ weights
# says: returns\.T @ weights|weights @ returns
import numpy as np

rng = np.random.default_rng(9)
names = ["A", "B", "C", "D"]
returns = np.array([rng.normal(0.001, 0.02, 60) for _ in names])
weights = np.ones(len(names)) / len(names)
daily = returns @ weights  # GL106
wealth = np.cumprod(1 + daily)
print(wealth[-1], daily.std())
