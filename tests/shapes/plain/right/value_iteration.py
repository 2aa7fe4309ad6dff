# right: actions, states and next states, as many actions as states
import numpy as np

rng = np.random.default_rng(11)
S = A = 4
P = rng.dirichlet(np.ones(S), size=(A, S))
R = rng.normal(size=(S, A))
V = np.zeros(S)
for _ in range(100):
    Q = R + 0.9 * np.einsum("ast,t->sa", P, V)
    V = Q.max(axis=1)
policy = Q.argmax(axis=1)
advantage = Q - V[:, None]
print(policy, advantage.max())
