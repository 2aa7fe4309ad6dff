# Units with lists of weights: the upper one is moved while its weights still hand the error down.
import math
import random

random.seed(3)


class Unit:
    def __init__(self, n):
        self.w = [random.uniform(-1, 1) for _ in range(n)]
        self.bias = random.uniform(-1, 1)

    def act(self, ins):
        self.ins = ins
        s = self.bias
        for a, b in zip(self.w, ins):
            s += a * b
        self.out = math.tanh(s)
        return self.out


hidden = [Unit(2) for _ in range(3)]
top = Unit(3)
table = [([0.2, 0.7], 0.5), ([-0.4, 0.1], -0.3), ([0.9, -0.8], 0.2), ([0.3, 0.3], 0.6)]
for epoch in range(100):
    sse = 0.0
    for ins, want in table:
        y = top.act([u.act(ins) for u in hidden])
        sse += 0.5 * (y - want) ** 2
        top.delta = (y - want) * (1 - y * y)
        for j, u in enumerate(hidden):
            top.w[j] -= 0.2 * top.delta * u.out
            u.delta = top.delta * top.w[j] * (1 - u.out**2)  # GL307
        top.bias -= 0.2 * top.delta
        for u in hidden:
            for k in range(len(u.w)):
                u.w[k] -= 0.2 * u.delta * u.ins[k]
            u.bias -= 0.2 * u.delta
    if epoch % 50 == 0:
        print(epoch, sse)
