"""Values of neurons and synapses: drawn, taken from arrays, or computed from expressions."""
