"""ROLES: what the values of a run are: parameters, gradients, updates, losses, axes."""
