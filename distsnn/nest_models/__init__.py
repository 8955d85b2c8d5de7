"""NEST's models of neurons and synapses, as models of distsnn."""
