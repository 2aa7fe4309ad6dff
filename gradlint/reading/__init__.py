"""What the values of a run are: parameters, gradients, optimisers, losses, named axes.

Knows the tape and no derivative: what is right is for the rooms above to say.
"""
