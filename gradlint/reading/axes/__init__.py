"""What each axis of each array is: named dimensions, from what the operations pair.

Judges nothing; it must not know the derivative of anything.
"""
