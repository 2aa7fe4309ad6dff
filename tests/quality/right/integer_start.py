# right: m and c start as the integer 0 and are numbers, not arrays
import numpy as np

np.random.seed(10)
X = np.random.uniform(20, 70, 100) / 10
Y = 1.7 * X + 4 + np.random.randn(100)

m = 0
c = 0
L = 0.01  # learning rate
epochs = 1000
n = float(len(X))

for i in range(epochs):
    Y_pred = m * X + c
    D_m = (-2 / n) * sum(X * (Y - Y_pred))
    D_c = (-2 / n) * sum(Y - Y_pred)
    m = m - L * D_m
    c = c - L * D_c

print(m, c)
