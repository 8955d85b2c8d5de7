"""Synapses, as users hold them."""
