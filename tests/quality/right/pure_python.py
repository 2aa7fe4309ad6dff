# right: NumPy only makes the data; the network is lists of lists, floats and math.exp
import math

import numpy as np

np.random.seed(77)


def logistic(v):
    return 1.0 / (1.0 + math.exp(-v))


def weighted(row, values):
    return sum(a * b for a, b in zip(row, values))


def table(rows, columns):
    return np.random.uniform(-1, 1, (rows, columns)).tolist()


lower = table(4, 3)  # 4 hidden units, 2 inputs and a constant
upper = table(1, 5)  # 1 output, 4 hidden units and a constant
RATE = 0.6


def train_one(point, wanted):
    inputs = point + [1.0]
    hidden = [logistic(weighted(row, inputs)) for row in lower] + [1.0]
    output = [logistic(weighted(row, hidden)) for row in upper]
    cost = 0.5 * sum((o - w) ** 2 for o, w in zip(output, wanted))

    top = [(o - w) * o * (1 - o) for o, w in zip(output, wanted)]
    below = []
    for j in range(4):
        blame = 0.0
        for k in range(len(top)):
            blame += top[k] * upper[k][j]
        below.append(blame * hidden[j] * (1 - hidden[j]))

    for k in range(len(upper)):
        for j in range(5):
            upper[k][j] -= RATE * top[k] * hidden[j]
    for j in range(4):
        for i in range(3):
            lower[j][i] -= RATE * below[j] * inputs[i]
    return cost


points = np.random.uniform(-1, 1, (30, 2)).tolist()
labels = [[float(x * y > 0)] for x, y in points]
for epoch in range(600):
    total = 0.0
    for point, wanted in zip(points, labels):
        total += train_one(point, wanted)
    if epoch % 100 == 0:
        print("epoch %d  cost %.4f" % (epoch, total))
