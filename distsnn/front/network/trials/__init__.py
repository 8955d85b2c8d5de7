"""Trials of a network: each has a state of its own, and all have the same synapses."""
