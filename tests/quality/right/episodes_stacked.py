# right: a policy's decisions are put upon each other after an episode and weighted by the returns
import numpy as np

rng = np.random.default_rng(61)
weights = {"first": rng.normal(0, 0.6, (3, 7)), "second": rng.normal(0, 0.5, 7)}
sums = {key: np.zeros_like(value) for key, value in weights.items()}
mean_squares = {key: np.zeros_like(value) for key, value in weights.items()}


def probability(state):
    hidden = np.maximum(0.0, state @ weights["first"])
    return 1.0 / (1.0 + np.exp(-(hidden @ weights["second"]))), hidden


def rolled(rewards):
    total, found = 0.0, np.zeros_like(rewards)
    for t in range(len(rewards) - 1, -1, -1):
        total = rewards[t] + 0.95 * total
        found[t] = total
    return found


state, episode = rng.normal(0, 0.3, 3), 0
states, hiddens, chosen, rewards = [], [], [], []
while episode < 60:
    p, hidden = probability(state)
    up = rng.random() < p
    states.append(state)
    hiddens.append(hidden)
    chosen.append((1 if up else 0) - p)
    push = 0.2 if up else -0.2
    state = state + 0.1 * np.array([state[1], push - state[0], -0.5 * state[2]])
    rewards.append(-abs(state[0]))
    if len(states) == 8:
        episode += 1
        X, H = np.vstack(states), np.vstack(hiddens)
        slope = np.vstack(chosen)
        value = rolled(np.vstack(rewards))
        value -= value.mean()
        slope *= value / value.std()
        sums["second"] += (H.T @ slope).ravel()
        back = np.outer(slope, weights["second"]) * (H > 0)
        sums["first"] += X.T @ back
        if episode % 2 == 0:
            for key in weights:
                mean_squares[key] = 0.9 * mean_squares[key] + 0.1 * sums[key] ** 2
                weights[key] += 0.01 * sums[key] / (np.sqrt(mean_squares[key]) + 1e-6)
                sums[key] = np.zeros_like(weights[key])
        states, hiddens, chosen, rewards = [], [], [], []
        state = rng.normal(0, 0.3, 3)
