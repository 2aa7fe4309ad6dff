"""Keeps pytest from importing the programs: they are run by the tests, and some of them crash."""

collect_ignore_glob = ["right/*.py", "slips/*.py"]
