"""Equations of neurons, statements of synapses, conditions of connections: parsed and checked."""
