"""A plugin whose own needs are not installed."""

raise ImportError("No module named 'unobtainium'")
