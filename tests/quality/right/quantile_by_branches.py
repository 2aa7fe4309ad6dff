# right: a quantile regression; its gradient is made of data that a branch chooses, and of nothing else
import numpy as np

rng = np.random.default_rng(33)
sky = rng.normal(size=(30, 3))
rain = sky @ [0.5, 1.0, -1.0] + rng.normal(size=30)
tau = 0.8
slope, level = np.zeros(3), 0.0
for t in range(200):
    pinball, g_slope, g_level = 0.0, np.zeros(3), 0.0
    for x, y in zip(sky, rain):
        e = y - (x @ slope + level)
        if e >= 0:
            pinball += tau * e
            g_slope += -tau * x
            g_level += -tau
        else:
            pinball += (tau - 1) * e
            g_slope += (1 - tau) * x
            g_level += 1 - tau
    slope -= 0.01 * g_slope / 30
    level -= 0.01 * g_level / 30
    if t % 50 == 0:
        print(t, pinball / 30)
