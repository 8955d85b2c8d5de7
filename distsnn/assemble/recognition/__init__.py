"""Equation-based synapses that a faster table of synapses can stand for."""
