# right: values of actions in a world whose state moves by what was chosen, not by any gradient
import numpy as np

rng = np.random.default_rng(52)


class Pendulum:
    def reset(self):
        self.state = 0.1 * rng.normal(size=3)
        self.age = 0
        return self.state.copy()

    def step(self, push):
        turn, speed, wind = self.state
        self.state = self.state + 0.1 * np.array([speed, turn + 2 * push - 1, -wind])
        self.age += 1
        return self.state.copy(), 1.0, bool(abs(self.state[0]) > 0.6 or self.age > 30)


W1, b1 = rng.normal(size=(3, 8)), np.zeros(8)
W2, b2 = 0.3 * rng.normal(size=(8, 2)), np.zeros(2)


def values(s):
    h = np.tanh(s @ W1 + b1)
    return h, h @ W2 + b2


world = Pendulum()
for episode in range(6):
    s, over, total = world.reset(), False, 0.0
    while not over:
        push = int(rng.integers(2)) if rng.random() < 0.3 else int(np.argmax(values(s)[1]))
        after, reward, over = world.step(push)
        target = reward if over else reward + 0.9 * np.max(values(after)[1])
        h, q = values(s)
        d = np.zeros(2)
        d[push] = q[push] - target
        dh = (W2 @ d) * (1 - h**2)
        W2 -= 0.05 * np.outer(h, d)
        b2 -= 0.05 * d
        W1 -= 0.05 * np.outer(s, dh)
        b1 -= 0.05 * dh
        s, total = after, total + reward
    print(episode, total)
