"""Film recommender: a user's vector times a film's vector, plus a bias for each film.

Minibatches of ratings, with popular films appearing several times in one batch.
What changed: np.add.at counts every occurrence; G[films] += ... keeps only the last one.
"""
import numpy as np

rng = np.random.default_rng(52)
USERS, FILMS, RANK = 20, 12, 3

true_users = rng.normal(size=(USERS, RANK))
true_films = rng.normal(size=(FILMS, RANK))
popularity = np.arange(1, FILMS + 1) / np.arange(1, FILMS + 1).sum()

users = rng.integers(0, USERS, 600)
films = rng.choice(FILMS, size=600, p=popularity)
ratings = np.sum(true_users[users] * true_films[films], axis=1)

U = rng.normal(0, 0.3, (USERS, RANK))
F = rng.normal(0, 0.3, (FILMS, RANK))
bias = np.zeros(FILMS)
rate = 0.05
batch = 50

for epoch in range(60):
    squared = 0.0
    for start in range(0, len(ratings), batch):
        u = users[start:start + batch]
        f = films[start:start + batch]
        r = ratings[start:start + batch]
        guess = np.sum(U[u] * F[f], axis=1) + bias[f]
        diff = guess - r
        loss = 0.5 * np.sum(diff ** 2)
        squared += 2 * loss

        dU, dF, dbias = np.zeros_like(U), np.zeros_like(F), np.zeros_like(bias)
        np.add.at(dU, u, diff[:, None] * F[f])
        np.add.at(dF, f, diff[:, None] * U[u])
        np.add.at(dbias, f, diff)

        U -= rate * dU
        F -= rate * dF
        bias -= rate * dbias
    if epoch % 10 == 0:
        print("epoch", epoch, "rmse", np.sqrt(squared / len(ratings)))
