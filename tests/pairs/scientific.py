"""Objectives of scientific code with hand-written gradients, mostly in SciPy's signatures."""

from __future__ import annotations

import numpy as np

from .pair import Pair


def least_squares(w, A, y):
    """Half the squared residual."""
    r = A @ w - y
    return 0.5 * r @ r


def least_squares_gradient(w, A, y):
    """Gradient of least_squares."""
    return A.T @ (A @ w - y)


def least_squares_gradient_doubled(w, A, y):
    """Do the same as if there were no one half."""
    return 2 * A.T @ (A @ w - y)  # GL203


def rosenbrock(x):
    """Compute the banana function of any dimension."""
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def rosenbrock_gradient(x):
    """Gradient of rosenbrock."""
    g = np.zeros_like(x)
    inner = x[1:] - x[:-1] ** 2
    g[:-1] = -400 * x[:-1] * inner - 2 * (1 - x[:-1])
    g[1:] += 200 * inner
    return g


def rosenbrock_gradient_overwrites(x):
    """Do the same, the second part replaces the first."""
    g = np.zeros_like(x)
    inner = x[1:] - x[:-1] ** 2
    g[:-1] = -400 * x[:-1] * inner - 2 * (1 - x[:-1])
    g[1:] = 200 * inner  # GL309
    return g


def ridge_logistic(w, X, y, lam):
    """Penalised logistic loss for labels ±1, value and gradient."""
    m = y * (X @ w)
    f = np.logaddexp(0, -m).sum() + 0.5 * lam * w @ w
    g = -X.T @ (y / (1 + np.exp(m))) + lam * w
    return f, g


def ridge_logistic_no_penalty(w, X, y, lam):
    """Do the same, the penalty is missing from the gradient."""
    m = y * (X @ w)
    f = np.logaddexp(0, -m).sum() + 0.5 * lam * w @ w
    g = -X.T @ (y / (1 + np.exp(m)))  # GL208
    return f, g


def poisson(w, X, counts):
    """Negative Poisson log-likelihood, value and gradient."""
    rate = np.exp(X @ w)
    return np.sum(rate - counts * (X @ w)), X.T @ (rate - counts)


def kernel_ridge(alpha, K, y, lam):
    """Kernel ridge regression in the dual coefficients."""
    r = K @ alpha - y
    return 0.5 * r @ r + 0.5 * lam * alpha @ K @ alpha, K @ (r + lam * alpha)


def kernel_ridge_no_kernel(alpha, K, y, lam):
    """Do the same, the penalty's gradient lacks the kernel."""
    r = K @ alpha - y
    return 0.5 * r @ r + 0.5 * lam * alpha @ K @ alpha, K @ r + lam * alpha  # GL108


def gaussian_likelihood(theta, x):
    """Negative log-likelihood of mean and log standard deviation."""
    mu, log_sigma = theta
    z = (x - mu) / np.exp(log_sigma)
    return 0.5 * np.sum(z**2) + len(x) * log_sigma


def gaussian_likelihood_gradient(theta, x):
    """Gradient of gaussian_likelihood."""
    mu, log_sigma = theta
    z = (x - mu) / np.exp(log_sigma)
    return np.array([-np.sum(z) / np.exp(log_sigma), len(x) - np.sum(z**2)])


def gaussian_likelihood_gradient_sign(theta, x):
    """Do the same, the mean's entry has the other sign."""
    mu, log_sigma = theta
    z = (x - mu) / np.exp(log_sigma)
    return np.array([np.sum(z) / np.exp(log_sigma), len(x) - np.sum(z**2)])  # GL204


def _lotka(state, k):
    prey, hunters = state
    return np.array([k[0] * prey - k[1] * prey * hunters, k[2] * prey * hunters - k[3] * hunters])


def _lotka_vjp(a, state, k):
    prey, hunters = state
    both = prey * hunters
    to_state = np.array(
        [
            a[0] * (k[0] - k[1] * hunters) + a[1] * k[2] * hunters,
            -a[0] * k[1] * prey + a[1] * (k[2] * prey - k[3]),
        ]
    )
    return to_state, np.array([a[0] * prey, -a[0] * both, a[1] * both, -a[1] * hunters])


def ode_fit(k, start, seen, dt):
    """Squared misfit of an Euler path of predator and prey."""
    u, misfit = start, 0.0
    for target in seen:
        u = u + dt * _lotka(u, k)
        misfit += 0.5 * np.sum((u - target) ** 2)
    return misfit


