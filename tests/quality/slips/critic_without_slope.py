# an actor and a critic; the critic lacks the slope of its hidden layer
import numpy as np

rng = np.random.default_rng(0)


class Actor:
    def __init__(s):
        s.W = rng.normal(size=(4, 3)) * 0.3

    def probs(s, x):
        z = x @ s.W
        e = np.exp(z - z.max(1, keepdims=True))
        return e / e.sum(1, keepdims=True)


class Critic:
    def __init__(s):
        s.W1 = rng.normal(size=(4, 6)) * 0.3
        s.W2 = rng.normal(size=(6, 1)) * 0.3

    def value(s, x):
        s.x = x
        s.h = np.tanh(x @ s.W1)
        return s.h @ s.W2


actor, critic = Actor(), Critic()
for ep in range(30):
    x = rng.normal(size=(20, 4))
    p = actor.probs(x)
    acts = np.array([rng.choice(3, p=q) for q in p])
    R = (x[:, :1] * (acts[:, None] - 1)) + rng.normal(size=(20, 1)) * 0.1
    V = critic.value(x)
    adv = R - V
    critic_loss = np.mean((V - R) ** 2)
    actor_loss = -np.mean(np.log(p[np.arange(20), acts]) * adv[:, 0])
    dV = 2 * (V - R) / 20
    dW2 = critic.h.T @ dV
    dW1 = critic.x.T @ (dV @ critic.W2.T)  # GL304
    onehot = np.eye(3)[acts]
    dlogits = (p - onehot) * adv / 20
    dWa = x.T @ dlogits
    actor.W -= 0.05 * dWa
    critic.W1 -= 0.05 * dW1
    critic.W2 -= 0.05 * dW2
print(actor_loss, critic_loss)
