"""RUNNING: a program under a tape, on a stage where it can harm nobody."""
