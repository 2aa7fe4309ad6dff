"""Function pairs: the wrapper and the Python API for code that is no script.

``check`` calls the user's functions the way they are meant to be called, holds their gradients
against central differences of the forward function itself, and says what is wrong and where.
"""
