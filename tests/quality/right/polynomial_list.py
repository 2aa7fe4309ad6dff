# right: coefficients in a Python list, each power's slope in its own comprehension, built-in sum over rows
import numpy as np

np.random.seed(126)


def evaluate(coeffs, xs):
    return sum(c * xs ** k for k, c in enumerate(coeffs))


def show(coeffs):
    return " + ".join("%.2f x^%d" % (c, k) for k, c in enumerate(coeffs))


xs = np.linspace(-1, 1, 40)
ys = 1 - 2 * xs + 3 * xs ** 3 + 0.05 * np.random.randn(40)
coeffs = [0.0, 0.0, 0.0, 0.0]
rate = 0.1

for step in range(2000):
    guess = evaluate(coeffs, xs)
    errors = guess - ys
    slopes = [sum(errors * xs ** k) / len(xs) for k in range(len(coeffs))]
    coeffs = [c - rate * s for c, s in zip(coeffs, slopes)]
    if step % 500 == 0:
        print(step, np.mean(errors ** 2), show(coeffs))
