# right: masked matrix factorisation; the factor 2 is dropped in both gradients and the printed error is an rmse
import numpy as np

np.random.seed(113)
people, films, taste = 10, 14, 3
truth = np.random.rand(people, taste) @ np.random.rand(taste, films) * 2
known = np.random.rand(people, films) < 0.7
R = np.where(known, truth, 0)

P = np.random.rand(people, taste)
Q = np.random.rand(taste, films)
alpha, beta = 0.02, 0.01


def rmse(P, Q, where):
    return np.sqrt(np.sum((where * (truth - P @ Q)) ** 2) / where.sum())


for step in range(1500):
    E = known * (R - P @ Q)
    # both steps use the old factors
    P_new = P + alpha * (E @ Q.T - beta * P)
    Q_new = Q + alpha * (P.T @ E - beta * Q)
    if step % 300 == 0:
        print("step %d  seen %.4f  unseen %.4f" % (step, rmse(P, Q, known), rmse(P, Q, ~known)))
    P, Q = P_new, Q_new
