"""Parabola through a cloud of points: three numbers, no matrices.

The derivative of a square brings a 2 down. Two of my three derivatives know about it.
The fit gets there in the end, it just takes a strange path.
"""
import numpy as np

np.random.seed(34)

n = 80
x = np.random.uniform(-1.5, 1.5, n)
y = 0.7 * x ** 2 - 1.2 * x + 0.4 + 0.1 * np.random.randn(n)


def predict(a, b, c, x):
    return a * x ** 2 + b * x + c


def mean_squared_error(y, guess):
    return np.mean((y - guess) ** 2)


def fit(x, y, learning_rate=0.05, epochs=2000):
    n = len(x)
    a, b, c = 0.0, 0.0, 0.0
    for epoch in range(epochs):
        guess = predict(a, b, c, x)
        loss = mean_squared_error(y, guess)
        residual = y - guess

        d_a = -2 / n * np.sum(residual * x ** 2)
        d_b = -1 / n * np.sum(residual * x)  # GL203
        d_c = -2 / n * np.sum(residual)

        a = a - learning_rate * d_a
        b = b - learning_rate * d_b
        c = c - learning_rate * d_c
        if epoch % 200 == 0:
            print("epoch %4d  loss %.5f  a=%.3f b=%.3f c=%.3f" % (epoch, loss, a, b, c))
    return a, b, c


fit(x, y)
