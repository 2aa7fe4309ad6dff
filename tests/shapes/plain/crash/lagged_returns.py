# crash: returns one shorter than prices
# expression: np.diff(price) / price
# says: price\[:-1\]
import numpy as np

rng = np.random.default_rng(12)
price = 100 * np.exp(np.cumsum(0.01 * rng.normal(size=90)))
returns = np.diff(price) / price  # GL106
volatility = returns.std() * np.sqrt(252)
print(volatility)
