# A hinge in lists of numbers; the bias has the sign of its gradient turned round.
import random

random.seed(1)
fruit = [([random.gauss(1, 1), random.gauss(0.5, 1)], 1) for _ in range(12)]
fruit += [([random.gauss(-1, 1), random.gauss(-0.5, 1)], -1) for _ in range(12)]
w = [0.3, -0.2]
b = 0.1
lam = 0.01
for epoch in range(30):
    gw = [2 * lam * w[0], 2 * lam * w[1]]
    gb = 0.0  # as many of one side as of the other: zero while all lie within the margin
    loss = lam * (w[0] ** 2 + w[1] ** 2)
    for x, side in fruit:
        margin = side * (w[0] * x[0] + w[1] * x[1] + b)
        if margin < 1:
            loss += (1 - margin) / len(fruit)
            gw[0] -= side * x[0] / len(fruit)
            gw[1] -= side * x[1] / len(fruit)
            gb += side / len(fruit)  # GL204
    w[0] -= 0.05 * gw[0]
    w[1] -= 0.05 * gw[1]
    b -= 0.05 * gb
    print(epoch, loss)
