"""Generated code of equation-based synapses and of connections given as conditions."""
