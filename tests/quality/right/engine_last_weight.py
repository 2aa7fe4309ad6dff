# right: an engine of numbers; the last weight is only multiplied and added on its way to the loss
import math
import random


class Number:
    def __init__(self, x, kids=(), back=None):
        self.x, self.g, self.kids = x, 0.0, kids
        self.back = back or (lambda: None)

    def __add__(a, b):
        b = b if isinstance(b, Number) else Number(b)
        out = Number(a.x + b.x, (a, b))

        def back():
            a.g += out.g
            b.g += out.g
        out.back = back
        return out

    def __mul__(a, b):
        b = b if isinstance(b, Number) else Number(b)
        out = Number(a.x * b.x, (a, b))

        def back():
            a.g += b.x * out.g
            b.g += a.x * out.g
        out.back = back
        return out

    def tanh(a):
        t = math.tanh(a.x)
        out = Number(t, (a,))

        def back():
            a.g += (1 - t * t) * out.g
        out.back = back
        return out

    def run(self):
        order, seen = [], set()

        def visit(node):
            if node not in seen:
                seen.add(node)
                for kid in node.kids:
                    visit(kid)
                order.append(node)
        visit(self)
        self.g = 1.0
        for node in reversed(order):
            node.back()


random.seed(2)
w = [Number(random.uniform(-1, 1)) for _ in range(6)]
samples = [(0.5, -1.0, 1.0), (1.5, 0.3, 0.0), (-0.7, 0.8, 1.0)]
for k in range(50):
    loss = Number(0.0)
    for a, b, t in samples:
        h = (w[0] * a + w[1] * b + w[2]).tanh()
        miss = w[3] * h + w[4] * a + w[5] + (-t)
        loss = loss + miss * miss
    for p in w:
        p.g = 0.0
    loss.run()
    for p in w:
        p.x -= 0.05 * p.g
    if k % 10 == 0:
        print(loss.x)
