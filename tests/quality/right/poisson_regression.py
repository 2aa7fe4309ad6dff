# right: Poisson regression; log(y!) is dropped from the likelihood, the step is taken uphill
import numpy as np

np.random.seed(123)


def simulate(n, beta):
    Z = np.column_stack((np.ones(n), np.random.uniform(-1, 1, (n, len(beta) - 1))))
    return Z, np.random.poisson(np.exp(Z.dot(beta)))


def fit(Z, counts, rounds, rate):
    beta = np.zeros(Z.shape[1])
    for i in range(rounds):
        mean = np.exp(np.dot(Z, beta))
        loglik = np.sum(counts * np.log(mean) - mean)
        score = np.dot(Z.T, counts - mean)
        beta = beta + rate * score
        if i % 100 == 0:
            print("round", i, "log-likelihood", loglik)
    return beta


Z, counts = simulate(150, np.array([0.5, 1.0, -0.7]))
beta = fit(Z, counts, rounds=400, rate=0.001)
print("beta", beta)
