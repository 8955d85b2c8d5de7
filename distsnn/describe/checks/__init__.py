"""Checks of what users give, and names that they can set."""
