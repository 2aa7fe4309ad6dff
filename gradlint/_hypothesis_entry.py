"""What Hypothesis runs when it is imported, through its entry point.

``st.from_type(Network)`` and ``@given(net=...)`` find the strategy without an import by hand.  It
costs every ``import hypothesis`` only two small modules of the standard library's kind: the
strategy itself is made when something is drawn.
"""

from __future__ import annotations


def register() -> None:
    """Tell Hypothesis how to draw a :class:`gradlint.strategies.Network`."""
    from hypothesis import strategies as st

    from gradlint.strategies.programs import Network, networks

    st.register_type_strategy(Network, lambda _type: networks())
