import numpy as np

x = np.linspace(-2, 2, 25)
y = np.linspace(-1, 1, 25).reshape(-1, 1)
height = np.exp(-(x ** 2 + y ** 2))
print(height.sum() * (x[1] - x[0]) * (y[1, 0] - y[0, 0]))
