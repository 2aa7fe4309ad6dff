"""From wrong gradients to findings: where they go wrong, and which edit makes them right.

The mistakes are handed in; this room knows none of them.
"""
