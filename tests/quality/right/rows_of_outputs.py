# right: each time step writes its softmax into a row; the loss is worked out after the epoch only
import numpy as np

rng = np.random.default_rng(62)
letters, units = 5, 7
text = rng.integers(0, letters, 40)


def softmax(v):
    e = np.exp(v - np.max(v))
    return e / e.sum()


class Recurrent:
    def __init__(self):
        self.into = rng.normal(0, 0.4, (units, letters))
        self.across = rng.normal(0, 0.4, (units, units))
        self.out = rng.normal(0, 0.4, (letters, units))

    def run(self, seen):
        memory = np.zeros((len(seen) + 1, units))
        guesses = np.zeros((len(seen), letters))
        for t, letter in enumerate(seen):
            memory[t] = np.tanh(self.into[:, letter] + self.across @ memory[t - 1])
            guesses[t] = softmax(self.out @ memory[t])
        return guesses, memory

    def surprise(self, seen, coming):
        guesses, _ = self.run(seen)
        return -np.log(guesses[np.arange(len(coming)), coming]).sum()

    def learn(self, seen, coming, rate):
        guesses, memory = self.run(seen)
        wrong = guesses
        wrong[np.arange(len(coming)), coming] -= 1.0
        d_into, d_across, d_out = (np.zeros_like(w) for w in (self.into, self.across, self.out))
        for t in range(len(coming) - 1, -1, -1):
            d_out += np.outer(wrong[t], memory[t])
            back = (self.out.T @ wrong[t]) * (1 - memory[t] ** 2)
            for k in range(t, -1, -1):
                d_across += np.outer(back, memory[k - 1])
                d_into[:, seen[k]] += back
                back = (self.across.T @ back) * (1 - memory[k - 1] ** 2)
        self.into -= rate * d_into
        self.across -= rate * d_across
        self.out -= rate * d_out


net = Recurrent()
for epoch in range(3):
    for start in range(0, 35, 5):
        net.learn(text[start : start + 5], text[start + 1 : start + 6], 0.05)
    print(epoch, net.surprise(text[:-1], text[1:]))
