"""Which equation-based synapses a faster table of synapses can stand for."""