def ode_fit_adjoint(k, start, seen, dt):
    """Gradient of ode_fit by the discrete adjoint."""
    path = [start]
    for _ in seen:
        path.append(path[-1] + dt * _lotka(path[-1], k))
    a, g = np.zeros(2), np.zeros(4)
    for n in range(len(seen), 0, -1):
        a = a + path[n] - seen[n - 1]
        to_state, to_k = _lotka_vjp(a, path[n - 1], k)
        g += dt * to_k
        a = a + dt * to_state
    return g


def ode_fit_adjoint_late(k, start, seen, dt):
    """Do the same, linearised at the end of each step."""
    path = [start]
    for _ in seen:
        path.append(path[-1] + dt * _lotka(path[-1], k))
    a, g = np.zeros(2), np.zeros(4)
    for n in range(len(seen), 0, -1):
        a = a + path[n] - seen[n - 1]
        to_state, to_k = _lotka_vjp(a, path[n], k)  # GL308
        g += dt * to_k
        a = a + dt * to_state
    return g


def kalman(theta, y):
    """Negative log-likelihood of a local level and its gradient in the two log variances."""
    q, r = np.exp(theta)
    m, P = 0.0, 1.0
    dm, dP = np.zeros(2), np.zeros(2)
    f, g = 0.0, np.zeros(2)
    for value in y:
        P, dP = P + q, dP + np.array([q, 0.0])
        S, dS = P + r, dP + np.array([0.0, r])
        v, dv = value - m, -dm
        f += 0.5 * (np.log(S) + v**2 / S)
        g += 0.5 * (dS / S + 2 * v * dv / S - v**2 * dS / S**2)
        K, dK = P / S, dP / S - P * dS / S**2
        m, dm = m + K * v, dm + dK * v + K * dv
        P, dP = (1 - K) * P, (1 - K) * dP - dK * P
    return f, g


def kalman_fixed_gain(theta, y):
    """Do the same, the gain is taken as constant."""
    q, r = np.exp(theta)
    m, P = 0.0, 1.0
    dm, dP = np.zeros(2), np.zeros(2)
    f, g = 0.0, np.zeros(2)
    for value in y:
        P, dP = P + q, dP + np.array([q, 0.0])
        S, dS = P + r, dP + np.array([0.0, r])
        v, dv = value - m, -dm
        f += 0.5 * (np.log(S) + v**2 / S)
        g += 0.5 * (dS / S + 2 * v * dv / S - v**2 * dS / S**2)
        K = P / S
        m, dm = m + K * v, dm + K * dv  # GL309
        P, dP = (1 - K) * P, (1 - K) * dP
    return f, g


def gaussian_process(theta, x, y):
    """Negative log marginal likelihood in log length and log noise, with its gradient."""
    length, noise = np.exp(theta)
    d2 = (x[:, None] - x[None, :]) ** 2
    K0 = np.exp(-0.5 * d2 / length**2)
    K = K0 + noise * np.eye(len(x))
    inv = np.linalg.inv(K)
    alpha = inv @ y
    f = 0.5 * y @ alpha + 0.5 * np.linalg.slogdet(K)[1]
    G = 0.5 * (inv - np.outer(alpha, alpha))
    return f, np.array([np.sum(G * K0 * d2 / length**2), noise * np.trace(G)])


def exponential_decay(p, t, y):
    """Squared misfit of amplitude · exp(-rate · t)."""
    return np.sum((p[0] * np.exp(-p[1] * t) - y) ** 2)


def exponential_decay_gradient(p, t, y):
    """Gradient of exponential_decay."""
    e = np.exp(-p[1] * t)
    r = 2 * (p[0] * e - y)
    return np.array([r @ e, -p[0] * r @ (t * e)])


def exponential_decay_gradient_no_time(p, t, y):
    """Do the same, the inner derivative lacks the time."""
    e = np.exp(-p[1] * t)
    r = 2 * (p[0] * e - y)
    return np.array([r @ e, -p[0] * r @ e])  # GL304


def factorise(params, R, seen):
    """Half the squared error of U Vᵀ on the entries seen, parameters as a tuple."""
    U, V = params
    E = (U @ V.T - R) * seen
    return 0.5 * np.sum(E**2), (E @ V, E.T @ U)


def factorise_everywhere(params, R, seen):
    """Do the same, one gradient forgets the mask."""
    U, V = params
    E = (U @ V.T - R) * seen
    return 0.5 * np.sum(E**2), ((U @ V.T - R) @ V, E.T @ U)  # GL308


