"""Random numbers: counters, distributions, draws for pairs and synapses."""
