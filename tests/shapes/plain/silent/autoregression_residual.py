# silent: a forecast as a column
# expression: target - forecast
import numpy as np

rng = np.random.default_rng(16)
series = np.cumsum(rng.normal(size=120))
p = 3
lags = np.array([series[i : i + p] for i in range(len(series) - p)])
target = series[p:]
coef = np.linalg.inv(lags.T @ lags) @ lags.T @ target[:, np.newaxis]
forecast = lags @ coef
residual = target - forecast  # GL102
sigma = np.sqrt(np.sum(residual ** 2) / (len(target) - p))
print("sigma", sigma)
