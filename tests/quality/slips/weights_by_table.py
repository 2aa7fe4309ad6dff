# plain numbers; the table gives one weight another input than its unit reads, the line itself is right
import math

inputs = [0.5, -0.3, 0.9]
low, high = [0.4, -0.6, 0.7], [0.8, -0.5]
reads = [(0, 0), (1, 1), (1, 1)]
for turn in range(50):
    a = math.tanh(low[0] * inputs[0])
    b = math.tanh(low[1] * inputs[1] + low[2] * inputs[2])
    out = high[0] * a + high[1] * b
    miss = out - 0.25
    back = [miss * high[0] * (1 - a * a), miss * high[1] * (1 - b * b)]
    for k, unit in enumerate([a, b]):
        slope = miss * unit
        high[k] -= 0.1 * slope
    for k, (unit, source) in enumerate(reads):
        slope = back[unit] * inputs[source]  # GL308
        low[k] -= 0.1 * slope
