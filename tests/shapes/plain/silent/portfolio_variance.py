# silent: element by element for a matrix product
# expression: w * cov
import numpy as np

rng = np.random.default_rng(12)
returns = rng.normal(0.001, 0.02, size=(250, 5))
cov = np.cov(returns, rowvar=False)
w = np.array([0.4, 0.2, 0.2, 0.1, 0.1])
variance = w * cov @ w  # GL306
volatility = np.sqrt(252 * variance)
sharpe = 252 * returns.mean(axis=0) @ w / volatility
print(f"Sharpe {sharpe}")
