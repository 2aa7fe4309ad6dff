# silent: weights as a column
# expression: weight * price
import numpy as np

table = np.array([[101.2, 3], [100.7, 10], [102.4, 1], [99.9, 7], [100.1, 5]])
price = table[:, 0]
weight = table[:, [1]]
vwap = np.sum(weight * price) / np.sum(weight)  # GL102
print("volume weighted price", vwap)
