"""Neurons, parrots, modulators and recorded weights, as parts of a network."""