def _regression(rng):
    return rng.normal(size=4), rng.normal(size=(9, 4)), rng.normal(size=9)


def _labelled(rng):
    return rng.normal(size=4), rng.normal(size=(9, 4)), np.sign(rng.normal(size=9)), 0.7


def _counts(rng):
    return rng.normal(size=3) * 0.3, rng.normal(size=(8, 3)), rng.poisson(2, 8).astype(float)


def _kernel(rng):
    x = rng.normal(size=6)
    K = np.exp(-0.5 * (x[:, None] - x[None, :]) ** 2)
    return rng.normal(size=6), K, rng.normal(size=6), 0.3


def _sample(rng):
    return np.array([0.3, -0.2]), rng.normal(size=11)


def _path(rng):
    return np.array([1.1, 0.4, 0.3, 0.8]), np.array([2.0, 1.0]), rng.normal(size=(12, 2)) + 2, 0.05


def _level(rng):
    return np.array([-0.5, 0.2]), np.cumsum(rng.normal(size=10))


def _process(rng):
    x = np.sort(rng.uniform(0, 4, 8))
    return np.array([0.1, -1.0]), x, np.sin(x) + 0.1 * rng.normal(size=8)


def _decay(rng):
    t = np.linspace(0, 3, 9)
    return np.array([1.5, 0.6]), t, 2 * np.exp(-0.9 * t) + 0.05 * rng.normal(size=9)


def _table(rng):
    params = (rng.normal(size=(5, 2)), rng.normal(size=(6, 2)))
    return params, rng.normal(size=(5, 6)), (rng.random((5, 6)) < 0.6).astype(float)


PAIRS = [
    Pair("least squares", "scipy", least_squares, least_squares_gradient, _regression),
    Pair(
        "least squares doubled",
        "scipy",
        least_squares,
        least_squares_gradient_doubled,
        _regression,
        False,
        "GL203",
        ("w",),
    ),
    Pair("rosenbrock", "scipy", rosenbrock, rosenbrock_gradient, lambda rng: (rng.normal(size=5),)),
    Pair(
        "rosenbrock overwrites",
        "scipy",
        rosenbrock,
        rosenbrock_gradient_overwrites,
        lambda rng: (rng.normal(size=5),),
        False,
        "GL309",
        ("x",),
    ),
    Pair("ridge logistic", "scipy-joint", ridge_logistic, None, _labelled),
    Pair(
        "ridge logistic no penalty",
        "scipy-joint",
        ridge_logistic_no_penalty,
        None,
        _labelled,
        False,
        "GL208",
        ("w",),
    ),
    Pair("poisson", "scipy-joint", poisson, None, _counts),
    Pair("kernel ridge", "scipy-joint", kernel_ridge, None, _kernel),
    Pair(
        "kernel ridge no kernel",
        "scipy-joint",
        kernel_ridge_no_kernel,
        None,
        _kernel,
        False,
        "GL108",
        ("alpha",),
    ),
    Pair("gaussian", "scipy", gaussian_likelihood, gaussian_likelihood_gradient, _sample),
    Pair(
        "gaussian sign",
        "scipy",
        gaussian_likelihood,
        gaussian_likelihood_gradient_sign,
        _sample,
        False,
        "GL204",
        ("theta",),
    ),
    Pair("ode adjoint", "scipy", ode_fit, ode_fit_adjoint, _path),
    Pair("ode adjoint late", "scipy", ode_fit, ode_fit_adjoint_late, _path, False, "GL308", ("k",)),
    Pair("kalman", "scipy-joint", kalman, None, _level),
    Pair(
        "kalman fixed gain",
        "scipy-joint",
        kalman_fixed_gain,
        None,
        _level,
        False,
        "GL309",
        ("theta",),
    ),
    Pair("gaussian process", "scipy-joint", gaussian_process, None, _process),
    Pair("decay", "scipy", exponential_decay, exponential_decay_gradient, _decay),
    Pair(
        "decay no time",
        "scipy",
        exponential_decay,
        exponential_decay_gradient_no_time,
        _decay,
        False,
        "GL304",
        ("p",),
    ),
    Pair("factorise", "value-and-gradients", factorise, None, _table),
    Pair(
        "factorise everywhere",
        "value-and-gradients",
        factorise_everywhere,
        None,
        _table,
        False,
        "GL308",
        ("params[0]",),
    ),
]
