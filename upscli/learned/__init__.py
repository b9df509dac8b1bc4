"""Trained filters and networks, as data: how they are kept, fitted and applied."""
