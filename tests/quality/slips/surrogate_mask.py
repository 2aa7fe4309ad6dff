# the branches of a clipped surrogate are exchanged: a ratio that is still one says nothing of them
import numpy as np

rng = np.random.default_rng(21)
taste, worth = 0.1 * rng.normal(size=3), np.array([0.0, 1.0, 0.4])
for batch in range(30):
    e = np.exp(taste)
    before = e / e.sum()
    picked = rng.choice(3, 40, p=before)
    gain = worth[picked] - worth @ before
    for epoch in range(4):
        e = np.exp(taste)
        now = e / e.sum()
        ratio = now[picked] / before[picked]
        aim = np.mean(np.minimum(ratio * gain, np.clip(ratio, 0.7, 1.3) * gain))
        counts = np.where(gain < 0, ratio < 1.3, ratio > 0.7)
        weight = counts * gain * ratio / 40  # GL399, GL308
        slope = np.zeros(3)
        np.add.at(slope, picked, weight)
        slope -= weight.sum() * now
        taste = taste + 3.0 * slope
    print(batch, aim)
