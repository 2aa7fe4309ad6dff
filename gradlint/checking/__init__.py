"""The story of one check: read, run, find the step, know the truth, localise, explain, say."""
