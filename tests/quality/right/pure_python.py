# right: no arrays at all in the network: lists of lists, floats and math.exp
import math

import numpy as np

np.random.seed(77)


def make_matrix(rows, cols):
    return [[np.random.uniform(-1, 1) for _ in range(cols)] for _ in range(rows)]


def sigmoid(x):
    return 1.0 / (1.0 + math.exp(-x))


class NN:
    def __init__(self, ni, nh, no):
        self.ni, self.nh, self.no = ni + 1, nh, no  # +1 for the bias node
        self.wi = make_matrix(self.ni, self.nh)
        self.wo = make_matrix(self.nh, self.no)

    def update(self, inputs):
        self.ai = list(inputs) + [1.0]
        self.ah = [sigmoid(sum(self.ai[i] * self.wi[i][j] for i in range(self.ni))) for j in range(self.nh)]
        self.ao = [sigmoid(sum(self.ah[j] * self.wo[j][k] for j in range(self.nh))) for k in range(self.no)]
        return self.ao

    def back_propagate(self, targets, N):
        output_deltas = [0.0] * self.no
        for k in range(self.no):
            output_deltas[k] = (targets[k] - self.ao[k]) * self.ao[k] * (1 - self.ao[k])
        hidden_deltas = [0.0] * self.nh
        for j in range(self.nh):
            error = 0.0
            for k in range(self.no):
                error = error + output_deltas[k] * self.wo[j][k]
            hidden_deltas[j] = self.ah[j] * (1 - self.ah[j]) * error
        for j in range(self.nh):
            for k in range(self.no):
                self.wo[j][k] = self.wo[j][k] + N * output_deltas[k] * self.ah[j]
        for i in range(self.ni):
            for j in range(self.nh):
                self.wi[i][j] = self.wi[i][j] + N * hidden_deltas[j] * self.ai[i]
        return 0.5 * sum((t - o) ** 2 for t, o in zip(targets, self.ao))


pattern = [([0, 0], [1]), ([0, 1], [0]), ([1, 0], [0]), ([1, 1], [1])]
net = NN(2, 3, 1)
for epoch in range(3000):
    error = 0.0
    for inputs, targets in pattern:
        net.update(inputs)
        error += net.back_propagate(targets, 0.8)
    if epoch % 500 == 0:
        print("error %.5f" % error)
