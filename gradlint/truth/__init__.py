"""The right gradients of what a program computed, and the one verdict on hand-written ones."""
