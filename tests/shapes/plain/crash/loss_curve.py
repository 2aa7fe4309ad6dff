# crash: steps one more than losses
# expression: np.polyfit(np.arange(21), losses, 1)
# says: 20|len\(losses\)|\[1:\]|\[:-1\]
import numpy as np

rng = np.random.default_rng(7)
x, y = rng.normal(size=30), rng.normal(size=30)
w = 0.0
losses = []
for step in range(20):
    r = w * x - y
    losses.append(np.mean(r**2))
    w -= 0.1 * 2 * np.mean(r * x)
slope = np.polyfit(np.arange(21), losses, 1)  # GL106
print(slope)
