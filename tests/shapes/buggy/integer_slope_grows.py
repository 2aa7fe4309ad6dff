# silent: a slope that starts as the integer 0 takes the gradient of every sample
# expression: x * miss
# fixed:     d_slope = -2 * np.sum(x * miss) / len(x)
import numpy as np

rng = np.random.default_rng(8)
x = rng.uniform(0, 4, 25)
y = 1.5 * x - 2 + 0.3 * rng.normal(size=25)
slope, start = 0, 0
pace = 0.02

for epoch in range(200):
    miss = y - (slope * x + start)
    print("mean squared error", np.mean(miss ** 2))
    d_slope = -2 * (x * miss) / len(x)  # GL206
    d_start = -2 * np.sum(miss) / len(x)
    slope = slope - pace * d_slope  # also GL103
    start = start - pace * d_start
