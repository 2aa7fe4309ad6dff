# right: backward overwrites the probabilities and the hidden gradient on purpose
import numpy as np

np.random.seed(42)

# three petals: the class says which third of the circle a point leans to
label = np.random.randint(0, 3, 240)
turn = 2 * np.pi * label / 3 + np.random.randn(240) * 0.35
reach = np.random.uniform(0.4, 1.6, 240)
points = np.column_stack([reach * np.cos(turn + reach), reach * np.sin(turn + reach)])
rows = np.arange(len(points))

hidden_w, hidden_b = np.random.randn(2, 24) * 0.4, np.zeros((1, 24))
class_w, class_b = np.random.randn(24, 3) * 0.4, np.zeros((1, 3))
decay = 1e-3

for sweep in range(600):
    hidden = points @ hidden_w + hidden_b
    hidden[hidden < 0] = 0
    p = hidden @ class_w + class_b
    p -= p.max(axis=1, keepdims=True)
    np.exp(p, out=p)
    p /= p.sum(axis=1, keepdims=True)

    fit = -np.mean(np.log(p[rows, label]))
    total = fit + decay / 2 * ((hidden_w ** 2).sum() + (class_w ** 2).sum())
    if sweep % 100 == 0:
        print("sweep", sweep, "loss", total)

    # p becomes its own gradient
    p[rows, label] -= 1
    p /= len(points)
    g_class_w = hidden.T @ p
    g_class_b = p.sum(axis=0, keepdims=True)
    g = p @ class_w.T
    g[hidden == 0] = 0
    g_hidden_w = points.T @ g
    g_hidden_b = g.sum(axis=0, keepdims=True)
    g_class_w += decay * class_w
    g_hidden_w += decay * hidden_w

    for value, slope in ((hidden_w, g_hidden_w), (hidden_b, g_hidden_b), (class_w, g_class_w), (class_b, g_class_b)):
        value += -0.8 * slope
