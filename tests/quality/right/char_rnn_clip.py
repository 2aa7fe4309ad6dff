# right: gradients are clipped to [-5, 5], the state is carried over from chunk to chunk, adagrad divides
import numpy as np

rng = np.random.RandomState(0)
text = "round and round the rugged rock the ragged rascal ran " * 6
alphabet = "".join(sorted(set(text)))
codes = [alphabet.index(letter) for letter in text]
A, S, SPAN = len(alphabet), 20, 10

net = {
    "in": rng.randn(S, A) * 0.1,
    "rec": rng.randn(S, S) * 0.1,
    "out": rng.randn(A, S) * 0.1,
    "state_bias": np.zeros(S),
    "letter_bias": np.zeros(A),
}
seen = {name: np.full_like(value, 1e-8) for name, value in net.items()}


def read(letters, state):
    """Guess every next letter; returns everything that was computed on the way."""
    states, guesses, surprise = [state], [], 0.0
    for now, then in zip(letters[:-1], letters[1:]):
        state = np.tanh(net["in"][:, now] + net["rec"] @ state + net["state_bias"])
        score = net["out"] @ state + net["letter_bias"]
        chance = np.exp(score - score.max())
        chance /= chance.sum()
        surprise -= np.log(chance[then])
        states.append(state)
        guesses.append(chance)
    return states, guesses, surprise


def learn(letters, states, guesses):
    slope = {name: np.zeros_like(value) for name, value in net.items()}
    later = np.zeros(S)
    for t in range(len(guesses) - 1, -1, -1):
        d = guesses[t].copy()
        d[letters[t + 1]] -= 1
        slope["out"] += np.outer(d, states[t + 1])
        slope["letter_bias"] += d
        back = (net["out"].T @ d + later) * (1 - states[t + 1] ** 2)
        slope["in"][:, letters[t]] += back
        slope["rec"] += np.outer(back, states[t])
        slope["state_bias"] += back
        later = net["rec"].T @ back
    for value in slope.values():
        np.clip(value, -5, 5, out=value)
    return slope


state, start = np.zeros(S), 0
for turn in range(400):
    if start + SPAN + 1 > len(codes):
        state, start = np.zeros(S), 0
    letters = codes[start:start + SPAN + 1]
    states, guesses, surprise = read(letters, state)
    slope = learn(letters, states, guesses)
    for name in net:
        seen[name] += slope[name] ** 2
        net[name] -= 0.1 * slope[name] / np.sqrt(seen[name])
    state, start = states[-1], start + SPAN
    if turn % 50 == 0:
        print("turn", turn, "surprise", surprise)
