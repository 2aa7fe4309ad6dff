"""The ways in: the command line, ``--fix``, and checks inside a running program."""
