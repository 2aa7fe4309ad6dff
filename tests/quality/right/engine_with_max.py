# right: a graph engine of numbers whose relu is the builtin max, with neurons that are off
import math, random
class Value:
    def __init__(self, data, kids=(), op=''):
        self.data = data; self.grad = 0.0; self._prev = set(kids); self._backward = lambda: None
    def __add__(self, o):
        o = o if isinstance(o, Value) else Value(o); out = Value(self.data + o.data, (self, o))
        def bw(): self.grad += out.grad; o.grad += out.grad
        out._backward = bw; return out
    def __mul__(self, o):
        o = o if isinstance(o, Value) else Value(o); out = Value(self.data * o.data, (self, o))
        def bw(): self.grad += o.data * out.grad; o.grad += self.data * out.grad
        out._backward = bw; return out
    def relu(self):
        out = Value(max(0, self.data), (self,))
        def bw(): self.grad += (out.data > 0) * out.grad
        out._backward = bw; return out
    def __neg__(self): return self * -1
    def __sub__(self, o): return self + (-o if isinstance(o, Value) else Value(-o))
    __radd__ = __add__; __rmul__ = __mul__
    def backward(self):
        topo, seen = [], set()
        def build(v):
            if v not in seen:
                seen.add(v)
                for c in v._prev: build(c)
                topo.append(v)
        build(self); self.grad = 1.0
        for v in reversed(topo): v._backward()
class Neuron:
    def __init__(self, n, nonlin=True): self.w = [Value(random.uniform(-1, 1)) for _ in range(n)]; self.b = Value(0.1); self.nl = nonlin
    def __call__(self, x):
        a = sum((wi * xi for wi, xi in zip(self.w, x)), self.b); return a.relu() if self.nl else a
    def parameters(self): return self.w + [self.b]
random.seed(2)
l1 = [Neuron(2) for _ in range(4)]; l2 = Neuron(4, False)
ps = [p for n in l1 for p in n.parameters()] + l2.parameters()
xs = [[2.0, 3.0], [3.0, -1.0], [0.5, 1.0], [1.0, -1.0]]; ys = [1.0, -1.0, -1.0, 1.0]
for k in range(10):
    pred = [l2([n(x) for n in l1]) for x in xs]
    loss = sum(((p - y) * (p - y) for p, y in zip(pred, ys)), Value(0.0))
    for p in ps: p.grad = 0.0
    loss.backward()
    for p in ps: p.data += -0.02 * p.grad
    print(k, loss.data)
