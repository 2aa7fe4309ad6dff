"""Keeps pytest from importing the programs: half of them raise, which is what they are for."""

collect_ignore_glob = ["buggy/*.py", "right/*.py", "plain/*/*.py"]
