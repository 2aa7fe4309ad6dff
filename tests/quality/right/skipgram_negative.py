# right: word2vec with negative samples drawn in every forward pass, rows updated by fancy index
import numpy as np

rng = np.random.default_rng(108)
sentence = "one day a fox met a crow and the crow had a cheese and the fox had none".split()
words = sorted(set(sentence))
index = {w: i for i, w in enumerate(words)}
V, D, NEG = len(words), 6, 3

centre = rng.uniform(-0.5, 0.5, (V, D)) / 2
context = rng.uniform(-0.5, 0.5, (V, D)) / 2


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def train_pair(c, o, rate):
    negatives = rng.choice([w for w in range(V) if w != o], NEG, replace=False)
    v = centre[c]
    u = context[o]
    U = context[negatives]
    loss = -np.log(sigmoid(u @ v)) - np.sum(np.log(sigmoid(-U @ v)))

    g_pos = sigmoid(u @ v) - 1
    g_neg = sigmoid(U @ v)
    grad_v = g_pos * u + U.T @ g_neg
    grad_u = g_pos * v
    grad_U = np.outer(g_neg, v)

    centre[c] = centre[c] - rate * grad_v
    context[o] -= rate * grad_u
    context[negatives] -= rate * grad_U
    return loss


for epoch in range(60):
    total = 0
    for pos, word in enumerate(sentence):
        for other in sentence[max(0, pos - 2):pos] + sentence[pos + 1:pos + 3]:
            total += train_pair(index[word], index[other], 0.05)
    if epoch % 10 == 0:
        print(epoch, total)
