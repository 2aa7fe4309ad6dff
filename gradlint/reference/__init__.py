"""TRUTH: the right gradients of the user's own objective, and the judgement of theirs."""
