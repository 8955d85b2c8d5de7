"""The tables of synapses of one rank, static and plastic."""
