"""Monitors, as users hold them."""
