"""READING: the user's source, its places, and the rewriting that lets it be traced."""
