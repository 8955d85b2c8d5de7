"""Equation-based synapses of one rank."""
