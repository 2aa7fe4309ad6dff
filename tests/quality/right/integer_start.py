# right: slope and offset start as the integer 0 and are numbers, not arrays
import numpy as np

np.random.seed(10)
hours = np.random.uniform(2, 7, 100)
grade = 1.7 * hours + 4 + np.random.randn(100)

slope = 0
offset = 0
L = 0.01  # learning rate
n = float(len(hours))


def error(slope, offset):
    return sum((grade - slope * hours - offset) ** 2) / n


print("error at the start", error(slope, offset))
for i in range(1000):
    line = slope * hours + offset
    missing = grade - line
    D_slope = (-2 / n) * sum(hours * missing)
    D_offset = (-2 / n) * sum(missing)
    slope = slope - L * D_slope
    offset = offset - L * D_offset

print("error at the end", error(slope, offset))
print("grade =", slope, "* hours +", offset)
